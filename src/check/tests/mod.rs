//! Manifests that people wrote: what must be found in them, and what must not.

#[cfg(test)]
mod policies;
#[cfg(test)]
mod security;

use super::Manifests;
use crate::parse::ProjectOptions;
use crate::report::Report;
use crate::text::Sources;
use crate::{Request, compare, load};

/// The findings of a Compose file against a folder of manifests, a line each; further files lie beside the first.
pub(crate) fn findings(compose: &str, manifests: &str, files: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("k8s")).unwrap();
    for (name, text) in [("compose.yaml", compose), ("k8s/all.yaml", manifests)].iter().chain(files) {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let selection = ProjectOptions { files: vec![folder.path().join("compose.yaml")], ..ProjectOptions::default() };
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let overrides =
        files.iter().any(|(name, _)| *name == "overrides.yaml").then(|| folder.path().join("overrides.yaml"));
    let loaded = load(&Request { selection, overrides }, &mut sources, &mut report);
    let loaded = loaded.unwrap_or_else(|_| panic!("{:#?}", report.problems()));
    let mut report = Report::new();
    let read = Manifests::from_path(&folder.path().join("k8s"), None, &mut sources, &mut report);
    compare(&loaded, &read, &mut report);
    report.problems().iter().map(|problem| format!("{}: {}", problem.code.name, problem.message)).collect()
}

/// How many findings say it.
pub(crate) fn said(found: &[String], of: &str) -> usize {
    found.iter().filter(|text| text.contains(of)).count()
}

/// A workload of one container, with more lines in the container and in the pod.
pub(crate) fn workload(kind: &str, name: &str, image: &str, container: &str, pod: &str) -> String {
    let version = if kind == "Job" { "batch/v1" } else { "apps/v1" };
    let selector =
        if kind == "Job" { String::new() } else { format!("  selector: {{matchLabels: {{app: {name}}}}}\n") };
    let restart = if kind == "Job" && !pod.contains("restartPolicy") { "      restartPolicy: Never\n" } else { "" };
    format!(
        "---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n{selector}  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n{restart}{pod}      containers:\n        - name: {name}\n          image: {image}\n{container}"
    )
}

pub(crate) fn service(name: &str, port: u16) -> String {
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{clusterIP: None, selector: {{app: {name}}}, ports: [{{port: {port}}}]}}\n"
    )
}

#[test]
fn the_annotation_alone_makes_nothing_ours() {
    let compose = "services:\n  web:\n    image: nginx:1.29\n";
    let manifest = workload("Deployment", "web", "nginx:1.29", "", "");
    let manifest = manifest.replace("metadata: {labels", "metadata: {annotations: {compose2k8s/service: web}, labels");
    assert_eq!(findings(compose, &manifest, &[]), Vec::<String>::new());
}

#[test]
fn namespaces_that_every_cluster_has_need_no_making() {
    let compose = "services:\n  web:\n    image: nginx:1.29\n";
    let manifest = workload("Deployment", "web", "nginx:1.29", "", "")
        .replace("{name: web}\nspec", "{name: web, namespace: shop}\nspec")
        + "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: kube-public}\n";
    assert_eq!(findings(compose, &manifest, &[]), Vec::<String>::new());
}

const SECRETS: &str = "services:\n  db:\n    image: postgres:18\n    secrets: [pg]\n    configs: [{source: init, target: /initdb.d/init.sql}]\nsecrets:\n  pg: {file: ./pg.txt}\nconfigs:\n  init: {content: \"select 1;\"}\n";
const MOUNTS: &str = "          volumeMounts: [{name: a, mountPath: /run/secrets}, {name: b, mountPath: /initdb.d}]\n";
const VOLUMES: &str = "      volumes: [{name: a, secret: {secretName: pg}}, {name: b, configMap: {name: sql}}]\n";

#[test]
fn a_folder_of_known_keys_is_its_files() {
    let objects = |sql: &str, pg: &str| {
        workload("Deployment", "db", "postgres:18", MOUNTS, VOLUMES)
            + &format!("---\napiVersion: v1\nkind: Secret\nmetadata: {{name: pg}}\nstringData: {{pg: {pg}}}\n")
            + &format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: sql}}\ndata: {{init.sql: \"{sql}\"}}\n")
    };
    let files = [("pg.txt", "hidden-word")];
    assert_eq!(findings(SECRETS, &objects("select 1;", "hidden-word"), &files), Vec::<String>::new());
    let found = findings(SECRETS, &objects("select 2;", "another-word"), &files);
    assert_eq!(said(&found, "of other bytes"), 2, "{found:#?}");
    assert!(found.iter().all(|text| !text.contains("-word")), "{found:#?}");
}

#[test]
fn a_file_of_the_host_may_lie_in_a_config_map() {
    let compose = "services:\n  web:\n    image: nginx:1.29\n    volumes: [\"./a.conf:/etc/a.conf:ro\"]\n";
    let manifest = |text: &str| {
        let mount = "          volumeMounts: [{name: a, mountPath: /etc/a.conf, subPath: a.conf}]\n";
        workload("Deployment", "web", "nginx:1.29", mount, "      volumes: [{name: a, configMap: {name: a}}]\n")
            + &format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{a.conf: {text}}}\n")
    };
    assert_eq!(findings(compose, &manifest("x"), &[("a.conf", "x")]), Vec::<String>::new());
    assert_eq!(said(&findings(compose, &manifest("other"), &[("a.conf", "x")]), "of other bytes"), 1);
}

#[test]
fn a_name_is_missing_where_somebody_dials_it() {
    let compose = |more: &str| format!("services:\n  worker:\n    image: a:1\n  web:\n    image: b:1\n{more}");
    let manifest = workload("Deployment", "worker", "a:1", "", "") + &workload("Deployment", "web", "b:1", "", "");
    assert_eq!(findings(&compose(""), &manifest, &[]), Vec::<String>::new());
    let found = findings(&compose("    depends_on: [worker]\n"), &manifest, &[]);
    assert_eq!(said(&found, "is found under the name `worker`"), 1, "{found:#?}");
}

#[test]
fn the_health_check_s_own_command_waits_for_health() {
    let compose = "services:\n  web:\n    image: b:1\n    depends_on: {db: {condition: service_healthy}}\n  db:\n    image: postgres:18\n    expose: [\"5432\"]\n    healthcheck: {test: pg_isready -U app, interval: 10s, timeout: 1s}\n";
    let probe = "          readinessProbe: {exec: {command: [sh, -c, pg_isready -U app]}}\n";
    let wait = |tool: &str| {
        format!(
            "      initContainers: [{{name: wait, image: busybox, command: [sh, -c, \"until {tool} -h db 5432; do sleep 1; done\"]}}]\n"
        )
    };
    let manifest = |tool: &str| {
        workload("Deployment", "web", "b:1", "", &wait(tool))
            + &workload("Deployment", "db", "postgres:18", probe, "")
            + &service("db", 5432)
    };
    assert_eq!(findings(compose, &manifest("pg_isready"), &[]), Vec::<String>::new());
    assert_eq!(said(&findings(compose, &manifest("nc"), &[]), "the wait for `db`"), 1);
}

#[test]
fn waiting_for_an_end_is_looked_for() {
    let compose = "services:\n  web:\n    image: b:1\n    depends_on: {job: {condition: service_completed_successfully}}\n  job:\n    image: c:1\n    restart: \"no\"\n";
    let wait = "      initContainers: [{name: wait, image: kubectl, command: [kubectl, wait, --for=condition=complete, job/job]}]\n";
    // Without a limit of its own a Job tries six times more.
    let once = |job: String| job.replace("spec:\n  template", "spec:\n  backoffLimit: 0\n  template");
    let job = once(workload("Job", "job", "c:1", "", ""));
    assert_eq!(findings(compose, &(workload("Deployment", "web", "b:1", "", wait) + &job), &[]), Vec::<String>::new());
    let found = findings(compose, &(workload("Deployment", "web", "b:1", "", "") + &job), &[]);
    assert_eq!(said(&found, "waits until `job` is `completed`"), 1, "{found:#?}");
    let again = workload("Job", "job", "c:1", "", "      restartPolicy: OnFailure\n");
    let found = findings(compose, &(workload("Deployment", "web", "b:1", "", wait) + &again), &[]);
    assert_eq!(said(&found, "the restart of `job`"), 1, "{found:#?}");
}

#[test]
fn one_cause_is_one_finding() {
    let compose = "services:\n  web:\n    image: nginx:1.29\n";
    let broken = workload("Deployment", "web", "nginx:1.29", "          env: [{name: A, value: 1}]\n", "");
    let found = findings(compose, &(broken + &service("web", 80)), &[]);
    assert_eq!(found.len(), 1, "{found:#?}");
    let one = workload("Deployment", "web", "nginx:1.29", "", "");
    let found = findings(compose, &(one.clone() + &one), &[]);
    assert_eq!(found.len(), 1, "{found:#?}");
}

#[test]
fn what_the_home_service_has_of_a_pod_is_no_surplus_of_its_guest() {
    let compose = "services:\n  web:\n    image: a:1\n    sysctls: {net.core.somaxconn: \"1024\"}\n  side:\n    image: b:1\n    network_mode: service:web\n";
    let pod = "      securityContext: {sysctls: [{name: net.core.somaxconn, value: \"1024\"}]}\n";
    let manifest = workload("Deployment", "web", "a:1", "        - name: side\n          image: b:1\n", pod);
    assert_eq!(said(&findings(compose, &manifest, &[]), "kernel parameter"), 0);
}

#[test]
fn a_workload_may_be_named_by_hand() {
    let compose = "services:\n  web:\n    image: a:1\n  api:\n    image: b:1\n";
    let pod = workload("Deployment", "backend", "x/a:2", "        - {name: second, image: \"b:1\"}\n", "")
        + &workload("StatefulSet", "backend", "c:1", "", "").replace("app: backend", "app: other");
    let said_of = |overrides: &str| findings(compose, &pod, &[("overrides.yaml", overrides)]);
    let found = said_of("services: {web: {same-as: {name: backend, kind: Deployment}}}\n");
    assert_eq!(said(&found, "the image of `web`"), 1, "{found:#?}");
    let found = said_of("services: {api: {same-as: {name: backend, kind: Deployment, container: second}}}\n");
    assert_eq!(said(&found, "runs the service `api`") + said(&found, "of `api` is"), 0, "{found:#?}");
    let found = said_of("services: {web: {same-as: {name: backend}}}\n");
    assert_eq!(
        said(&found, "the service `web` could be any of `Deployment backend`, `StatefulSet backend`"),
        1,
        "{found:#?}"
    );
    let found = said_of("services: {web: {same-as: {name: backent}}}\n");
    assert_eq!(said(&found, "`web` is the workload `backent`, which is not among the manifests"), 1, "{found:#?}");
    let found = said_of("services: {web: {same-as: {name: backend, kind: Deployment, container: secund}}}\n");
    assert_eq!(said(&found, "the container `secund` of `Deployment backend`"), 1, "{found:#?}");
}

const APART: &str = "services:\n  web:\n    image: a:1\n    networks: [front]\n  db:\n    image: b:1\n    networks: [back]\n  api:\n    image: c:1\n    networks: [front, back]\nnetworks: {front: {}, back: {}}\n";

fn policy(name: &str, of: &str, from: &str) -> String {
    format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}}}\nspec: {{podSelector: {{matchLabels: {{app: {of}}}}}, policyTypes: [Ingress], ingress: [{{from: [{{podSelector: {{matchLabels: {{app: {from}}}}}}}]}}]}}\n"
    )
}

#[test]
fn services_that_compose_keeps_apart_are_kept_apart() {
    let pods: String = [("web", "a:1"), ("db", "b:1"), ("api", "c:1")]
        .into_iter()
        .map(|(name, image)| workload("Deployment", name, image, "", ""))
        .collect();
    let found = findings(APART, &pods, &[]);
    assert_eq!(said(&found, "`db` is out of reach for `web`: the manifests do not say so"), 1, "{found:#?}");
    assert_eq!(said(&found, "`web` is out of reach for `db`: the manifests do not say so"), 1, "{found:#?}");
    let apart = format!("{pods}{}{}", policy("db", "db", "api"), policy("web", "web", "api"));
    assert_eq!(findings(APART, &apart, &[]), Vec::<String>::new());
    // Who may reach it in Compose is kept away here.
    let found = findings(APART, &format!("{apart}{}", policy("api", "api", "web")), &[]);
    assert_eq!(said(&found, "`api` is out of reach for `db`: the Compose file does not say so"), 1, "{found:#?}");
}

#[test]
fn a_port_under_another_number_is_one_finding() {
    let compose = "services:\n  web:\n    image: a:1\n    ports: [\"8080:80\"]\n";
    let open = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: NodePort, selector: {app: web}, ports: [{port: 8000, targetPort: 80, nodePort: 30080}]}\n";
    let found = findings(compose, &(workload("Deployment", "web", "a:1", "", "") + open), &[]);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(
        said(
            &found,
            "the host's tcp port that leads to port `80` of `web` is `0.0.0.0:8080` in the Compose file and `0.0.0.0:30080`"
        ),
        1,
        "{found:#?}"
    );
    assert_eq!(
        said(
            &found,
            "the tcp port of the name `web` that leads to port `80` of `web` is `80` in the Compose file and `8000`"
        ),
        1,
        "{found:#?}"
    );
}

#[test]
fn a_missing_health_check_is_one_finding_and_defaults_are_none() {
    let compose = "services:\n  web:\n    image: a:1\n    healthcheck: {test: [CMD, \"true\"], interval: 5s}\n";
    let found = findings(compose, &workload("Deployment", "web", "a:1", "", ""), &[]);
    assert_eq!(found.len(), 1, "{found:#?}");
    let probe = "          readinessProbe: {exec: {command: [\"true\"]}, periodSeconds: 5}\n";
    assert_eq!(findings(compose, &workload("Deployment", "web", "a:1", probe, ""), &[]), Vec::<String>::new());
    let found = findings("services:\n  web:\n    image: a:1\n", &workload("Deployment", "web", "a:1", probe, ""), &[]);
    assert_eq!(found.len(), 1, "{found:#?}");
}

#[test]
fn a_projected_folder_is_its_files() {
    let mounts = "          volumeMounts: [{name: a, mountPath: /etc/app}]\n";
    let volumes = "      volumes: [{name: a, projected: {sources: [{configMap: {name: m}}, {secret: {name: s}}]}}]\n";
    let compose = "services:\n  web:\n    image: a:1\n    configs: [{source: c, target: /etc/app/c.conf}]\n    secrets: [{source: t, target: /etc/app/t}]\nconfigs: {c: {content: \"one\"}}\nsecrets: {t: {file: ./t.txt}}\n";
    let objects = |text: &str| {
        workload("Deployment", "web", "a:1", mounts, volumes)
            + &format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\ndata: {{c.conf: {text}}}\n")
            + "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {t: dHdv}\n"
    };
    assert_eq!(findings(compose, &objects("one"), &[("t.txt", "two")]), Vec::<String>::new());
    let found = findings(compose, &objects("three"), &[("t.txt", "two")]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(said(&found, "of other bytes"), 1, "{found:#?}");
}

#[test]
fn an_autoscaler_decides_the_copies() {
    let compose = |replicas: &str| format!("services:\n  web:\n    image: a:1\n{replicas}");
    let scaled = workload("Deployment", "web", "a:1", "", "")
        .replace("spec:\n  selector", "spec:\n  replicas: 4\n  selector")
        + "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec: {minReplicas: 2, maxReplicas: 5, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n";
    let found = findings(&compose(""), &scaled, &[]);
    assert_eq!(said(&found, "check::autoscaled"), 1, "{found:#?}");
    assert_eq!(found.len(), 1, "{found:#?}");
    let found = findings(&compose("    deploy: {replicas: 3}\n"), &scaled, &[]);
    assert_eq!(said(&found, "since the HorizontalPodAutoscaler `web` decides"), 1, "{found:#?}");
}

#[test]
fn a_name_with_an_underscore_is_one_finding() {
    let compose = "services:\n  web:\n    image: a:1\n    depends_on: [my_db]\n  my_db:\n    image: b:1\n    expose: [\"5432\"]\n";
    let pods = workload("Deployment", "web", "a:1", "", "")
        + &workload("Deployment", "my-db", "b:1", "", "")
        + &service("my-db", 5432);
    let found = findings(compose, &pods, &[]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(said(&found, "is found under the name `my_db`"), 1, "{found:#?}");
}

#[test]
fn what_runs_by_the_clock_does_not_start_with_the_others() {
    let compose = "services:\n  web:\n    image: a:1\n";
    let cron = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: web}\nspec:\n  schedule: \"0 * * * *\"\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          restartPolicy: Never\n          containers: [{name: web, image: \"a:1\"}]\n";
    let found = findings(compose, cron, &[]);
    assert_eq!(
        said(&found, "the start of `web` is `with the others` in the Compose file and `by the clock`"),
        1,
        "{found:#?}"
    );
}

#[test]
fn variables_come_from_objects_and_from_the_pod() {
    let compose = "services:\n  web:\n    image: a:1\n    environment: {A: one, B: two, C: three, D: four}\n";
    let env = "          env:\n            - {name: A, valueFrom: {configMapKeyRef: {name: m, key: a}}}\n            - {name: B, valueFrom: {secretKeyRef: {name: s, key: b}}}\n            - {name: C, valueFrom: {fieldRef: {fieldPath: status.podIP}}}\n            - {name: D, valueFrom: {secretKeyRef: {name: elsewhere, key: d}}}\n";
    let objects = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: one}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {b: dHdvMg==}\n";
    let found = findings(compose, &(workload("Deployment", "web", "a:1", env, "") + objects), &[]);
    assert_eq!(said(&found, "`A`"), 0, "{found:#?}");
    assert_eq!(
        said(&found, "the variable `B` of `web` is `two` in the Compose file and `a text of the Secret s`"),
        1,
        "{found:#?}"
    );
    assert_eq!(
        said(&found, "`C` = `status.podIP`: whether the Compose file means the same is unknown"),
        1,
        "{found:#?}"
    );
    assert_eq!(said(&found, "the key `d` of the Secret `elsewhere` is not among the manifests"), 1, "{found:#?}");
    assert_eq!(found.len(), 3, "{found:#?}");
}

#[test]
fn a_finding_may_be_accepted_at_its_service_and_no_longer_than_it_is_there() {
    let compose = "services:\n  web:\n    image: nginx:1.29\n    environment: {LOG: debug, A: b}\n";
    let env = "          env: [{name: LOG, value: info}, {name: A, value: c}]\n";
    let manifests =
        workload("Deployment", "web", "nginx:1.29", env, "") + &workload("Deployment", "adminer", "adminer:5", "", "");
    let found = |entries: &str| findings(compose, &manifests, &[("overrides.yaml", &format!("accept:\n{entries}"))]);
    let log =
        "  - {code: 'check::differs', service: web, fact: variable, subject: LOG, reason: The cluster logs less.}\n";
    let adminer = "  - {code: 'check::surplus_workload', subject: adminer, reason: It is for the cluster alone.}\n";
    let both = found(&format!("{log}{adminer}"));
    assert_eq!((both.len(), said(&both, "the variable `A`")), (1, 1), "{both:#?}");
    let any = found(&format!("  - {{code: 'check::differs', service: web, fact: variable, reason: x}}\n{adminer}"));
    assert_eq!(any, Vec::<String>::new());
    let gone = found(&format!("{adminer}{}", log.replace("LOG", "LOGS")));
    assert_eq!((gone.len(), said(&gone, "nothing with the code `check::differs` is found about `web`")), (3, 1));
}

#[test]
fn steps_before_the_start_are_known_by_their_words() {
    let compose = "services:\n  web:\n    image: web:1\n    environment: {A: b}\n    pre_start: [{command: migrate --all, user: '5'}]\n";
    let with = |inits: &str| {
        let inits = format!("      initContainers:\n{inits}");
        findings(
            compose,
            &workload("Deployment", "web", "web:1", "          env: [{name: A, value: b}]\n", &inits),
            &[],
        )
    };
    let step = |args: &str, more: &str| format!("        - {{name: m, image: 'web:1', args: [{args}]{more}}}\n");
    let rest = ", securityContext: {runAsUser: 5}, env: [{name: A, value: b}]";
    assert_eq!(with(&step("migrate, --all", rest)), Vec::<String>::new());
    let bare = with(&step("migrate, --all", ", securityContext: {runAsUser: 5}"));
    assert_eq!((bare.len(), said(&bare, "`web, pre-start-1` has the variable `A`")), (1, 1), "{bare:#?}");
    let other = with(&step("migrate, --some", rest));
    assert_eq!((other.len(), said(&other, "run before it")), (2, 2), "{other:#?}");
    let late = with(&(step("migrate, --all", rest) + &step("check", "").replace("name: m", "name: later")));
    assert_eq!((late.len(), said(&late, "has `later` run before it: `[\"check\"]`")), (1, 1), "{late:#?}");
}

#[test]
fn a_request_by_a_command_is_one_of_the_kubelet() {
    let found = |test: &str, probe: &str| {
        let compose = format!("services:\n  web:\n    image: web:1\n    healthcheck: {{test: {test}}}\n");
        let probe = format!(
            "          ports: [{{name: http, containerPort: 3000}}]\n          readinessProbe: {{periodSeconds: 30, timeoutSeconds: 30, {probe}}}\n"
        );
        findings(&compose, &(workload("Deployment", "web", "web:1", &probe, "") + &service("web", 3000)), &[])
    };
    let get = "httpGet: {path: /up, port: http}";
    for test in [
        "[CMD, curl, -fsS, 'http://localhost:3000/up']",
        "[CMD, wget, -qO-, '127.0.0.1:3000/up']",
        "[CMD, wget, -O, /dev/null, -q, 'http://web:3000/up']",
        "'curl --fail -o /dev/null http://localhost:3000/up || exit 1'",
    ] {
        assert_eq!(found(test, get), Vec::<String>::new(), "{test}");
    }
    let other = found("[CMD, curl, -f, 'http://localhost:80/up']", get);
    assert!(other.len() == 1 && other[0].starts_with("check::differs"), "{other:#?}");
    // Without `-f` an error of the server is an answer; and who asks another service asks something else.
    for test in ["[CMD, curl, 'http://localhost:3000/up']", "[CMD, curl, -f, 'http://db:3000/up']", "'curl -f $URL'"] {
        let unclear = found(test, get);
        assert!(unclear.len() == 1 && unclear[0].starts_with("check::unknown"), "{test}: {unclear:#?}");
    }
    let once = found("[CMD, curl, -f, 'http://localhost:3000/up'], interval: 5s, retries: 9", get);
    assert_eq!((once.len(), said(&once, "every `5` s, `9` failures")), (1, 1), "{once:#?}");
}

#[test]
fn what_kubernetes_refuses_is_found() {
    let compose = "services:\n  web:\n    image: web:1\n";
    let found = |container: &str, pod: &str, more: &str| {
        let all = workload("Deployment", "web", "web:1", container, pod) + more;
        let found = findings(compose, &all, &[]);
        found.into_iter().filter(|line| line.starts_with("check::refused")).collect::<Vec<_>>()
    };
    assert_eq!(found("", "", &service("web", 80)), Vec::<String>::new());
    let twice = found("", "      initContainers: [{name: web, image: a, command: [a]}]\n", "");
    assert_eq!(twice.len(), 1, "{twice:#?}");
    let stop = "          lifecycle: {stopSignal: SIGINT}\n";
    assert_eq!(found(stop, "", "").len(), 1);
    assert_eq!(found(stop, "      os: {name: linux}\n", "").len(), 0);
    assert_eq!(found("", "      os: {name: linx}\n", "").len(), 1);
    let ports = |ports: &str| service("web", 80).replace("[{port: 80}]", ports);
    assert_eq!(found("", "", &ports("[{port: 80}, {port: 81, name: b}]")).len(), 1);
    assert_eq!(found("", "", &ports("[{port: 80, name: a}, {port: 81, name: b}]")).len(), 0);
}
