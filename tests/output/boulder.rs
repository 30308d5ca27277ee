//! The worked example: the miniature and the real project have the same canonical form and the same output.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::golden;

/// The output of `config --format json` with `/PROJECT` in place of the project directory.
fn canonical(directory: &Path, files: &[&str]) -> Value {
    let mut arguments = vec!["config", "--format", "json"];
    arguments.extend(files);
    let ran = golden::run(directory, &arguments);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let text = ran.stdout.replace(&directory.canonicalize().expect("a folder").display().to_string(), "/PROJECT");
    serde_json::from_str(&text).expect("JSON")
}

const SETS: [&[&str]; 2] = [&["docker-compose.yml"], &["docker-compose.yml", "docker-compose.next.yml"]];

#[test]
fn the_miniature_has_the_canonical_form_of_the_real_project() {
    let Some(real) = golden::beside("boulder") else {
        println!("did not run: the real project's files are not beside this repository");
        return;
    };
    for files in SETS {
        let mini = canonical(&golden::root().join("fixtures/boulder"), files);
        let folder = golden::temporary_folder();
        let project = folder.path().join("boulder");
        fs::create_dir(&project).expect("a folder");
        for file in files {
            fs::copy(real.join(file), project.join(file)).expect("a file");
        }
        assert_eq!(mini, canonical(&project, files), "{files:?}");
    }
}

/// Translates a project as a user does in a checkout. Returns the output and the wrapper scripts.
fn output(project: &Path) -> std::collections::BTreeMap<String, String> {
    let ran = golden::run(project, &["docker-compose.yml", "-o", "k8s/manifests"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let mut files = golden::files(&project.join("k8s"));
    for wrapper in ["tk8s.sh", "tnk8s.sh"] {
        files.insert(wrapper.to_owned(), fs::read_to_string(project.join(wrapper)).expect("a wrapper"));
    }
    files
}

#[test]
fn the_folder_name_does_not_change_the_output() {
    let folder = golden::temporary_folder();
    let copies = ["boulder", "another name"].map(|name| folder.path().join(name));
    for copy in &copies {
        golden::copy(&golden::root().join("fixtures/boulder"), copy);
        for wrapper in ["tk8s.sh", "tnk8s.sh"] {
            let _ = fs::remove_file(copy.join(wrapper));
        }
    }
    let first = output(&copies[0]);
    assert_eq!(first, output(&copies[1]), "the output depends on the name of the folder");
    if let Some(real) = golden::beside("boulder") {
        let checkout = folder.path().join("real");
        fs::create_dir(&checkout).expect("a folder");
        for file in ["docker-compose.yml", "docker-compose.next.yml"] {
            fs::copy(real.join(file), checkout.join(file)).expect("a file");
        }
        for (name, text) in output(&checkout) {
            assert_eq!(first.get(&name), Some(&text), "{name} differs between the miniature and the real project");
        }
    } else {
        println!("the real project's files are not beside this repository: compared the miniature with itself");
    }
}

#[test]
fn the_committed_output_is_up_to_date() {
    let folder = golden::temporary_folder();
    golden::copy(&golden::root().join("fixtures"), &folder.path().join("fixtures"));
    let ran = golden::run(folder.path(), &["fixtures/boulder/docker-compose.yml", "-o", "k8s/manifests"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let mut differences = golden::compare(&golden::root().join("k8s"), &golden::files(&folder.path().join("k8s")));
    for wrapper in ["tk8s.sh", "tnk8s.sh"] {
        let text = fs::read_to_string(folder.path().join("fixtures/boulder").join(wrapper)).expect("a wrapper");
        differences.extend(golden::compare_text(&golden::root().join("fixtures/boulder").join(wrapper), &text));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn output_outside_of_the_project_differs_only_in_relative_paths() {
    let folder = golden::temporary_folder();
    let project = folder.path().join("fixtures/boulder");
    golden::copy(&golden::root().join("fixtures/boulder"), &project);
    let inside = output(&project);
    let ran = golden::run(folder.path(), &["fixtures/boulder/docker-compose.yml", "-o", "k8s/manifests"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    for (name, text) in golden::files(&folder.path().join("k8s")) {
        let apart = [
            ("folder that holds the kit", "project directory"),
            ("compose2k8s fixtures/boulder/docker-compose.yml", "compose2k8s docker-compose.yml"),
            ("../fixtures/boulder", ".."),
            ("../../k8s", "./k8s"),
        ];
        let here = apart.iter().fold(text, |text, (there, here)| text.replace(there, here));
        let difference = similar::TextDiff::from_lines(&inside[&name], &here).unified_diff().to_string();
        assert!(difference.is_empty(), "{name}:\n{difference}");
    }
}

#[test]
fn a_second_run_changes_nothing_and_the_check_passes() {
    let folder = golden::temporary_folder();
    golden::copy(&golden::root().join("fixtures/boulder"), folder.path());
    let first = output(folder.path());
    let time = |name: &str| fs::metadata(folder.path().join(name)).and_then(|data| data.modified()).expect("a time");
    let before = time("k8s/manifests/boulder.yaml");
    assert_eq!(first, output(folder.path()));
    assert_eq!(before, time("k8s/manifests/boulder.yaml"), "an unchanged file was written again");
    let ran = golden::run(folder.path(), &["docker-compose.yml", "-o", "k8s/manifests", "--check"]);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn standard_input_is_read_once() {
    let folder = golden::root().join("fixtures/boulder");
    let own = fs::read_to_string(folder.join("docker-compose.yml")).expect("the fixture");
    // Longer than the part of a file that the program caches.
    let text = format!("{}{own}", "# a comment\n".repeat(10_000));
    let mut command = golden::program(&folder);
    command.args(["-", "--project-directory", ".", "-o", "-", "-q"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut input = child.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("no panic").expect("the program reads");
    let without_header = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|line| !line.starts_with("# Generated") && !line.starts_with("# Do not edit"))
            .map(str::to_owned)
            .collect()
    };
    let stream = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(stream.contains(" from standard input and ../docker-compose.next.yml.\n"), "{stream}");
    let ran = golden::run(&folder, &["docker-compose.yml", "-o", "-", "-q"]);
    assert_eq!(without_header(&stream), without_header(&ran.stdout));
}

#[test]
fn a_file_named_dash_is_not_standard_input() {
    let folder = golden::temporary_folder();
    golden::copy(&golden::root().join("fixtures/boulder"), folder.path());
    fs::rename(folder.path().join("docker-compose.yml"), folder.path().join("-")).expect("a rename");
    // Standard input is empty in this test.
    let ran = golden::run(folder.path(), &["./-", "-o", "k8s/manifests"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let text = fs::read_to_string(folder.path().join("k8s/manifests/boulder.yaml")).expect("a manifest");
    assert!(text.starts_with("# Generated by compose2k8s 0.1.0 from ../- and ../docker-compose.next.yml.\n"), "{text}");
    assert!(text.contains(": compose2k8s ./- -o k8s/manifests\n"), "{text}");
    let ran = golden::run(folder.path(), &["./-", "-o", "k8s/manifests", "--check"]);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
}
