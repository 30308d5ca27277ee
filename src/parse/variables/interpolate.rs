//! Interpolation of the values of a tree; keys stay as they are.
//! <https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md>
//!
//! Invariant: a changed scalar is a string, and its `template` holds the original text.

use std::ops::Range;

use super::environment::Environment;
use super::locate::place_in;
use super::template::{Fault, Substituted, substitute_with_ranges};
use super::usage::VariableUsage;
use crate::parse::problem::Problem;
use crate::parse::tree::{Scalar, ScalarStyle, Template, Tree, TreeValue};
use crate::report::Report;
use crate::text::{Sources, Span};

/// The variable that Compose itself sets.
/// <https://docs.docker.com/compose/how-tos/environment-variables/envvars/#compose_project_name>
const PROJECT_NAME: &str = "COMPOSE_PROJECT_NAME";

/// Keys of a service where an empty variable changes what the rest of the value means.
const KEYS_WITH_PARTS: [&str; 4] = ["image", "ports", "volumes", "devices"];

/// Keys of a service whose values are names, addresses, paths and the like.
const SHOWN_KEYS: [&str; 26] = [
    "container_name",
    "depends_on",
    "dns",
    "dns_search",
    "domainname",
    "env_file",
    "expose",
    "extends",
    "extra_hosts",
    "group_add",
    "hostname",
    "ipc",
    "links",
    "network_mode",
    "networks",
    "pid",
    "platform",
    "profiles",
    "pull_policy",
    "restart",
    "scale",
    "tmpfs",
    "user",
    "userns_mode",
    "volumes_from",
    "working_dir",
];

/// Where a node is, as far as it decides how unset variables are reported and whether the output contains the value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    Project,
    Services,
    Service,
    /// Below one of [`KEYS_WITH_PARTS`].
    KeyWithParts,
    /// `target` below one of them: a path in the container.
    Target,
    /// `deploy` of a service.
    Deploy,
    /// `healthcheck` of a service.
    Healthcheck,
    /// `pre_start`, `post_start` or `pre_stop` of a service.
    Hook,
    /// A section of named resources: `networks`, `volumes`, `configs`, `secrets`.
    Section,
    /// An entry of such a section.
    Resource,
    /// Where no committed file of the output contains the value.
    NotCommitted,
    /// A name, an address, a path or a number in the manifests, which diagnostics show.
    Shown,
    Other,
}

impl Position {
    fn child(self, key: &str) -> Self {
        match (self, key) {
            (Position::Project, "services") => Position::Services,
            (Position::Project, "name" | "include") => Position::Shown,
            (Position::Project, "networks" | "volumes" | "configs" | "secrets") => Position::Section,
            (Position::Services, _) => Position::Service,
            (Position::Section, _) => Position::Resource,
            _ if self.is_committed_nowhere(key) => Position::NotCommitted,
            (Position::Service, "deploy") => Position::Deploy,
            (Position::Service, _) if SHOWN_KEYS.contains(&key) => Position::Shown,
            (Position::Resource, "driver_opts") => Position::Other,
            (Position::Deploy, "mode" | "placement" | "replicas") | (Position::Shown | Position::Resource, _) => {
                Position::Shown
            }
            (Position::Service, "healthcheck") => Position::Healthcheck,
            (Position::Service, "pre_start" | "post_start" | "pre_stop") => Position::Hook,
            (Position::Service, _) if KEYS_WITH_PARTS.contains(&key) => Position::KeyWithParts,
            (Position::KeyWithParts, "target") | (Position::Target, _) => Position::Target,
            (Position::KeyWithParts, _) => Position::KeyWithParts,
            (
                Position::Project
                | Position::Service
                | Position::Deploy
                | Position::Healthcheck
                | Position::Hook
                | Position::NotCommitted
                | Position::Other,
                _,
            ) => Position::Other,
        }
    }

    /// Whether diagnostics show values there.
    fn is_shown(self) -> bool {
        matches!(self, Position::KeyWithParts | Position::Target | Position::Shown)
    }

    /// Whether no committed file of the output contains the values below a key.
    fn is_committed_nowhere(self, key: &str) -> bool {
        match self {
            Position::NotCommitted => true,
            Position::Project => key.starts_with("x-"),
            Position::Service => {
                matches!(key, "environment" | "build" | "labels" | "annotations" | "entrypoint" | "command")
            }
            Position::Resource => matches!(key, "labels" | "content"),
            Position::Deploy => key == "labels",
            Position::Healthcheck => key == "test",
            Position::Hook => matches!(key, "environment" | "command"),
            Position::Services
            | Position::KeyWithParts
            | Position::Target
            | Position::Section
            | Position::Shown
            | Position::Other => false,
        }
    }
}

/// Whether a path starts with a directory of a variable: `$HOME/…` or `${HOME}/…`.
fn starts_with_directory(text: &str, variable: &str) -> bool {
    let braced = format!("${{{variable}}}/");
    text.starts_with(&braced)
        || text.strip_prefix('$').and_then(|text| text.strip_prefix(variable)).is_some_and(|rest| rest.starts_with('/'))
}

/// Replaces the variables in all values of a project. Values with errors are reported and stay as they are.
pub(crate) fn interpolate(
    project: &mut Tree,
    environment: &Environment,
    sources: &Sources,
    usage: &mut VariableUsage,
    report: &mut Report,
) {
    Interpolation { environment, sources, usage, report }.tree(project, Position::Project);
}

struct Interpolation<'a> {
    environment: &'a Environment,
    sources: &'a Sources,
    usage: &'a mut VariableUsage,
    report: &'a mut Report,
}

impl Interpolation<'_> {
    fn tree(&mut self, tree: &mut Tree, position: Position) {
        let span = tree.span;
        match &mut tree.value {
            TreeValue::Scalar(scalar) => self.scalar(scalar, span, position),
            TreeValue::Sequence(items) => {
                for item in items {
                    self.tree(item, position);
                }
            }
            TreeValue::Mapping(mapping) => {
                for (key, entry) in mapping.iter_mut() {
                    self.tree(&mut entry.value, position.child(key));
                }
            }
        }
    }

    fn scalar(&mut self, scalar: &mut Scalar, span: Span, position: Position) {
        if !scalar.text.contains('$') {
            return;
        }
        let environment = self.environment;
        let written = self.sources.snippet(span);
        let place = |range: &Range<usize>| place_in(span, written, &scalar.text, range);
        let mut unset: Option<(String, Span)> = None;
        let mut variables: Vec<(String, String)> = Vec::new();
        let is_home_path = position == Position::KeyWithParts && starts_with_directory(&scalar.text, "HOME");
        let replaced = substitute_with_ranges(&scalar.text, &mut |used| {
            // The output contains no path of this host: the scripts complete `~`.
            if is_home_path && used.at.start == 0 {
                return Some("~".to_owned());
            }
            let value = environment.variables.get(used.name);
            let value_text = value.map(String::as_str);
            let at = place(&used.at);
            if matches!(position, Position::KeyWithParts | Position::Target) && value.is_none() && used.bare {
                unset.get_or_insert_with(|| (used.name.to_owned(), at));
                self.usage.reported(used.name);
            }
            self.usage.used(used, value_text, environment.shell_differs(used.name, value_text), at);
            environment.record(used.name, position != Position::NotCommitted);
            if let Some(value) = value
                && variables.iter().all(|(name, _)| name != used.name)
            {
                variables.push((used.name.to_owned(), value.clone()));
            }
            value.cloned()
        });
        // The text of a missing required variable may contain values too.
        if !position.is_shown() || replaced.is_err() {
            let hidden = self.report.hidden_values();
            let outside =
                variables.iter().filter(|(name, _)| name != PROJECT_NAME && environment.is_from_outside(name));
            outside.for_each(|(_, value)| hidden.add(span, value));
        }
        match replaced {
            Ok(Substituted { text, values }) if text == scalar.text && values.is_empty() => {}
            Ok(Substituted { text, values }) => {
                if let Some((name, at)) = unset {
                    let result = if text.is_empty() { "empty".to_owned() } else { format!("`{text}`") };
                    let message = format!("`{}` is {result}, because the variable `{name}` is not set", scalar.text);
                    self.report.add(Problem::UnsetVariable { message, name, at });
                }
                let text_before = std::mem::replace(&mut scalar.text, text.into());
                if starts_with_directory(&text_before, "PWD") {
                    environment.record_pwd_path(&scalar.text);
                }
                // The name of the project is not a value from outside.
                let outside = values.into_iter().filter(|value| value.variable != PROJECT_NAME).collect();
                scalar.template = Some(Box::new(Template { text: text_before, variables, outside }));
                if scalar.style == ScalarStyle::Plain {
                    scalar.style = ScalarStyle::Quoted;
                }
            }
            Err(Fault::Invalid { why, at }) => {
                self.report.add(Problem::InvalidVariable { why, at: place(&at) });
            }
            Err(Fault::Required { name, reason, at }) => {
                let reason = if reason.is_empty() { reason } else { format!(": {reason}") };
                self.report.add(Problem::RequiredVariable { name, reason, at: place(&at) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::yaml;

    fn environment() -> Environment {
        let mut environment = Environment::default();
        for (name, value) in [("TAG", "7.0"), ("EMPTY", ""), ("PORT", "80")] {
            environment.add(name, value);
        }
        environment
    }

    fn interpolated(text: &str) -> (Tree, Vec<String>) {
        let (mut sources, mut report) = (Sources::new(), Report::new());
        let source = sources.add("a.yaml", None, text);
        let mut tree = yaml::document(source, &sources, &mut report).unwrap();
        let mut usage = VariableUsage::default();
        interpolate(&mut tree, &environment(), &sources, &mut usage, &mut report);
        usage.report(&mut report);
        (tree, report.problems().iter().map(|problem| crate::report::short(problem, &sources)).collect())
    }

    #[test]
    fn values_change_and_keys_do_not() {
        let (tree, problems) = interpolated("$TAG: redis:${TAG}\nb: [1, $PORT]\nc: ${EMPTY}\nd: a$$b\n");
        assert_eq!(problems, Vec::<String>::new());
        let image = tree.get("$TAG").unwrap().as_scalar().unwrap();
        assert_eq!(
            (image.text.as_str(), image.template.as_deref().map(|template| template.text.as_str())),
            ("redis:7.0", Some("redis:${TAG}"))
        );
        let items = tree.get("b").unwrap().as_sequence().unwrap();
        assert_eq!(
            (items[0].as_scalar().unwrap().style, items[1].as_scalar().unwrap().style),
            (ScalarStyle::Plain, ScalarStyle::Quoted)
        );
        assert!(!tree.get("c").unwrap().is_null(), "an empty value is an empty string, not nothing");
        assert_eq!(tree.get("d").unwrap().as_text().unwrap().value, "a$b");
    }

    #[test]
    fn faults_have_locations_within_the_scalar() {
        let (_, problems) =
            interpolated("a: \"x ${TAG ${B\"\nb: 'é${1}'\nc: |\n  one\n  two ${N:?why}\nd: \"\\t${}\"\n");
        assert_eq!(
            problems,
            [
                "a.yaml:1:7: error[parse::invalid_variable]: `${` begins no variable: its closing `}` is missing on this line",
                "a.yaml:2:6: error[parse::invalid_variable]: `${` begins no variable: a name begins with a letter or `_`",
                "a.yaml:5:7: error[parse::required_variable]: the variable `N` must have a value: why",
                "a.yaml:6:7: error[parse::invalid_variable]: `${` begins no variable: a name begins with a letter or `_`",
            ]
        );
    }

    #[test]
    fn unset_variables_are_reported_in_one_warning() {
        let (_, problems) = interpolated("a: $NOPE_1\nb: ${NOPE_1} ${NOPE_2:-x}\n");
        assert_eq!(
            problems,
            [
                "a.yaml:1:4: warning[parse::unset_variable]: the variable `NOPE_1` is not set and is replaced with an empty string"
            ]
        );
        let (_, problems) = interpolated("a: $NOPE_1\nb: ${NOPE_1} ${NOPE_2}\n");
        assert_eq!(
            problems,
            [
                "a.yaml:1:4: warning[parse::unset_variable]: 2 variables are not set and are replaced with empty strings: `NOPE_1`, `NOPE_2`"
            ]
        );
    }

    #[test]
    fn an_unset_variable_in_an_image_a_port_or_a_mount_is_reported_at_its_place() {
        let (_, problems) = interpolated(
            "services:\n  a:\n    image: x:$NOPE\n    environment: {A: $NOPE, B: $OTHER}\n    volumes: ['$NOPE/sub:/x']\n",
        );
        assert_eq!(
            problems,
            [
                "a.yaml:3:14: warning[parse::unset_variable]: `x:$NOPE` is `x:`, because the variable `NOPE` is not set",
                "a.yaml:5:16: warning[parse::unset_variable]: `$NOPE/sub:/x` is `/sub:/x`, because the variable `NOPE` is not set",
                "a.yaml:4:32: warning[parse::unset_variable]: the variable `OTHER` is not set and is replaced with an empty string",
            ]
        );
    }

    #[test]
    fn an_alias_is_interpolated_at_each_use() {
        let (tree, _) = interpolated("a: &a {x: $TAG}\nb: *a\n");
        assert_eq!(tree.get("b").unwrap().get("x").unwrap().as_text().unwrap().value, "7.0");
    }
}
