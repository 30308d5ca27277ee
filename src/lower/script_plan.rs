//! The input of the scripts that is not in the manifests.

use super::analysis::phases;
use super::context::{Context, NodeRequirements};
use super::health;
use super::networks::addresses;
use super::objects::{Plan, PlannedService, Until};
use super::order::{self, Controller};
use crate::overrides::Setup;

/// Returns phases, timeouts, setup runs, fixed addresses, images to build and folders to create.
pub(super) fn script_plan(context: Context, requirements: &mut NodeRequirements) -> Plan {
    let mut planned = Vec::new();
    let mut guests = Vec::new();
    let mut fixed = Vec::new();
    let mut built: Vec<(String, crate::resolve::ServiceName)> = Vec::new();
    for (name, service) in &context.project.services {
        let object = context.names.name_of(name);
        if let Some(address) = addresses::cluster_ip_addresses(service, context).first() {
            fixed.push((object.clone(), address.value));
        }
        let image = &service.process.image;
        if image.build.is_some() {
            let text = image.template.as_ref().unwrap_or(&image.reference.value);
            if !built.iter().any(|(known, _)| known == text) {
                built.push((text.clone(), name.clone()));
            }
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
            Controller::Job => Until::Ended,
            Controller::Deployment | Controller::StatefulSet | Controller::DaemonSet if gate => Until::Ready,
            Controller::Deployment | Controller::StatefulSet | Controller::DaemonSet => Until::Started,
        };
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
        built,
        folders: std::mem::take(&mut requirements.folders).into_iter().collect(),
        sources: std::mem::take(&mut requirements.sources).into_iter().collect(),
        config_maps: std::mem::take(&mut requirements.config_maps).into_iter().collect(),
        configs_and_secrets: std::mem::take(&mut requirements.configs_and_secrets),
    }
}
