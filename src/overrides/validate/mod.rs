//! Validates the contents of an overrides file: resolves every name and checks every value.

mod devices;
pub(crate) mod images;
mod lookup;
mod names;
mod same_as;
pub(crate) mod separation;
mod services;

use lookup::{Check, reasoned};

use crate::keys::render::meant;
use crate::maps::IndexMap;
use crate::overrides::accepted::{Acceptance, AcceptanceScope};
use crate::overrides::model::{
    Addresses, Chosen, Cluster, NetworkChoice, Note, Overrides, Reasoned, Run, ServiceChoice, Setup, Workflow,
};
use crate::overrides::problem::Problem;
use crate::overrides::written::spanned::{At, OneOrMore};
use crate::overrides::written::{self, WrittenOverrides};
use crate::report::{Code, Report, Stage};
use crate::resolve::volumes::MountSource;
use crate::resolve::{Project, ServiceName};
use crate::text::{SourceId, Spanned};
use crate::words;

/// Validates a file. Invalid entries are reported and left out.
pub(crate) fn check(
    written: WrittenOverrides,
    source: SourceId,
    project: &Project,
    code_named: fn(&str) -> Option<Code>,
    origin: Option<String>,
    chosen: Chosen,
    report: &mut Report,
) -> Overrides {
    let WrittenOverrides {
        applies_to: _,
        preset: _,
        required_version,
        variables,
        project: name,
        cluster,
        helper_image,
        networks,
        separation,
        device_plugins,
        resolver,
        images,
        services,
        volumes,
        setup,
        runs,
        accept,
        notes,
        workflows,
    } = written;
    let mut check = Check { source, project, code_named, report, absent: IndexMap::default() };
    if let Some(required) = required_version.filter(|required| !is_version(&required.value)) {
        let at = required.span(source);
        check.report.add(Problem::RequiredVersion { required: required.value, version: env!("CARGO_PKG_VERSION"), at });
    }
    let setup: Vec<Setup> = setup.into_iter().filter_map(|setup| check.setup(setup)).collect();
    check.once(setup.iter().map(|setup| (format!("the setup service `{}`", setup.service.value), setup.service.span)));
    let mut services: IndexMap<ServiceName, ServiceChoice> =
        services.0.into_iter().filter_map(|(name, service)| check.service(&name, service)).collect();
    check.once(same_as::named(services.iter()));
    check.images(images, &mut services);
    let overrides = Overrides {
        origin,
        chosen,
        project: name.and_then(|name| {
            check.named(&name, names::is_project, "a project's name (lower-case letters, digits, `-` and `_`)")
        }),
        local_variables: variables.0.into_iter().map(|(name, written::VariableEntry::Local)| name.value).collect(),
        cluster: check.cluster(cluster),
        helper_image: helper_image.map(|helper| Reasoned { value: helper.image.value, because: helper.because.0 }),
        networks: networks.0.into_iter().filter_map(|(key, network)| check.network(&key, network)).collect(),
        separation: separation
            .and_then(|written| separation::separation(written, source, project, &setup, check.report)),
        device_plugins: devices::device_plugins(device_plugins, source, project, check.report),
        resolver: resolver.unwrap_or(false),
        services,
        writers: volumes.0.into_iter().filter_map(|(key, volume)| check.volume(&key, volume)).collect(),
        runs: runs.0.into_iter().filter_map(|(name, run)| check.run(&name, run, &setup)).collect(),
        setup,
        accept: accept.into_iter().filter_map(|acceptance| check.acceptance(acceptance)).collect(),
        notes: notes.into_iter().map(|written::NoteEntry { title, text }| Note { title, text }).collect(),
        workflows: workflows.0.into_iter().filter_map(|(name, workflow)| check.workflow(&name, workflow)).collect(),
        preset: None,
    };
    check.report_absent();
    overrides
}

/// Whether this is a required version: the same, or a patch release of `MAJOR.MINOR`.
fn is_version(required: &str) -> bool {
    let patch = env!("CARGO_PKG_VERSION").strip_prefix(required);
    patch.is_some_and(|patch| patch.is_empty() || (patch.starts_with('.') && required.contains('.')))
}

impl Check<'_> {
    fn workflow(&mut self, name: &At<String>, workflow: written::WorkflowEntry) -> Option<Workflow> {
        let written::WorkflowEntry { text } = workflow;
        let name = self.named(name, words::is_dns_label, "a file's name (lower-case letters, digits and `-`)")?.value;
        Some(Workflow { name, text })
    }

    fn subnet(&mut self, text: Option<At<String>>) -> Option<Spanned<ipnet::Ipv4Net>> {
        let text = text?;
        let at = text.span(self.source);
        match text.value.parse::<ipnet::Ipv4Net>() {
            // Kubernetes rejects a subnet with host bits.
            Ok(subnet) if subnet.addr() == subnet.network() => Some(Spanned::new(subnet, at)),
            Ok(_) | Err(_) => self.wrong(Problem::NotAnAddress {
                text: text.value,
                wanted: "a range of IPv4 addresses such as `10.96.0.0/16`",
                at,
            }),
        }
    }

    fn cluster(&mut self, cluster: Option<written::ClusterEntry>) -> Cluster {
        let Some(written::ClusterEntry { name, node_image, service_subnet, pod_subnet, because }) = cluster else {
            return Cluster::default();
        };
        let name = name.and_then(|name| self.named(&name, words::is_dns_label, names::LABEL));
        Cluster {
            name: name.map(|name| name.value),
            node_image: node_image.map(|image| image.value),
            service_subnet: self.subnet(service_subnet),
            pod_subnet: self.subnet(pod_subnet),
            because: Some(because.0),
        }
    }

    fn network(&mut self, key: &At<String>, network: written::NetworkEntry) -> Option<(String, NetworkChoice)> {
        let project = self.project;
        let key = self.known("network", key, &project.networks)?;
        let written::NetworkEntry { addresses, because } = network;
        let value = match addresses {
            written::AddressesEntry::Service => Addresses::Service,
            written::AddressesEntry::Interface => Addresses::Interface,
        };
        Some((key.value.clone(), NetworkChoice { network: key, addresses: reasoned(value, because) }))
    }

    fn volume(
        &mut self,
        key: &At<String>,
        volume: written::VolumeEntry,
    ) -> Option<(String, Reasoned<Spanned<ServiceName>>)> {
        let project = self.project;
        let key = self.known("volume", key, &project.volumes)?;
        let written::VolumeEntry { writer, because } = volume;
        let (writer, service) = self.looked_up(&writer)?;
        let mounts = service
            .volumes
            .mounts
            .iter()
            .any(|mount| matches!(&mount.source, MountSource::Named { volume, .. } if volume.value == key.value));
        if !mounts {
            let service = writer.value.to_string();
            return self.wrong(Problem::WriterWithoutMount { volume: key.value, service, at: writer.span });
        }
        Some((key.value, reasoned(writer, because)))
    }

    fn setup(&mut self, setup: written::SetupEntry) -> Option<Setup> {
        let written::SetupEntry { service, before, because } = setup;
        let service = self.looked_up(&service).map(|(name, _)| name);
        let before: Vec<Spanned<ServiceName>> =
            before.iter().filter_map(|name| self.looked_up(name)).map(|(name, _)| name).collect();
        self.once(before.iter().map(|name| (format!("`{}`", name.value), name.span)));
        let service = service?;
        if let Some(itself) = before.iter().find(|name| name.value == service.value) {
            return self.wrong(Problem::SetupBeforeItself { service: service.value.to_string(), at: itself.span });
        }
        Some(Setup { service, before, because: because.0 })
    }

    fn run(&mut self, name: &At<String>, run: written::RunEntry, setup: &[Setup]) -> Option<Run> {
        let name = self.named(name, words::is_dns_label, names::LABEL);
        let written::RunEntry { about, service, pod, files, command, environment } = run;
        let service = self.looked_up(&service).map(|(name, _)| name);
        let pod = pod.and_then(|pod| self.named(&pod, words::is_dns_label, names::LABEL));
        let files = files.iter().filter_map(|file| self.relative(file)).collect();
        let mut variables = IndexMap::default();
        for (variable, value) in environment.0 {
            let wanted = "a variable's name (letters, digits and `_`, no digit first)";
            if let Some(variable) = self.named(&variable, names::is_variable, wanted) {
                variables.insert(variable.value, value);
            }
        }
        let (name, service) = (name?, service?);
        // A setup service has a file in `runs/` with its own name.
        if let Some(taken) = setup.iter().find(|setup| setup.service.value.as_str() == name.value) {
            let what = format!("a run named `{}`", name.value);
            return self.wrong(Problem::GivenTwice { what, at: name.span, first: taken.service.span });
        }
        let pod = pod.map(|pod| pod.value);
        Some(Run { name, service, pod, files, command, environment: variables, about: about.trim().to_owned() })
    }

    fn relative(&mut self, file: &At<String>) -> Option<Spanned<String>> {
        if !file.value.is_empty() && !file.value.starts_with('/') {
            return Some(file.spanned(self.source));
        }
        let wanted = "a path from the project directory";
        self.wrong(Problem::MisplacedPath { path: file.value.clone(), wanted, at: file.span(self.source) })
    }

    /// Returns a key as in diagnostics: without `services.*.` if a service is named.
    fn compose_key(&mut self, key: &At<String>, of_service: bool) -> Option<Spanned<String>> {
        let at = key.span(self.source);
        let suggestion = match meant(&key.value) {
            Ok(meant) => {
                let found = meant.iter().map(|key| key.path()).find_map(|path| {
                    let rest = path.strip_prefix("services.*.");
                    if of_service { rest } else { rest.is_none().then_some(path) }
                });
                if let Some(found) = found {
                    return Some(Spanned::new(found.to_owned(), at));
                }
                if !of_service {
                    let first = self.project.services.keys().next().map_or("NAME", ServiceName::as_str);
                    let example = format!("service: {first}");
                    return self.wrong(Problem::NoServiceNamed { key: key.value.clone(), example, at });
                }
                None
            }
            Err(suggestion) => suggestion,
        };
        self.wrong(Problem::UnknownComposeKey { key: key.value.clone(), suggestion, at })
    }

    /// Returns the services that an `accept` entry names, by name or by image; `None` if the project has none of them.
    fn acceptance_scope(
        &mut self,
        service: Option<OneOrMore<String>>,
        image: Option<At<String>>,
    ) -> Option<AcceptanceScope> {
        let scope = match service {
            None => AcceptanceScope::Project,
            Some(OneOrMore(names)) if names.iter().any(|name| name.value == "*") => AcceptanceScope::EveryService,
            Some(OneOrMore(names)) => {
                let known = names.iter().filter_map(|name| self.looked_up(name));
                AcceptanceScope::Services(known.map(|(name, _)| name.value).collect())
            }
        };
        let scope = match image {
            None => scope,
            Some(image) => AcceptanceScope::Services(
                self.services_with_image(&image)
                    .into_iter()
                    .filter(|name| scope == AcceptanceScope::Project || scope.contains(Some(name.as_str())))
                    .collect(),
            ),
        };
        Some(scope).filter(|scope| *scope != AcceptanceScope::Services(Vec::new()))
    }

    fn acceptance(&mut self, acceptance: written::AcceptanceEntry) -> Option<Acceptance> {
        let written::AcceptanceEntry { code, service, image, key, fact, subject, reason } = acceptance;
        let scope = self.acceptance_scope(service, image)?;
        let accepts = (self.code_named)(&code.value);
        // An unknown code of `lower` is reported by that stage, which can suggest a similar name.
        let acceptable = accepts.map_or(Stage::of_code(&code.value) == Some(Stage::Lower), |code| code.acceptable);
        if !acceptable {
            return self.wrong(Problem::UnacceptableCode { code: code.value.clone(), at: code.span(self.source) });
        }
        let compared = accepts.is_some_and(|code| code.stage == Stage::Check);
        let entries = [("key", &key, !compared), ("fact", &fact, compared), ("subject", &subject, compared)];
        for (word, entry, fits) in entries {
            if let (Some(entry), false) = (entry, fits) {
                let (word, code, at) = (word.to_owned(), code.value.clone(), entry.span(self.source));
                return self.wrong(Problem::UnfittingEntry { word, code, compared, at });
            }
        }
        let key = match key {
            Some(key) => Some(self.compose_key(&key, scope != AcceptanceScope::Project)?),
            None => None,
        };
        let [fact, subject] = [fact, subject].map(|entry| entry.map(|entry| entry.spanned(self.source)));
        Some(Acceptance {
            code: code.spanned(self.source),
            accepts,
            scope,
            key,
            fact,
            subject,
            reason: reason.0,
            of_preset: false,
        })
    }
}
