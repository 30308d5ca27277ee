//! Images, ConfigMaps, Secrets: what is taken from the host when services start.

use std::fs;
use std::os::unix::fs::symlink;

use super::kit::{Kit, signal, wait};

#[test]
fn a_missing_image_is_built_or_pulled_and_then_loaded() {
    let kit = Kit::new();
    kit.tell("missing", "shop/web:latest\n");
    kit.up(&[]).with(0).saying("building shop/web:latest");
    kit.called_in_order(&[
        "docker compose -p shop -f compose.yaml -f more\\ of\\ it.yaml build web_app",
        "kind load docker-image --name shop shop/web:latest",
    ]);
    assert_eq!(kit.told("built-in").trim_end(), fs::canonicalize(kit.project()).unwrap().display().to_string());
    let kit = Kit::new();
    kit.tell("missing", "db:10\n");
    kit.up(&[]).with(0).saying("pulling db:10");
    kit.called_in_order(&["docker pull --quiet db:10", "kind load docker-image --name shop db:10"]);
    let kit = Kit::new();
    kit.tell("missing", "db:10\n");
    kit.tell("unknown", "db:10\n");
    kit.up(&[])
        .with(1)
        .saying("manifest for db:10 not found")
        .saying("the image db:10 is not on this machine and cannot be pulled");
    kit.never_called("manifests/db.yaml");
}

#[test]
fn nothing_is_built_of_a_compose_file_that_came_by_standard_input() {
    let kit = Kit::new();
    let table = kit.project().join("k8s/scripts/project.sh");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&table, text.replace("compose_files=(compose.yaml ", "compose_files=(- ")).unwrap();
    kit.tell("missing", "shop/web:latest\n");
    kit.up(&[]).with(1).saying("build shop/web:latest yourself, or make the kit from the file");
    kit.never_called("docker compose");
    // Built once, it is used as any other.
    kit.tell("missing", "");
    kit.up(&[]).with(0);
}

#[test]
fn an_image_that_kind_cannot_load_is_left_to_the_node() {
    let kit = Kit::new();
    kit.tell("unloadable", "content digest not found");
    kit.up(&["db"]).with(1).saying("kind cannot load shop/web:latest");
    let kit = Kit::new();
    let table = kit.project().join("k8s/scripts/project.sh");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&table, text.replace("\nbuilt ", "\n#built ")).unwrap();
    kit.tell("unloadable", "content digest not found");
    kit.up(&[]).with(0).saying(
        "kind cannot load db:10 (ERROR: failed to load image: content digest not found): the node pulls it itself",
    );
    // What the node cannot cure either.
    kit.tell("unloadable", "write /kind/images.tar: no space left on device");
    kit.tell("rebuilt", "7");
    kit.up(&[]).with(1).saying("kind cannot load shop/web:latest").saying("docker system prune");
}

#[test]
fn a_tag_comes_from_the_environment_then_from_the_env_file_then_from_the_default() {
    let mut kit = Kit::new();
    let image = |kit: &Kit, wanted: &str| {
        kit.up(&[]).with(0);
        let applied = kit.applied("Deployment_web");
        assert!(applied.contains(&format!("          image: {wanted}\n")), "{applied}");
        assert!(applied.contains("compose2k8s/image: shop/web:${WEB_TAG:-latest}\n"), "{applied}");
        assert!(applied.contains("              image: untouched\n"), "{applied}");
    };
    image(&kit, "shop/web:latest");
    fs::write(kit.project().join(".env"), "OTHER=1\nexport WEB_TAG='from-file' # why\n").unwrap();
    image(&kit, "shop/web:from-file");
    fs::write(kit.project().join(".env"), "A=\"b\"\nWEB_TAG=${A}-${WEB_TAG:-self}-${B:-c} # why\n").unwrap();
    image(&kit, "shop/web:b-self-c");
    kit.environment.push(("WEB_TAG", "given".to_owned()));
    image(&kit, "shop/web:given");
    kit.environment.push(("WEB_TAG", String::new()));
    image(&kit, "shop/web:latest");
    kit.environment.push(("WEB_TAG", "no tag".to_owned()));
    kit.up(&[]).with(1).saying("\"shop/web:no tag\" is no reference to an image");
}

/// Adds services to the pod of `web`: name and image as in the Compose file, image in the manifest.
fn add_guests(kit: &Kit, guests: &[(&str, &str, &str)]) {
    for (name, template, image) in guests {
        let table = kit.project().join("k8s/scripts/project.sh");
        let text = fs::read_to_string(&table).unwrap();
        let added = format!("guest {name} web\ntemplate '{template}' {image}\nfixed web");
        fs::write(&table, text.replacen("fixed web", &added, 1)).unwrap();
        let manifest = kit.project().join("k8s/manifests/web.yaml");
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
    let mut kit = Kit::new();
    // The second has the default of `web` itself, the third the name of what once stood after `image.`.
    let guests = [
        ("agent", "shop/agent:${AGENT_TAG:-1}", "shop/agent:1"),
        ("worker", "shop/web:${WORKER_TAG:-latest}", "shop/web:latest"),
        ("id", "shop/id:${ID_TAG:-1}", "shop/id:1"),
    ];
    add_guests(&kit, &guests);
    let images = |kit: &Kit, expected: &[&str]| {
        kit.up(&[]).with(0);
        let applied = kit.applied("Deployment_web");
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
    images(&kit, &["shop/web:latest", "shop/agent:1", "shop/web:latest", "shop/id:1"]);
    for (name, value) in [("WEB_TAG", "a"), ("AGENT_TAG", "b"), ("WORKER_TAG", "c"), ("ID_TAG", "d")] {
        kit.environment.push((name, value.to_owned()));
    }
    images(&kit, &["shop/web:a", "shop/agent:b", "shop/web:c", "shop/id:d"]);
    kit.tell("missing", "shop/agent:b\n");
    kit.up(&[]).with(0).saying("pulling shop/agent:b");
}

#[test]
fn variables_of_the_scripts_are_not_the_users() {
    let mut kit = Kit::new();
    for file in ["k8s/scripts/project.sh", "k8s/manifests/web.yaml"] {
        let path = kit.project().join(file);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("${WEB_TAG:-latest}", "${cluster:-latest}")).unwrap();
    }
    kit.up(&[]).with(0);
    assert!(kit.applied("Deployment_web").contains("image: shop/web:latest\n"));
    kit.environment.push(("cluster", "mine".to_owned()));
    kit.up(&[]).with(0);
    assert!(kit.applied("Deployment_web").contains("image: shop/web:mine\n"));
    assert!(kit.calls().contains("--context kind-shop"));
}

#[test]
fn a_rebuilt_image_rolls_out_what_uses_it() {
    let kit = Kit::new();
    kit.up(&[]).with(0);
    let before = kit.applied("Deployment_web");
    assert!(before.contains("        compose2k8s/loaded-image-id: sha256:"), "{before}");
    kit.tell("rebuilt", "7");
    kit.up(&[]).with(0).saying("loading shop/web:latest");
    assert_ne!(kit.applied("Deployment_web"), before);
}

#[test]
fn an_edited_file_rolls_out_what_mounts_it() {
    let kit = Kit::new();
    kit.up(&[]).with(0);
    let (web, db) = (kit.applied("Deployment_web"), kit.applied("StatefulSet_db"));
    assert!(db.contains("        compose2k8s/live-hash: \""), "{db}");
    assert!(!web.contains("live-hash"));
    fs::write(kit.project().join("init/b.sql"), "create table b").unwrap();
    kit.up(&[]).with(0);
    assert_eq!(kit.applied("Deployment_web"), web);
    assert_ne!(kit.applied("StatefulSet_db"), db);
    assert!(kit.applied("configmap_db-init").contains("app.kubernetes.io/part-of: shop\n"));
    assert!(kit.applied("configmap_db-init").contains("  b.sql: "));
}

#[test]
fn a_secret_comes_from_a_variable_or_a_file_and_never_stands_in_a_call() {
    let mut kit = Kit::new();
    kit.up(&[]).with(0);
    let secret = kit.applied("secret_db-password");
    assert!(secret.contains("  password: dHdvCmxpbmVz\n") && secret.contains("  note: YSBub3Rl\n"), "{secret}");
    kit.never_called("nlines");
    kit.environment.clear();
    kit.up(&[]).with(1).saying("the secret db-password is made from the variable DB_PASSWORD, which is set neither in the environment nor in .env");
    fs::write(kit.project().join(".env"), "DB_PASSWORD=from the file\n").unwrap();
    kit.up(&[]).with(0);
    fs::remove_file(kit.project().join("it's a note")).unwrap();
    kit.up(&[]).with(1).saying("it's a note becomes the secret db-password, and there is no such file");
}

#[test]
fn what_a_config_map_cannot_hold_is_refused_by_name() {
    let kit = Kit::started();
    let init = kit.project().join("init");
    fs::write(init.join("big"), vec![b'x'; (1 << 20) + 1]).unwrap();
    kit.up(&[])
        .with(1)
        .saying("init/ becomes the configmap db-init and has 1048591 bytes; Kubernetes takes at most 1048576");
    fs::remove_file(init.join("big")).unwrap();
    symlink("a.sql", init.join("linked")).unwrap();
    kit.up(&[]).with(1).saying("plain files only; linked is a link");
    fs::remove_file(init.join("linked")).unwrap();
    fs::create_dir(init.join(".hidden")).unwrap();
    kit.up(&[]).with(1).saying("plain files only; .hidden is none");
    fs::remove_dir(init.join(".hidden")).unwrap();
    fs::write(init.join("a b"), "").unwrap();
    kit.up(&[]).with(1).saying("the name a b is not");
    fs::remove_dir_all(&init).unwrap();
    kit.up(&[]).with(1).saying("init becomes the ConfigMap db-init, and there is no such folder");
    kit.never_called("manifests/db.yaml");
}

#[test]
fn logs_have_their_service_in_front_and_forget_no_restart() {
    let kit = Kit::started();
    kit.tell("containers", "web-1 web web_app addresses 0 yes\nweb-1 web web_app web 1 yes\ndb-0 db db db 0 yes\nshop-run web-run web web 0 no\n");
    let ended = kit.logs(&["--tail", "5", "--since=1h"]).with(0);
    assert_eq!(
        ended.stdout,
        "web_app (addresses) | a line of the log\nweb_app        | before the restart\nweb_app        | a line of the log\ndb             | a line of the log\n"
    );
    kit.called_in_order(&["logs web-1 --container addresses --tail=5 --since=1h"]);
    assert_eq!(kit.logs(&["db"]).with(0).stdout, "db             | a line of the log\n");
    kit.logs(&["nothing"]).with(1).saying("no service \"nothing\"");
    kit.logs(&["--frob"]).with(2);
}

#[test]
fn followed_logs_take_in_what_starts_later_and_end_with_the_signal() {
    let kit = Kit::started();
    kit.tell("containers", "web-1 web web_app web 0 yes\ndb-0 db db db 0 no\n");
    let seen = kit.temporary().join("seen");
    let mut child =
        kit.command("k8s/scripts/k8s-logs.sh", &["-f"]).stdout(fs::File::create(&seen).unwrap()).spawn().unwrap();
    let text = || fs::read_to_string(&seen).unwrap();
    wait(|| text() == "web_app        | a line of the log\n", || child.try_wait().unwrap().is_none());
    kit.called_in_order(&["logs web-1 --container web --follow"]);
    kit.tell("log", "the database speaks\n");
    kit.tell("containers", "web-1 web web_app web 0 yes\ndb-0 db db db 0 yes\n");
    wait(|| text().ends_with("\ndb             | the database speaks\n"), || child.try_wait().unwrap().is_none());
    assert_eq!(text().lines().count(), 2, "nothing is said twice");
    signal(child, "INT").with(130);
}
