//! The [`Project`]: what a Compose project says, typed and looked up.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use super::canonical::Canonical;
use super::fields::Fields;
use super::health::Health;
use super::networks::{Attachment, Network, Networks};
use super::order::{self, Order};
use super::problem::Problem;
use super::process::Process;
use super::used;
use super::volumes::{From, Material, Volume, Volumes};
use crate::keys::{Key, root};
use crate::parse::Tree;
use crate::parse::files::absolute;
use crate::report::{Report, Stopped, did_you_mean};
use crate::text::Spanned;

/// A whole project. Services of profiles that were not chosen are here too ([`Order::active`]).
#[derive(Debug, Clone)]
pub struct Project {
    /// The project's name as Compose makes it: lower case, digits, dashes, underscores.
    pub name: String,
    /// The project directory, absolute. Never written to any output.
    pub directory: PathBuf,
    /// Compose files in merge order, relative to the project directory where they lie below it.
    pub files: Vec<PathBuf>,
    /// By name, in the order of the files.
    pub services: IndexMap<ServiceName, Service>,
    /// Declared networks, `default` too where a service is on it.
    pub networks: IndexMap<String, Network>,
    /// Declared volumes.
    pub volumes: IndexMap<String, Volume>,
    /// Declared configs.
    pub configs: IndexMap<String, Material>,
    /// Declared secrets.
    pub secrets: IndexMap<String, Material>,
    /// Every key of the top level, networks, volumes, configs and secrets that was met, for its verdict.
    pub met: Vec<Spanned<Key>>,
}

/// The name of a service that the project has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceName(Arc<str>);

impl ServiceName {
    /// Only the look-up in a project's services makes names.
    pub(in crate::resolve) fn looked_up(name: &str) -> Self {
        Self(name.into())
    }

    /// A name for the tests of later stages.
    #[cfg(test)]
    pub(crate) fn in_test(name: &str) -> Self {
        Self(name.into())
    }

    /// The name as Compose has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ServiceName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for ServiceName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// One service: its five topics.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its name, at the place of its key.
    pub name: Spanned<ServiceName>,
    /// What runs.
    pub process: Process,
    /// How it is found and reached.
    pub networks: Networks,
    /// What it sees on disk.
    pub volumes: Volumes,
    /// What it waits for, and how it is kept running.
    pub order: Order,
    /// How its health is asked.
    pub health: Health,
    /// Every key of the service that was met, at its key's place, for its verdict in the key table.
    pub met: Vec<Spanned<Key>>,
}

/// The look-up of services: the only maker of [`ServiceName`]s.
#[derive(Debug)]
pub(super) struct Names {
    all: IndexMap<String, ServiceName>,
}

impl Names {
    /// The services of a project.
    pub(super) fn of(canonical: &Canonical) -> Self {
        let names = canonical.section("services").map(|(name, _)| (name.to_owned(), ServiceName::looked_up(name)));
        Self { all: names.collect() }
    }

    /// A service's name, or a problem where there is no such service.
    pub(super) fn service(
        &self,
        written: &Spanned<String>,
        user: &Fields<'_>,
        report: &mut Report,
    ) -> Option<Spanned<ServiceName>> {
        let found = self.all.get(&written.value);
        if found.is_none() {
            let suggestion = did_you_mean(&written.value, self.all.keys().map(String::as_str));
            report.add(Problem::Undefined {
                what: "service",
                name: written.value.clone(),
                service: user.place.trim_start_matches("service ").trim_matches('`').to_owned(),
                at: written.span,
                suggestion: suggestion.unwrap_or_else(|| "declare it below `services:`".to_owned()),
            });
        }
        found.map(|name| Spanned::new(name.clone(), written.span))
    }
}

/// Types a canonical project and looks its names up.
///
/// # Errors
/// What Compose takes and no container can have: an address that is none, a port of 0, a subnet without a mask. Reported
/// with its place.
pub fn project(canonical: Canonical, report: &mut Report) -> Result<Project, Stopped> {
    let names = Names::of(&canonical);
    let used = used::of(&canonical);
    let Some(section) = Sections::of(&canonical) else { return Err(Stopped) };
    let mut services = IndexMap::new();
    for (written, tree, mut fields) in section.named(Key::TopServices) {
        fields.place = format!("service `{}`", written.value);
        let Some(name) = names.all.get(&written.value).cloned() else { continue };
        let active = canonical.is_active(tree);
        let service = Service {
            name: Spanned::new(name.clone(), written.span),
            process: Process::read(&mut fields, &canonical.name, &written, report),
            networks: Networks::read(&mut fields, &names, report),
            volumes: Volumes::read(&mut fields, &names, report),
            order: Order::read(&mut fields, active, &names, report),
            health: Health::read(&mut fields, report),
            met: canonical.met.services.get(&written.value).cloned().unwrap_or_default(),
        };
        order::account_for_deploy(&mut fields, report);
        fields.leave(LEFT);
        fields.finish(report);
        services.insert(name, service);
    }
    fold_volumes_from(&mut services);
    let mut networks: IndexMap<String, Network> = IndexMap::new();
    for (key, _, fields) in section.named(Key::TopNetworks) {
        let used = used.networks.contains(&key.value);
        networks.insert(key.value.clone(), Network::read(key, fields, used, report));
    }
    bridge(&services, &mut networks, &canonical.name);
    let mut volumes = IndexMap::new();
    for (key, _, fields) in section.named(Key::TopVolumes) {
        volumes.insert(key.value.clone(), Volume::read(key, fields, report));
    }
    let mut configs = IndexMap::new();
    for (key, _, fields) in section.named(Key::TopConfigs) {
        configs.insert(key.value.clone(), Material::config(key, fields, report));
    }
    let mut secrets = IndexMap::new();
    for (key, _, fields) in section.named(Key::TopSecrets) {
        secrets.insert(key.value.clone(), Material::secret(key, fields, report));
    }
    report.stop_on_error()?;
    let met = canonical.met.project.clone();
    let files = canonical.files.iter().map(|file| beside(file, &canonical.directory)).collect();
    let Canonical { name, directory, .. } = canonical;
    Ok(Project { name, directory, files, services, networks, volumes, configs, secrets, met })
}

/// The top-level keys, each read as names with what stands there.
struct Sections<'a> {
    canonical: &'a Canonical,
}

impl<'a> Sections<'a> {
    fn of(canonical: &'a Canonical) -> Option<Self> {
        canonical.tree.as_mapping().map(|_| Self { canonical })
    }

    fn named(&self, key: Key) -> Vec<(Spanned<String>, &'a Tree, Fields<'a>)> {
        Fields::new(&self.canonical.tree, root(), "a Compose file").named(key)
    }
}

/// Keys of a service that no topic reads: only their verdict speaks of them, or they are used up already.
const LEFT: &[Key] = &[
    Key::Attach,
    Key::Develop,
    Key::BlkioConfig,
    Key::CgroupParent,
    Key::CpuCount,
    Key::CpuPercent,
    Key::CpuPeriod,
    Key::CpuQuota,
    Key::CpuRtPeriod,
    Key::CpuRtRuntime,
    Key::Cpuset,
    Key::CpuShares,
    Key::CredentialSpec,
    Key::DeviceCgroupRules,
    Key::Provider,
    Key::EnvFile,
    Key::Gpus,
    Key::Isolation,
    Key::LabelFile,
    Key::Logging,
    Key::MemswapLimit,
    Key::MemSwappiness,
    Key::Models,
    Key::PullRefreshAfter,
    Key::StorageOpt,
    Key::UseApiSocket,
    Key::PreStart,
    Key::Extends,
];

/// `network_mode: bridge` asks for Docker's own bridge, which no file declares.
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

/// Gives services the mounts of those that their `volumes_from` names, and of those that these name in turn. A mount of
/// the service's own wins.
fn fold_volumes_from(services: &mut IndexMap<ServiceName, Service>) {
    let lenders: Vec<(ServiceName, Vec<(ServiceName, bool)>)> = services
        .iter()
        .map(|(name, service)| {
            let from = service.volumes.volumes_from.iter().filter_map(|from| match &from.from {
                From::Service(other) => Some((other.clone(), from.read_only)),
                From::Container(_) => None,
            });
            (name.clone(), from.collect::<Vec<_>>())
        })
        .filter(|(_, from): &(_, Vec<_>)| !from.is_empty())
        .collect();
    // Each round carries mounts one service further; a chain is at most as long as there are borrowers.
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

/// A file's path from the project directory, where it lies below it.
fn beside(file: &Path, directory: &Path) -> PathBuf {
    if file.as_os_str() == "-" {
        return file.to_path_buf();
    }
    let here = std::env::current_dir().unwrap_or_default();
    let full = absolute(&here, file);
    full.strip_prefix(directory).map(Path::to_path_buf).unwrap_or(full)
}
