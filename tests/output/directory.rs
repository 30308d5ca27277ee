//! Where the output goes: `-o`, its default, and the folder `manifests`.

use std::fs;
use std::path::Path;

use crate::support::golden::{self, Ran};

const COMPOSE: &str = "name: shop\nservices: {web: {image: 'nginx:1.27', restart: always}}\n";

fn project() -> tempfile::TempDir {
    let folder = golden::temporary_folder();
    fs::write(folder.path().join("compose.yaml"), COMPOSE).expect("a file can be written");
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    golden::run(folder, arguments)
}

#[test]
fn standard_output_is_not_compared() {
    let folder = project();
    for option in ["--check", "--diff"] {
        let ran = run(folder.path(), &["compose.yaml", "-o", "-", option]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{option}");
        assert!(ran.stderr.contains(option), "{}", ran.stderr);
    }
}

#[test]
fn without_an_output_option_the_output_is_in_k8s() {
    let folder = project();
    assert_eq!(run(folder.path(), &["compose.yaml", "-q"]).status, 0);
    assert!(folder.path().join("k8s/manifests/web.yaml").is_file());
    assert_eq!(run(folder.path(), &["compose.yaml", "--check"]).status, 0);
    // A second time, the directory is not empty, but it was generated.
    assert_eq!(run(folder.path(), &["compose.yaml", "-q"]).status, 0);
}

#[test]
fn a_directory_of_the_user_has_to_be_named() {
    let folder = project();
    fs::create_dir(folder.path().join("k8s")).expect("a folder can be created");
    fs::write(folder.path().join("k8s/web.yaml"), "kind: Pod\n").expect("a file can be written");
    let ran = run(folder.path(), &["compose.yaml", "--format", "short"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("error[emit::foreign_directory]"), "{}", ran.stderr);
    assert!(!folder.path().join("k8s/manifests").exists(), "nothing is written");
    assert_eq!(run(folder.path(), &["compose.yaml", "-o", "k8s", "-q"]).status, 0);
    assert_eq!(fs::read_to_string(folder.path().join("k8s/web.yaml")).expect("the user's file"), "kind: Pod\n");
}

#[test]
fn manifests_means_its_parent_unless_that_is_the_project_directory() {
    let folder = project();
    assert_eq!(run(folder.path(), &["compose.yaml", "-o", "a/manifests", "-q"]).status, 0);
    assert!(folder.path().join("a/kustomization.yaml").is_file());
    for options in [["-o", "a"], ["-o", "a/manifests"]] {
        assert_eq!(run(folder.path(), &[&["compose.yaml", "--check"], &options[..]].concat()).status, 0);
    }
    assert_eq!(run(folder.path(), &["compose.yaml", "-o", "manifests", "-q"]).status, 0);
    assert!(folder.path().join("manifests/manifests/web.yaml").is_file());
    assert!(!folder.path().join("kustomization.yaml").exists(), "the project directory is not the output");
    assert_eq!(run(folder.path(), &["compose.yaml", "-o", "manifests", "--check"]).status, 0);
    // The header's command gives the same output from the folder that it names.
    let text = fs::read_to_string(folder.path().join("manifests/README.md")).expect("a README");
    assert!(text.contains("-o manifests/manifests"), "{text}");
    assert_eq!(run(folder.path(), &["compose.yaml", "-o", "manifests/manifests", "--check"]).status, 0);
    // From another directory, the project directory is the one of the file.
    let parent = folder.path().parent().expect("a parent");
    let name = folder.path().file_name().and_then(|name| name.to_str()).expect("a name");
    let [file, output] = ["compose.yaml", "manifests"].map(|last| format!("{name}/{last}"));
    assert_eq!(run(parent, &[&file, "-o", &output, "--check"]).status, 0);
}

#[test]
fn check_reads_the_whole_output_for_its_folder_manifests_only() {
    let folder = project();
    assert_eq!(run(folder.path(), &["compose.yaml", "-o", "k8s", "-q"]).status, 0);
    let ran = run(folder.path(), &["check", "compose.yaml", "--against", "k8s/manifests"]);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    // A folder of this name that the program did not generate is read itself.
    fs::create_dir_all(folder.path().join("own/manifests")).expect("a folder can be created");
    fs::write(folder.path().join("own/bad.yaml"), "not: [yaml").expect("a file can be written");
    fs::write(
        folder.path().join("own/manifests/web.yaml"),
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: 'nginx:1.27'}]}\n",
    )
    .expect("a file can be written");
    let ran = run(folder.path(), &["check", "compose.yaml", "--against", "own/manifests", "--format", "short"]);
    assert_ne!(ran.status, 2, "{}{}", ran.stdout, ran.stderr);
    assert!(!(ran.stdout + &ran.stderr).contains("bad.yaml"));
}

#[test]
fn outputs_of_one_project_do_not_remove_files_of_each_other() {
    let folder = project();
    let overrides = "runs: {tests: {about: Runs the tests, service: web, command: [echo]}}\n";
    fs::write(folder.path().join("overrides.yaml"), overrides).expect("a file can be written");
    let write = |output: &str| {
        let ran = run(folder.path(), &["compose.yaml", "--overrides", "overrides.yaml", "-o", output, "-q"]);
        assert_eq!(ran.status, 0, "{output}: {}", ran.stderr);
    };
    for output in [".", "manifests", "k8s", "dev/k8s"] {
        write(output);
    }
    for output in [".", "k8s"] {
        write(output);
        assert!(folder.path().join("manifests/kustomization.yaml").is_file(), "{output}");
        assert!(folder.path().join("dev/k8s/kustomization.yaml").is_file(), "{output}");
    }
}
