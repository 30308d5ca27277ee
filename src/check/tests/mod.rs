//! Findings in hand-written manifests, and their absence.

#[cfg(test)]
mod policies;
#[cfg(test)]
mod security;

use super::Manifests;
use crate::parse::ProjectOptions;
use crate::report::Report;
use crate::text::Sources;
use crate::{Request, compare, load};

/// Returns the findings of a Compose file compared with a folder of manifests, one line each. `files` are further files beside
/// the Compose file.
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
    let loaded = load(&Request { project: selection, overrides, ..Request::default() }, &mut sources, &mut report);
    let loaded = loaded.unwrap_or_else(|_| panic!("{:#?}", report.problems()));
    let mut report = Report::new();
    let read = Manifests::from_path(&folder.path().join("k8s"), None, &mut sources, &mut report);
    compare(&loaded, &read, &mut report);
    report.problems().iter().map(|problem| format!("{}: {}", problem.code.name, problem.message)).collect()
}

/// Returns how many findings contain a string.
pub(crate) fn count(found: &[String], of: &str) -> usize {
    found.iter().filter(|text| text.contains(of)).count()
}

/// Returns a workload with one container, with additional lines in the container and in the pod.
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
fn the_service_annotation_does_not_mark_manifests_as_generated() {
    let compose = "services:\n  web:\n    image: nginx:1.29\n";
    let manifest = workload("Deployment", "web", "nginx:1.29", "", "");
    let manifest = manifest.replace("metadata: {labels", "metadata: {annotations: {compose2k8s/service: web}, labels");
    assert_eq!(findings(compose, &manifest, &[]), Vec::<String>::new());
}

#[test]
fn built_in_namespaces_need_no_manifest() {
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
fn a_mounted_object_is_compared_by_file() {
    let objects = |sql: &str, pg: &str| {
        workload("Deployment", "db", "postgres:18", MOUNTS, VOLUMES)
            + &format!("---\napiVersion: v1\nkind: Secret\nmetadata: {{name: pg}}\nstringData: {{pg: {pg}}}\n")
            + &format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: sql}}\ndata: {{init.sql: \"{sql}\"}}\n")
    };
    let files = [("pg.txt", "hidden-word")];
    assert_eq!(findings(SECRETS, &objects("select 1;", "hidden-word"), &files), Vec::<String>::new());
    let found = findings(SECRETS, &objects("select 2;", "another-word"), &files);
    assert_eq!(count(&found, "of other bytes"), 2, "{found:#?}");
    assert!(found.iter().all(|text| !text.contains("-word")), "{found:#?}");
}

#[test]
fn a_host_file_may_be_an_entry_of_a_config_map() {
    let compose = "services:\n  web:\n    image: nginx:1.29\n    volumes: [\"./a.conf:/etc/a.conf:ro\"]\n";
    let manifest = |text: &str| {
        let mount = "          volumeMounts: [{name: a, mountPath: /etc/a.conf, subPath: a.conf}]\n";
        workload("Deployment", "web", "nginx:1.29", mount, "      volumes: [{name: a, configMap: {name: a}}]\n")
            + &format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{a.conf: {text}}}\n")
    };
    assert_eq!(findings(compose, &manifest("x"), &[("a.conf", "x")]), Vec::<String>::new());
    assert_eq!(count(&findings(compose, &manifest("other"), &[("a.conf", "x")]), "of other bytes"), 1);
}

#[test]
fn a_name_is_required_if_another_service_depends_on_it() {
    let compose = |more: &str| format!("services:\n  worker:\n    image: a:1\n  web:\n    image: b:1\n{more}");
    let manifest = workload("Deployment", "worker", "a:1", "", "") + &workload("Deployment", "web", "b:1", "", "");
    assert_eq!(findings(&compose(""), &manifest, &[]), Vec::<String>::new());
    let found = findings(&compose("    depends_on: [worker]\n"), &manifest, &[]);
    assert_eq!(count(&found, "is found under the name `worker`"), 1, "{found:#?}");
}

#[test]
fn a_loop_with_the_command_of_the_health_check_waits_for_health() {
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
    assert_eq!(count(&findings(compose, &manifest("nc"), &[]), "the wait for `db`"), 1);
}

#[test]
fn waiting_for_completion_is_required() {
    let compose = "services:\n  web:\n    image: b:1\n    depends_on: {job: {condition: service_completed_successfully}}\n  job:\n    image: c:1\n    restart: \"no\"\n";
    let wait = "      initContainers: [{name: wait, image: kubectl, command: [kubectl, wait, --for=condition=complete, job/job]}]\n";
    // Without a limit of its own a Job tries six times more.
    let once = |job: String| job.replace("spec:\n  template", "spec:\n  backoffLimit: 0\n  template");
    let job = once(workload("Job", "job", "c:1", "", ""));
    assert_eq!(findings(compose, &(workload("Deployment", "web", "b:1", "", wait) + &job), &[]), Vec::<String>::new());
    let found = findings(compose, &(workload("Deployment", "web", "b:1", "", "") + &job), &[]);
    assert_eq!(count(&found, "waits until `job` is `completed`"), 1, "{found:#?}");
    let again = workload("Job", "job", "c:1", "", "      restartPolicy: OnFailure\n");
    let found = findings(compose, &(workload("Deployment", "web", "b:1", "", wait) + &again), &[]);
    assert_eq!(count(&found, "the restart of `job`"), 1, "{found:#?}");
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
fn pod_settings_of_the_owner_are_no_surplus_of_other_members() {
    let compose = "services:\n  web:\n    image: a:1\n    sysctls: {net.core.somaxconn: \"1024\"}\n  side:\n    image: b:1\n    network_mode: service:web\n";
    let pod = "      securityContext: {sysctls: [{name: net.core.somaxconn, value: \"1024\"}]}\n";
    let manifest = workload("Deployment", "web", "a:1", "        - name: side\n          image: b:1\n", pod);
    assert_eq!(count(&findings(compose, &manifest, &[]), "kernel parameter"), 0);
}

#[test]
fn the_overrides_can_name_the_workload() {
    let compose = "services:\n  web:\n    image: a:1\n  api:\n    image: b:1\n";
    let pod = workload("Deployment", "backend", "x/a:2", "        - {name: second, image: \"b:1\"}\n", "")
        + &workload("StatefulSet", "backend", "c:1", "", "").replace("app: backend", "app: other");
    let said_of = |overrides: &str| findings(compose, &pod, &[("overrides.yaml", overrides)]);
    let found = said_of("services: {web: {same-as: {name: backend, kind: Deployment}}}\n");
    assert_eq!(count(&found, "the image of `web`"), 1, "{found:#?}");
    let found = said_of("services: {api: {same-as: {name: backend, kind: Deployment, container: second}}}\n");
    assert_eq!(count(&found, "runs the service `api`") + count(&found, "of `api` is"), 0, "{found:#?}");
    let found = said_of("services: {web: {same-as: {name: backend}}}\n");
    assert_eq!(
        count(&found, "the service `web` could be any of `Deployment backend`, `StatefulSet backend`"),
        1,
        "{found:#?}"
    );
    let found = said_of("services: {web: {same-as: {name: backent}}}\n");
    assert_eq!(count(&found, "`web` is the workload `backent`, which is not among the manifests"), 1, "{found:#?}");
    let found = said_of("services: {web: {same-as: {name: backend, kind: Deployment, container: secund}}}\n");
    assert_eq!(count(&found, "the container `secund` of `Deployment backend`"), 1, "{found:#?}");
}

const APART: &str = "services:\n  web:\n    image: a:1\n    networks: [front]\n  db:\n    image: b:1\n    networks: [back]\n  api:\n    image: c:1\n    networks: [front, back]\nnetworks: {front: {}, back: {}}\n";

fn policy(name: &str, of: &str, from: &str) -> String {
    format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}}}\nspec: {{podSelector: {{matchLabels: {{app: {of}}}}}, policyTypes: [Ingress], ingress: [{{from: [{{podSelector: {{matchLabels: {{app: {from}}}}}}}]}}]}}\n"
    )
}

#[test]
fn services_without_a_common_network_must_be_separated() {
    let pods: String = [("web", "a:1"), ("db", "b:1"), ("api", "c:1")]
        .into_iter()
        .map(|(name, image)| workload("Deployment", name, image, "", ""))
        .collect();
    let found = findings(APART, &pods, &[]);
    assert_eq!(count(&found, "`db` is out of reach for `web`: the manifests do not say so"), 1, "{found:#?}");
    assert_eq!(count(&found, "`web` is out of reach for `db`: the manifests do not say so"), 1, "{found:#?}");
    let apart = format!("{pods}{}{}", policy("db", "db", "api"), policy("web", "web", "api"));
    assert_eq!(findings(APART, &apart, &[]), Vec::<String>::new());
    // Who may reach it in Compose is kept away here.
    let found = findings(APART, &format!("{apart}{}", policy("api", "api", "web")), &[]);
    assert_eq!(count(&found, "`api` is out of reach for `db`: the Compose file does not say so"), 1, "{found:#?}");
}

#[test]
fn a_port_under_another_number_is_one_finding() {
    let compose = "services:\n  web:\n    image: a:1\n    ports: [\"8080:80\"]\n";
    let open = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: NodePort, selector: {app: web}, ports: [{port: 8000, targetPort: 80, nodePort: 30080}]}\n";
    let found = findings(compose, &(workload("Deployment", "web", "a:1", "", "") + open), &[]);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(
        count(
            &found,
            "the host's tcp port that leads to port `80` of `web` is `0.0.0.0:8080` in the Compose file and `0.0.0.0:30080`"
        ),
        1,
        "{found:#?}"
    );
    assert_eq!(
        count(
            &found,
            "the tcp port of the name `web` that leads to port `80` of `web` is `80` in the Compose file and `8000`"
        ),
        1,
        "{found:#?}"
    );
}

#[test]
fn a_missing_health_check_is_one_finding_and_default_timing_is_none() {
    let compose = "services:\n  web:\n    image: a:1\n    healthcheck: {test: [CMD, \"true\"], interval: 5s}\n";
    let found = findings(compose, &workload("Deployment", "web", "a:1", "", ""), &[]);
    assert_eq!(found.len(), 1, "{found:#?}");
    let probe = "          readinessProbe: {exec: {command: [\"true\"]}, periodSeconds: 5}\n";
    assert_eq!(findings(compose, &workload("Deployment", "web", "a:1", probe, ""), &[]), Vec::<String>::new());
    let found = findings("services:\n  web:\n    image: a:1\n", &workload("Deployment", "web", "a:1", probe, ""), &[]);
    assert_eq!(found.len(), 1, "{found:#?}");
}

#[test]
fn a_projected_volume_is_compared_by_file() {
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
    assert_eq!(count(&found, "of other bytes"), 1, "{found:#?}");
}

#[test]
fn an_autoscaler_makes_the_number_of_replicas_unknown() {
    let compose = |replicas: &str| format!("services:\n  web:\n    image: a:1\n{replicas}");
    let scaled = workload("Deployment", "web", "a:1", "", "")
        .replace("spec:\n  selector", "spec:\n  replicas: 4\n  selector")
        + "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec: {minReplicas: 2, maxReplicas: 5, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n";
    let found = findings(&compose(""), &scaled, &[]);
    assert_eq!(count(&found, "check::autoscaled"), 1, "{found:#?}");
    assert_eq!(found.len(), 1, "{found:#?}");
    let found = findings(&compose("    deploy: {replicas: 3}\n"), &scaled, &[]);
    assert_eq!(count(&found, "since the HorizontalPodAutoscaler `web` decides"), 1, "{found:#?}");
}

#[test]
fn a_name_with_an_underscore_is_one_finding() {
    let compose = "services:\n  web:\n    image: a:1\n    depends_on: [my_db]\n  my_db:\n    image: b:1\n    expose: [\"5432\"]\n";
    let pods = workload("Deployment", "web", "a:1", "", "")
        + &workload("Deployment", "my-db", "b:1", "", "")
        + &service("my-db", 5432);
    let found = findings(compose, &pods, &[]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(count(&found, "is found under the name `my_db`"), 1, "{found:#?}");
}

#[test]
fn a_cron_job_does_not_start_with_the_other_services() {
    let compose = "services:\n  web:\n    image: a:1\n";
    let cron = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: web}\nspec:\n  schedule: \"0 * * * *\"\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          restartPolicy: Never\n          containers: [{name: web, image: \"a:1\"}]\n";
    let found = findings(compose, cron, &[]);
    assert_eq!(
        count(&found, "the start of `web` is `with the others` in the Compose file and `by the clock`"),
        1,
        "{found:#?}"
    );
}

#[test]
fn variables_may_come_from_objects_and_from_the_pod() {
    let compose = "services:\n  web:\n    image: a:1\n    environment: {A: one, B: two, C: three, D: four}\n";
    let env = "          env:\n            - {name: A, valueFrom: {configMapKeyRef: {name: m, key: a}}}\n            - {name: B, valueFrom: {secretKeyRef: {name: s, key: b}}}\n            - {name: C, valueFrom: {fieldRef: {fieldPath: status.podIP}}}\n            - {name: D, valueFrom: {secretKeyRef: {name: elsewhere, key: d}}}\n";
    let objects = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: one}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {b: dHdvMg==}\n";
    let found = findings(compose, &(workload("Deployment", "web", "a:1", env, "") + objects), &[]);
    assert_eq!(count(&found, "`A`"), 0, "{found:#?}");
    assert_eq!(
        count(&found, "the variable `B` of `web` is `two` in the Compose file and `a text of the Secret s`"),
        1,
        "{found:#?}"
    );
    assert_eq!(
        count(&found, "`C` = `status.podIP`: whether the Compose file means the same is unknown"),
        1,
        "{found:#?}"
    );
    assert_eq!(count(&found, "the key `d` of the Secret `elsewhere` is not among the manifests"), 1, "{found:#?}");
    assert_eq!(found.len(), 3, "{found:#?}");
}

#[test]
fn a_finding_is_accepted_for_its_service_only_while_it_exists() {
    let compose = "services:\n  web:\n    image: nginx:1.29\n    environment: {LOG: debug, A: b}\n";
    let env = "          env: [{name: LOG, value: info}, {name: A, value: c}]\n";
    let manifests =
        workload("Deployment", "web", "nginx:1.29", env, "") + &workload("Deployment", "adminer", "adminer:5", "", "");
    let found = |entries: &str| findings(compose, &manifests, &[("overrides.yaml", &format!("accept:\n{entries}"))]);
    let log =
        "  - {code: 'check::differs', service: web, fact: variable, subject: LOG, reason: The cluster logs less.}\n";
    let adminer = "  - {code: 'check::surplus_workload', subject: adminer, reason: It is for the cluster alone.}\n";
    let both = found(&format!("{log}{adminer}"));
    assert_eq!((both.len(), count(&both, "the variable `A`")), (1, 1), "{both:#?}");
    let any = found(&format!("  - {{code: 'check::differs', service: web, fact: variable, reason: x}}\n{adminer}"));
    assert_eq!(any, Vec::<String>::new());
    let gone = found(&format!("{adminer}{}", log.replace("LOG", "LOGS")));
    assert_eq!((gone.len(), count(&gone, "nothing with the code `check::differs` is found about `web`")), (3, 1));
}

#[test]
fn pre_start_commands_are_matched_by_their_arguments() {
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
    assert_eq!((bare.len(), count(&bare, "`web, pre-start-1` has the variable `A`")), (1, 1), "{bare:#?}");
    let other = with(&step("migrate, --some", rest));
    assert_eq!((other.len(), count(&other, "run before it")), (2, 2), "{other:#?}");
    let late = with(&(step("migrate, --all", rest) + &step("check", "").replace("name: m", "name: later")));
    assert_eq!((late.len(), count(&late, "has `later` run before it: `[\"check\"]`")), (1, 1), "{late:#?}");
}

#[test]
fn a_command_that_makes_a_request_equals_an_http_probe() {
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
    assert_eq!((once.len(), count(&once, "every `5` s, `9` failures")), (1, 1), "{once:#?}");
}

#[test]
fn objects_that_kubernetes_rejects_are_reported() {
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
