//! One service's pod, put together from the topics, and the object that keeps it running.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetSpec, Deployment, DeploymentSpec, StatefulSet, StatefulSetSpec};
use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{
    Container, EmptyDirVolumeSource, Namespace, PersistentVolumeClaim, PodSpec, PodTemplateSpec, Volume, VolumeMount,
};
use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicySpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};

use super::findings::Findings;
use super::objects::{Comment, Kind, Name, Object, ServiceObjects};
use super::order::{self, Workload};
use super::scene::{Gathered, Scene, Stage};
use super::{health, hooks, named, networks, neutral, ports, process, security, separation, services, volumes};
use crate::resolve::Service;
use crate::resolve::networks::Attachment;

/// A pod on its way: its template's labels, annotations and spec, with comments from the template's root.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) spec: PodSpec,
    pub(super) comments: Vec<Comment>,
    /// What each volume of the pod stands for, in the order of `spec.volumes`.
    meanings: Vec<String>,
    /// Names of the pod's containers, which its init containers must not have.
    containers: Vec<String>,
    /// Claim templates, whose names are those of volumes too.
    claims: Vec<PersistentVolumeClaim>,
}

impl Draft {
    fn new(labels: BTreeMap<String, String>, spec: PodSpec, containers: Vec<String>) -> Self {
        Self {
            labels,
            annotations: BTreeMap::new(),
            spec,
            comments: Vec::new(),
            meanings: Vec::new(),
            containers,
            claims: Vec::new(),
        }
    }

    /// Whether another service's container is in the pod already: then this one is its guest.
    pub(super) fn has_owner(&self) -> bool {
        !self.spec.containers.is_empty()
    }

    /// Whether there is an init container of that name.
    pub(super) fn has_init(&self, name: &str) -> bool {
        self.spec.init_containers.iter().flatten().any(|container| container.name == name)
    }

    /// Adds an init container with the reason for it.
    pub(super) fn init(&mut self, mut container: Container, why: String) {
        while self.containers.contains(&container.name) || self.has_init(&container.name) {
            container.name.push_str("-init");
        }
        let containers = self.spec.init_containers.get_or_insert_with(Vec::new);
        containers.push(container);
        let index = (containers.len() - 1).to_string();
        self.comment(&["spec", "initContainers", &index], why);
    }

    /// A comment at a place of the template.
    pub(super) fn comment(&mut self, at: &[&str], text: String) {
        self.comments.push(Comment { at: at.iter().map(|part| (*part).to_owned()).collect(), text });
    }

    /// A comment at a field of the container that is being made.
    pub(super) fn comment_container(&mut self, field: &str, text: String) {
        let index = self.spec.containers.len().to_string();
        self.comment(&["spec", "containers", &index, field], text);
    }

    /// `compose2k8s/<what>` for the pod's own service, `compose2k8s/<what>.<container>` for a guest's.
    pub(super) fn annotate(&mut self, what: &str, container: &Container, text: String) {
        let key = if self.has_owner() {
            format!("compose2k8s/{what}.{}", container.name)
        } else {
            format!("compose2k8s/{what}")
        };
        self.annotations.insert(key, text);
    }

    /// The name of the pod's volume that means this; made where there is none yet.
    pub(super) fn volume(&mut self, wanted: &str, meaning: String, make: impl FnOnce() -> Volume) -> String {
        let volumes = self.spec.volumes.get_or_insert_with(Vec::new);
        if let Some(known) = self.meanings.iter().position(|known| *known == meaning).and_then(|at| volumes.get(at)) {
            return known.name.clone();
        }
        let wanted = super::analysis::names::volume_name(wanted);
        let claims = &self.claims;
        let taken = |name: &str| {
            volumes.iter().any(|volume| volume.name == name)
                || claims.iter().any(|claim| claim.metadata.name.as_deref() == Some(name))
        };
        let name = if taken(&wanted) {
            (2..=u16::MAX).map(|number| format!("{wanted}-{number}")).find(|name| !taken(name)).unwrap_or(wanted)
        } else {
            wanted
        };
        volumes.push(Volume { name: name.clone(), ..make() });
        self.meanings.push(meaning);
        name
    }

    /// A comment at the volume of that name.
    pub(super) fn comment_volume(&mut self, name: &str, text: String) {
        let index = self.spec.volumes.iter().flatten().position(|volume| volume.name == name);
        if let Some(index) = index {
            let at = ["spec", "volumes", &index.to_string()].map(str::to_owned).to_vec();
            if !self.comments.iter().any(|comment| comment.at == at) {
                self.comments.push(Comment { at, text });
            }
        }
    }

    /// The finished template.
    pub(super) fn template(self) -> (PodTemplateSpec, Vec<Comment>) {
        let template = PodTemplateSpec {
            metadata: Some(ObjectMeta {
                labels: Some(self.labels),
                annotations: Some(self.annotations),
                ..ObjectMeta::default()
            }),
            spec: Some(self.spec),
        };
        (template, self.comments)
    }
}

/// The three labels of every object of a service.
pub(super) fn labels(name: &Name, scene: Scene) -> BTreeMap<String, String> {
    let mut labels = selector(name, scene);
    labels.insert("app.kubernetes.io/managed-by".to_owned(), "compose2k8s".to_owned());
    labels
}

/// The two labels by which a service's pods are found; a selector cannot change later, so they are fixed.
pub(super) fn selector(name: &Name, scene: Scene) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("app.kubernetes.io/name".to_owned(), name.to_string()),
        ("app.kubernetes.io/part-of".to_owned(), scene.names.namespace.to_string()),
    ])
}

/// An object's metadata.
pub(super) fn metadata(name: &Name, labels: BTreeMap<String, String>, scene: Scene) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_string()),
        namespace: Some(scene.names.namespace.to_string()),
        labels: Some(labels),
        ..ObjectMeta::default()
    }
}

/// The labels of what belongs to no single service.
pub(super) fn project_labels(scene: Scene) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("app.kubernetes.io/part-of".to_owned(), scene.names.namespace.to_string()),
        ("app.kubernetes.io/managed-by".to_owned(), "compose2k8s".to_owned()),
    ])
}

/// The namespace, then what pods asked for that belongs to no single one.
pub(super) fn shared(scene: Scene, gathered: Gathered, findings: &mut Findings) -> Vec<Object> {
    let namespace = Namespace {
        metadata: ObjectMeta {
            name: Some(scene.names.namespace.to_string()),
            labels: Some(project_labels(scene)),
            ..ObjectMeta::default()
        },
        ..Namespace::default()
    };
    let mut objects = vec![Object { kind: Kind::Namespace(Box::new(namespace)), comments: Vec::new() }];
    objects.extend(separation::of_networks(&gathered, scene, findings));
    objects.extend(gathered.objects);
    objects
}

/// The pod that an owner and its guests share.
pub(super) fn pod(owner: &Service, scene: Scene, gathered: &mut Gathered, findings: &mut Findings) -> Draft {
    let name = scene.names.of(&owner.name.value);
    let crew = match scene.stage {
        Stage::Up => scene.crew(&owner.name.value),
        Stage::Run => vec![owner],
    };
    let containers = crew.iter().map(|service| scene.names.of(&service.name.value).to_string()).collect();
    let mut draft = Draft::new(labels(&name, scene), neutral::pod(scene), containers);
    for service in crew.iter().copied() {
        for label in scene.names.shared_labels(&service.name.value) {
            draft.labels.insert(label, "true".to_owned());
        }
        let mut container = Container { name: scene.names.of(&service.name.value).to_string(), ..Container::default() };
        data(owner, service, scene, &mut draft, &mut container, gathered);
        process::process(service, scene, &mut draft, &mut container, gathered, findings);
        networks::networks(service, scene, &mut draft, &mut container, gathered, findings);
        neutral::low_ports(service, ports::known(service, scene).iter().any(|port| port.port < 1024), &mut draft);
        volumes::volumes(service, scene, &mut draft, &mut container, gathered, findings);
        order::gates(service, scene, &mut draft, findings);
        hooks::before(service, &container, &mut draft, findings);
        if scene.stage == Stage::Up {
            health::probes(&service.health, &mut draft, &mut container);
        }
        draft.spec.containers.push(container);
    }
    security::settled(&crew, &mut draft, findings);
    separation::joins(owner, scene, &mut draft, gathered);
    draft
}

/// `data` of the overrides: a claim template of the StatefulSet; a claim of its own where the pod belongs to something
/// else; and, as Docker gives every run a fresh anonymous volume, a folder of its own for a run.
fn data(
    owner: &Service,
    service: &Service,
    scene: Scene,
    draft: &mut Draft,
    container: &mut Container,
    gathered: &mut Gathered,
) {
    let Some(data) = scene.choice(&service.name.value).and_then(|choice| choice.data.as_ref()) else { return };
    let guest = draft.has_owner();
    let wanted = if guest { format!("{}-{}", named::DATA, container.name) } else { named::DATA.to_owned() };
    let own = scene.names.of(&owner.name.value);
    let name = if scene.stage == Stage::Run {
        draft.volume(&wanted, wanted.clone(), || Volume {
            empty_dir: Some(EmptyDirVolumeSource::default()),
            ..Volume::default()
        })
    } else if order::workload(scene, owner).0 == Workload::StatefulSet {
        draft.claims.push(named::template(&wanted, &own, &data.value.size, scene));
        wanted
    } else {
        named::own_claim(&wanted, &own, &data.value.size, scene, draft, gathered)
    };
    container.volume_mounts.get_or_insert_with(Vec::new).push(VolumeMount {
        name,
        mount_path: data.value.path.value.clone(),
        ..VolumeMount::default()
    });
}

/// Every service's objects. Guests of another's pod and setup services have no workload of their own.
pub(super) fn services<S>(
    scene: Scene,
    gathered: &mut Gathered,
    findings: &mut Findings,
    mut each: impl FnMut(ServiceObjects) -> S,
) -> Vec<S> {
    let mut all = Vec::new();
    for (name, service) in &scene.project.services {
        let setup = scene.sequence.is_setup(name);
        let services = if setup && services::fixed(service, scene).is_empty() {
            Vec::new()
        } else {
            services::services(service, scene, findings)
        };
        let manifests = if setup || scene.sequence.home(name) != name {
            Vec::new()
        } else {
            manifests(service, scene, gathered, findings)
        };
        if !(services.is_empty() && manifests.is_empty()) {
            all.push(each(ServiceObjects { service: name.clone(), name: scene.names.of(name), manifests, services }));
        }
    }
    all
}

fn manifests(service: &Service, scene: Scene, gathered: &mut Gathered, findings: &mut Findings) -> Vec<Object> {
    let name = scene.names.of(&service.name.value);
    let draft = pod(service, scene, gathered, findings);
    let from_outside = separation::from_outside(service, &draft.spec, scene);
    let mut objects = vec![workload(service, &name, draft, scene)];
    objects.extend(from_outside);
    if let Attachment::None(_) = service.networks.attachment {
        objects.push(Object {
            kind: Kind::NetworkPolicy(Box::new(NetworkPolicy {
                metadata: metadata(&name, labels(&name, scene), scene),
                spec: Some(NetworkPolicySpec {
                    pod_selector: Some(LabelSelector {
                        match_labels: Some(selector(&name, scene)),
                        ..LabelSelector::default()
                    }),
                    policy_types: Some(vec!["Ingress".to_owned(), "Egress".to_owned()]),
                    ..NetworkPolicySpec::default()
                }),
            })),
            comments: vec![Comment { at: Vec::new(), text: "network_mode: none. Nothing in, nothing out.".to_owned() }],
        });
    }
    objects
}

fn workload(service: &Service, name: &Name, mut draft: Draft, scene: Scene) -> Object {
    let (kind, wanted) = order::workload(scene, service);
    let active = service.order.active;
    let replicas = Some(if active { i32::try_from(wanted).unwrap_or(i32::MAX) } else { 0 });
    let claims = std::mem::take(&mut draft.claims);
    let (mut template, inner) = draft.template();
    let mut comments: Vec<Comment> = inner
        .into_iter()
        .map(|Comment { mut at, text }| {
            at.splice(0..0, ["spec", "template"].map(str::to_owned));
            Comment { at, text }
        })
        .collect();
    let mut say = |at: &[&str], text: String| {
        comments.push(Comment { at: at.iter().map(|part| (*part).to_owned()).collect(), text });
    };
    let profiles = service.order.profiles.iter().map(|profile| profile.value.as_str()).collect::<Vec<_>>().join(", ");
    let asleep = format!("profiles: {profiles}. Asleep until k8s-up.sh is asked for it by name or by profile.");
    if !active && kind != Workload::Job {
        say(&["spec", "replicas"], asleep.clone());
    }
    let metadata = metadata(name, labels(name, scene), scene);
    let selector = LabelSelector { match_labels: Some(selector(name, scene)), ..LabelSelector::default() };
    let kind = match kind {
        Workload::Deployment => {
            say(&["spec", "strategy"], "Compose stops the old container before it starts the new one.".to_owned());
            Kind::Deployment(Box::new(Deployment {
                metadata,
                spec: Some(DeploymentSpec {
                    replicas,
                    strategy: Some(neutral::strategy()),
                    selector,
                    template,
                    ..DeploymentSpec::default()
                }),
                status: None,
            }))
        }
        Workload::StatefulSet => {
            let crew = scene.crew(&service.name.value);
            let kept = crew.iter().filter_map(|member| scene.choice(&member.name.value)?.data.as_ref());
            for (index, data) in kept.enumerate() {
                let at = ["spec", "volumeClaimTemplates", &index.to_string()];
                say(&at, format!("The data outlives the pod. {}", data.because));
            }
            Kind::StatefulSet(Box::new(StatefulSet {
                metadata,
                spec: Some(StatefulSetSpec {
                    service_name: Some(name.to_string()),
                    replicas,
                    selector,
                    template,
                    volume_claim_templates: Some(claims),
                    ..StatefulSetSpec::default()
                }),
                status: None,
            }))
        }
        Workload::DaemonSet => {
            say(&["spec"], "deploy.mode: global. One on every node; the kind cluster has one.".to_owned());
            Kind::DaemonSet(Box::new(DaemonSet {
                metadata,
                spec: Some(DaemonSetSpec { selector, template, ..DaemonSetSpec::default() }),
                status: None,
            }))
        }
        Workload::Job => {
            let (policy, tries) = order::tries(&service.order);
            if let Some(spec) = &mut template.spec {
                spec.restart_policy = Some(policy.to_owned());
            }
            if !active {
                say(&["spec", "suspend"], asleep);
            } else if scene.sequence.is_awaited_to_end(&service.name.value) {
                say(&["spec"], "condition: service_completed_successfully. Others start after its end.".to_owned());
            }
            // One completion; a Compose service of several replicas runs each to its end.
            let many = (wanted > 1).then(|| i32::try_from(wanted).unwrap_or(i32::MAX));
            Kind::Job(Box::new(Job {
                metadata,
                spec: Some(JobSpec {
                    backoff_limit: Some(tries),
                    parallelism: many,
                    completions: many,
                    suspend: (!active).then_some(true),
                    template,
                    ..JobSpec::default()
                }),
                status: None,
            }))
        }
    };
    Object { kind, comments }
}
