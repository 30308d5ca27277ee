//! The GitHub action and the pre-commit hooks run as they are in the repository.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::golden::{self, Ran, root};

fn yaml(file: &str) -> Value {
    let text = std::fs::read_to_string(root().join(file)).expect("a file of the repository");
    serde_norway::from_str(&text).expect("YAML")
}

/// A checkout of the worked example with its output in `k8s`.
fn checkout() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    golden::copy(&root().join("fixtures/boulder"), folder.path());
    let ran = golden::run(folder.path(), &["docker-compose.yml", "-o", "k8s/manifests", "-q"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    folder
}

/// Misspells a variable in a manifest.
fn edit(folder: &Path) {
    let file = folder.join("k8s/manifests/boulder.yaml");
    let text = std::fs::read_to_string(&file).expect("a manifest");
    std::fs::write(file, text.replace("GOCACHE\n", "GOCACH\n")).expect("a file can be written");
}

/// Runs the steps of the action in order with these inputs, as the runner does.
fn run_action(folder: &Path, inputs: &[(&str, &str)]) -> Ran {
    let action = yaml("action.yml");
    let given = |name: &str| {
        let default = action["inputs"][name]["default"].as_str().unwrap_or_else(|| panic!("no input `{name}`"));
        inputs.iter().find(|(given, _)| *given == name).map_or(default, |(_, value)| value).to_owned()
    };
    assert!(
        inputs.iter().all(|(name, _)| action["inputs"].get(name).is_some()),
        "an input that the action does not have"
    );
    let program = Path::new(env!("CARGO_BIN_EXE_compose2k8s")).parent().expect("a folder");
    let mut whole = Ran { status: 0, stdout: String::new(), stderr: String::new() };
    for step in action["runs"]["steps"].as_array().expect("steps") {
        assert_eq!(step["shell"], "bash");
        let mut command = Command::new("bash");
        // The options that the runner uses for `shell: bash`.
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"].as_str().expect("a script")]);
        command.current_dir(folder).env_clear().env("HOME", "/home/user").env("GITHUB_ACTION_PATH", root());
        command.env("PATH", format!("{}:/usr/bin:/bin", program.display()));
        command.env("GITHUB_STEP_SUMMARY", folder.join("summary.md"));
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            let expression = value.as_str().expect("text");
            if expression == "${{ github.token }}" {
                continue;
            }
            let input =
                expression.strip_prefix("${{ inputs.").and_then(|rest| rest.strip_suffix(" }}")).expect("an input");
            command.env(name, given(input));
        }
        let output = command.output().expect("bash starts");
        whole.status = output.status.code().unwrap_or(-1);
        whole.stdout.push_str(&String::from_utf8_lossy(&output.stdout));
        whole.stderr.push_str(&String::from_utf8_lossy(&output.stderr));
        if whole.status != 0 {
            break;
        }
    }
    whole
}

#[test]
fn the_action_fails_with_an_annotation_after_an_edit() {
    let folder = checkout();
    let generated = [("compose", "docker-compose.yml"), ("against", "k8s/manifests"), ("generated", "true")];
    let of_others = [("compose", "docker-compose.yml")];
    for inputs in [&generated[..], &of_others, &[]] {
        let ran = run_action(folder.path(), inputs);
        assert_eq!(ran.status, 0, "{inputs:?}: {}{}", ran.stdout, ran.stderr);
    }
    edit(folder.path());
    for inputs in [&generated[..], &of_others, &[]] {
        let ran = run_action(folder.path(), inputs);
        assert_eq!(ran.status, 1, "{inputs:?}: {}{}", ran.stdout, ran.stderr);
        let notes: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("::error ")).collect();
        assert!(notes.iter().any(|note| note.contains("file=docker-compose.yml,line=")), "{notes:#?}");
        assert!(notes.iter().any(|note| note.contains("file=k8s/manifests/boulder.yaml,line=")), "{notes:#?}");
        let summary = std::fs::read_to_string(folder.path().join("summary.md")).expect("a job summary");
        assert!(summary.contains("GOCACH"), "{summary}");
    }
    let ran = run_action(folder.path(), &[("ignore", "check::missing,check::surplus")]);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    let ran = run_action(folder.path(), &[("compose", "nowhere.yml")]);
    assert_eq!(ran.status, 2, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn the_action_writes_sarif_and_does_not_execute_its_inputs() {
    let folder = checkout();
    edit(folder.path());
    let ran = run_action(folder.path(), &[("sarif", "out.sarif")]);
    assert_eq!(ran.status, 1);
    let sarif = std::fs::read_to_string(folder.path().join("out.sarif")).expect("the file was written");
    let log: Value = serde_json::from_str(&sarif).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(2));
    let ran = run_action(folder.path(), &[("compose", "$(touch made) ; touch made *")]);
    assert_eq!(ran.status, 2);
    assert!(!folder.path().join("made").exists());
}

#[test]
fn the_hooks_pass_for_new_output_and_fail_after_an_edit() {
    let folder = checkout();
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hooks = hooks.as_array().expect("hooks");
    assert_eq!(hooks.len(), 2);
    let run = |hook: &Value| {
        // pre-commit's `language: python` installs the repository's package and runs `entry` with `args`.
        assert_eq!(
            (&hook["language"], &hook["entry"], &hook["pass_filenames"]),
            (&"python".into(), &"compose2k8s".into(), &false.into())
        );
        let words: Vec<&str> =
            hook["args"].as_array().expect("args").iter().map(|word| word.as_str().expect("a word")).collect();
        golden::run(folder.path(), &words)
    };
    for hook in hooks {
        let ran = run(hook);
        assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""), "{}", hook["id"]);
    }
    edit(folder.path());
    for hook in hooks {
        let ran = run(hook);
        assert_eq!(ran.status, 1, "{}", hook["id"]);
        assert!(ran.stderr.contains("GOCACH"), "{}: {}", hook["id"], ran.stderr);
        for (file, wanted) in [
            ("docker-compose.yml", true),
            ("compose.override.yaml", true),
            ("k8s/manifests/boulder.yaml", true),
            ("src/main.rs", false),
            ("test/compose.yaml", false),
        ] {
            let pattern = hook["files"].as_str().expect("a pattern");
            let mut grep = Command::new("grep");
            grep.args(["-qE", pattern]).stdin(std::process::Stdio::piped());
            let mut child = grep.spawn().expect("grep starts");
            std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), file.as_bytes()).expect("grep reads");
            assert_eq!(child.wait().expect("grep ends").success(), wanted, "{file}");
        }
    }
}

#[test]
fn the_readme_uses_existing_inputs_of_the_action() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let (_, section) = readme.split_once("\n## In CI\n").expect("a section on CI");
    let (_, block) = section.split_once("```yaml\n").expect("a job");
    let (job, _) = block.split_once("```").expect("the job ends");
    let job: Value = serde_norway::from_str(job).expect("YAML");
    let steps = job["parity"]["steps"].as_array().expect("steps");
    let inputs = steps.iter().find_map(|step| step["with"].as_object()).expect("a step with inputs");
    let action = yaml("action.yml");
    for input in inputs.keys() {
        assert!(action["inputs"].get(input).is_some(), "the README names the input `{input}`");
    }
}
