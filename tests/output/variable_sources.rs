//! Where values of variables come from, and that the scripts and the check use the same ones.

use std::collections::BTreeMap;
use std::fs;

use crate::golden;

/// Translates a project and checks the output. Returns its files and those of a Secret together.
fn output(files: &[(&str, &str)], arguments: &[&str]) -> BTreeMap<String, String> {
    let folder = golden::temporary_folder();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    for more in [&[][..], &["--check"]] {
        let ran = golden::run(folder.path(), &[arguments, &["-o", "k8s"], more].concat());
        assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    }
    golden::files(&folder.path().join("k8s"))
}

const IMAGE: &str = "name: shop\nservices:\n  web: {image: 'img:${TAG:-9}', restart: always}\n";

/// The image of the manifests, and the row of the scripts that evaluates it at start.
fn assert_image(files: &BTreeMap<String, String>, tag: &str) {
    assert!(files["manifests/web.yaml"].contains(&format!("image: img:{tag}\n")), "{}", files["manifests/web.yaml"]);
    let row = format!("template 'img:${{TAG:-9}}' img:{tag} TAG={tag}\n");
    assert!(files["scripts/project.sh"].contains(&row), "{}", files["scripts/project.sh"]);
}

#[test]
fn an_env_file_of_the_command_line_takes_the_place_of_dotenv() {
    let files = [("compose.yaml", IMAGE), ("prod.env", "TAG=2.0\n"), (".env", "TAG=1.0\n")];
    let files = output(&files, &["compose.yaml", "--env-file", "prod.env"]);
    assert_image(&files, "2.0");
    assert!(files["scripts/project.sh"].contains("compose_options=(--env-file prod.env)\n"));
    assert!(files["variables.txt"].contains("\"prod.env\" TAG=\"2.0\"\n"), "{}", files["variables.txt"]);
}

#[test]
fn a_byte_order_mark_at_the_start_of_dotenv_is_not_part_of_a_name() {
    assert_image(&output(&[("compose.yaml", IMAGE), (".env", "\u{feff}TAG=1.2\n")], &["compose.yaml"]), "1.2");
}

#[test]
fn a_secret_has_all_lines_of_a_value_with_escapes_resolved() {
    let compose = "name: shop\nservices:\n  web: {image: nginx, restart: always, secrets: [key, pw]}\nsecrets:\n  key: {environment: TLS_KEY}\n  \
        pw: {environment: PW}\n";
    let variables = "TLS_KEY=\"-----BEGIN\nMIIB\n-----END\"\nPW=\"a\\\"b\\$c\"\n";
    let files = output(&[("compose.yaml", compose), (".env", variables)], &["compose.yaml"]);
    let (key, password) = (&files["secrets/key.yaml"], &files["secrets/pw.yaml"]);
    assert!(key.ends_with("stringData:\n  key: |-\n    -----BEGIN\n    MIIB\n    -----END\n"), "{key}");
    assert!(password.ends_with("stringData:\n  pw: a\"b$c\n"), "{password}");
}

#[test]
fn profiles_and_files_of_dotenv_are_used() {
    let compose = "name: shop\nservices:\n  app: {image: app:1, restart: always, depends_on: [es]}\n  es: {image: es:8, restart: always, profiles: \
        [elasticsearch]}\n";
    let variables = "DOC_ENGINE=${DOC_ENGINE:-elasticsearch}\nCOMPOSE_PROFILES=${DOC_ENGINE}\n";
    let files = output(&[("compose.yaml", compose), (".env", variables)], &["compose.yaml"]);
    assert!(files.contains_key("manifests/es.yaml"));
    let [base, other] =
        ["a", "b"].map(|name| format!("name: shop\nservices: {{{name}: {{image: '{name}:1', restart: always}}}}\n"));
    let files = output(&[("base.yml", &base), ("dev.yml", &other), (".env", "COMPOSE_FILE=base.yml:dev.yml\n")], &[]);
    assert!(files.contains_key("manifests/a.yaml") && files.contains_key("manifests/b.yaml"));
}

#[test]
fn a_raw_env_file_is_neither_unquoted_nor_interpolated() {
    let compose =
        "name: shop\nservices:\n  app: {image: app:1, restart: always, env_file: [{path: app.env, format: raw}]}\n";
    let files = output(&[("compose.yaml", compose), ("app.env", "PW=p$ss\"w\nQ=\"q\"\n")], &["compose.yaml"]);
    let secret = &files["secrets/app.env.yaml"];
    assert!(secret.ends_with("stringData:\n  PW: p$ss\"w\n  Q: \"\\\"q\\\"\"\n"), "{secret}");
}

#[test]
fn a_reset_of_one_entry_of_a_list_has_no_effect() {
    let base = "name: shop\nservices:\n  app: {image: app:1, restart: always, environment: [A=1, B=2]}\n  hosts: {image: h:1, restart: always, \
        extra_hosts: ['a:10.0.0.1', 'b:10.0.0.2']}\n";
    let reset = "services:\n  app: {environment: {B: !reset null}}\n  hosts: {extra_hosts: {b: !reset null}}\n";
    let files = output(&[("compose.yaml", base), ("override.yaml", reset)], &["compose.yaml", "override.yaml"]);
    assert!(files["manifests/app.yaml"].contains("- name: B\n"), "{}", files["manifests/app.yaml"]);
    assert!(files["manifests/hosts.yaml"].contains("ip: 10.0.0.2\n"), "{}", files["manifests/hosts.yaml"]);
}
