//! Assembles the [`Project`] from its canonical form: gives every value a type and resolves every name.

use std::path::{Path, PathBuf};

use super::canonical::Canonical;
use super::canonical::used_names;
use super::committed_variables::committed_variables;
use super::model::networks::{Attachment, Network};
use super::model::project::{Project, Service};
use super::model::service_name::{ServiceName, ServiceNames};
use super::model::volumes::{ConfigOrSecretSource, MountSource, VolumesFromSource};
use super::problem::Problem;
use super::topics::fields::Fields;
use super::topics::{health, networks, order, process, seccomp, volumes};
use crate::keys::{Key, root};
use crate::maps::IndexMap;
use crate::parse::files::is_input;
use crate::paths::absolute;
use crate::report::{Report, Severity, Stopped};
use crate::text::Spanned;

/// Converts a canonical project into typed values and resolves its names.
///
/// # Errors
/// Values that Compose accepts but no container can have, such as an invalid address or port 0. They are reported with
/// their location.
pub fn project(canonical: Canonical, report: &mut Report) -> Result<Project, Stopped> {
    let used = used_names::names_in_use(&canonical);
    if canonical.tree.as_mapping().is_none() {
        return Err(report.internal("a canonical project that is not a mapping"));
    }
    let mut top = Fields::new(&canonical.tree, root(), "a Compose file");
    let mut services = take_services(&mut top, &canonical, report);
    fold_volumes_from(&mut services);
    let pwd_paths = canonical.environment.pwd_paths();
    for service in services.values_mut() {
        for variable in committed_variables(service) {
            canonical.environment.record(&variable, true);
        }
        for mount in &mut service.volumes.mounts {
            if let MountSource::Bind { path, .. } = &mut mount.source {
                path.make_relative(&canonical.directory, &pwd_paths);
            }
        }
    }
    for service in services.values_mut() {
        service.process.seccomp = seccomp::profile(&service.process.security_opt, &canonical.directory);
    }
    let mut networks: IndexMap<String, Network> = IndexMap::default();
    for (key, _, fields) in top.take_named(Key::TopNetworks) {
        let used = used.networks.contains(&key.value);
        networks.insert(key.value.clone(), networks::network(key, fields, used, report));
    }
    bridge(&services, &mut networks, &canonical.name);
    let mut volumes = IndexMap::default();
    for (key, _, fields) in top.take_named(Key::TopVolumes) {
        volumes.insert(key.value.clone(), volumes::volume(key, fields, report));
    }
    let mut configs = IndexMap::default();
    let environment = &canonical.environment;
    for (key, _, fields) in top.take_named(Key::TopConfigs) {
        configs.insert(key.value.clone(), volumes::config(key, fields, environment, report));
    }
    let mut secrets = IndexMap::default();
    for (key, tree, fields) in top.take_named(Key::TopSecrets) {
        secrets.insert(key.value.clone(), volumes::secret(key, tree, fields, environment, report));
    }
    for declared in configs.values_mut().chain(secrets.values_mut()) {
        if let ConfigOrSecretSource::File(path) = &mut declared.source {
            path.value.make_relative(&canonical.directory, &pwd_paths);
        }
    }
    report.stop_on_error()?;
    let used_keys = canonical.used_keys.project.clone();
    let files = canonical.files.iter().map(|file| beside(file, &canonical.directory)).collect();
    let recorded = canonical.environment.recorded();
    let Canonical { name, name_at, directory, .. } = canonical;
    Ok(Project { name, name_at, directory, files, services, networks, volumes, configs, secrets, recorded, used_keys })
}

/// Takes the services. An inactive service with an error is left out, and so are the inactive services that need it, because
/// `docker compose up` does not look at them.
fn take_services(top: &mut Fields<'_>, canonical: &Canonical, report: &mut Report) -> IndexMap<ServiceName, Service> {
    let written = top.take_named(Key::TopServices);
    let mut left_out = canonical.invalid_inactive_services.clone();
    let mut is_first_round = true;
    loop {
        // The first round finds the services with errors of their own, each later one those that need one left out before.
        let names = canonical.section("services").map(|(name, _)| name);
        let names = ServiceNames::new(names.filter(|name| is_first_round || !left_out.contains_key(*name)));
        let mut services = IndexMap::default();
        let mut problems = report.sibling();
        let before = left_out.len();
        for (written, tree, fields) in &written {
            if left_out.contains_key(&written.value) {
                continue;
            }
            let Some(name) = names.find(&written.value).cloned() else { continue };
            let mut fields = fields.clone();
            fields.place = format!("service `{}`", written.value);
            let mut own = Report::new();
            let mut service = take_service(&mut fields, name.clone(), written, &canonical.name, &names, &mut own);
            fields.finish(&mut own);
            service.order.active = canonical.is_active(tree);
            service.used_keys = canonical.used_keys.services.get(&written.value).cloned().unwrap_or_default();
            let error = own.problems().iter().find(|problem| problem.severity == Severity::Error);
            if let (false, Some(error)) = (service.order.active, error) {
                let mut error = error.clone();
                if !is_first_round {
                    "it needs a service that is left out".clone_into(&mut error.message);
                }
                left_out.insert(written.value.clone(), error);
                continue;
            }
            own.into_problems().into_iter().for_each(|problem| problems.add(problem));
            services.insert(name, service);
        }
        if left_out.is_empty() || (!is_first_round && left_out.len() == before) {
            for (service, error) in left_out {
                let at = error.labels.iter().map(|label| label.span).take(1).collect();
                problems.add(Problem::InactiveLeftOut { service, why: error.message, at });
            }
            report.append(problems);
            return services;
        }
        is_first_round = false;
    }
}

/// Takes all keys of a service, by topic, and the keys that no topic reads.
fn take_service(
    fields: &mut Fields<'_>,
    name: ServiceName,
    written: &Spanned<String>,
    project: &str,
    names: &ServiceNames,
    report: &mut Report,
) -> Service {
    let service = Service {
        name: Spanned::new(name, written.span),
        process: process::take_process(fields, project, written, report),
        networks: networks::take_networks(fields, names, report),
        volumes: volumes::take_volumes(fields, names, report),
        order: order::take_order(fields, true, names, report),
        health: health::take_health(fields, report),
        used_keys: Vec::new(),
    };
    order::account_for_deploy(fields, report);
    fields.skip(LEFT);
    service
}

/// Keys of a service that no topic reads: only their verdict is reported, or an earlier step has used them.
const LEFT: &[Key] = &[
    Key::Attach,
    Key::Develop,
    Key::BlkioConfig,
    Key::CgroupParent,
    Key::CpuCount,
    Key::CpuPercent,
    Key::CpuRtPeriod,
    Key::CpuRtRuntime,
    Key::Cpuset,
    Key::CpuShares,
    Key::CredentialSpec,
    Key::Provider,
    Key::EnvFile,
    Key::LabelFile,
    Key::Logging,
    Key::Models,
    Key::PullRefreshAfter,
    Key::UseApiSocket,
    Key::Extends,
];

/// Adds the networks that no file declares: `network_mode: bridge` uses Docker's own bridge.
fn bridge(services: &IndexMap<ServiceName, Service>, networks: &mut IndexMap<String, Network>, project: &str) {
    for service in services.values() {
        let Attachment::Networks(memberships) = &service.networks.attachment else { continue };
        for membership in memberships {
            if !networks.contains_key(&membership.network.value) {
                let key = membership.network.clone();
                let network = Network {
                    name: format!("{project}_{}", key.value),
                    key,
                    external: false,
                    internal: None,
                    driver: None,
                    enable_ipv6: false,
                    subnets: Vec::new(),
                    used: service.order.active,
                };
                networks.insert(membership.network.value.clone(), network);
            }
        }
    }
}

/// Adds the mounts of the services that `volumes_from` names, recursively. A mount of the service itself takes
/// precedence.
fn fold_volumes_from(services: &mut IndexMap<ServiceName, Service>) {
    let lenders: Vec<(ServiceName, Vec<(ServiceName, bool)>)> = services
        .iter()
        .map(|(name, service)| {
            let from = service.volumes.volumes_from.iter().filter_map(|from| match &from.from {
                VolumesFromSource::Service(other) => Some((other.clone(), from.read_only)),
                VolumesFromSource::Container(_) => None,
            });
            (name.clone(), from.collect::<Vec<_>>())
        })
        .filter(|(_, from): &(_, Vec<_>)| !from.is_empty())
        .collect();
    // Each round passes mounts on by one service, and a chain has at most as many services as have `volumes_from`.
    for _ in 0..lenders.len() {
        let mut changed = false;
        for (name, from) in &lenders {
            for (other, read_only) in from {
                let lent = services.get(other).map(|other| other.volumes.mounts.clone()).unwrap_or_default();
                let Some(service) = services.get_mut(name) else { continue };
                for mut mount in lent {
                    let mounts = &mut service.volumes.mounts;
                    if mounts.iter().all(|own| own.target.value != mount.target.value) {
                        mount.read_only |= *read_only;
                        mounts.push(mount);
                        changed = true;
                    }
                }
            }
        }
        if !changed {
            return;
        }
    }
}

/// Returns a file's path relative to the project directory if it is below it, and absolute otherwise.
fn beside(file: &Path, directory: &Path) -> PathBuf {
    if is_input(file) {
        return file.to_path_buf();
    }
    let here = std::env::current_dir().unwrap_or_default();
    let full = absolute(&here, file);
    match full.strip_prefix(directory) {
        // `./-` is a file, `-` is standard input.
        Ok(below) if is_input(below) => Path::new(".").join(below),
        Ok(below) => below.to_path_buf(),
        Err(_) => full,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{ProjectOptions, parse};
    use crate::resolve::canonical::canonical;
    use crate::resolve::model::process::Words;
    use crate::resolve::model::volumes::{HostPath, MountSource};
    use crate::text::Sources;

    /// Loads a project from a temporary `compose.yaml`.
    fn load(text: &str, profiles: &[&str]) -> Result<Project, Vec<&'static str>> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("compose.yaml");
        std::fs::write(&file, text).unwrap();
        let selection = ProjectOptions {
            files: vec![file],
            project_name: Some("shop".to_owned()),
            profiles: profiles.iter().map(|profile| (*profile).to_owned()).collect(),
            variables: vec![("TAG".to_owned(), Some("1.2".to_owned()))],
            ..ProjectOptions::default()
        };
        let (mut sources, mut report) = (Sources::new(), Report::new());
        let project = parse(&selection, &mut sources, &mut report)
            .and_then(|parsed| canonical(parsed, &selection, &mut sources, &mut report))
            .and_then(|canonical| project(canonical, &mut report));
        project.map_err(|_| report.problems().iter().map(|problem| problem.code.name).collect())
    }

    #[test]
    fn every_service_key_is_taken_or_skipped() {
        let mut sources = Sources::new();
        let source = sources.add("compose.yaml", None, "");
        let span = crate::text::Span { source, start: 0, end: 0 };
        let tree = crate::resolve::synthetic::mapping(span, []);
        let node = root().child("services").and_then(|services| services.child("web")).unwrap();
        let mut fields = Fields::new(&tree, node, "service `web`");
        let names = ServiceNames::new(std::iter::empty());
        let written = Spanned::new("web".to_owned(), span);
        take_service(&mut fields, ServiceName::in_test("web"), &written, "shop", &names, &mut Report::new());
        for key in Key::ALL.iter().filter(|key| key.is_service_key()) {
            assert!(fields.taken(*key), "nobody reads {}", key.path());
        }
    }

    #[test]
    fn values_have_their_canonical_form_and_paths_are_relative() {
        let project = load(
            "services:
  web:
    image: tools:${TAG:-latest}
    entrypoint: []
    environment: {A: 1.10, B: 0755, C: yes, D: false, E: }
    volumes: ['./a/../b:/b', '~/c:/c:ro', '/d:/d', 'data:/e', '/f']
    tmpfs: /run:size=1m,mode=0755,uid=3
  built:
    build: ./x
volumes:
  data:
",
            &[],
        )
        .unwrap();
        let web = project.services.get("web").unwrap();
        assert_eq!(web.process.image.reference.value, "tools:1.2");
        assert_eq!(web.process.image.written(), "tools:${TAG:-latest}");
        assert!(matches!(web.process.entrypoint, Words::Cleared(_)));
        assert_eq!(web.process.command, Words::Image);
        let values: Vec<_> = web
            .process
            .environment
            .iter()
            .map(|variable| variable.value.as_ref().map(|value| value.value.as_str()))
            .collect();
        assert_eq!(values, [Some("1.1"), Some("493"), Some("yes"), Some("false"), None]);
        let mounts: Vec<_> = web
            .volumes
            .mounts
            .iter()
            .map(|mount| match &mount.source {
                MountSource::Bind { path: HostPath::Project(path), .. } => format!("project {path}"),
                MountSource::Bind { path: HostPath::Home(path), .. } => format!("home {path} {}", mount.read_only),
                MountSource::Bind { path: HostPath::Absolute(path), .. } => path.clone(),
                MountSource::Named { volume, .. } => volume.value.clone(),
                MountSource::Tmpfs { size, mode, options } => format!("{size:?} {mode:?} {options:?}"),
                MountSource::Anonymous => "anonymous".to_owned(),
                MountSource::Image { .. } | MountSource::Other(_) => unreachable!(),
            })
            .collect();
        let tmpfs = "Some(Bytes(1048576)) Some(493) [\"uid=3\"]";
        assert_eq!(mounts, ["project b", "home c true", "/d", "data", "anonymous", tmpfs]);
        assert_eq!(project.services.get("built").unwrap().process.image.reference.value, "shop-built");
    }

    #[test]
    fn volumes_from_is_applied_recursively() {
        let project = load(
            "services:
  a: {image: x, volumes: ['one:/one', 'two:/two']}
  b: {image: x, volumes_from: ['a:ro'], volumes: ['own:/two']}
  c: {image: x, volumes_from: [b]}
volumes: {one: , two: , own: }
",
            &[],
        )
        .unwrap();
        let mounts = |name: &str| {
            let mounts = &project.services.get(name).unwrap().volumes.mounts;
            mounts.iter().map(|mount| (mount.target.value.as_str(), mount.read_only)).collect::<Vec<_>>()
        };
        assert_eq!(mounts("b"), [("/two", false), ("/one", true)]);
        assert_eq!(mounts("c"), [("/two", false), ("/one", true)]);
        assert_eq!(project.services.get("c").unwrap().order.waits.len(), 1, "it waits for whom it borrows from");
    }

    #[test]
    fn profiles_decide_which_services_are_active() {
        let text = "services:
  web: {image: x, depends_on: {tool: {condition: service_started, required: false}}}
  tool: {image: x, profiles: [tools]}
";
        let active = |profiles: &[&str]| {
            let project = load(text, profiles).unwrap();
            project.services.values().map(|service| service.order.active).collect::<Vec<_>>()
        };
        assert_eq!(active(&[]), [true, false]);
        assert_eq!(active(&["tools"]), [true, true]);
        assert_eq!(active(&["*"]), [true, true]);
        let needed = text.replace("false", "true");
        assert_eq!(load(&needed, &[]).unwrap_err(), ["resolve::inactive_dependency"]);
    }
}
