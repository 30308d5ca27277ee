//! The section `services`.

use super::lookup::{Check, reasoned};
use super::{names, same_as};
use crate::overrides::model::{CLAIM_SIZE, Data, HostPathType, ImagePort, MountChoice, Reasoned, ServiceChoice};
use crate::overrides::problem::Problem;
use crate::overrides::written::service as written;
use crate::overrides::written::spanned::At;
use crate::report::did_you_mean;
use crate::resolve::networks::Protocol;
use crate::resolve::volumes::MountSource;
use crate::resolve::{Service, ServiceName};
use crate::text::Spanned;
use crate::words;

impl Check<'_> {
    pub(crate) fn service(
        &mut self,
        name: &At<String>,
        choice: written::ServiceEntry,
    ) -> Option<(ServiceName, ServiceChoice)> {
        let (name, service) = self.looked_up(name)?;
        let written::ServiceEntry { ports, data, mounts, user, docker_dns, same_as } = choice;
        let ports: Vec<ImagePort> = ports.into_iter().filter_map(|port| self.port(port)).collect();
        self.once(
            ports
                .iter()
                .map(|port| (format!("port {}/{}", port.port.value, protocol_name(port.protocol)), port.port.span)),
        );
        self.once(
            ports.iter().filter_map(|port| Some((format!("the name `{}`", port.name.as_ref()?), port.port.span))),
        );
        let says_nothing = |entry, at| Problem::SaysNothing { entry, service: name.value.to_string(), at };
        if let Some(user) = user.as_ref().filter(|_| service.process.user.is_none()) {
            self.report.add(says_nothing("user", user.span(self.source)));
        }
        let choice = ServiceChoice {
            ports,
            data: data.and_then(|data| self.data(data)),
            health: None,
            mounts: mounts.0.into_iter().filter_map(|(path, mount)| self.mount(&path, mount, &name, service)).collect(),
            user: user.and_then(|user| self.user(user)),
            docker_dns,
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

    pub(crate) fn port(&mut self, port: written::PortEntry) -> Option<ImagePort> {
        let written::PortEntry { number: port, protocol, name, because } = port;
        let named = name.map(|name| self.named(&name, words::is_port_name, names::PORT));
        if port.value == 0 {
            let why = "0 stands where a port from 1 to 65535 is expected".to_owned();
            return self.wrong(Problem::Unsuitable { why, at: port.span(self.source) });
        }
        Some(ImagePort {
            port: port.spanned(self.source),
            protocol: match protocol {
                written::ProtocolEntry::Tcp => Protocol::Tcp,
                written::ProtocolEntry::Udp => Protocol::Udp,
                written::ProtocolEntry::Sctp => Protocol::Sctp,
            },
            name: named.flatten().map(|name| name.value),
            because: because.map(|because| because.0),
        })
    }

    pub(crate) fn data(&mut self, data: written::DataEntry) -> Option<Reasoned<Data>> {
        let written::DataEntry { path, size, because } = data;
        let path = self.absolute(&path);
        if let Some(size) = size.as_ref().filter(|size| !names::is_size(&size.value)) {
            return self.wrong(Problem::NotASize { text: size.value.clone(), at: size.span(self.source) });
        }
        let size = size.map_or_else(|| CLAIM_SIZE.to_owned(), |size| size.value);
        Some(reasoned(Data { path: path?, size, built_in: false }, because))
    }

    fn mount(
        &mut self,
        path: &At<String>,
        mount: written::MountEntry,
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
        let written::MountEntry { form, because } = mount;
        let choice = match form.value {
            written::MountForm::Configmap(written::ConfigMapOf::File) => MountChoice::ConfigMapFile,
            written::MountForm::Configmap(written::ConfigMapOf::Folder) => MountChoice::ConfigMapFolder,
            written::MountForm::Hostpath(kind) => MountChoice::HostPathType(match kind {
                written::HostPathTypeEntry::File => HostPathType::File,
                written::HostPathTypeEntry::Directory => HostPathType::Directory,
                written::HostPathTypeEntry::FileOrCreate => HostPathType::FileOrCreate,
                written::HostPathTypeEntry::DirectoryOrCreate => HostPathType::DirectoryOrCreate,
                written::HostPathTypeEntry::Socket => HostPathType::Socket,
                written::HostPathTypeEntry::CharDevice => HostPathType::CharDevice,
            }),
        };
        Some((target.value, reasoned(Spanned::new(choice, form.span(self.source)), because)))
    }
}

fn protocol_name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Sctp => "sctp",
    }
}
