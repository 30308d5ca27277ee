//! Small Compose files and the objects that they are converted to.

mod key_verdicts;
mod networks;
mod order;
mod process;
mod resolver;
mod runs;
mod subnets;
mod validity;
mod volumes;

use serde_json::Value;

use super::objects::{Object, ObjectKind, Objects};
use super::{RunProject, lower};
use crate::overrides::{Overrides, OverridesSelection, choose};
use crate::parse::{ProjectOptions, parse};
use crate::report::{Report, Stopped, short};
use crate::resolve::project as resolve;
use crate::resolve::{Project, canonical};
use crate::text::Sources;

/// The result of a conversion.
struct Converted {
    objects: Option<Objects>,
    problems: Vec<String>,
}

/// Converts `compose.yaml` of the project `shop`, with an overrides file unless the string is empty.
fn convert(compose: &str, overrides: &str) -> Converted {
    convert_files(&[("compose.yaml", compose), ("overrides.yaml", overrides)], &[])
}

fn convert_files(files: &[(&str, &str)], profiles: &[&str]) -> Converted {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let selection = |names: &[&str]| ProjectOptions {
        files: names.iter().map(|name| folder.path().join(name)).collect(),
        project_name: Some("shop".to_owned()),
        profiles: profiles.iter().map(|profile| (*profile).to_owned()).collect(),
        ..ProjectOptions::default()
    };
    let project = loaded(&selection(&["compose.yaml"]), &mut sources, &mut report);
    let has = |wanted: &str| files.iter().any(|(name, text)| *name == wanted && !text.is_empty());
    let merged =
        has("more.yaml").then(|| loaded(&selection(&["compose.yaml", "more.yaml"]), &mut sources, &mut report));
    let overrides = if has("overrides.yaml") {
        let path = folder.path().join("overrides.yaml");
        choose(
            OverridesSelection { file: Some(&path), ..OverridesSelection::default() },
            &project,
            crate::code,
            &mut sources,
            &mut report,
        )
        .unwrap_or_else(|Stopped| panic!("{:#?}", report.problems()))
    } else {
        Overrides::none()
    };
    let runs: Vec<RunProject> =
        overrides.runs.iter().map(|run| RunProject { run, project: merged.as_ref().unwrap_or(&project) }).collect();
    let mut found = Report::new();
    let objects = lower(&project, &overrides, &runs, &mut found).ok();
    if let Some(objects) = &objects {
        validity::assert_valid(objects);
    }
    found.sort();
    let place = format!("{}/", folder.path().display());
    let problems = found.problems().iter().map(|problem| short(problem, &sources).replace(&place, "")).collect();
    Converted { objects, problems }
}

fn loaded(selection: &ProjectOptions, sources: &mut Sources, report: &mut Report) -> Project {
    let project = parse(selection, sources, report)
        .and_then(|parsed| canonical(parsed, selection, sources, report))
        .and_then(|canonical| resolve(canonical, report));
    project.unwrap_or_else(|Stopped| {
        panic!("{:#?}", report.problems().iter().map(|problem| short(problem, sources)).collect::<Vec<_>>())
    })
}

/// Loads a project and ignores its diagnostics. Returns `None` if it does not load.
fn load_quietly(files: &[std::path::PathBuf]) -> Option<Project> {
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let selection = ProjectOptions { files: files.to_vec(), ..ProjectOptions::default() };
    parse(&selection, &mut sources, &mut report)
        .and_then(|parsed| canonical(parsed, &selection, &mut sources, &mut report))
        .and_then(|canonical| resolve(canonical, &mut report))
        .ok()
}

impl Converted {
    fn objects(&self) -> &Objects {
        self.objects.as_ref().unwrap_or_else(|| panic!("refused: {:#?}", self.problems))
    }

    /// Returns every object.
    fn all(&self) -> Vec<&Object> {
        let objects = self.objects();
        let services = objects.services.iter().flat_map(|service| service.manifests.iter().chain(&service.services));
        let resolver = objects.resolver.iter().flat_map(|resolver| resolver.manifests.iter().chain(&resolver.services));
        objects.shared.iter().chain(resolver).chain(services).chain(objects.runs.iter().map(|run| &run.pod)).collect()
    }

    /// Returns `Kind/name` of every object except the namespace.
    fn names(&self) -> Vec<String> {
        self.all()
            .iter()
            .map(|object| to_value(object))
            .filter(|value| value["kind"] != "Namespace")
            .map(|value| format!("{}/{}", as_str(&value["kind"]), as_str(&value["metadata"]["name"])))
            .collect()
    }

    fn object(&self, name: &str) -> Value {
        let found = self
            .all()
            .into_iter()
            .map(to_value)
            .find(|value| format!("{}/{}", as_str(&value["kind"]), as_str(&value["metadata"]["name"])) == name);
        found.unwrap_or_else(|| panic!("no {name} among {:?}", self.names()))
    }

    /// Returns the pod spec of a controller or Pod.
    fn pod(&self, name: &str) -> Value {
        let object = self.object(name);
        if name.starts_with("Pod/") { object["spec"].clone() } else { object["spec"]["template"]["spec"].clone() }
    }

    /// Returns the first container of the Deployment with that name.
    fn container(&self, service: &str) -> Value {
        self.pod(&format!("Deployment/{service}"))["containers"][0].clone()
    }

    /// Returns the messages of the diagnostics with this code.
    fn messages(&self, code: &str) -> Vec<&str> {
        let mark = format!("[{code}]: ");
        self.problems.iter().filter_map(|problem| problem.split_once(&mark).map(|(_, text)| text)).collect()
    }

    /// Returns `line:column` of the diagnostics with this code.
    fn places(&self, code: &str) -> Vec<&str> {
        self.problems
            .iter()
            .filter(|problem| problem.contains(&format!("[{code}]: ")))
            .filter_map(|problem| problem.split_once(".yaml:")?.1.split_once(": ").map(|(place, _)| place))
            .collect()
    }
}

fn as_str(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Returns an object as JSON.
fn to_value(object: &Object) -> Value {
    match &object.kind {
        ObjectKind::Namespace(it) => serde_json::to_value(it),
        ObjectKind::Deployment(it) => serde_json::to_value(it),
        ObjectKind::StatefulSet(it) => serde_json::to_value(it),
        ObjectKind::DaemonSet(it) => serde_json::to_value(it),
        ObjectKind::Job(it) => serde_json::to_value(it),
        ObjectKind::Pod(it) => serde_json::to_value(it),
        ObjectKind::Service(it) => serde_json::to_value(it),
        ObjectKind::ConfigMap(it) => serde_json::to_value(it),
        ObjectKind::Secret(it) => serde_json::to_value(it),
        ObjectKind::Claim(it) => serde_json::to_value(it),
        ObjectKind::NetworkPolicy(it) => serde_json::to_value(it),
        ObjectKind::RuntimeClass(it) => serde_json::to_value(it),
        ObjectKind::ServiceRange(it) => serde_json::to_value(it),
    }
    .unwrap()
}

/// Asserts that a value contains everything expected. Lists are compared as a whole.
#[track_caller]
fn assert_contains(actual: &Value, expected: &Value) {
    fn differs(actual: &Value, expected: &Value, path: &str) -> Option<String> {
        match (actual, expected) {
            (Value::Object(actual), Value::Object(expected)) => expected.iter().find_map(|(key, expected)| {
                differs(actual.get(key).unwrap_or(&Value::Null), expected, &format!("{path}.{key}"))
            }),
            (Value::Array(actual), Value::Array(expected)) if actual.len() == expected.len() => actual
                .iter()
                .zip(expected)
                .enumerate()
                .find_map(|(index, (actual, expected))| differs(actual, expected, &format!("{path}[{index}]"))),
            _ => (actual != expected).then(|| format!("{path}: {actual:#} is not {expected:#}")),
        }
    }
    if let Some(difference) = differs(actual, expected, "") {
        panic!("{difference}");
    }
}
