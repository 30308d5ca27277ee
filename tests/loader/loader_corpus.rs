//! Real Compose files load like in the official loader, with the same canonical form, or are rejected like there.
//!
//! The files are not part of this repository. Without them the tests print that they did not run.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use compose2k8s::parse::{self, ProjectOptions};
use compose2k8s::report::{self, Report, Stopped};
use compose2k8s::resolve;
use compose2k8s::text::Sources;
use serde_json::Value;

use crate::golden;

/// The minimum numbers of files with an equal form and of files that both loaders reject.
const RECORDED: (usize, usize) = (493, 85);

/// Loads files. Returns the canonical form or the errors.
pub(crate) fn load(files: Vec<PathBuf>) -> Result<Value, String> {
    loaded(files, |canonical, _| Ok(resolve::config::value(&canonical)))
}

/// Loads files with the options that the official loader was given, and applies a function to the canonical project.
fn loaded<T>(
    files: Vec<PathBuf>,
    then: impl FnOnce(resolve::Canonical, &mut Report) -> Result<T, Stopped>,
) -> Result<T, String> {
    let folder = files[0].parent().unwrap().display().to_string();
    let selection = ProjectOptions {
        files,
        profiles: vec!["*".to_owned()],
        // The options that the official loader was given.
        project_name: Some("project".to_owned()),
        variables: [("HOME", "/home/user"), ("PWD", &folder)]
            .map(|(name, value)| (name.to_owned(), Some(value.to_owned())))
            .to_vec(),
        ..ProjectOptions::default()
    };
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let canonical = parse::parse(&selection, &mut sources, &mut report)
        .and_then(|parsed| resolve::canonical(parsed, &selection, &mut sources, &mut report));
    canonical.and_then(|canonical| then(canonical, &mut report)).map_err(|_| {
        report.sort();
        let errors = report.problems().iter().filter(|problem| problem.severity == report::Severity::Error);
        errors.map(|problem| report::short(problem, &sources)).collect::<Vec<_>>().join("\n")
    })
}

/// The files of a line of the index: `docker-compose.yml+next` is a file and its override file.
fn files(corpus: &Path, path: &str) -> Vec<PathBuf> {
    match path.strip_suffix(".yml+next") {
        Some(stem) => [".yml", ".next.yml"].map(|end| corpus.join(format!("{stem}{end}"))).to_vec(),
        None => vec![corpus.join(path)],
    }
}

/// The first difference of two values, with its path.
pub(crate) fn difference(ours: &Value, theirs: &Value, path: &str) -> Option<String> {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let mut keys: Vec<&String> = ours.keys().chain(theirs.keys()).collect();
            keys.sort();
            keys.dedup();
            keys.into_iter().find_map(|key| match (ours.get(key), theirs.get(key)) {
                (Some(ours), Some(theirs)) => difference(ours, theirs, &format!("{path}.{key}")),
                (Some(ours), None) => Some(format!("{path}.{key}: ours {ours}, theirs nothing")),
                (None, theirs) => {
                    Some(format!("{path}.{key}: ours nothing, theirs {}", theirs.unwrap_or(&Value::Null)))
                }
            })
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            let pairs = ours.iter().zip(theirs).enumerate();
            pairs.into_iter().find_map(|(at, (ours, theirs))| difference(ours, theirs, &format!("{path}[{at}]")))
        }
        (ours, theirs) => (ours != theirs).then(|| format!("{path}: ours {ours}, theirs {theirs}")),
    }
}

#[test]
fn real_files_load_like_the_official_loader() {
    let Some(corpus) = golden::beside("corpus") else {
        println!("not run: there is no corpus; set COMPOSE2K8S_CORPUS to its folder");
        return;
    };
    let corpus = corpus.canonicalize().unwrap();
    let index = std::fs::read_to_string(corpus.join("INDEX.tsv")).unwrap();
    let (mut equal, mut rightly_refused) = (0, 0);
    let (mut differs, mut refused, mut accepted) = (Vec::new(), Vec::new(), Vec::new());
    for line in index.lines() {
        let mut fields = line.split('\t');
        let (path, verdict) = (fields.next().unwrap(), fields.next().unwrap());
        let file = corpus.join(path);
        let ours = load(files(&corpus, path));
        match (ours, verdict) {
            (Ok(ours), "ok") => {
                let folder = file.parent().unwrap().display().to_string();
                let theirs = std::fs::read_to_string(format!("{}.canonical.json", file.display())).unwrap();
                let theirs: Value = serde_json::from_str(&theirs.replace("/PROJECT", &folder)).unwrap();
                match difference(&ours, &theirs, "") {
                    None => equal += 1,
                    Some(difference) => differs.push(format!("{path}: {difference}")),
                }
            }
            (Err(why), "ok") => refused.push(format!("{path}: {why}")),
            (Ok(_), _) => accepted.push(format!("{path}: {}", fields.next().unwrap_or_default())),
            (Err(why), _) => {
                if std::env::var_os("COMPOSE2K8S_SHOW_REFUSALS").is_some() {
                    println!("{path}\n  ours: {why}\n  theirs: {}", fields.next().unwrap_or_default());
                }
                rightly_refused += 1;
            }
        }
    }
    let mut told = String::new();
    for (title, list) in [("differs", &differs), ("refused wrongly", &refused), ("accepted wrongly", &accepted)] {
        for one in list {
            writeln!(told, "{title}: {one}").unwrap();
        }
    }
    println!(
        "{told}equal {equal}, differs {}, refused wrongly {}, accepted wrongly {}, rightly refused {rightly_refused}",
        differs.len(),
        refused.len(),
        accepted.len(),
    );
    assert!(
        (equal, rightly_refused) >= RECORDED && rightly_refused >= RECORDED.1,
        "fewer files come out right:\n{told}"
    );
}

/// The minimum number of accepted files that become projects. The others have settings that no container supports.
const PROJECTS: usize = 493;

#[test]
fn accepted_files_become_projects() {
    let Some(corpus) = golden::beside("corpus") else {
        println!("not run: there is no corpus; set COMPOSE2K8S_CORPUS to its folder");
        return;
    };
    let corpus = corpus.canonicalize().unwrap();
    let index = std::fs::read_to_string(corpus.join("INDEX.tsv")).unwrap();
    let mut projects = 0;
    for path in index.lines().filter_map(|line| line.strip_suffix("\tok\t").or(line.strip_suffix("\tok"))) {
        match loaded(files(&corpus, path), resolve::project) {
            Ok(project) => {
                projects += 1;
                let lost: Vec<_> = project.services.values().filter(|service| service.used_keys.is_empty()).collect();
                assert!(lost.is_empty(), "{path}: services without a key: {lost:?}");
            }
            Err(why) => println!("{path}: {why}"),
        }
    }
    println!("{projects} projects");
    assert!(projects >= PROJECTS);
}

#[test]
fn the_canonical_form_loads_to_itself() {
    let Some(corpus) = golden::beside("corpus") else {
        println!("not run: there is no corpus; set COMPOSE2K8S_CORPUS to its folder");
        return;
    };
    let corpus = corpus.canonicalize().unwrap();
    let index = std::fs::read_to_string(corpus.join("INDEX.tsv")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("compose.yaml");
    let mut compared = 0;
    // A run that is not complete loads every third file; `properties` loads all of them.
    let step = if golden::is_complete_run() { 1 } else { 3 };
    for path in index.lines().filter_map(|line| line.strip_suffix("\tok\t")).step_by(step) {
        let Ok(first) = load(files(&corpus, path)) else { continue };
        // A dollar sign in the canonical form is literal.
        std::fs::write(&file, serde_json::to_string(&first).unwrap().replace('$', "$$")).unwrap();
        let second = load(vec![file.clone()]).unwrap_or_else(|why| panic!("{path}: {why}"));
        // An empty `dockerfile` is missing in the canonical form, also in the official one, and then has its default.
        let lost = ".build.dockerfile: ours \"Dockerfile\", theirs nothing";
        let difference = difference(&second, &first, "").filter(|difference| !difference.ends_with(lost));
        assert_eq!(difference, None, "{path}");
        compared += 1;
    }
    assert!(compared >= RECORDED.0 / step - 1, "only {compared} were compared");
}

#[test]
fn the_worked_example_loads_like_the_official_loader() {
    let Some(folder) = golden::beside("boulder") else {
        println!("not run: the example is beside the corpus");
        return;
    };
    let Ok(folder) = folder.canonicalize() else { return println!("not run: there is no {}", folder.display()) };
    for (files, expected) in [
        (&["docker-compose.yml"][..], "docker-compose.canonical.json"),
        (&["docker-compose.yml", "docker-compose.next.yml"][..], "docker-compose+next.canonical.json"),
    ] {
        let selection = ProjectOptions {
            files: files.iter().map(|file| folder.join(file)).collect(),
            project_name: Some("boulder".to_owned()),
            ..ProjectOptions::default()
        };
        let (mut sources, mut report) = (Sources::new(), Report::new());
        let parsed = parse::parse(&selection, &mut sources, &mut report).unwrap();
        let canonical = resolve::canonical(parsed, &selection, &mut sources, &mut report).unwrap();
        let theirs = std::fs::read_to_string(folder.join(expected)).unwrap();
        let theirs = serde_json::from_str(&theirs.replace("/PROJECT", &folder.display().to_string())).unwrap();
        assert_eq!(difference(&resolve::config::value(&canonical), &theirs, ""), None, "{expected}");
    }
}
