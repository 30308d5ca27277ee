//! Tests of loading projects from files.

use std::path::Path;

use proptest::prelude::*;

use super::merging::merge::tests::flow;
use super::{Parsed, ProjectOptions, parse};
use crate::report::{Report, Stopped, short};
use crate::text::Sources;

/// Creates a temporary directory with files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn selection(folder: &Path, files: &[&str]) -> ProjectOptions {
    ProjectOptions { files: files.iter().map(|file| folder.join(file)).collect(), ..ProjectOptions::default() }
}

fn load(selection: &ProjectOptions) -> (Result<Parsed, Stopped>, Vec<String>) {
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let parsed = parse(selection, &mut sources, &mut report);
    report.sort();
    let problems = report.problems().iter().map(|problem| short(problem, &sources)).collect();
    (parsed, problems)
}

fn tree(selection: &ProjectOptions) -> String {
    let (parsed, problems) = load(selection);
    assert_eq!(problems, Vec::<String>::new());
    flow(&parsed.unwrap().tree)
}

/// Returns the first diagnostic without the name of the directory.
fn problem(folder: &Path, files: &[&str]) -> String {
    let (parsed, problems) = load(&selection(folder, files));
    assert!(parsed.is_err(), "{problems:?}");
    let first = problems.first().cloned().unwrap_or_default();
    // Files that other files refer to are shown relative to the working directory.
    let here = crate::paths::relative(&std::env::current_dir().unwrap(), folder);
    first.replace(&format!("{}/", folder.display()), "").replace(&format!("{}/", here.display()), "")
}

#[test]
fn files_are_merged_in_the_order_given() {
    let folder = folder(&[
        ("a.yaml", "services: {web: {image: 'x:${TAG:-1}', ports: ['80:80']}}"),
        ("b.yaml", "services: {web: {image: y}, db: {image: z}}\n---\nservices: {db: {command: [a]}}"),
    ]);
    assert_eq!(
        tree(&selection(folder.path(), &["a.yaml", "b.yaml"])),
        "{services: {web: {image: y, ports: [\"80:80\"]}, db: {image: z, command: [a]}}}"
    );
    let (parsed, _) = load(&selection(folder.path(), &["b.yaml", "a.yaml"]));
    let parsed = parsed.unwrap();
    let image = parsed.tree.get("services").unwrap().get("web").unwrap().get("image").unwrap().as_scalar().unwrap();
    assert_eq!(
        (image.text.as_str(), image.template.as_deref().map(|template| template.text.as_str())),
        ("x:1", Some("x:${TAG:-1}"))
    );
    assert_eq!(parsed.directory, folder.path());
}

#[test]
fn files_are_found_where_docker_compose_finds_them() {
    let folder = folder(&[
        ("docker-compose.yml", "services: {a: {image: second}}"),
        ("compose.yml", "services: {a: {image: first}}"),
        ("docker-compose.override.yaml", "services: {a: {user: '${WHO}'}}"),
        ("below/deep/.env", "WHO=me\n"),
        ("below/compose.txt", ""),
    ]);
    let of = |directory: &str| {
        let project_directory = Some(folder.path().join(directory));
        let (parsed, problems) = load(&ProjectOptions { project_directory, ..ProjectOptions::default() });
        (parsed.map(|parsed| (flow(&parsed.tree), parsed.files.len(), parsed.name)), problems)
    };
    let (parsed, problems) = of("below/deep");
    let tree = "{services: {a: {image: first, user: \"me\"}}}".to_owned();
    assert_eq!(parsed, Ok((tree, 2, "deep".to_owned())));
    assert_eq!(problems, ["warning[parse::several_files]: `compose.yml` is used; beside it lie `docker-compose.yml`"]);
    let (parsed, problems) = of("nowhere");
    assert!(parsed.is_err() && problems[0].contains("there is no such folder"), "{problems:?}");
    let (parsed, problems) = of("below/compose.txt");
    assert!(parsed.is_err() && problems[0].contains("it is not a folder"), "{problems:?}");
}

#[test]
fn variables_come_from_the_command_line_then_the_env_file() {
    let folder = folder(&[
        ("compose.yaml", "services: {a: {image: '${A}${B}${C:-c}${COMPOSE_PROJECT_NAME}'}}\nname: my ${A}"),
        (".env", "A=a\nB=b$A\n"),
        ("other.env", "B=o"),
    ]);
    let mut selection = selection(folder.path(), &["compose.yaml"]);
    assert!(tree(&selection).starts_with("{services: {a: {image: \"abacmya\"}}"));
    selection.variables = vec![("A".to_owned(), Some("x".to_owned()))];
    assert!(tree(&selection).starts_with("{services: {a: {image: \"xbxcmyx\"}}"));
    selection.env_files = vec![folder.path().join("other.env")];
    selection.project_name = Some("p".to_owned());
    assert!(tree(&selection).starts_with("{services: {a: {image: \"xocp\"}}"));
    selection.env_files = vec![folder.path().join("none.env")];
    assert!(load(&selection).1[0].contains("parse::unreadable"));
    selection.no_interpolate = true;
    selection.env_files.clear();
    assert!(tree(&selection).contains("\"${A}${B}${C:-c}${COMPOSE_PROJECT_NAME}\""));
}

#[test]
fn project_names_are_looked_up_in_order() {
    let folder = folder(&[("compose.yaml", "services: {}\nname: from-file"), ("unnamed.yaml", "services: {}")]);
    let mut selection = selection(folder.path(), &["compose.yaml"]);
    let name = |selection: &ProjectOptions| load(selection).0.map(|parsed| parsed.name);
    assert_eq!(name(&selection), Ok("from-file".to_owned()));
    selection.variables = vec![("COMPOSE_PROJECT_NAME".to_owned(), Some("from-variable".to_owned()))];
    assert_eq!(name(&selection), Ok("from-variable".to_owned()));
    selection.project_name = Some("asked".to_owned());
    assert_eq!(name(&selection), Ok("asked".to_owned()));
    selection.project_name = Some("Not Right".to_owned());
    assert_eq!(name(&selection), Err(Stopped));
}

#[test]
fn services_extend_services_of_the_same_file() {
    let folder = folder(&[(
        "compose.yaml",
        "services:\n  c: {extends: b, environment: {C: 3}}\n  b: {extends: {service: a}, environment: [B=2], ports: !reset []}\n  \
         a: {image: x, environment: {A: 1}, ports: ['80:80']}\n",
    )]);
    assert_eq!(
        tree(&selection(folder.path(), &["compose.yaml"])),
        "{services: {c: {image: x, environment: {A: 1, B: \"2\", C: 3}}, b: {image: x, environment: {A: 1, B: \"2\"}}, \
         a: {image: x, environment: {A: 1}, ports: [\"80:80\"]}}}"
    );
}

#[test]
fn paths_of_extended_services_of_other_files_are_rewritten() {
    let folder = folder(&[
        ("compose.yaml", "services: {a: {extends: {file: sub/base.yaml, service: b}, volumes: ['./own:/own']}}"),
        (
            "sub/base.yaml",
            "services: {b: {extends: {file: deep/c.yaml, service: c}, build: ., env_file: [x.env, {path: /abs}], \
             volumes: ['./data:/data', 'named:/named', '~/h:/h', {type: bind, source: ../up, target: /up}]}}",
        ),
        ("sub/deep/c.yaml", "services: {c: {label_file: l, volumes: ['.:/deep']}}"),
    ]);
    assert_eq!(
        tree(&selection(folder.path(), &["compose.yaml"])),
        "{services: {a: {label_file: sub/deep/l, volumes: [\"./sub/deep:/deep\", \"./sub/data:/data\", \"named:/named\", \
         \"~/h:/h\", {type: bind, source: up, target: /up}, \"./own:/own\"], build: sub, env_file: [sub/x.env, {path: /abs}]}}}"
    );
}

#[test]
fn included_projects_have_their_own_directory_and_variables() {
    let folder = folder(&[
        ("compose.yaml", "include: [sub/compose.yaml]\nservices: {web: {image: x, depends_on: [db]}}"),
        (".env", "BOTH=outer\n"),
        (
            "sub/compose.yaml",
            "services: {db: {image: '${BOTH}-${INNER}', environment: [INNER, OTHER], volumes: ['./d:/d'], build: {target: t}}}\n\
             configs: {c: {file: c.txt}, e: {environment: INNER}}\nvolumes: {}\nname: ignored\n",
        ),
        ("sub/.env", "BOTH=inner\nINNER=i\n"),
    ]);
    let text = tree(&selection(folder.path(), &["compose.yaml"]));
    assert_eq!(
        text,
        "{services: {db: {image: \"outer-i\", environment: [\"INNER=i\", OTHER], volumes: [\"./sub/d:/d\"], \
         build: {target: t, context: \"sub\"}}, web: {image: x, depends_on: [db]}}, volumes: {}, \
         configs: {c: {file: sub/c.txt}, e: {environment: INNER, content: \"i\"}}}"
    );
}

#[test]
fn the_including_file_takes_precedence() {
    let folder = folder(&[
        (
            "compose.yaml",
            "include: [{path: [a.yaml, b.yaml], env_file: e.env}]\nservices: {x: {image: mine, ports: !reset []}}",
        ),
        ("a.yaml", "services: {x: {image: a, ports: ['1:1'], user: u}, y: {image: '$V'}}"),
        ("b.yaml", "services: {x: {user: b}}"),
        ("e.env", "V=v"),
    ]);
    assert_eq!(
        tree(&selection(folder.path(), &["compose.yaml"])),
        "{services: {x: {image: mine, user: b}, y: {image: \"v\"}}}"
    );
}

#[test]
fn errors_have_locations() {
    let folder = folder(&[
        ("empty.yaml", "# nothing\n"),
        ("null.yaml", "---\n"),
        ("list.yaml", "- a\n"),
        ("one.yaml", "web:\n  image: x\n"),
        ("services.yaml", "services: [a]\n"),
        ("key.yaml", "services: {a: {environment: {1: x}}}\n"),
        ("ring.yaml", "services: {a: {extends: b}, b: {extends: a}}\n"),
        ("unknown.yaml", "services: {web: {extends: wbe}, wob: {}}\n"),
        ("file.yaml", "services: {web: {extends: {file: empty.yaml, service: a}}}\n"),
        ("gone.yaml", "services: {web: {extends: {file: gon.yaml, service: a}}}\n"),
        ("remote.yaml", "include: ['https://example.com/a.yaml']\n"),
        ("self.yaml", "include: [other.yaml]\n"),
        ("other.yaml", "include: [self.yaml]\n"),
        ("path.yaml", "include: [{pth: a}]\n"),
        ("required.yaml", "services: {a: {image: '${TAG:?set it}'}}\n"),
    ]);
    let of = |name: &str| problem(folder.path(), &[name]);
    assert_eq!(of("empty.yaml"), "empty.yaml:1:1: error[parse::empty]: the Compose file is empty");
    assert_eq!(
        of("null.yaml"),
        "null.yaml:1:4: error[parse::no_mapping]: a Compose file is a mapping, and here is nothing"
    );
    assert_eq!(
        of("list.yaml"),
        "list.yaml:1:3: error[parse::no_mapping]: a Compose file is a mapping, and here is a list"
    );
    assert!(of("one.yaml").starts_with("one.yaml:1:1: error[parse::version_one]"));
    assert!(of("services.yaml").starts_with("services.yaml:1:11: error[parse::no_mapping]"));
    assert_eq!(of("key.yaml"), "key.yaml:1:30: error[parse::key_not_text]: the key `1` is not a string");
    assert_eq!(
        of("ring.yaml"),
        "ring.yaml:1:25: error[parse::extends_cycle]: services extend each other in a ring: `a` → `b` → `a`"
    );
    assert!(of("unknown.yaml").starts_with("unknown.yaml:1:27: error[parse::extends_unknown]: the service `wbe`"));
    assert!(of("file.yaml").contains("error[parse::extends_no_services]"));
    assert!(of("gone.yaml").starts_with("gone.yaml:1:34: error[parse::unreadable]"));
    assert!(of("remote.yaml").starts_with("remote.yaml:1:11: error[parse::remote]"));
    assert!(of("self.yaml").contains("error[parse::include_cycle]"));
    assert!(of("path.yaml").contains("parse::"));
    assert!(of("required.yaml").starts_with("required.yaml:1:24: error[parse::required_variable]"));
    assert!(of("none.yaml").contains("there is no such file"));
    assert!(of(".").contains("it is a folder"));
}

#[test]
fn errors_of_all_files_are_reported() {
    let folder = folder(&[("a.yaml", "a: [\n"), ("b.yaml", "b: *x\n"), ("c.yaml", "services: {a: {image: '${'}}")]);
    let (_, problems) = load(&selection(folder.path(), &["a.yaml", "b.yaml", "c.yaml"]));
    assert_eq!(problems.len(), 2, "{problems:?}");
}

#[test]
fn loading_twice_gives_the_same_result() {
    let folder =
        folder(&[("compose.yaml", "services: {b: {extends: a, ports: ['1:1']}, a: {image: x, environment: {A: $A}}}")]);
    let selection = selection(folder.path(), &["compose.yaml"]);
    let (first, second) = (load(&selection), load(&selection));
    assert_eq!(first.1, second.1);
    assert_eq!(first.0.unwrap().tree, second.0.unwrap().tree);
}

#[test]
fn every_diagnostic_has_an_example() {
    let problems = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/problems");
    let mut seen = std::collections::BTreeSet::new();
    for case in std::fs::read_dir(problems).unwrap().map(|entry| entry.unwrap().path()) {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let Some(code) = name.strip_prefix("parse-") else { continue };
        let code = format!("[parse::{}]", code.replace('-', "_"));
        seen.insert(code.clone());
        // Cases with a command or overrides need the whole program.
        if case.join("command").exists() || case.join("overrides.yaml").exists() {
            continue;
        }
        let mut files: Vec<_> = std::fs::read_dir(&case)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
            .filter(|file| Path::new(file).extension().is_some_and(|end| end == "yaml") && !file.starts_with("other"))
            .collect();
        files.sort();
        let (_, problems) = load(&selection(&case, &files.iter().map(String::as_str).collect::<Vec<_>>()));
        assert!(problems.iter().any(|problem| problem.contains(&code)), "{name}: {problems:?}");
        assert!(problems.iter().all(|problem| problem.contains(&code)), "{name}: {problems:?}");
    }
    // Codes that a directory of files cannot show have their own test.
    for elsewhere in ["too_large", "shell_variables", "compose_variables", "include_too_deep", "recorded_values"] {
        assert!(seen.insert(format!("[parse::{elsewhere}]")));
    }
    let codes = super::problem::CODES.iter().map(|code| format!("[{}]", code.name)).collect();
    assert_eq!(seen, codes);
}

#[test]
fn too_large_files_are_refused_before_reading() {
    let folder = folder(&[("compose.yaml", "")]);
    std::fs::File::create(folder.path().join("compose.yaml")).unwrap().set_len(super::files::LARGEST + 1).unwrap();
    assert_eq!(
        problem(folder.path(), &["compose.yaml"]),
        "error[parse::too_large]: `compose.yaml` is larger than 64 MiB"
    );
}

#[test]
fn the_process_environment_is_reported_but_not_used() {
    let folder = folder(&[("compose.yaml", "services: {a: {image: 'x:${PATH:-1}', command: '${PATH:-2}'}}")]);
    let mut selection = selection(folder.path(), &["compose.yaml"]);
    let (parsed, problems) = load(&selection);
    assert!(flow(&parsed.unwrap().tree).contains("x:1"));
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].contains("note[parse::shell_variables]: the shell has other values for `PATH`"),
        "{problems:?}"
    );
    selection.process_environment = true;
    let (parsed, problems) = load(&selection);
    assert!(!flow(&parsed.unwrap().tree).contains("x:1") && problems.is_empty());
    selection.process_environment = false;
    selection.variables = vec![("PATH".to_owned(), None)];
    let (parsed, problems) = load(&selection);
    assert!(!flow(&parsed.unwrap().tree).contains("x:1") && problems.is_empty());
}

#[test]
fn includes_have_a_maximum_depth() {
    let files: Vec<(String, String)> =
        (0..60).map(|number| (format!("{number}.yaml"), format!("include: [{}.yaml]", number + 1))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = folder(&files);
    assert!(problem(folder.path(), &["0.yaml"]).contains("parse::include_too_deep"));
}

/// Fragments of Compose files, YAML and other text.
const PIECES: &[&str] = &[
    "services:\n",
    "  a:\n",
    "  b:\n",
    "    image: x\n",
    "    extends: b\n",
    "    extends: {service: a, file: f.yaml}\n",
    "    ports: ['1-3:1-3', '2:2', {target: 1}]\n",
    "    environment:\n",
    "      - A=1\n",
    "      A: 1\n",
    "      <<: *x\n",
    "x-y: &x\n",
    "include: [f.yaml]\n",
    "!reset ",
    "!override ",
    "!!str ",
    "&x ",
    "*x",
    "${A",
    "${A:-${B",
    "}",
    "$$",
    "{",
    "[",
    "]",
    ",",
    ": ",
    "- ",
    "\n",
    "\t",
    "\"",
    "'",
    "|\n",
    ">-\n",
    "#",
    "%",
    "@",
    "\u{feff}",
    "\u{0}",
    "é",
    "\u{1F600}",
    "---\n",
    "...\n",
    "<<",
    "~",
    "null",
    "\r\n",
    "    volumes: [a:/b, ./c:/d, C:/x]\n",
    "networks:\n",
    "volumes:\n",
    "    build: .\n",
    "    depends_on: [b]\n",
    "    depends_on: {b: {condition: service_started}}\n",
    "name: $A\n",
];

fn messy() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => proptest::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Returns a valid file with fragments inserted, removed and repeated.
fn mutated() -> impl Strategy<Value = String> {
    const RIGHT: &str = "x-c: &c\n  A: 1\n  B: ${B:-b}\nservices:\n  a:\n    image: \"r:${TAG:-7}\"\n    environment:\n      <<: *c\n      C: [d]\n    \
        ports:\n      - 127.0.0.1:80-82:80-82/udp\n      - target: 80\n  b:\n    extends:\n      service: a\n    command: |\n      x\n      y\n    \
        extra_hosts: {h: [1.1.1.1]}\n    dns: 1.1.1.1\nvolumes:\n  v:\n";
    let change = (any::<proptest::sample::Index>(), 0_usize..12, proptest::sample::select(PIECES));
    proptest::collection::vec(change, 1..6).prop_map(|changes| {
        let mut text: Vec<char> = RIGHT.chars().collect();
        for (place, length, piece) in changes {
            let start = place.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.splice(start..end, piece.chars());
        }
        text.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_input_makes_loading_panic_and_every_failure_is_reported(one in prop_oneof![messy(), mutated()], other in mutated()) {
        let folder = folder(&[("one.yaml", &one), ("other.yaml", &other), ("f.yaml", &one)]);
        let selection = selection(folder.path(), &["one.yaml", "other.yaml"]);
        let (mut sources, mut report) = (Sources::new(), Report::new());
        let first = parse(&selection, &mut sources, &mut report);
        prop_assert_eq!(first.is_err(), report.stop_on_error().is_err());
        for label in report.problems().iter().flat_map(|problem| &problem.labels) {
            let source = sources.get(label.span.source).unwrap();
            prop_assert!(source.text.get(label.span.start as usize..label.span.end as usize).is_some());
        }
        let again = parse(&selection, &mut Sources::new(), &mut Report::new());
        prop_assert_eq!(first.map(|parsed| parsed.tree), again.map(|parsed| parsed.tree));
    }

    #[test]
    fn no_env_file_causes_a_panic(text in "\\PC*|([A-Z]*[=: \\n\"'$\\{\\}#\\\\0-7]*)*") {
        let folder = folder(&[("compose.yaml", "services: {}"), (".env", &text)]);
        let (parsed, problems) = load(&selection(folder.path(), &["compose.yaml"]));
        prop_assert!(parsed.is_ok() || !problems.is_empty());
    }
}

#[test]
fn compose_file_of_the_env_file_names_the_files() {
    let folder = folder(&[
        (".env", "COMPOSE_FILE=base.yml:sub/dev.yml\nCOMPOSE_PROJECT_NAME=shop\n"),
        ("base.yml", "services: {a: {image: 'a:1'}}"),
        ("sub/dev.yml", "services: {b: {image: 'b:1'}}"),
        ("compose.yaml", "services: {unused: {image: 'c:1'}}"),
    ]);
    let mut options = ProjectOptions {
        project_directory: Some(folder.path().to_path_buf()),
        variables: vec![("COMPOSE_FILE".to_owned(), Some(folder.path().join("base.yml").display().to_string()))],
        ..ProjectOptions::default()
    };
    // A variable of the command line takes precedence over the file.
    let tree = flow(&load(&options).0.unwrap().tree);
    assert!(tree.contains("a:1") && !tree.contains("b:1") && !tree.contains("c:1"), "{tree}");
    let paths = ["base.yml", "sub/dev.yml"].map(|name| folder.path().join(name).display().to_string());
    options.variables = vec![
        ("COMPOSE_FILE".to_owned(), Some(paths.join("|"))),
        ("COMPOSE_PATH_SEPARATOR".to_owned(), Some("|".to_owned())),
    ];
    let (parsed, problems) = load(&options);
    let parsed = parsed.unwrap();
    let tree = flow(&parsed.tree);
    assert!(tree.contains("a:1") && tree.contains("b:1") && !tree.contains("c:1"), "{tree}");
    assert_eq!((parsed.name.as_str(), problems), ("shop", Vec::new()));
    // Files that are given take precedence over the variable.
    options.files = vec![folder.path().join("compose.yaml")];
    assert!(flow(&load(&options).0.unwrap().tree).contains("c:1"));
}
