//! Machine-readable formats: JSON, SARIF and workflow commands; and the options that select findings.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::problems;
use crate::golden::{self, Ran, root};
use crate::inputs;

/// Validation by jsonschema, whose 65 crates are only built with `RUSTFLAGS='--cfg compose2k8s_schemas'`, as in CI.
#[cfg(compose2k8s_schemas)]
struct Schema(jsonschema::Validator);

#[cfg(compose2k8s_schemas)]
impl Schema {
    fn new(schema: &str) -> Self {
        let schema: Value = serde_json::from_str(schema).expect("a schema is JSON");
        Self(jsonschema::validator_for(&schema).expect("a schema"))
    }

    fn is_valid(&self, document: &Value) -> bool {
        self.0.is_valid(document)
    }

    fn assert_valid(&self, document: &Value, name: &str) {
        let errors = self.0.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path()));
        let errors: Vec<String> = errors.collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

#[cfg(not(compose2k8s_schemas))]
struct Schema;

#[cfg(not(compose2k8s_schemas))]
impl Schema {
    fn new(schema: &str) -> Self {
        assert!(serde_json::from_str::<Value>(schema).expect("a schema is JSON").is_object());
        Self
    }

    fn assert_valid(&self, document: &Value, name: &str) {
        assert!(document.is_object(), "{name}");
    }
}

fn printed_schema(of: &str) -> Schema {
    let ran = golden::run(root(), &["schema", of]);
    assert_eq!(ran.status, 0);
    Schema::new(&ran.stdout)
}

fn sarif_schema() -> Schema {
    Schema::new(&fs::read_to_string(root().join("tests/reports/sarif-schema.json")).expect("a schema"))
}

#[test]
fn every_diagnostic_conforms_to_the_json_and_sarif_schemas() {
    let json = printed_schema("problems");
    let sarif = sarif_schema();
    let mut codes = BTreeSet::new();
    for (index, case) in inputs::folders("problems").into_iter().enumerate() {
        let name = case.display().to_string();
        for (format, schema) in [("json", &json), ("sarif", &sarif)] {
            // A run that is not complete has JSON for every fourth problem.
            if format == "json" && !golden::is_complete_run() && index % 4 != 0 {
                continue;
            }
            let Some(ran) = problems::run_with(&case, &["--format", format]) else { continue };
            let document: Value =
                serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{name}: {error}: {}", ran.stdout));
            schema.assert_valid(&document, &name);
            if format == "sarif" {
                let results = document["runs"][0]["results"].as_array().expect("results");
                let rules = &document["runs"][0]["tool"]["driver"]["rules"];
                for result in results {
                    let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("a small one");
                    assert_eq!(rules[index]["id"], result["ruleId"], "{name}");
                    codes.insert(result["ruleId"].as_str().expect("a code").to_owned());
                }
                let prints: BTreeSet<&str> =
                    results.iter().filter_map(|it| it["partialFingerprints"]["finding/v1"].as_str()).collect();
                assert_eq!(prints.len(), results.len(), "{name}: two findings are taken for one");
            }
        }
    }
    assert!(codes.len() > 100, "only {} codes were seen", codes.len());
}

#[test]
fn facts_conform_to_their_schema() {
    let schema = printed_schema("facts");
    for path in ["k8s", "fixtures/boulder/docker-compose.yml"] {
        let ran = golden::run(root(), &["facts", path, "--format", "json", "--all"]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        schema.assert_valid(&serde_json::from_str(&ran.stdout).expect("JSON"), path);
    }
}

#[cfg(compose2k8s_schemas)]
#[test]
fn the_schemas_reject_invalid_documents() {
    let problem = r#"{"code": "a::b", "severity": "error", "message": "m", "help": null, "places": []}"#;
    let document = |problem: &str| {
        serde_json::from_str::<Value>(&format!(r#"{{"version": 1, "problems": [{problem}]}}"#)).expect("JSON")
    };
    let schema = printed_schema("problems");
    assert!(schema.is_valid(&document(problem)));
    for other in
        [problem.replace("error", "fatal"), problem.replace("a::b", "b"), problem.replace(r#""help": null, "#, "")]
    {
        assert!(!schema.is_valid(&document(&other)), "{other}");
    }
    let sarif = sarif_schema();
    let log = |result: &str| {
        serde_json::from_str::<Value>(&format!(
            r#"{{"version": "2.1.0", "runs": [{{"tool": {{"driver": {{"name": "a"}}}}, "results": [{result}]}}]}}"#
        ))
        .expect("JSON")
    };
    assert!(sarif.is_valid(&log(r#"{"message": {"text": "m"}}"#)));
    for result in [
        r#"{}"#,
        r#"{"message": {"text": "m"}, "level": "fatal"}"#,
        r#"{"message": {"text": "m"}, "fingerprint": "a"}"#,
        r#"{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "<a b>"}}}]}"#,
        r#"{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a"}, "region": {"startLine": 0}}}]}"#,
    ] {
        assert!(!sarif.is_valid(&log(result)), "{result}");
    }
}

/// A Compose file and manifests with three differences.
fn differing(more: &str) -> tempfile::TempDir {
    let folder = golden::temporary_folder();
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).expect("a file can be written");
    write("compose.yaml", format!("{more}services:\n  web:\n    image: nginx:1.29\n    environment: {{A: b}}\n"));
    write(
        "web.yaml",
        format!(
            "{more}apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    spec:\n      containers:\n        - name: web\n          image: nginx:1.29\n          env: [{{name: A, value: c}}]\n          securityContext: {{runAsUser: 7}}\n---\napiVersion: example.org/v1\nkind: Other\nmetadata: {{name: other}}\n"
        ),
    );
    folder
}

fn check(folder: &Path, more: &[&str]) -> Ran {
    golden::run(folder, &[&["check", "compose.yaml", "--against", "web.yaml"], more].concat())
}

#[test]
fn fingerprints_do_not_depend_on_line_numbers() {
    let prints = |more: &str| -> BTreeSet<String> {
        let ran = check(differing(more).path(), &["--format", "sarif"]);
        let log: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let results = log["runs"][0]["results"].as_array().expect("results");
        assert_eq!(results.len(), 3, "{results:#?}");
        results.iter().map(|it| it["partialFingerprints"]["finding/v1"].as_str().expect("a print").to_owned()).collect()
    };
    assert_eq!(prints(""), prints("# one\n\n# two\n"));
}

#[test]
fn selected_findings_determine_the_exit_status() {
    let folder = differing("");
    for (more, status) in [
        (&[][..], 1),
        (&["--ignore", "check"], 0),
        (&["--ignore", "check::differs"], 1),
        (&["--ignore", "check::differs,check::unknown"], 0),
        (&["--ignore", "check::differs", "--ignore", "check::unknown"], 0),
        (&["--select", "check::differs"], 1),
        (&["--select", "check::missing"], 0),
        (&["--select", "check", "--ignore", "check::differs,check::unknown"], 0),
        (&["--ignore", "check::differs,check::unknown", "--fail-on", "note"], 1),
        (&["--ignore", "check::differs,check::unknown", "--fail-on", "warning"], 0),
        (&["--ignore", "check", "--fail-on", "note"], 0),
        (&["--fail-on", "error"], 1),
        (&["--ignore", "check::diffrs"], 2),
        (&["--select", "chec"], 2),
    ] {
        let ran = check(folder.path(), more);
        assert_eq!(ran.status, status, "{more:?}: {}{}", ran.stdout, ran.stderr);
    }
    let ran = check(folder.path(), &["--ignore", "check::diffrs"]);
    assert!(ran.stderr.contains("did you mean `check::differs`?"), "{}", ran.stderr);
    // Errors that stop a run cannot be ignored.
    fs::write(folder.path().join("web.yaml"), "a: [\n").expect("a file can be written");
    assert_eq!(check(folder.path(), &["--ignore", "parse,check"]).status, 2);
    assert_eq!(check(folder.path(), &["--select", "check::differs"]).status, 2);
}

#[test]
fn workflow_commands_have_line_and_column() {
    let ran = check(differing("").path(), &["--format", "github"]);
    let mut lines = ran.stdout.lines();
    let first = lines.next().expect("a command");
    assert!(
        first.starts_with("::error file=compose.yaml,line=4,endLine=4,col=22,endColumn=23,title=check%3A%3Adiffers::"),
        "{first}"
    );
    assert!(ran.stdout.lines().all(|line| line.starts_with("::")), "{}", ran.stdout);
}

#[test]
fn every_code_is_listed_and_explained() {
    let listed = golden::run(root(), &["explain", "--list"]).stdout;
    for code in compose2k8s::codes() {
        assert!(listed.lines().any(|line| line.split_whitespace().next() == Some(code.name)), "{}", code.name);
        assert_eq!(golden::run(root(), &["explain", code.name]).status, 0, "{}", code.name);
    }
}
