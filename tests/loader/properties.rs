//! Properties of all input: no panic, a result or an error, and the same bytes in every run.

use std::fs;
use std::path::{Path, PathBuf};

use compose2k8s::parse::ProjectOptions;
use compose2k8s::report::Report;
use compose2k8s::text::Sources;
use compose2k8s::{Purpose, Request, emit, load, translate};

use super::loader_corpus;
use crate::golden;

/// A random number generator (xorshift64*), so that a seed reproduces a failure.
struct Random(u64);

impl Random {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap_or(0) % sides.max(1)
    }
}

/// The Compose files to mutate: the miniature, those of cases and problems, and real ones if they are available.
fn inputs() -> Vec<PathBuf> {
    let mut found = vec![golden::root().join("fixtures/boulder/docker-compose.yml")];
    for folder in ["fixtures/cases", "fixtures/problems"] {
        let folders = fs::read_dir(golden::root().join(folder)).into_iter().flatten().flatten();
        found.extend(folders.map(|entry| entry.path().join("compose.yaml")).filter(|path| path.is_file()));
    }
    if let Some(corpus) = golden::beside("corpus") {
        let index = fs::read_to_string(corpus.join("INDEX.tsv")).unwrap_or_default();
        let paths = index.lines().filter_map(|line| line.split('\t').next()).map(|path| corpus.join(path));
        found.extend(paths.filter(|path| path.is_file()));
    }
    found.sort();
    found
}

/// Removes, duplicates and inserts pieces, among them special tokens of YAML and Compose.
fn mutate(text: &str, random: &mut Random) -> Vec<u8> {
    const PIECES: &[&str] = &[
        "\t",
        ": ",
        "- ",
        "&a ",
        "*a",
        "<<: ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "|\n",
        ">\n",
        "!reset ",
        "!override ",
        "---\n",
        "${",
        "${A:-",
        "$$",
        "#",
        "\u{0}",
        "\u{feff}",
        "é",
        "\r\n",
        "null",
        "~",
        "-1",
        "99999999999999999999",
        "1e400",
        "0x",
        "services:\n",
        "  x:\n",
        "extends: ",
        "network_mode: service:x\n",
        "/",
        "..",
        "0.0.0.0",
        "[::1]:80:80",
        "\u{1b}[31m",
    ];
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        match random.below(4) {
            0 => bytes.truncate(at),
            1 => {
                let end = (at + random.below(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            2 => {
                let end = (at + random.below(200)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let piece = PIECES[random.below(PIECES.len())];
                bytes.splice(at..at, piece.bytes());
            }
        }
    }
    bytes
}

/// The manifests of a project, or the codes of the diagnostics.
fn verdict(file: &Path) -> Result<String, Vec<&'static str>> {
    let selection = ProjectOptions { files: vec![file.to_path_buf()], ..ProjectOptions::default() };
    let request = Request { project: selection, ..Request::default() };
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let result = load(&request, &mut sources, &mut report).and_then(|loaded| {
        let files = translate(&request, &loaded, None, Purpose::Write, &mut report)?;
        files.verify(&mut report)?;
        Ok(files)
    });
    let style = compose2k8s::report::text::TextStyle { color: true, width: 80 };
    for problem in report.problems() {
        let drawn = compose2k8s::report::text::rich(problem, &sources, style);
        assert!(!drawn.contains("\u{1b}[31m\u{1b}[31m"), "an escape of the input reached the terminal");
    }
    result.map(|files| emit::stream(&files)).map_err(|_| {
        let codes: Vec<_> = report.problems().iter().map(|problem| problem.code.name).collect();
        assert!(report.stop_on_error().is_err(), "refused without a reason: {codes:?}");
        codes
    })
}

#[test]
fn no_mutated_file_causes_a_panic_or_different_results() {
    let inputs = inputs();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("compose.yaml");
    let (mut accepted, mut rejected) = (0, 0);
    // A run that is not complete has a third of the seeds.
    let (seeds, least_accepted, least_rejected) = if golden::is_complete_run() { (700, 20, 50) } else { (260, 7, 17) };
    for seed in 1..=seeds {
        let mut random = Random(u64::wrapping_mul(seed, 0x9e37_79b9_7f4a_7c15));
        let input = &inputs[random.below(inputs.len())];
        let Ok(text) = fs::read_to_string(input) else { continue };
        if text.len() > 30_000 {
            continue;
        }
        fs::write(&file, mutate(&text, &mut random)).expect("a file can be written");
        let outcome = std::panic::catch_unwind(|| (verdict(&file), verdict(&file)));
        let Ok((first, second)) = outcome else { panic!("seed {seed} of {} panics", input.display()) };
        assert_eq!(first, second, "seed {seed} of {}: two runs differ", input.display());
        if first.is_ok() { accepted += 1 } else { rejected += 1 }
    }
    println!("{accepted} mutated files were accepted, {rejected} rejected");
    assert!(
        accepted > least_accepted && rejected > least_rejected,
        "some files must be accepted and some rejected: {accepted} accepted, {rejected} rejected"
    );
}

#[test]
fn the_order_of_services_in_the_file_changes_no_manifest() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let services = ["  a:\n    image: x\n    ports: ['80:80']\n", "  b:\n    image: y\n    depends_on: [a]\n"];
    let stream = |order: [usize; 2]| {
        let file = folder.path().join("compose.yaml");
        let text = format!("services:\n{}{}", services[order[0]], services[order[1]]);
        fs::write(&file, text).expect("a file can be written");
        let stream = verdict(&file).expect("a project");
        let mut documents: Vec<String> = stream.split("---\n").map(str::to_owned).collect();
        documents.sort();
        documents
    };
    assert_eq!(stream([0, 1]), stream([1, 0]));
}

/// Every project of the fixtures and the corpus that loads, with its canonical form.
fn forms() -> Vec<(PathBuf, serde_json::Value)> {
    let files = inputs().into_iter().filter(|file| !file.display().to_string().contains("fixtures/problems"));
    let forms: Vec<_> =
        files.filter_map(|file| loader_corpus::load(vec![file.clone()]).ok().map(|form| (file, form))).collect();
    assert!(forms.len() > 90, "only {} projects load", forms.len());
    forms
}

#[test]
fn merging_an_empty_file_changes_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (number, text) in ["{}", "services: {}", "services: {}\nvolumes: {}\nx-nothing: ~\n"].iter().enumerate() {
        fs::write(folder.path().join(format!("{number}.yaml")), text).expect("a file can be written");
    }
    for (index, (file, form)) in forms().into_iter().enumerate() {
        // A run that is not complete merges each project with one of the three.
        for number in (0..3).filter(|number| golden::is_complete_run() || index % 3 == *number) {
            let nothing = folder.path().join(format!("{number}.yaml"));
            let mut merged = loader_corpus::load(vec![file.clone(), nothing]).unwrap_or_else(|why| panic!("{why}"));
            if let Some(top) = merged.as_object_mut() {
                top.remove("x-nothing");
            }
            assert_eq!(loader_corpus::difference(&merged, &form, ""), None, "{}", file.display());
        }
    }
}

/// The value with the keys of each mapping in reverse order.
fn with_reversed_keys(value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(keys) => {
            keys.iter().rev().map(|(key, value)| (key.clone(), with_reversed_keys(value))).collect()
        }
        serde_json::Value::Array(items) => items.iter().map(with_reversed_keys).collect(),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => value.clone(),
    }
}

/// The value with each dollar sign doubled, because those in the canonical form are literal. Keys are not interpolated.
fn with_doubled_dollars(value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(keys) => {
            keys.iter().map(|(key, value)| (key.clone(), with_doubled_dollars(value))).collect()
        }
        serde_json::Value::Array(items) => items.iter().map(with_doubled_dollars).collect(),
        serde_json::Value::String(text) => text.replace('$', "$$").into(),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => value.clone(),
    }
}

#[test]
fn the_canonical_form_loads_to_itself_with_reversed_keys() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("compose.yaml");
    // The official JSON form has no top-level `models`, and `Path` in place of the `path` of a device. Projects with one of these do
    // not load again in the official loader either.
    let loads = |form: &serde_json::Value| {
        let text = form.to_string();
        !text.contains("\"models\":") && !text.contains("\"Path\":")
    };
    for (index, (origin, form)) in forms().into_iter().filter(|(_, form)| loads(form)).enumerate() {
        for (number, form_again) in [form.clone(), with_reversed_keys(&form)].into_iter().enumerate() {
            // A run that is not complete loads each form once.
            if !golden::is_complete_run() && index % 2 != number {
                continue;
            }
            fs::write(&file, with_doubled_dollars(&form_again).to_string()).expect("a file can be written");
            let again =
                loader_corpus::load(vec![file.clone()]).unwrap_or_else(|why| panic!("{}: {why}", origin.display()));
            // An empty `dockerfile` is missing in the canonical form, also in the official one, and then has its default.
            let lost = ".build.dockerfile: ours \"Dockerfile\", theirs nothing";
            let difference =
                loader_corpus::difference(&again, &form, "").filter(|difference| !difference.ends_with(lost));
            assert_eq!(difference, None, "{}", origin.display());
        }
    }
}

#[test]
fn two_threads_produce_the_same_output_as_one() {
    let mut text = "name: many\nservices:\n".to_owned();
    for number in 0..60 {
        text +=
            &format!("  s{number}: {{image: 'i{number}:1', command: [c{number}], ports: ['{}:80']}}\n", 8000 + number);
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("compose.yaml");
    fs::write(&file, text).expect("a file can be written");
    let selection = ProjectOptions { files: vec![file], ..ProjectOptions::default() };
    let request = Request { project: selection, ..Request::default() };
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let loaded = load(&request, &mut sources, &mut report).expect("a project");
    // A preview uses one thread.
    let texts = |files: emit::Files| files.kit.into_iter().map(|(path, file)| (path, file.text)).collect::<Vec<_>>();
    let by_one_thread =
        texts(translate(&request, &loaded, None, Purpose::Preview, &mut Report::new()).expect("output"));
    assert!(by_one_thread.iter().any(|(path, text)| path == "manifests/s59.yaml" && text.contains("image: i59:1")));
    for _ in 0..20 {
        assert_eq!(
            texts(translate(&request, &loaded, None, Purpose::Write, &mut Report::new()).expect("output")),
            by_one_thread
        );
    }
}
