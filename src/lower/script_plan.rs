//! What the scripts must know and no manifest says.

use super::analysis::phases;
use super::context::{Gathered, Scene};
use super::health;
use super::networks::addresses;
use super::objects::{Plan, PlannedService, Until};
use super::order::{self, Workload};
use crate::overrides::Setup;

/// Phases, patience, setup runs, fixed addresses, images to build, folders to make.
pub(super) fn plan(scene: Scene, gathered: &mut Gathered) -> Plan {
    let mut planned = Vec::new();
    let mut fixed = Vec::new();
    let mut built: Vec<(String, crate::resolve::ServiceName)> = Vec::new();
    for (name, service) in &scene.project.services {
        let object = scene.names.of(name);
        if let Some(address) = addresses::fixed(service, scene).first() {
            fixed.push((object.clone(), address.value));
        }
        let image = &service.process.image;
        if image.build.is_some() {
            let text = image.template.as_ref().unwrap_or(&image.reference.value);
            if !built.iter().any(|(known, _)| known == text) {
                built.push((text.clone(), name.clone()));
            }
        }
        if scene.sequence.is_setup(name) || scene.sequence.home(name) != name {
            continue;
        }
        let (workload, replicas) = order::workload(scene, service);
        let crew = scene.crew(name);
        let gate = crew.iter().any(|member| scene.sequence.is_gate(&member.name.value));
        let until = match workload {
            Workload::Job => Until::Ended,
            Workload::Deployment | Workload::StatefulSet | Workload::DaemonSet if gate => Until::Ready,
            Workload::Deployment | Workload::StatefulSet | Workload::DaemonSet => Until::Started,
        };
        planned.push(PlannedService {
            name: object,
            service: name.clone(),
            phase: scene.sequence.phase(name),
            patience: crew.iter().map(|member| health::patience(&member.health)).max().unwrap_or(0),
            until,
            depends_on: phases::needs(scene.project, scene.sequence, name)
                .into_iter()
                .map(|needed| scene.names.of(needed))
                .collect(),
            profiles: if service.order.active {
                Vec::new()
            } else {
                service.order.profiles.iter().map(|profile| profile.value.clone()).collect()
            },
            workload: match workload {
                Workload::Deployment => "deployment",
                Workload::StatefulSet => "statefulset",
                Workload::DaemonSet => "daemonset",
                Workload::Job => "job",
            },
            replicas,
        });
    }
    planned.sort_by(|one, other| (one.phase, one.name.as_str()).cmp(&(other.phase, other.name.as_str())));
    let setup = scene
        .overrides
        .setup
        .iter()
        .map(|Setup { service, before, because: _ }| {
            let needed = before.iter().map(|before| scene.names.of(&before.value)).collect();
            (scene.names.of(&service.value).to_string(), needed)
        })
        .collect();
    Plan {
        services: planned,
        setup,
        fixed,
        built,
        folders: std::mem::take(&mut gathered.folders).into_iter().collect(),
        sources: std::mem::take(&mut gathered.sources).into_iter().collect(),
        config_maps: std::mem::take(&mut gathered.config_maps).into_iter().collect(),
        materials: std::mem::take(&mut gathered.materials),
    }
}
