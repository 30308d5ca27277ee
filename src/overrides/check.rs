//! [`Written`] against the [`Project`]: every name looked up, every address and name judged.

use std::net::IpAddr;

use indexmap::IndexMap;

use super::problem::Problem;
use super::written::{self, At, Because, Written};
use super::{
    Acceptance, Addresses, Chosen, Cluster, Data, DnsChoice, HELPER_IMAGE, HostPathType, KnownPort, MountChoice,
    NODE_IMAGE, NetworkChoice, Note, Overrides, Reasoned, Run, ServiceChoice, Setup, Workflow, Zone, devices, names,
    same_as, separation,
};
use crate::keys::render::meant;
use crate::report::{Code, Report, Stage, did_you_mean};
use crate::resolve::networks::Protocol;
use crate::resolve::volumes::MountSource;
use crate::resolve::{Project, Service, ServiceName};
use crate::text::{SourceId, Span, Spanned};

/// The size of a claim where the file names none; kind's storage class does not enforce it.
const CLAIM_SIZE: &str = "1Gi";

/// Consumes what was written. What is wrong goes to the report and is left out of the result.
pub(super) fn check(
    written: Written,
    source: SourceId,
    project: &Project,
    code_named: fn(&str) -> Option<Code>,
    origin: String,
    chosen: Chosen,
    report: &mut Report,
) -> Overrides {
    let Written {
        matches: _,
        project: name,
        cluster,
        helper_image,
        networks,
        separation,
        device_plugins,
        zones,
        services,
        volumes,
        setup,
        runs,
        accept,
        notes,
        workflows,
    } = written;
    let mut check = Check { source, project, code_named, report };
    let setup: Vec<Setup> = setup.into_iter().filter_map(|setup| check.setup(setup)).collect();
    check.once(setup.iter().map(|setup| (format!("the setup service `{}`", setup.service.value), setup.service.span)));
    let services: IndexMap<ServiceName, ServiceChoice> =
        services.0.into_iter().filter_map(|(name, service)| check.service(&name, service)).collect();
    check.once(same_as::named(services.iter()));
    Overrides {
        origin: Some(origin),
        chosen,
        project: name.and_then(|name| {
            check.named(&name, names::is_project, "a project's name (lower-case letters, digits, `-` and `_`)")
        }),
        cluster: check.cluster(cluster),
        helper_because: helper_image.as_ref().map(|helper| helper.because.0.clone()),
        helper_image: helper_image.map_or_else(|| HELPER_IMAGE.to_owned(), |helper| helper.image.value),
        networks: networks.0.into_iter().filter_map(|(key, network)| check.network(&key, network)).collect(),
        separation: separation
            .and_then(|written| separation::separation(written, source, project, &setup, check.report)),
        device_plugins: devices::device_plugins(device_plugins, source, project, check.report),
        zones: zones.0.into_iter().filter_map(|(name, zone)| check.zone(&name, &zone)).collect(),
        services,
        writers: volumes.0.into_iter().filter_map(|(key, volume)| check.volume(&key, volume)).collect(),
        runs: runs.0.into_iter().filter_map(|(name, run)| check.run(&name, run, &setup)).collect(),
        setup,
        accept: accept.into_iter().filter_map(|acceptance| check.acceptance(acceptance)).collect(),
        notes: notes.into_iter().map(|written::Note { title, text }| Note { title, text }).collect(),
        workflows: workflows.0.into_iter().filter_map(|(name, workflow)| check.workflow(&name, workflow)).collect(),
    }
}

struct Check<'a> {
    source: SourceId,
    project: &'a Project,
    code_named: fn(&str) -> Option<Code>,
    report: &'a mut Report,
}

impl<'a> Check<'a> {
    fn wrong<T>(&mut self, problem: Problem) -> Option<T> {
        self.report.add(problem);
        None
    }

    /// A service of the project.
    fn looked_up(&mut self, name: &At<String>) -> Option<(Spanned<ServiceName>, &'a Service)> {
        let at = name.span(self.source);
        let project = self.project;
        if let Some((known, service)) = project.services.get_key_value(name.value.as_str()) {
            return Some((Spanned::new(known.clone(), at), service));
        }
        let suggestion = did_you_mean(&name.value, project.services.keys().map(ServiceName::as_str));
        self.wrong(Problem::UnknownName { kind: "service", name: name.value.clone(), suggestion, at })
    }

    /// A key of the project's networks or volumes.
    fn known<T>(&mut self, kind: &'static str, key: &At<String>, all: &IndexMap<String, T>) -> Option<Spanned<String>> {
        if all.contains_key(&key.value) {
            return Some(key.spanned(self.source));
        }
        let suggestion = did_you_mean(&key.value, all.keys().map(String::as_str));
        self.wrong(Problem::UnknownName { kind, name: key.value.clone(), suggestion, at: key.span(self.source) })
    }

    fn named(&mut self, name: &At<String>, fits: fn(&str) -> bool, wanted: &'static str) -> Option<Spanned<String>> {
        if fits(&name.value) {
            return Some(name.spanned(self.source));
        }
        self.wrong(Problem::NotAName { text: name.value.clone(), wanted, at: name.span(self.source) })
    }

    fn workflow(&mut self, name: &At<String>, workflow: written::Workflow) -> Option<Workflow> {
        let written::Workflow { text } = workflow;
        let name = self.named(name, names::is_label, "a file's name (lower-case letters, digits and `-`)")?.value;
        Some(Workflow { name, text })
    }

    fn subnet(&mut self, text: Option<At<String>>) -> Option<Spanned<ipnet::Ipv4Net>> {
        let text = text?;
        let at = text.span(self.source);
        match text.value.parse::<ipnet::Ipv4Net>() {
            // Kubernetes refuses a range whose address has bits behind the prefix.
            Ok(subnet) if subnet.addr() == subnet.network() => Some(Spanned::new(subnet, at)),
            Ok(_) | Err(_) => self.wrong(Problem::NotAnAddress {
                text: text.value,
                wanted: "a range of IPv4 addresses such as `10.96.0.0/16`",
                at,
            }),
        }
    }

    /// Reports what stands there a second time.
    fn once(&mut self, things: impl Iterator<Item = (String, Span)>) {
        let mut seen: IndexMap<String, Span> = IndexMap::new();
        for (what, at) in things {
            if let Some(first) = seen.get(&what) {
                self.report.add(Problem::GivenTwice { what, at, first: *first });
            } else {
                seen.insert(what, at);
            }
        }
    }

    fn cluster(&mut self, cluster: Option<written::Cluster>) -> Cluster {
        let Some(written::Cluster { name, node_image, service_subnet, pod_subnet, because }) = cluster else {
            return Cluster::default();
        };
        let name = name.and_then(|name| self.named(&name, names::is_label, names::LABEL));
        Cluster {
            name: name.map(|name| name.value),
            node_image: node_image.map_or_else(|| NODE_IMAGE.to_owned(), |image| image.value),
            service_subnet: self.subnet(service_subnet),
            pod_subnet: self.subnet(pod_subnet),
            because: Some(because.0),
        }
    }

    fn network(&mut self, key: &At<String>, network: written::Network) -> Option<(String, NetworkChoice)> {
        let project = self.project;
        let key = self.known("network", key, &project.networks)?;
        let written::Network { addresses, because } = network;
        let value = match addresses {
            written::Addresses::Service => Addresses::Service,
            written::Addresses::Interface => Addresses::Interface,
        };
        Some((key.value.clone(), NetworkChoice { network: key, addresses: reasoned(value, because) }))
    }

    fn zone(&mut self, name: &At<String>, zone: &written::Zone) -> Option<Zone> {
        let written::Zone { server, because } = zone;
        let named = self.named(name, names::is_zone, "a DNS zone such as `example.internal`");
        let Ok(address) = server.value.parse::<IpAddr>() else {
            let at = server.span(self.source);
            return self.wrong(Problem::NotAnAddress { text: server.value.clone(), wanted: "an IP address", at });
        };
        Some(Zone { name: named?, server: address, because: because.0.clone() })
    }

    fn service(&mut self, name: &At<String>, choice: written::Service) -> Option<(ServiceName, ServiceChoice)> {
        let (name, service) = self.looked_up(name)?;
        let written::Service { ports, dns, data, mounts, user, same_as } = choice;
        let ports: Vec<KnownPort> = ports.into_iter().filter_map(|port| self.port(port)).collect();
        self.once(
            ports.iter().map(|port| (format!("port {}/{}", port.port.value, word(port.protocol)), port.port.span)),
        );
        self.once(
            ports.iter().filter_map(|port| Some((format!("the name `{}`", port.name.as_ref()?), port.port.span))),
        );
        let says_nothing = |entry, at| Problem::SaysNothing { entry, service: name.value.to_string(), at };
        if let Some(dns) = dns.as_ref().filter(|_| service.networks.dns.is_empty()) {
            self.report.add(says_nothing("dns", dns.span(self.source)));
        }
        if let Some(user) = user.as_ref().filter(|_| service.process.user.is_none()) {
            self.report.add(says_nothing("user", user.span(self.source)));
        }
        let choice = ServiceChoice {
            ports,
            dns: dns.map(|dns| {
                let at = dns.span(self.source);
                let written::Dns { form, because } = dns.value;
                let choice = match form {
                    written::DnsForm::Zones => DnsChoice::Zones,
                    written::DnsForm::Replace => DnsChoice::Replace,
                };
                reasoned(Spanned::new(choice, at), because)
            }),
            data: data.and_then(|data| self.data(data)),
            mounts: mounts.0.into_iter().filter_map(|(path, mount)| self.mount(&path, mount, &name, service)).collect(),
            user: user.and_then(|user| self.user(user)),
            same_as: same_as.and_then(|same| same_as::same_as(same, self.source, self.report)),
            service: name.clone(),
        };
        Some((name.value, choice))
    }

    fn user(&mut self, user: At<written::User>) -> Option<Reasoned<(u32, Option<u32>)>> {
        let at = user.span(self.source);
        let written::User { uid, gid, because } = user.value;
        if uid.max(gid.unwrap_or(0)) > i32::MAX.unsigned_abs() {
            let why = "numbers of users and groups go up to 2147483647".to_owned();
            return self.wrong(Problem::Unsuitable { why, at });
        }
        Some(reasoned((uid, gid), because))
    }

    fn port(&mut self, port: written::Port) -> Option<KnownPort> {
        let written::Port { number: port, protocol, name, because } = port;
        let named = name.map(|name| self.named(&name, names::is_port, names::PORT));
        if port.value == 0 {
            let why = "0 stands where a port from 1 to 65535 is expected".to_owned();
            return self.wrong(Problem::Unsuitable { why, at: port.span(self.source) });
        }
        Some(KnownPort {
            port: port.spanned(self.source),
            protocol: match protocol {
                written::Protocol::Tcp => Protocol::Tcp,
                written::Protocol::Udp => Protocol::Udp,
                written::Protocol::Sctp => Protocol::Sctp,
            },
            name: named.flatten().map(|name| name.value),
            because: because.map(|because| because.0),
        })
    }

    fn data(&mut self, data: written::Data) -> Option<Reasoned<Data>> {
        let written::Data { path, size, because } = data;
        let path = self.absolute(&path);
        if let Some(size) = size.as_ref().filter(|size| !names::is_size(&size.value)) {
            return self.wrong(Problem::NotASize { text: size.value.clone(), at: size.span(self.source) });
        }
        let size = size.map_or_else(|| CLAIM_SIZE.to_owned(), |size| size.value);
        Some(reasoned(Data { path: path?, size }, because))
    }

    /// A path in a container, without a slash at its end.
    fn absolute(&mut self, path: &At<String>) -> Option<Spanned<String>> {
        let clean = path.value.trim_end_matches('/');
        if clean.starts_with('/') && !clean.split('/').skip(1).any(|part| matches!(part, "" | "." | "..")) {
            return Some(Spanned::new(clean.to_owned(), path.span(self.source)));
        }
        let wanted = "a path that begins with `/` and has neither `.` nor `..` in it";
        self.wrong(Problem::MisplacedPath { path: path.value.clone(), wanted, at: path.span(self.source) })
    }

    fn mount(
        &mut self,
        path: &At<String>,
        mount: written::Mount,
        name: &Spanned<ServiceName>,
        service: &Service,
    ) -> Option<(String, Reasoned<Spanned<MountChoice>>)> {
        let target = self.absolute(path)?;
        let mut binds = service.volumes.mounts.iter().filter(|mount| matches!(mount.source, MountSource::Bind { .. }));
        if !binds.clone().any(|mount| mount.target.value == target.value) {
            let suggestion = did_you_mean(&target.value, binds.by_ref().map(|mount| mount.target.value.as_str()));
            let service = name.value.to_string();
            return self.wrong(Problem::UnknownMount { path: target.value, service, suggestion, at: target.span });
        }
        let written::Mount { form, because } = mount;
        let choice = match form.value {
            written::MountForm::Configmap(written::ConfigMapOf::File) => MountChoice::ConfigMapFile,
            written::MountForm::Configmap(written::ConfigMapOf::Folder) => MountChoice::ConfigMapFolder,
            written::MountForm::Hostpath(kind) => MountChoice::HostPathType(match kind {
                written::HostPathType::File => HostPathType::File,
                written::HostPathType::Directory => HostPathType::Directory,
                written::HostPathType::FileOrCreate => HostPathType::FileOrCreate,
                written::HostPathType::DirectoryOrCreate => HostPathType::DirectoryOrCreate,
                written::HostPathType::Socket => HostPathType::Socket,
                written::HostPathType::CharDevice => HostPathType::CharDevice,
            }),
        };
        Some((target.value, reasoned(Spanned::new(choice, form.span(self.source)), because)))
    }

    fn volume(
        &mut self,
        key: &At<String>,
        volume: written::Volume,
    ) -> Option<(String, Reasoned<Spanned<ServiceName>>)> {
        let project = self.project;
        let key = self.known("volume", key, &project.volumes)?;
        let written::Volume { writer, because } = volume;
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

    fn setup(&mut self, setup: written::Setup) -> Option<Setup> {
        let written::Setup { service, before, because } = setup;
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

    fn run(&mut self, name: &At<String>, run: written::Run, setup: &[Setup]) -> Option<Run> {
        let name = self.named(name, names::is_label, names::LABEL);
        let written::Run { about, service, pod, files, command, environment } = run;
        let service = self.looked_up(&service).map(|(name, _)| name);
        let pod = pod.and_then(|pod| self.named(&pod, names::is_label, names::LABEL));
        let files = files.iter().filter_map(|file| self.relative(file)).collect();
        let mut variables = IndexMap::new();
        for (variable, value) in environment.0 {
            let wanted = "a variable's name (letters, digits and `_`, no digit first)";
            if let Some(variable) = self.named(&variable, names::is_variable, wanted) {
                variables.insert(variable.value, value);
            }
        }
        let (name, service) = (name?, service?);
        // A setup service has a file of its own in `runs/`, under its own name.
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

    /// A key of the specification as findings call it: without `services.*.` where a service is named.
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
                None
            }
            Err(suggestion) => suggestion,
        };
        self.wrong(Problem::UnknownComposeKey { key: key.value.clone(), suggestion, at })
    }

    fn acceptance(&mut self, acceptance: written::Acceptance) -> Option<Acceptance> {
        let written::Acceptance { code, service, key, fact, subject, reason } = acceptance;
        let service = match service {
            Some(service) => Some(self.looked_up(&service)?.0),
            None => None,
        };
        let accepts = (self.code_named)(&code.value);
        // A name that no code of the translation has is reported by that stage, which knows those that are near.
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
            Some(key) => Some(self.compose_key(&key, service.is_some())?),
            None => None,
        };
        let [fact, subject] = [fact, subject].map(|entry| entry.map(|entry| entry.spanned(self.source)));
        Some(Acceptance { code: code.spanned(self.source), accepts, service, key, fact, subject, reason: reason.0 })
    }
}

fn reasoned<T>(value: T, because: Because) -> Reasoned<T> {
    Reasoned { value, because: because.0 }
}

fn word(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Sctp => "sctp",
    }
}
