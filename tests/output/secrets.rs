//! Values from `.env`, `env_file` and the command line are written to `secrets/` and nowhere else.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::golden::{self, Ran};

/// A project with output. `files` are those of the project besides the output.
fn translated(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = golden::temporary_folder();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let ran = run(folder.path(), &["-o", "k8s"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    folder
}

fn run(folder: &Path, more: &[&str]) -> Ran {
    golden::run(folder, &[&["compose.yaml"], more].concat())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

const MATERIALS: &[(&str, &str)] = &[
    (
        "compose.yaml",
        "name: shop\nservices:\n  web:\n    image: nginx\n    restart: always\n    secrets: [key]\n    configs: [motd]\n\
         secrets:\n  key: {environment: TLS_KEY}\nconfigs:\n  motd: {environment: MOTD}\n",
    ),
    (".env", "TLS_KEY=\"-----BEGIN\nMIIB\\n-----END\"\nMOTD='good $morning'\n"),
];

#[test]
fn the_values_of_secrets_and_configs_are_private_files() {
    let folder = translated(MATERIALS);
    let output = folder.path().join("k8s");
    let files = golden::files(&output);
    for value in ["MIIB", "BEGIN", "morning"] {
        let with: Vec<_> = files.iter().filter(|(_, text)| text.contains(value)).map(|(name, _)| name).collect();
        assert!(with.iter().all(|name| name.starts_with("secrets/")) && with.len() == 1, "{value}: {with:?}");
    }
    let key = &files["secrets/key.yaml"];
    assert!(key.ends_with("stringData:\n  key: |-\n    -----BEGIN\n    MIIB\n    -----END\n"), "{key}");
    assert_eq!(mode(&output.join("secrets")), 0o700);
    assert_eq!(mode(&output.join("secrets/key.yaml")), 0o600);
    assert_eq!(mode(&output.join("secrets/kustomization.yaml")), 0o600);
    assert!(fs::read_to_string(output.join(".gitignore")).unwrap().ends_with("\n/secrets/\n"));
    assert!(!files["kustomization.yaml"].contains("secrets/"));
}

#[test]
fn a_secret_may_have_the_name_of_the_list_of_all_secrets() {
    let folder = translated(&[
        (
            "compose.yaml",
            "name: shop\nservices:\n  web: {image: nginx, restart: always, secrets: [kustomization]}\nsecrets:\n  kustomization: {environment: \
             KEY}\n",
        ),
        (".env", "KEY=s3cret-key\n"),
    ]);
    let files = golden::files(&folder.path().join("k8s"));
    assert!(files["secrets/kustomization.secret.yaml"].contains("s3cret-key"));
    assert!(files["secrets/kustomization.yaml"].contains("resources:\n  - kustomization.secret.yaml\n"));
    assert_eq!(run(folder.path(), &["-o", "k8s", "--check"]).status, 0);
}

#[test]
fn a_clean_clone_without_secrets_passes_the_check() {
    let folder = translated(MATERIALS);
    let output = folder.path().join("k8s");
    fs::remove_dir_all(output.join("secrets")).unwrap();
    let ran = run(folder.path(), &["-o", "k8s", "--check", "--format", "short"]);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.stderr.matches("note[emit::no_secrets]").count(), 1, "{}", ran.stderr);
}

#[test]
fn a_changed_value_is_drift_that_is_not_shown() {
    let folder = translated(MATERIALS);
    fs::write(folder.path().join(".env"), "TLS_KEY=other-key\nMOTD=other-motd\n").unwrap();
    for option in ["--check", "--diff"] {
        let ran = run(folder.path(), &["-o", "k8s", option]);
        assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("k8s/secrets/key.yaml: changed\n"), "{}", ran.stdout);
        for value in ["MIIB", "morning", "other-key", "other-motd"] {
            assert!(!ran.stdout.contains(value) && !ran.stderr.contains(value), "{}{}", ran.stdout, ran.stderr);
        }
    }
}

#[test]
fn a_secret_that_is_no_longer_used_is_removed() {
    let folder = translated(MATERIALS);
    fs::write(folder.path().join("compose.yaml"), "name: shop\nservices:\n  web: {image: nginx, restart: always}\n")
        .unwrap();
    assert_eq!(run(folder.path(), &["-o", "k8s"]).status, 0);
    assert!(!folder.path().join("k8s/secrets").exists());
}

#[test]
fn a_stream_has_the_values_only_if_they_are_requested() {
    let folder = translated(MATERIALS);
    let ran = run(folder.path(), &["-o", "-", "--format", "short"]);
    assert!(!ran.stdout.contains("MIIB") && ran.stderr.contains("note[emit::secrets_not_printed]"), "{}", ran.stderr);
    let ran = run(folder.path(), &["-o", "-", "--with-secrets", "--format", "short"]);
    assert!(ran.stdout.contains("MIIB") && !ran.stderr.contains("emit::secrets_not_printed"), "{}", ran.stderr);
    assert_eq!(run(folder.path(), &["-o", "k8s", "--with-secrets"]).status, 2);
}

const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "compose.yaml",
        "name: shop\nservices:\n  web:\n    image: nginx:${TAG:-1}\n    restart: always\n    env_file: app.env\n    environment:\n      \
         PW: ${PW}\n      URL: postgres://u:${PW}@db/x\n      LITERAL: of the file\n      DEFAULT: ${NOT_SET:-of the file}\n      \
         INHERITED:\n    labels: {org.example.note: 'pw ${PW}'}\n  other: {image: nginx, restart: always, environment: ['PW=${PW}']}\n",
    ),
    (".env", "PW=s3cret-pw\nTAG=2\nINHERITED=from-dotenv\n"),
    ("app.env", "FROM_FILE=file-value\nURL=overridden-url\nREFERS=$PW-suffix\n"),
];

/// The values of the variables above that must not be committed.
const VALUES: &[&str] = &["s3cret-pw", "from-dotenv", "file-value", "overridden-url", "-suffix"];

#[test]
fn values_of_variables_from_outside_are_entries_of_one_secret_for_each_service() {
    let folder = translated(ENVIRONMENT);
    let files = golden::files(&folder.path().join("k8s"));
    for value in VALUES.iter().filter(|value| **value != "overridden-url") {
        let with: Vec<_> = files.iter().filter(|(_, text)| text.contains(value)).map(|(name, _)| name).collect();
        assert!(!with.is_empty() && with.iter().all(|name| name.starts_with("secrets/")), "{value}: {with:?}");
    }
    let web = &files["manifests/web.yaml"];
    // The order is that of Compose: the files, then the service's own variables.
    let names: Vec<&str> = web
        .lines()
        .skip_while(|line| !line.ends_with("env:"))
        .filter_map(|line| line.strip_prefix("            - name: "))
        .collect();
    assert_eq!(names, ["FROM_FILE", "REFERS", "PW", "URL", "LITERAL", "DEFAULT", "INHERITED"], "{web}");
    assert_eq!(web.matches("                  name: web.env\n").count(), 5, "{web}");
    assert_eq!(web.matches("              value: of the file\n").count(), 2, "{web}");
    let secret = &files["secrets/web.env.yaml"];
    assert!(secret.contains("  URL: postgres://u:s3cret-pw@db/x\n") && !secret.contains("LITERAL"), "{secret}");
    assert!(files["scripts/project.sh"].contains("template 'nginx:${TAG:-1}' nginx:2 TAG=2\n"));
    assert!(files["scripts/project.sh"].contains("live web.env secret '' generated ''\n"));
}

#[test]
fn a_finding_about_a_value_from_outside_does_not_show_it() {
    let folder = translated(ENVIRONMENT);
    let path = folder.path().join("k8s/secrets/web.env.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("s3cret-pw", "edited-pw").replace("file-value", "edited-value")).unwrap();
    for options in [
        &["--format", "text"][..],
        &["--format", "text", "--verbose", "--color", "always"],
        &["--format", "short"],
        &["--format", "json"],
        &["--format", "sarif"],
        &["--format", "github"],
    ] {
        let ran = run(folder.path(), &[&["-o", "k8s", "--check"], options].concat());
        assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
        let report = format!("{}{}", ran.stdout, ran.stderr);
        assert!(report.contains("<redacted>"), "{report}");
        for value in VALUES.iter().chain(&["edited"]) {
            assert!(!report.contains(value), "{options:?} shows {value}: {report}");
        }
    }
    let ran = golden::run(folder.path(), &["facts", "compose.yaml"]);
    assert!(ran.stdout.contains("PW") && VALUES.iter().all(|value| !ran.stdout.contains(value)), "{}", ran.stdout);
}

#[test]
fn hand_written_manifests_may_contain_the_values() {
    let folder = translated(ENVIRONMENT);
    let value =
        "valueFrom:\n                secretKeyRef:\n                  name: web.env\n                  key: PW\n";
    let path = folder.path().join("k8s/manifests/web.yaml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(value), "{text}");
    let check = |with: &str| {
        fs::write(&path, text.replace(value, with)).unwrap();
        golden::run(folder.path(), &["check", "compose.yaml", "--against", "k8s"])
    };
    assert_eq!(check("value: s3cret-pw\n").status, 0);
    let ran = check("value: other-pw\n");
    assert_eq!(ran.status, 1);
    assert!(!ran.stderr.contains("s3cret-pw"), "{}", ran.stderr);
}

#[test]
fn a_clean_clone_without_the_files_passes_the_check_with_one_note() {
    let folder = translated(&[
        (
            "compose.yaml",
            "name: shop\ninclude: [{path: sub/inner.yaml}]\nservices:\n  web:\n    image: nginx:${TAG:?}\n    restart: always\n    \
          ports: ['${PORT}:80']\n    env_file: [.env, app.env]\n    environment: {PW: '${PW:?}', URL: 'postgres://u:${PW}@db', NOT_SET: '${NOT_SET:-x}'}\n",
        ),
        (
            "sub/inner.yaml",
            "services:\n  inner: {image: 'inner:${TAG}', restart: always, environment: {PW: '${PW}', OWN: '${OWN}'}}\n",
        ),
        ("sub/.env", "OWN=of-the-include\nTAG=3\n"),
        (".env", "TAG=2\nPORT=8080\nPW=s3cret-pw\n"),
        ("app.env", "Z_FIRST=one-value\nA_SECOND=two-value\n"),
    ]);
    let files = golden::files(&folder.path().join("k8s"));
    let recorded = &files["variables.txt"];
    for line in [
        "\".env\" TAG=\"2\"",
        "\".env\" PORT=\"8080\"",
        "\".env\" PW",
        "\"app.env\" env_file Z_FIRST A_SECOND",
        "\"sub/.env\" OWN",
    ] {
        assert!(recorded.lines().any(|known| known == line), "{line}: {recorded}");
    }
    for file in [".env", "app.env", "sub/.env"] {
        fs::remove_file(folder.path().join(file)).unwrap();
    }
    // Once with the directory of Secrets, once without.
    for _ in 0..2 {
        let ran = run(folder.path(), &["-o", "k8s", "--check", "--format", "short"]);
        assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.stderr.matches("note[parse::recorded_values]").count(), 1, "{}", ran.stderr);
        assert_eq!(ran.stderr.matches("note[").count(), 1, "{}", ran.stderr);
        let ran = golden::run(folder.path(), &["check", "compose.yaml", "--against", "k8s"]);
        assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
        let _ = fs::remove_dir_all(folder.path().join("k8s/secrets"));
    }
    // A file that exists counts, and its values differ.
    fs::write(folder.path().join(".env"), "TAG=4\nPORT=8080\nPW=x\n").unwrap();
    let ran = run(folder.path(), &["-o", "k8s", "--check", "--format", "short"]);
    assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("k8s/variables.txt: changed"), "{}", ran.stdout);
}

#[test]
fn a_local_variable_is_excluded_from_the_comparison() {
    let compose = "name: shop\nservices:\n  web: {image: 'nginx:${TAG}', restart: always, ports: ['${PORT}:80']}\n";
    let folder = translated(&[
        ("compose.yaml", compose),
        (".env", "PORT=8080\nTAG=1\n"),
        ("overrides/shop.yaml", "required-version: '0.1'\nvariables: {PORT: local}\n"),
    ]);
    let check = |text: &str| {
        fs::write(folder.path().join(".env"), text).unwrap();
        run(folder.path(), &["-o", "k8s", "--check"])
    };
    let ran = check("PORT=9999\nTAG=1\n");
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(check("PORT=8080\nTAG=2\n").status, 1);
}

#[test]
fn paths_with_pwd_and_home_do_not_depend_on_the_directory() {
    let compose = "name: shop\nservices:\n  web:\n    image: nginx\n    restart: always\n    volumes: ['${PWD}/data:/data', '${HOME}/.ssh:/root/.ssh:ro', \
        '$HOME/x:/x', '${PWD}/..:/up', '$PWD/../other:/other:ro']\n    configs: [c]\nconfigs:\n  c: {file: '${PWD}/c.conf'}\n";
    let [one, other] = [(); 2].map(|()| translated(&[("compose.yaml", compose), ("c.conf", "")]));
    let files = golden::files(&one.path().join("k8s"));
    assert_eq!(files, golden::files(&other.path().join("k8s")));
    let directory = one.path().display().to_string();
    assert!(files.values().all(|text| !text.contains(&directory)));
    assert!(files["scripts/project.sh"].contains("folder \"${HOME-}\"/.ssh\n"), "{}", files["scripts/project.sh"]);
    assert_eq!(run(one.path(), &["-o", "k8s", "--check"]).status, 0);
}

const COMMANDS: &[(&str, &str)] = &[
    (
        "compose.yaml",
        "name: shop\nservices:\n  web:\n    image: nginx\n    restart: always\n    entrypoint: [serve, '--db=postgres://u:${PW}@db', '$$x']\n    \
         command: run --token ${TOKEN} --pw=${PW}\n    environment: {PW: '${PW}', TOKEN: other}\n  split: {image: nginx, restart: always, command: \
         'run ${OPTIONS}'}\n  conf: {image: nginx, restart: always, configs: [app]}\nconfigs:\n  app: {content: \"key = ${TOKEN}\\n\"}\n",
    ),
    (".env", "PW=s3cret-pw\nTOKEN=t0ken-value\nOPTIONS=--a --b\n"),
];

#[test]
fn commands_refer_to_values_from_outside() {
    let folder = translated(COMMANDS);
    let files = golden::files(&folder.path().join("k8s"));
    for value in ["s3cret-pw", "t0ken-value"] {
        let with: Vec<_> = files.iter().filter(|(_, text)| text.contains(value)).map(|(name, _)| name).collect();
        assert!(!with.is_empty() && with.iter().all(|name| name.starts_with("secrets/")), "{value}: {with:?}");
    }
    let web = &files["manifests/web.yaml"];
    assert!(web.contains("- --db=postgres://u:$(PW)@db\n"), "{web}");
    assert!(web.contains("- $(COMPOSE2K8S_TOKEN)\n") && web.contains("- --pw=$(PW)\n"), "{web}");
    assert!(files["secrets/app.config.yaml"].contains("key = t0ken-value"), "{}", files["secrets/app.config.yaml"]);
    // A value that is split into words stays in the manifest, with a warning.
    assert!(files["manifests/split.yaml"].contains("- --b\n"), "{}", files["manifests/split.yaml"]);
    let ran = run(folder.path(), &["-o", "k8s", "--format", "short"]);
    assert_eq!(ran.stderr.matches("warning[lower::outside_value]").count(), 1, "{}", ran.stderr);
    assert_eq!(run(folder.path(), &["-o", "k8s", "--check"]).status, 0);
    // A clean clone.
    fs::remove_file(folder.path().join(".env")).unwrap();
    for _ in 0..2 {
        let ran = run(folder.path(), &["-o", "k8s", "--check"]);
        assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
        let _ = fs::remove_dir_all(folder.path().join("k8s/secrets"));
    }
}

#[test]
fn a_finding_about_a_command_does_not_show_values_from_outside() {
    let folder = translated(COMMANDS);
    let path = folder.path().join("k8s/manifests/web.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("- --token", "- --edited")).unwrap();
    let ran = run(folder.path(), &["-o", "k8s", "--check"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("<redacted>") && ran.stderr.contains("--edited"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("s3cret-pw") && !ran.stderr.contains("t0ken-value"), "{}", ran.stderr);
}

#[test]
fn labels_with_values_from_outside_are_warnings_wherever_they_are() {
    let folder = translated(&[
        (
            "compose.yaml",
            "name: shop\nservices:\n  web: {image: nginx, restart: always, labels: {own: '${PW}'}, deploy: {labels: {more: '${PW}'}}, annotations: {note: \
             '${PW}'}, volumes: ['data:/data'], configs: [c]}\nvolumes: {data: {labels: {kept: 'x ${PW}'}}}\nconfigs: {c: {content: x, labels: {made: \
             '${PW}'}}}\n",
        ),
        (".env", "PW=s3cret-pw\n"),
    ]);
    let ran = run(folder.path(), &["-o", "k8s", "--format", "short"]);
    for key in ["labels.own", "labels.more", "labels.note", "volumes.data.labels.kept", "configs.c.labels.made"] {
        assert_eq!(
            ran.stderr.matches(&format!("warning[lower::outside_value]: `{key}` of ")).count(),
            1,
            "{}",
            ran.stderr
        );
    }
    let files = golden::files(&folder.path().join("k8s"));
    assert!(files.iter().all(|(_, text)| !text.contains("s3cret-pw")), "{files:?}");
    assert_eq!(run(folder.path(), &["-o", "k8s", "--check"]).status, 0);
}
