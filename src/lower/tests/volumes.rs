use serde_json::json;

use super::{assert_contains, convert};
use crate::lower::objects::LiveSource;
use crate::resolve::volumes::HostPath;

#[test]
fn bind_mounts_are_paths_of_the_node() {
    let converted = convert(
        r#"
services:
  a:
    image: x
    volumes: [".:/app", "./conf:/etc/conf:ro", "../beside:/beside", "/srv/data/x:/x", "/srv/data:/data"]
"#,
        "",
    );
    assert_contains(
        &converted.pod("Deployment/a")["volumes"],
        &json!([
            {"name": "project", "hostPath": {"path": "/project", "type": null}},
            {"name": "conf", "hostPath": {"path": "/project/conf"}},
            {"name": "beside", "hostPath": {"path": "/project-parent/beside"}},
            {"name": "x", "hostPath": {"path": "/host/srv/data/x"}},
            {"name": "data", "hostPath": {"path": "/host/srv/data"}},
        ]),
    );
    assert_contains(&converted.container("a")["volumeMounts"][1], &json!({"mountPath": "/etc/conf", "readOnly": true}));
    let mounts: Vec<&str> = converted.objects().cluster.mounts.iter().map(|mount| mount.node_path.as_str()).collect();
    assert_eq!(mounts, ["/project", "/project-parent/beside", "/host/srv/data"]);
    assert!(converted.objects().plan.folders.contains(&HostPath::Project("conf".into())));
}

#[test]
fn a_bind_mount_can_be_a_config_map_of_live_files() {
    let converted = convert(
        "services: {db: {image: x, volumes: ['./sql:/initdb.d', './my.cnf:/etc/my.cnf:ro']}}",
        r"
services:
  db:
    mounts:
      /initdb.d: {as: {configmap: folder}, because: Few small files.}
      /etc/my.cnf: {as: {configmap: file}, because: One small file.}
",
    );
    let template = converted.object("Deployment/db")["spec"]["template"].clone();
    assert_contains(
        &template,
        &json!({
            "metadata": {"annotations": {"compose2k8s/configmaps": "db-initdb=sql/ db-my=my.cnf"}},
            "spec": {
                "containers": [{"volumeMounts": [
                    {"name": "initdb", "mountPath": "/initdb.d", "subPath": null},
                    {"name": "my", "mountPath": "/etc/my.cnf", "subPath": "my.cnf", "readOnly": true},
                ]}],
                "volumes": [{"configMap": {"name": "db-initdb"}}, {"configMap": {"name": "db-my"}}],
            },
        }),
    );
    assert_eq!(converted.objects().plan.folders, []);
    assert_eq!(converted.objects().plan.config_maps.len(), 2);
}

#[test]
fn new_volumes_start_with_the_files_of_the_image() {
    let converted = convert(
        "services: {a: {image: x, volumes: ['db_data:/data', '/cache']}, b: {image: x, volumes: ['db_data:/d:ro']}}\nvolumes: {db_data: }",
        "",
    );
    assert_contains(
        &converted.object("PersistentVolumeClaim/db-data"),
        &json!({"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}),
    );
    assert_contains(
        &converted.pod("Deployment/a")["volumes"],
        &json!([
            {"name": "db-data", "persistentVolumeClaim": {"claimName": "db-data"}},
            {"name": "cache", "emptyDir": {}},
            {"name": "image", "image": {"reference": "x", "pullPolicy": "IfNotPresent"}},
        ]),
    );
    assert_contains(
        &converted.pod("Deployment/a")["initContainers"],
        &json!([{"name": "copy-up", "args": ["/data db-data", "/cache cache"], "volumeMounts": [
            {"name": "image", "mountPath": "/image"},
            {"name": "db-data", "mountPath": "/volumes/db-data"},
            {"name": "cache", "mountPath": "/volumes/cache"},
        ]}]),
    );
    // A read-only mount is filled too.
    assert_contains(&converted.pod("Deployment/b")["initContainers"], &json!([{"args": ["/d db-data"]}]));
    assert!(converted.messages("lower::volume_starts_empty").is_empty());
}

#[test]
fn a_volume_with_nocopy_gets_the_mode_of_a_new_one_only() {
    let converted = convert(
        "services: {a: {image: x, volumes: ['vol:/v:nocopy', 'mem:/m', './src:/src'], tmpfs: [/t]}}\n\
         volumes: {vol: , mem: {driver_opts: {type: tmpfs, device: tmpfs}}}",
        "",
    );
    let mounts = json!([{"name": "vol", "mountPath": "/volumes/vol"}]);
    let filler = json!([{"name": "copy-up", "args": [". vol"], "volumeMounts": mounts}]);
    assert_contains(&converted.pod("Deployment/a"), &json!({"initContainers": filler}));
}

#[test]
fn each_part_of_a_volume_is_filled_by_itself() {
    let converted = convert(
        "services: {a: {image: x, volumes: ['vol:/v', {type: volume, source: vol, target: '/w$$(X)', volume: {subpath: sub/w}}]}}\n\
         volumes: {vol: }",
        "",
    );
    assert_contains(
        &converted.pod("Deployment/a")["initContainers"],
        &json!([{"args": ["/v vol", "/w$$(X) vol-1"], "volumeMounts": [
            {"name": "image"},
            {"name": "vol", "mountPath": "/volumes/vol"},
            {"name": "vol", "mountPath": "/volumes/vol-1", "subPath": "sub/w"},
        ]}]),
    );
}

#[test]
fn a_volume_in_memory_has_one_owner() {
    let converted = convert(
        r#"
services:
  reader: {image: x, volumes: ["sock:/run/sock"], depends_on: [writer]}
  writer: {image: x, volumes: ["sock:/run/sock"]}
  lone: {image: x, volumes: ["own:/own"], tmpfs: ["/tmp:size=1m,mode=700,uid=5"]}
volumes:
  sock: {driver_opts: {type: tmpfs, device: tmpfs, o: "uid=1001,gid=1002,mode=0755"}}
  own: {driver_opts: {type: tmpfs, device: tmpfs, o: "size=64m"}}
"#,
        "volumes: {sock: {writer: writer, because: It makes the socket.}}",
    );
    let folder = json!([{"name": "sock", "hostPath": {"path": "/run/compose2k8s/shop/sock"}}]);
    assert_contains(&converted.pod("Deployment/reader"), &json!({"volumes": folder, "initContainers": null}));
    assert_contains(
        &converted.pod("Deployment/writer"),
        &json!({"volumes": folder, "initContainers": [{
            "name": "sock",
            "command": ["/bin/sh", "-ec",
                "find /volume -mindepth 1 -maxdepth 1 -exec rm -rf {} +; chown 1001:1002 /volume; chmod 0755 /volume"],
            "volumeMounts": [{"name": "sock", "mountPath": "/volume"}],
        }]}),
    );
    let memory = |size: &str| json!({"medium": "Memory", "sizeLimit": size});
    assert_contains(
        &converted.pod("Deployment/lone"),
        &json!({
            "volumes": [{"name": "own", "emptyDir": memory("64Mi")}, {"name": "tmp", "emptyDir": memory("1Mi")}],
            "initContainers": [{"command": ["/bin/sh", "-ec", "chown 5 /volume; chmod 0700 /volume"]}],
        }),
    );
}

#[test]
fn data_is_a_claim_of_the_stateful_set() {
    let converted = convert(
        "services: {db: {image: x}, web: {image: x, depends_on: [db]}}",
        "services: {db: {data: {path: /var/lib/db, size: 2Gi, because: It must be there next time.}}}",
    );
    assert_contains(
        &converted.object("StatefulSet/db"),
        &json!({"spec": {
            "serviceName": "db",
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "2Gi"}}}}],
            "template": {"spec": {"containers": [{"volumeMounts": [{"name": "data", "mountPath": "/var/lib/db"}]}]}},
        }}),
    );
    assert_eq!(
        converted.messages("lower::data_beside_none"),
        ["`db` keeps its data, and `web` beside it keep none: after a restart they may disagree"]
    );
}

#[test]
fn configs_and_secrets_are_mounted_at_their_path() {
    let converted = convert(
        r#"
services:
  a:
    image: x
    configs: [{source: app_conf, target: /etc/app.ini, mode: 0440}, inline]
    secrets: [token, key]
    shm_size: 128m
configs:
  app_conf: {file: ./app.ini}
  inline: {content: "hello $$you\n"}
secrets:
  token: {environment: TOKEN}
  key: {file: ./key.pem}
"#,
        "",
    );
    assert_contains(&converted.object("ConfigMap/inline"), &json!({"data": {"inline": "hello $you\n"}}));
    assert_contains(
        &converted.container("a")["volumeMounts"],
        &json!([
            {"name": "app-conf", "mountPath": "/etc/app.ini", "subPath": null, "readOnly": true},
            {"name": "files", "mountPath": "/inline", "subPath": "inline", "readOnly": null},
            {"name": "secret-files", "mountPath": "/run/secrets/token", "subPath": "token", "readOnly": null},
            {"name": "key", "mountPath": "/run/secrets/key", "readOnly": true},
            {"name": "shm", "mountPath": "/dev/shm"},
        ]),
    );
    assert_contains(
        &converted.pod("Deployment/a")["volumes"],
        &json!([
            {"hostPath": {"path": "/project/app.ini"}},
            {"configMap": {"name": "inline"}},
            {"emptyDir": {"medium": null}},
            {"secret": {"secretName": "token"}},
            {"emptyDir": {"medium": "Memory"}},
            {"hostPath": {"path": "/project/key.pem"}},
            {"emptyDir": {"medium": "Memory", "sizeLimit": "128Mi"}},
        ]),
    );
    assert_eq!(
        converted.messages("lower::owner_of_file"),
        [
            "`mode` of the config `app_conf` in `a` is not applied, as in Docker Compose: it is mounted from a file of the host, whose owner and mode count"
        ]
    );
    let plan = &converted.objects().plan;
    let live: Vec<(&str, bool)> =
        plan.configs_and_secrets.iter().map(|live| (live.name.as_str(), live.secret)).collect();
    assert_eq!(live, [("token", true)]);
    assert_eq!(plan.configs_and_secrets[0].from, LiveSource::Variable("TOKEN".into()));
    // A missing source is an error.
    let sources: Vec<String> = plan.sources.iter().map(|(name, source)| format!("{name} {source:?}")).collect();
    assert_eq!(sources, ["a Project(\"app.ini\")", "a Project(\"key.pem\")"]);
}

#[test]
fn copies_of_configs_and_secrets_have_their_owner_and_mode() {
    let converted = convert(
        r#"
services:
  a:
    image: x
    configs:
    - inline
    - {source: inline, target: /two, uid: "1000", gid: "1001", mode: 0600}
    secrets: [{source: token, uid: "0", gid: "7", mode: 0400}]
configs: {inline: {content: text}}
secrets: {token: {environment: TOKEN}}
"#,
        "",
    );
    let pod = converted.pod("Deployment/a");
    let script = "cp /given/inline/inline /files/inline\nchmod 0444 /files/inline\n\
                  cp /given/inline/inline /files/inline-2\nchown 1000:1001 /files/inline-2\nchmod 0600 /files/inline-2\n\
                  cp /given/token/token /secret-files/token\nchown 0:7 /secret-files/token\nchmod 0400 /secret-files/token\n";
    assert_contains(
        &pod["initContainers"],
        &json!([{
            "name": "files",
            "command": ["/bin/sh", "-ec", script],
            "securityContext": {"runAsUser": 0},
            "volumeMounts": [
                {"name": "inline", "mountPath": "/given/inline", "readOnly": true},
                {"name": "files", "mountPath": "/files"},
                {"name": "token", "mountPath": "/given/token", "readOnly": true},
                {"name": "secret-files", "mountPath": "/secret-files"},
            ],
        }]),
    );
}

#[test]
fn tmpfs_image_and_driver_volumes() {
    let converted = convert(
        r#"
services:
  a: {image: x, volumes: ["net:/n", "bound:/b"]}
volumes:
  net: {driver_opts: {type: nfs, o: "addr=10.0.0.9,ro", device: ":/export"}}
  bound: {driver_opts: {type: none, o: bind, device: /srv/b}}
"#,
        "",
    );
    assert_contains(
        &converted.pod("Deployment/a")["volumes"],
        &json!([
            {"name": "net", "nfs": {"server": "10.0.0.9", "path": "/export", "readOnly": true}},
            {"name": "bound", "hostPath": {"path": "/host/srv/b"}},
            {"name": "image", "image": {"reference": "x"}},
        ]),
    );
}
