//! Images, ConfigMaps and Secrets, which are created from the host when services start.

use std::fs;
use std::os::unix::fs::symlink;

use super::sandbox::{Sandbox, signal, wait};

#[test]
fn a_missing_image_is_built_or_pulled_and_then_loaded() {
    let sandbox = Sandbox::new();
    sandbox.set_fake("missing", "shop/web:latest\n");
    sandbox.up(&[]).exits_with(0).reports("building shop/web:latest");
    sandbox.called_in_order(&[
        "docker compose -p shop -f compose.yaml -f more\\ of\\ it.yaml build web_app",
        "docker save shop/web:latest",
    ]);
    assert_eq!(
        sandbox.fake_text("built-in").trim_end(),
        fs::canonicalize(sandbox.project()).unwrap().display().to_string()
    );
    let sandbox = Sandbox::new();
    sandbox.set_fake("missing", "db:10\n");
    sandbox.up(&[]).exits_with(0).reports("pulling db:10");
    sandbox.called_in_order(&["docker pull --quiet db:10", "docker save db:10"]);
    let sandbox = Sandbox::new();
    sandbox.set_fake("missing", "db:10\n");
    sandbox.set_fake("unknown", "db:10\n");
    sandbox
        .up(&[])
        .exits_with(1)
        .reports("manifest for db:10 not found")
        .reports("the image db:10 is not on this machine and cannot be pulled");
    sandbox.never_called("manifests/db.yaml");
}

#[test]
fn layers_that_the_node_has_are_not_imported_again() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"
        cd "$1"
        mkdir -p blobs/sha256 bin
        head -c 3000 /dev/zero >blobs/sha256/known
        head -c 700000 /dev/urandom >blobs/sha256/new
        echo '{}' >index.json
        printf '#!/bin/sh\necho sha256:known\necho sha256:other\n' >bin/ctr
        chmod +x bin/ctr
        without_known_blobs=$(sed -n "/^without_known_blobs=/,/^  }'/p" "$2" | sed "1d; s/'\$//")
        tar -cf saved.tar blobs index.json
        PATH=$PWD/bin:$PATH perl -e "$without_known_blobs" <saved.tar >sent.tar
        tar -tf sent.tar
        mkdir out
        tar -xf sent.tar -C out
        cmp out/blobs/sha256/new blobs/sha256/new
        # A header of several blocks: the archive is copied.
        long=blobs/sha256/$(head -c 120 /dev/zero | tr '\0' a)
        echo x >"$long"
        tar --format=pax -cf saved.tar "$long" blobs/sha256/known
        PATH=$PWD/bin:$PATH perl -e "$without_known_blobs" <saved.tar | cmp - saved.tar
    "#;
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/emit/scripts/lib/images.sh");
    let mut command = std::process::Command::new("bash");
    let output =
        command.args(["-euo", "pipefail", "-c", script, "test"]).arg(folder.path()).arg(source).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(listed, "blobs/\nblobs/sha256/\nblobs/sha256/new\nindex.json\n");
}

#[test]
fn the_node_finds_an_image_by_its_digest() {
    let script = r#"
        name_on_node=$(sed -n '/^name_on_node()/,/^}/p' "$1")
        eval "$name_on_node"
        for image in app team/app:1 docker.io/app registry.example.com/team/app:1 localhost:5000/app; do
            name_on_node "$image@sha256:0123"
            echo "$text"
        done
    "#;
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/emit/scripts/lib/images.sh");
    let output = std::process::Command::new("bash").args(["-euc", script, "test", source]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    let expected = [
        "docker.io/library/app",
        "docker.io/team/app",
        "docker.io/library/app",
        "registry.example.com/team/app",
        "localhost:5000/app",
    ];
    assert_eq!(listed, expected.map(|name| format!("{name}@sha256:0123\n")).concat());
}

#[test]
fn a_stream_that_fails_is_reported_and_kind_loads_the_images() {
    let sandbox = Sandbox::new();
    sandbox.set_fake("unimportable", "content digest not found");
    let exit = sandbox.up(&[]).exits_with(0).reports("ctr: content digest not found; trying kind load");
    assert!(!exit.stderr.contains("the node pulls it itself"), "{}", exit.stderr);
    sandbox.called_in_order(&["docker save shop/web:latest", "kind load docker-image --name shop shop/web:latest"]);
    assert!(sandbox.fake_text("mark/images").contains("shop/web:latest=sha256:shopweblatest"));
}

#[test]
fn nothing_is_built_for_a_compose_file_from_standard_input() {
    let sandbox = Sandbox::new();
    let table = sandbox.project().join("k8s/scripts/project.sh");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&table, text.replace("compose_files=(compose.yaml ", "compose_files=(- ")).unwrap();
    sandbox.set_fake("missing", "shop/web:latest\n");
    sandbox.up(&[]).exits_with(1).reports("build shop/web:latest yourself, or make the kit from the file");
    sandbox.never_called("docker compose");
    // An image that was built by the user is loaded like any other.
    sandbox.set_fake("missing", "");
    sandbox.up(&[]).exits_with(0);
}

#[test]
fn platforms_and_pull_policies_apply_on_the_host() {
    let sandbox = Sandbox::new();
    let table = sandbox.project().join("k8s/scripts/project.sh");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&table, format!("{text}pulled db:10 linux/386 always\n")).unwrap();
    for _ in 0..2 {
        sandbox.up(&["db"]).exits_with(0).reports("pulling db:10 (pull_policy: always)");
        sandbox.called_in_order(&["docker pull --quiet --platform linux/386 db:10"]);
    }
    // A registry that does not have it any more.
    sandbox.set_fake("unknown", "db:10\n");
    sandbox.up(&["db"]).exits_with(1).reports("the image db:10 cannot be pulled");
}

#[test]
fn an_image_that_kind_cannot_load_is_pulled_by_the_node() {
    let sandbox = Sandbox::new();
    sandbox.set_fake("unloadable", "content digest not found");
    sandbox.up(&["db"]).exits_with(1).reports("kind cannot load shop/web:latest");
    let sandbox = Sandbox::new();
    let table = sandbox.project().join("k8s/scripts/project.sh");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&table, text.replace("\nbuilt ", "\n#built ")).unwrap();
    sandbox.set_fake("unloadable", "content digest not found");
    sandbox.up(&[]).exits_with(0).reports(
        "kind cannot load db:10 (ERROR: failed to load image: content digest not found): the node pulls it itself",
    );
    // An error that the node would have as well.
    sandbox.set_fake("unloadable", "write /kind/images.tar: no space left on device");
    sandbox.set_fake("rebuilt", "7");
    sandbox.up(&[]).exits_with(1).reports("kind cannot load shop/web:latest").reports("docker system prune");
}

#[test]
fn image_variables_use_the_environment_then_the_recorded_value_then_the_default() {
    let mut sandbox = Sandbox::new();
    let image = |sandbox: &Sandbox, wanted: &str| {
        sandbox.up(&[]).exits_with(0);
        let applied = sandbox.applied("Deployment_web");
        assert!(applied.contains(&format!("          image: {wanted}\n")), "{applied}");
        assert!(applied.contains("compose2k8s/image: shop/web:${WEB_TAG:-latest}\n"), "{applied}");
        assert!(applied.contains("              image: untouched\n"), "{applied}");
    };
    // The scripts do not read `.env`: an edit is drift, which `--check` reports.
    fs::write(sandbox.project().join(".env"), "WEB_TAG=from-file\n").unwrap();
    image(&sandbox, "shop/web:latest");
    let replace = |file: &str, old: &str, new: &str| {
        let path = sandbox.project().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{text}");
        fs::write(&path, text.replace(old, new)).unwrap();
    };
    let row = "template 'shop/web:${WEB_TAG:-latest}' shop/web:";
    replace("k8s/scripts/project.sh", &format!("{row}latest"), &format!("{row}recorded OTHER='a b' WEB_TAG=recorded"));
    replace("k8s/manifests/web.yaml", "image: shop/web:latest", "image: shop/web:recorded");
    image(&sandbox, "shop/web:recorded");
    sandbox.environment.push(("WEB_TAG", "given".to_owned()));
    image(&sandbox, "shop/web:given");
    sandbox.environment.push(("WEB_TAG", String::new()));
    image(&sandbox, "shop/web:latest");
    sandbox.environment.push(("WEB_TAG", "no tag".to_owned()));
    sandbox.up(&[]).exits_with(1).reports("\"shop/web:no tag\" is no reference to an image");
}

/// Adds services to the pod of `web`: name and image as in the Compose file, image in the manifest.
fn add_guests(sandbox: &Sandbox, guests: &[(&str, &str, &str)]) {
    for (name, template, image) in guests {
        let table = sandbox.project().join("k8s/scripts/project.sh");
        let text = fs::read_to_string(&table).unwrap();
        let added = format!("guest {name} web {name}\ntemplate '{template}' {image}\nfixed web");
        fs::write(&table, text.replacen("fixed web", &added, 1)).unwrap();
        let manifest = sandbox.project().join("k8s/manifests/web.yaml");
        let text = fs::read_to_string(&manifest).unwrap();
        let text = text.replacen(
            "    spec:\n      containers:\n",
            &format!("        compose2k8s/image.{name}: {template}\n    spec:\n      containers:\n"),
            1,
        );
        let container =
            format!("        - name: {name}\n          image: {image}\n          env:\n            - name: A\n---");
        fs::write(&manifest, text.replacen("---", &container, 1)).unwrap();
    }
}

#[test]
fn the_image_of_a_service_in_another_pod_gets_its_own_variable() {
    let mut sandbox = Sandbox::new();
    // The second has the default of `web`, the third a name that was once used for another annotation.
    let guests = [
        ("agent", "shop/agent:${AGENT_TAG:-1}", "shop/agent:1"),
        ("worker", "shop/web:${WORKER_TAG:-latest}", "shop/web:latest"),
        ("id", "shop/id:${ID_TAG:-1}", "shop/id:1"),
    ];
    add_guests(&sandbox, &guests);
    let images = |sandbox: &Sandbox, expected: &[&str]| {
        sandbox.up(&[]).exits_with(0);
        let applied = sandbox.applied("Deployment_web");
        let found: Vec<&str> = applied.lines().filter_map(|line| line.strip_prefix("          image: ")).collect();
        assert_eq!(found, expected, "{applied}");
        let keys: Vec<&str> = applied
            .lines()
            .filter_map(|line| line.trim().strip_prefix("compose2k8s/")?.split_once(':'))
            .map(|(key, _)| key)
            .collect();
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key), "{key} twice in {applied}");
        }
        assert_eq!(applied.matches(": sha256:").count(), expected.len(), "{applied}");
    };
    images(&sandbox, &["shop/web:latest", "shop/agent:1", "shop/web:latest", "shop/id:1"]);
    for (name, value) in [("WEB_TAG", "a"), ("AGENT_TAG", "b"), ("WORKER_TAG", "c"), ("ID_TAG", "d")] {
        sandbox.environment.push((name, value.to_owned()));
    }
    images(&sandbox, &["shop/web:a", "shop/agent:b", "shop/web:c", "shop/id:d"]);
    sandbox.set_fake("missing", "shop/agent:b\n");
    sandbox.up(&[]).exits_with(0).reports("pulling shop/agent:b");
}

#[test]
fn script_variables_do_not_affect_image_variables() {
    let mut sandbox = Sandbox::new();
    for file in ["k8s/scripts/project.sh", "k8s/manifests/web.yaml"] {
        let path = sandbox.project().join(file);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("${WEB_TAG:-latest}", "${cluster:-latest}")).unwrap();
    }
    sandbox.up(&[]).exits_with(0);
    assert!(sandbox.applied("Deployment_web").contains("image: shop/web:latest\n"));
    sandbox.environment.push(("cluster", "mine".to_owned()));
    sandbox.up(&[]).exits_with(0);
    assert!(sandbox.applied("Deployment_web").contains("image: shop/web:mine\n"));
    assert!(sandbox.calls().contains("--context kind-shop"));
}

#[test]
fn a_rebuilt_image_restarts_its_workloads() {
    let sandbox = Sandbox::new();
    sandbox.up(&[]).exits_with(0);
    let before = sandbox.applied("Deployment_web");
    assert!(before.contains("        compose2k8s/loaded-image-id: sha256:"), "{before}");
    sandbox.set_fake("rebuilt", "7");
    sandbox.up(&[]).exits_with(0).reports("loading shop/web:latest");
    assert_ne!(sandbox.applied("Deployment_web"), before);
}

#[test]
fn an_edited_file_restarts_the_workloads_that_mount_it() {
    let sandbox = Sandbox::new();
    sandbox.up(&[]).exits_with(0);
    let (web, db) = (sandbox.applied("Deployment_web"), sandbox.applied("StatefulSet_db"));
    assert!(db.contains("        compose2k8s/live-hash: \""), "{db}");
    assert!(!web.contains("live-hash"));
    fs::write(sandbox.project().join("init/b.sql"), "create table b").unwrap();
    sandbox.up(&[]).exits_with(0);
    assert_eq!(sandbox.applied("Deployment_web"), web);
    assert_ne!(sandbox.applied("StatefulSet_db"), db);
    assert!(sandbox.applied("configmap_db-init").contains("app.kubernetes.io/part-of: shop\n"));
    assert!(sandbox.applied("configmap_db-init").contains("  b.sql: "));
}

#[test]
fn secrets_come_from_variables_or_files_and_never_appear_in_arguments() {
    let mut sandbox = Sandbox::new();
    sandbox.up(&[]).exits_with(0);
    let secret = sandbox.applied("secret_db-password");
    assert!(secret.contains("  password: dHdvCmxpbmVz\n") && secret.contains("  note: YSBub3Rl\n"), "{secret}");
    sandbox.never_called("nlines");
    sandbox.environment.clear();
    let missing = "the secret db-password is made from the variable DB_PASSWORD: it is not set in the environment";
    sandbox.up(&[]).exits_with(1).reports(missing);
    let secrets = sandbox.project().join("k8s/secrets");
    fs::create_dir(&secrets).unwrap();
    let generated = "# Generated by compose2k8s.\napiVersion: v1\nkind: Secret\nmetadata:\n  name: db-password\n\
                     stringData:\n  password: generated\n";
    fs::write(secrets.join("db-password.yaml"), generated).unwrap();
    let before = sandbox.applied("StatefulSet_db");
    sandbox.up(&[]).exits_with(0);
    assert!(sandbox.applied("Secret_db-password").contains("  password: generated\n"));
    assert_ne!(sandbox.applied("StatefulSet_db"), before, "a changed Secret restarts its pods");
    fs::remove_dir_all(&secrets).unwrap();
    sandbox.environment.push(("DB_PASSWORD", "given".to_owned()));
    fs::remove_file(sandbox.project().join("it's a note")).unwrap();
    sandbox.up(&[]).exits_with(1).reports("it's a note becomes the secret db-password, and there is no such file");
}

#[test]
fn the_environment_takes_precedence_over_values_of_generated_secrets() {
    let mut sandbox = Sandbox::new();
    let kit = sandbox.project().join("k8s");
    let append = |file: &str, line: &str| {
        let path = kit.join(file);
        let text = fs::read_to_string(&path).unwrap_or_default();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text + line).unwrap();
    };
    append("scripts/project.sh", "live db.env secret '' generated ''\n");
    append("manifests/db.yaml", "# name: db.env\n");
    sandbox
        .up(&[])
        .exits_with(1)
        .reports("the secret db.env is in")
        .reports("which does not exist; run compose2k8s where");
    sandbox.never_called("kind create cluster");
    append(
        "secrets/db.env.yaml",
        "# Generated by compose2k8s.\napiVersion: v1\nkind: Secret\nmetadata:\n  name: db.env\nstringData:\n  URL: 'u:old@db'\n  OTHER: x\n",
    );
    append(
        "secrets/templates.sh",
        "secret_entry db.env URL '${NAME}:${PW}@db' NAME=u PW=old\nsecret_entry db.env OTHER '${OTHER_PW}' OTHER_PW=x\n",
    );
    sandbox.up(&[]).exits_with(0);
    let before = sandbox.applied("StatefulSet_db");
    assert!(!sandbox.applied("Secret_db.env").contains("patched"));
    // The value of the translation changes nothing.
    sandbox.environment.push(("PW", "old".to_owned()));
    sandbox.up(&[]).exits_with(0);
    assert_eq!(sandbox.applied("StatefulSet_db"), before);
    sandbox.environment.push(("PW", "n\"e\\w\nline".to_owned()));
    sandbox.up(&[]).exits_with(0);
    let secret = sandbox.applied("Secret_db.env");
    assert!(secret.contains(r#"# patched with {"stringData":{"URL":"u:n\"e\\w\nline@db"}}"#), "{secret}");
    assert_ne!(sandbox.applied("StatefulSet_db"), before, "a changed Secret restarts its pods");
    sandbox.never_called("nline@db");
}

#[test]
fn files_that_do_not_fit_into_a_config_map_are_rejected() {
    let sandbox = Sandbox::started();
    let init = sandbox.project().join("init");
    fs::write(init.join("big"), vec![b'x'; (1 << 20) + 1]).unwrap();
    sandbox
        .up(&[])
        .exits_with(1)
        .reports("init/ becomes the configmap db-init and has 1048591 bytes; Kubernetes takes at most 1048576");
    fs::remove_file(init.join("big")).unwrap();
    symlink("a.sql", init.join("linked")).unwrap();
    sandbox.up(&[]).exits_with(1).reports("plain files only; linked is a link");
    fs::remove_file(init.join("linked")).unwrap();
    fs::create_dir(init.join(".hidden")).unwrap();
    sandbox.up(&[]).exits_with(1).reports("plain files only; .hidden is none");
    fs::remove_dir(init.join(".hidden")).unwrap();
    fs::write(init.join("a b"), "").unwrap();
    sandbox.up(&[]).exits_with(1).reports("the name a b is not");
    fs::remove_dir_all(&init).unwrap();
    sandbox.up(&[]).exits_with(1).reports("init becomes the ConfigMap db-init, and there is no such folder");
    sandbox.never_called("manifests/db.yaml");
}

#[test]
fn logs_have_service_prefixes_and_include_earlier_containers() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("containers", "web-1 web web_app addresses 0 yes\nweb-1 web web_app web 1 yes\ndb-0 db db db 0 yes\nshop-run web-run web web 0 no\n");
    let exit = sandbox.logs(&["--tail", "5", "--since=1h"]).exits_with(0);
    assert_eq!(
        exit.stdout,
        "web_app (addresses) | a line of the log\nweb_app        | before the restart\nweb_app        | a line of the log\ndb             | a line of the log\n"
    );
    sandbox.called_in_order(&["logs web-1 --container addresses --tail=5 --since=1h"]);
    assert_eq!(sandbox.logs(&["db"]).exits_with(0).stdout, "db             | a line of the log\n");
    sandbox.logs(&["nothing"]).exits_with(1).reports("no service \"nothing\"");
    sandbox.logs(&["--frob"]).exits_with(2);
}

#[test]
fn a_service_in_another_pod_starts_with_that_pod_and_has_its_own_logs() {
    let sandbox = Sandbox::new();
    let table = sandbox.project().join("k8s/scripts/project.sh");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&table, text.replacen("fixed web", "guest my_agent web my-agent\nfixed web", 1)).unwrap();
    sandbox.up(&["my_agent"]).exits_with(0);
    sandbox.called_in_order(&["manifests/web.yaml"]);
    sandbox
        .set_fake("containers", "web-1 web web_app web 0 yes\nweb-1 web web_app my-agent 0 yes\ndb-0 db db db 0 yes\n");
    let logs = |services: &[&str]| sandbox.logs(services).exits_with(0).stdout;
    assert_eq!(logs(&["my_agent"]), "my_agent       | a line of the log\n");
    assert_eq!(logs(&["web_app"]), "web_app        | a line of the log\n");
    assert_eq!(logs(&["db", "my_agent"]), "my_agent       | a line of the log\ndb             | a line of the log\n");
    sandbox
        .logs(&["nothing"])
        .exits_with(1)
        .reports("no service \"nothing\" (there are: db migrate web_app tools my_agent");
}

#[test]
fn followed_logs_include_later_containers_and_end_with_a_signal() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("containers", "web-1 web web_app web 0 yes\ndb-0 db db db 0 no\n");
    let seen = sandbox.temporary().join("seen");
    let mut child =
        sandbox.command("k8s/scripts/k8s-logs.sh", &["-f"]).stdout(fs::File::create(&seen).unwrap()).spawn().unwrap();
    let text = || fs::read_to_string(&seen).unwrap();
    wait(|| text() == "web_app        | a line of the log\n", || child.try_wait().unwrap().is_none());
    sandbox.called_in_order(&["logs web-1 --container web --follow"]);
    sandbox.set_fake("log", "the database speaks\n");
    sandbox.set_fake("containers", "web-1 web web_app web 0 yes\ndb-0 db db db 0 yes\n");
    wait(|| text().ends_with("\ndb             | the database speaks\n"), || child.try_wait().unwrap().is_none());
    assert_eq!(text().lines().count(), 2, "nothing is said twice");
    signal(child, "INT").exits_with(130);
}
