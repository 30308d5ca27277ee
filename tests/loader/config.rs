//! `compose2k8s config`, the counterpart of `docker compose config`: its lists, and the strings that it does not change.

use std::fs;

use serde_json::{Value, json};

use crate::golden;

const PROJECT: &str = "\
services:
  web:
    image: nginx:${TAG:-1}
    ports: ['${PORT:-80}:80']
    command: echo $$HOME ${GREETING:+hello}
    deploy: {replicas: '${COPIES:-2}'}
    volumes: ['./site:/site:ro', '${DATA:-data}:/data']
    depends_on: {db: {condition: service_started, required: false}}
    extends: {file: '${BASE:-base}.yaml', service: base}
  db:
    build: .
    profiles: [store, all]
    environment: [SECRET, 'URL=${SCHEME-http}://${HOST:-${NAME:-db}}']
  idle: {image: 'idle:${TAG:-2}', profiles: [never]}
volumes: {data: {}, unused: {}}
";

/// Runs `config` with the arguments in a folder with the project.
fn run(arguments: &[&str]) -> golden::Ran {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("compose.yaml"), PROJECT).unwrap();
    fs::write(folder.path().join("base.yaml"), "services: {base: {user: '${WHO:?say who}'}}\n").unwrap();
    fs::write(folder.path().join(".env"), "WHO=app\nSECRET='a b'\n").unwrap();
    let mut ran = golden::run(folder.path(), &[&["config", "-p", "shop"], arguments].concat());
    for text in [&mut ran.stdout, &mut ran.stderr] {
        *text = text.replace(&folder.path().display().to_string(), "FOLDER");
    }
    ran
}

fn printed(arguments: &[&str]) -> String {
    let ran = run(arguments);
    assert_eq!(ran.status, 0, "{arguments:?}: {}", ran.stderr);
    ran.stdout
}

fn lines(arguments: &[&str]) -> Vec<String> {
    printed(arguments).lines().map(str::to_owned).collect()
}

#[test]
fn lists_contain_the_active_services_and_are_sorted() {
    let store = ["--profile", "store"];
    let with = |flag: &'static str| lines(&[&store[..], &[flag]].concat());
    assert_eq!(with("--services"), ["db", "web"]);
    // A built image has the name that Compose gives it.
    assert_eq!(with("--images"), ["nginx:1", "shop-db"]);
    assert_eq!(with("--volumes"), ["data"]);
    assert_eq!(with("--networks"), ["default"]);
    assert_eq!(with("--profiles"), ["all", "never", "store"], "chosen or not");
    assert_eq!(with("--models"), Vec::<String>::new());
}

#[test]
fn variables_are_listed_with_defaults_and_locations() {
    let rows: Vec<Vec<String>> = lines(&["--variables"])
        .iter()
        .map(|line| line.split("   ").map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty()).collect())
        .collect();
    assert_eq!(rows[0], ["NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE", "WHERE"]);
    let row = |name: &str| rows[1..].iter().filter(|row| row[0] == name).map(|row| &row[1..]).collect::<Vec<_>>();
    assert_eq!(row("PORT"), [["false", "80", "compose.yaml:4:14"]]);
    assert_eq!(row("GREETING"), [["false", "hello", "compose.yaml:5:26"]]);
    assert_eq!(row("HOST"), [["false", "${NAME:-db}", "compose.yaml:13:49"]]);
    assert_eq!(row("NAME"), [["false", "db", "compose.yaml:13:57"]], "in a default");
    assert_eq!(row("WHO"), [["true", "base.yaml:1:26"]], "in the file of an extended service, and set or not");
    assert_eq!(row("BASE"), [["false", "base", "compose.yaml:9:22"]], "in what names another file");
    assert_eq!(row("TAG"), [["false", "1", "compose.yaml:3:18"], ["false", "2", "compose.yaml:14:23"]]);
    assert!(row("HOME").is_empty(), "`$$` is no variable");
    let names: Vec<&String> = rows[1..].iter().map(|row| &row[0]).collect();
    assert!(names.is_sorted(), "{names:?}");
}

#[test]
fn variables_in_json_have_the_official_field_names() {
    let all: Value = serde_json::from_str(&printed(&["--variables", "--format", "json"])).unwrap();
    assert_eq!(
        all["TAG"],
        json!({"Name": "TAG", "DefaultValue": "1", "PresenceValue": "", "Required": false,
               "Where": ["compose.yaml:3:18", "compose.yaml:14:23"]})
    );
    assert_eq!(all["WHO"]["Required"], true);
    assert_eq!(all["GREETING"]["PresenceValue"], "hello");
    let yaml = printed(&["--variables", "--format", "yaml"]);
    assert!(yaml.contains("PORT:\n  name: PORT\n  defaultvalue: \"80\"\n"), "{yaml}");
}

#[test]
fn the_environment_lists_the_variables_for_interpolation() {
    let lines = lines(&["--environment", "-e", "TAG=9", "-e", "A="]);
    assert_eq!(
        lines,
        ["A=", "COMPOSE_PROJECT_NAME=shop", "HOME=/home/user", "PWD=FOLDER", "SECRET=a b", "TAG=9", "WHO=app"]
    );
}

/// The expected values are those of the official loader without interpolation. It was given a file name without a variable in
/// `extends`, because it does not find the file otherwise.
#[test]
fn no_interpolate_keeps_every_string() {
    let model: Value = serde_json::from_str(&printed(&["--no-interpolate", "--format", "json"])).unwrap();
    let web = &model["services"]["web"];
    assert_eq!(web["image"], "nginx:${TAG:-1}");
    assert_eq!(web["ports"], json!(["${PORT:-80}:80"]));
    assert_eq!(web["command"], "echo $$HOME ${GREETING:+hello}");
    assert_eq!(web["deploy"], json!({"replicas": "${COPIES:-2}"}));
    assert_eq!(web["user"], "${WHO:?say who}");
    assert_eq!(web["depends_on"], json!({"db": {"condition": "service_started", "required": false}}));
    assert_eq!(
        web["volumes"],
        json!([
            {"bind": {"create_host_path": true}, "read_only": true, "source": "FOLDER/site", "target": "/site",
             "type": "bind"},
            {"source": "${DATA:-data}", "target": "/data", "type": "volume", "volume": {}}
        ])
    );
    assert_eq!(model["services"]["idle"]["image"], "idle:${TAG:-2}", "every service, whatever its profile");
    assert_eq!(model["volumes"]["unused"]["name"], "shop_unused");
}

#[test]
fn yaml_and_json_have_the_same_model() {
    let store = ["--profile", "store"];
    let json: Value = serde_json::from_str(&printed(&[&store[..], &["--format", "json"]].concat())).unwrap();
    assert_eq!(json["services"]["web"]["command"], json!(["echo", "$HOME"]));
    let yaml = printed(&store);
    assert!(yaml.contains("- $$HOME\n"), "{yaml}");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("compose.yaml"), yaml).unwrap();
    let again = golden::run(folder.path(), &["config", "--profile", "store", "--format", "json"]);
    // `run` replaced the folder in the first output; the second run reads the replacement as a relative path.
    let here = format!("{}/FOLDER", folder.path().display());
    let again: Value = serde_json::from_str(&again.stdout.replace(&here, "FOLDER")).unwrap();
    assert_eq!(again, json);
}

#[test]
fn output_is_written_to_a_file_and_quiet_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("compose.yaml"), "services: {a: {image: x}}\n").unwrap();
    let out = folder.path().join("out");
    let ran = golden::run(folder.path(), &["config", "--services", "-o", "out"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""));
    assert_eq!(fs::read_to_string(&out).unwrap(), "a\n");
    let ran = golden::run(folder.path(), &["config", "-q", "-o", "out"]);
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
    assert_eq!(fs::read_to_string(&out).unwrap(), "a\n", "left alone");
    fs::write(folder.path().join("compose.yaml"), "services: {a: {imag: x}}\n").unwrap();
    let ran = golden::run(folder.path(), &["config", "-q"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("did you mean `image`?"), "{}", ran.stderr);
}

#[test]
fn variables_of_compose_in_the_process_environment_are_reported() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file can be written");
    write("compose.yaml", "name: shop\nservices: {a: {image: 'a:1'}, b: {image: 'b:1', profiles: [more]}}\n");
    write("base.yml", "name: shop\nservices: {c: {image: 'c:1'}}\n");
    let services = |environment: &[(&str, &str)], arguments: &[&str]| {
        let mut command = golden::program(folder.path());
        let output = command.args(["config", "--services"]).args(arguments).envs(environment.iter().copied()).output();
        let output = output.expect("the program starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        (text(output.stdout), text(output.stderr))
    };
    assert_eq!(services(&[], &[]).0, "a\n");
    // The process environment is not used, unless an option says so.
    let set = [("COMPOSE_PROFILES", "more"), ("COMPOSE_FILE", "base.yml")];
    let (listed, said) = services(&set, &[]);
    assert_eq!(listed, "a\n");
    assert!(said.contains("`COMPOSE_FILE`, `COMPOSE_PROFILES`"), "{said}");
    assert_eq!(services(&set, &["--process-env"]).0, "c\n");
    assert_eq!(services(&set, &["-e", "COMPOSE_PROFILES"]).0, "a\nb\n");
    write(".env", "COMPOSE_FILE=base.yml:compose.yaml\nCOMPOSE_PROFILES=more\n");
    assert_eq!(services(&[], &[]).0, "a\nb\nc\n");
    assert_eq!(services(&[], &["--profile", "none"]).0, "a\nc\n");
    assert_eq!(services(&[], &["compose.yaml"]).0, "a\nb\n");
}
