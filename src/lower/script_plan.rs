//! The input of the scripts that is not in the manifests.

use super::analysis::phases;
use super::context::{Context, NodeRequirements};
use super::health;
use super::networks::addresses;
use super::objects::{ImagePull, Plan, PlannedService, Until};
use super::order::{self, Controller};
use crate::lower::analysis::resolver::wants_docker_dns;
use crate::maps::push_unique;
use crate::overrides::Setup;
use crate::resolve::networks::Attachment;
use crate::resolve::process::ImageTemplate;
use crate::resolve::volumes::{ConfigOrSecretSource, HostPath, MountSource};
use crate::resolve::{Service, ServiceName};

/// Returns phases, timeouts, setup runs, fixed addresses, images to build and folders to create.
pub(super) fn script_plan(context: Context, requirements: &mut NodeRequirements) -> Plan {
    let mut planned = Vec::new();
    let mut mounted = Vec::new();
    let mut guests = Vec::new();
    let mut fixed = Vec::new();
    let mut built: Vec<(ImageTemplate, ServiceName)> = Vec::new();
    let mut pulled = Vec::new();
    for (name, service) in &context.project.services {
        let object = context.names.name_of(name);
        if let Some(address) = addresses::cluster_ip_addresses(service, context).first() {
            fixed.push((object.clone(), address.value));
        }
        let image = &service.process.image;
        let constant = || ImageTemplate { text: image.reference.value.clone(), variables: Vec::new() };
        let template = image.template.clone().unwrap_or_else(constant);
        let platform = service.process.platform.as_ref().map(|platform| platform.value.to_string());
        let always = service.process.pull_policy.as_ref().is_some_and(|policy| policy.value == "always");
        if platform.is_some() || always {
            push_unique(&mut pulled, ImagePull { image: template.clone(), platform, always });
        }
        if image.build.is_some() && !built.iter().any(|(known, _)| *known == template) {
            built.push((template, name.clone()));
        }
        if context.start_order.is_setup(name) {
            continue;
        }
        let owner = context.start_order.pod_owner(name);
        if owner != name {
            if context.start_order.pod_members(owner).contains(name) {
                guests.push((name.clone(), context.names.name_of(owner), object));
            }
            continue;
        }
        let (workload, replicas) = order::controller(context, service);
        let members = context.pod_members(name);
        let gate = members.iter().any(|member| context.start_order.is_awaited_healthy(&member.name.value));
        let until = match workload {
            Controller::Job if context.start_order.is_awaited_completed(name) => Until::Ended,
            Controller::Deployment | Controller::StatefulSet | Controller::DaemonSet | Controller::Job if gate => {
                Until::Ready
            }
            Controller::Deployment | Controller::StatefulSet | Controller::DaemonSet | Controller::Job => {
                Until::Started
            }
        };
        for source in mounted_sources(&members, context) {
            push_unique(&mut mounted, (object.clone(), source));
        }
        planned.push(PlannedService {
            name: object,
            service: name.clone(),
            phase: context.start_order.phase(name),
            patience: members.iter().map(|member| health::start_timeout(&member.health)).max().unwrap_or(0),
            until,
            depends_on: phases::required_pods(context.project, context.start_order, name)
                .into_iter()
                .map(|needed| context.names.name_of(needed))
                .collect(),
            profiles: if service.order.active {
                Vec::new()
            } else {
                service.order.profiles.iter().map(|profile| profile.value.clone()).collect()
            },
            workload: match workload {
                Controller::Deployment => "deployment",
                Controller::StatefulSet => "statefulset",
                Controller::DaemonSet => "daemonset",
                Controller::Job => "job",
            },
            replicas,
        });
    }
    planned.sort_by(|one, other| (one.phase, one.name.as_str()).cmp(&(other.phase, other.name.as_str())));
    let setup = context
        .overrides
        .setup
        .iter()
        .map(|Setup { service, before, because: _ }| {
            let needed = before.iter().map(|before| context.names.name_of(&before.value)).collect();
            (context.names.name_of(&service.value).to_string(), needed)
        })
        .collect();
    Plan {
        services: planned,
        guests,
        setup,
        fixed,
        images: std::mem::take(&mut requirements.images).into_iter().collect(),
        built,
        pulled,
        folders: std::mem::take(&mut requirements.folders).into_iter().collect(),
        sources: std::mem::take(&mut requirements.sources).into_iter().collect(),
        mounted,
        config_maps: std::mem::take(&mut requirements.config_maps).into_iter().collect(),
        configs_and_secrets: std::mem::take(&mut requirements.configs_and_secrets),
    }
}

/// Returns the files and folders that services of a pod mount, if queries to Docker's DNS server are not redirected in it and
/// the overrides do not say that there are none. The project directory itself is the code of a program, not its configuration.
fn mounted_sources(members: &[&Service], context: Context) -> Vec<HostPath> {
    let on_network = members.first().is_some_and(|owner| matches!(owner.networks.attachment, Attachment::Networks(_)));
    let is_known = |service: &&Service| {
        let choice = context.choice(&service.name.value).and_then(|choice| choice.docker_dns);
        choice.is_some() || wants_docker_dns(service, context.project, context.overrides)
    };
    if !on_network || members.iter().any(is_known) {
        return Vec::new();
    }
    let mut sources = Vec::new();
    for service in members {
        sources.extend(service.volumes.mounts.iter().filter_map(|mount| match &mount.source {
            MountSource::Bind { path, .. } => Some(path.clone()),
            MountSource::Named { .. }
            | MountSource::Anonymous
            | MountSource::Tmpfs { .. }
            | MountSource::Image { .. }
            | MountSource::Other(_) => None,
        }));
        sources.extend(service.volumes.configs.iter().filter_map(|grant| {
            match &context.project.configs.get(&grant.source.value)?.source {
                ConfigOrSecretSource::File(path) => Some(path.value.clone()),
                ConfigOrSecretSource::Content(_)
                | ConfigOrSecretSource::Environment(..)
                | ConfigOrSecretSource::OutsideContent(_)
                | ConfigOrSecretSource::External
                | ConfigOrSecretSource::Driver(_) => None,
            }
        }));
    }
    sources.retain(|source| matches!(source, HostPath::Project(path) if !path.is_empty()));
    sources
}
