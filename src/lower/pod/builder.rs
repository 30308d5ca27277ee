//! The pod under construction, to which every topic adds.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Container, PersistentVolumeClaim, PodSecurityContext, PodSpec, PodTemplateSpec, Secret, SecurityContext, Volume,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::keys::Key;
use crate::lower::analysis::names::volume_name;
use crate::lower::analysis::secret_names::{container_secret_name, data_key, run_secret_name};
use crate::lower::context::{Context, NodeRequirements, PodRole};
use crate::lower::findings::Findings;
use crate::lower::objects::{Comment, LiveConfigOrSecret, LiveSource, Name, Object, ObjectKind, SecretTemplate};
use crate::lower::pod::metadata::{metadata, project_labels};
use crate::lower::problem::Problem;
use crate::resolve::Service;
use crate::sensitive::Sensitive;
use crate::text::Span;
use crate::vocabulary::annotation;

/// A pod under construction: labels, annotations and spec of its template, and the comments, whose paths begin at the
/// template.
#[derive(Debug)]
pub(crate) struct PodBuilder<'a, 'f> {
    pub(crate) context: Context<'a>,
    pub(crate) requirements: &'a mut NodeRequirements,
    pub(crate) findings: &'a mut Findings<'f>,
    /// The container under construction. It is added to the pod when all topics have seen it.
    pub(crate) container: Container,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) spec: PodSpec,
    pub(crate) comments: Vec<Comment>,
    /// The identity of each volume in `spec.volumes`: two volumes with the same one are merged.
    volume_identities: Vec<String>,
    /// Names of the pod's containers, which init containers must not have.
    container_names: Vec<String>,
    /// The entries of the container's Secret: values from outside the Compose files, by key.
    secret_entries: BTreeMap<String, Sensitive>,
    /// Claim templates. Their names must differ from those of volumes.
    pub(crate) claims: Vec<PersistentVolumeClaim>,
}

impl<'a, 'f> PodBuilder<'a, 'f> {
    pub(crate) fn new(
        context: Context<'a>,
        requirements: &'a mut NodeRequirements,
        findings: &'a mut Findings<'f>,
        labels: BTreeMap<String, String>,
        spec: PodSpec,
        container_names: Vec<String>,
    ) -> Self {
        Self {
            context,
            requirements,
            findings,
            container: Container::default(),
            labels,
            annotations: BTreeMap::new(),
            spec,
            comments: Vec::new(),
            volume_identities: Vec::new(),
            container_names,
            secret_entries: BTreeMap::new(),
            claims: Vec::new(),
        }
    }

    /// Reports that the host, whose namespace a service shares, is the kind node.
    pub(crate) fn report_host_is_node(&mut self, service: &Service, key: Key, at: Span) {
        if self.context.role == PodRole::Service {
            let mode = format!("{}: host", key.name());
            let problem = Problem::HostIsNode { service: service.name.value.to_string(), mode, at };
            self.findings.for_key(&service.name.value, key, problem);
        }
    }

    /// Returns whether the pod already has the container of another service, its owner.
    pub(crate) fn has_owner(&self) -> bool {
        !self.spec.containers.is_empty()
    }

    /// Returns whether the pod has an init container with that name.
    pub(crate) fn has_init(&self, name: &str) -> bool {
        self.spec.init_containers.iter().flatten().any(|container| container.name == name)
    }

    /// Adds an init container with a comment.
    pub(crate) fn add_init_container(&mut self, mut container: Container, why: String) {
        while self.container_names.contains(&container.name) || self.has_init(&container.name) {
            container.name.push_str("-init");
        }
        let containers = self.spec.init_containers.get_or_insert_with(Vec::new);
        containers.push(container);
        let index = (containers.len() - 1).to_string();
        self.comment(&["spec", "initContainers", &index], why);
    }

    /// Adds an entry to the Secret of the container under construction, with its text before interpolation and the variables in it.
    /// Returns its key.
    pub(crate) fn add_secret_entry(
        &mut self,
        name: &str,
        value: Sensitive,
        template: &str,
        variables: &[(String, String)],
    ) -> String {
        let wanted = data_key(name);
        let mut key = wanted.clone();
        let mut number = 2;
        while self.secret_entries.get(&key).is_some_and(|known| *known != value) {
            key = format!("{wanted}.{number}");
            number += 1;
        }
        // The working directory of the scripts is not that of `docker compose`.
        let has_own = variables.iter().any(|(name, _)| matches!(name.as_str(), "PWD" | "COMPOSE_PROJECT_NAME"));
        if self.secret_entries.insert(key.clone(), value).is_none() && !variables.is_empty() && !has_own {
            let secret = self.secret_name();
            let (template, variables) = (template.to_owned(), variables.to_vec());
            self.requirements.secret_templates.push(SecretTemplate { secret, key: key.clone(), template, variables });
        }
        key
    }

    /// Returns the name of the Secret of the container under construction.
    pub(crate) fn secret_name(&self) -> Name {
        match self.context.run {
            Some(run) => run_secret_name(run),
            None => container_secret_name(&self.container.name),
        }
    }

    /// Adds the Secret of the container under construction, if it has entries.
    pub(crate) fn finish_secret(&mut self) {
        let entries = std::mem::take(&mut self.secret_entries);
        if entries.is_empty() {
            return;
        }
        let name = self.secret_name();
        let entries = entries.into_iter().map(|(key, value)| (key, value.expose().to_owned())).collect();
        let metadata = metadata(&name, project_labels(self.context), self.context);
        let secret = Secret { metadata, string_data: Some(entries), ..Secret::default() };
        self.requirements.secrets.push(Object { kind: ObjectKind::Secret(Box::new(secret)), comments: Vec::new() });
        self.requirements.configs_and_secrets.push(LiveConfigOrSecret {
            name,
            secret: true,
            key: String::new(),
            from: LiveSource::Generated,
        });
    }

    /// Adds a comment at a path of the template.
    pub(crate) fn comment(&mut self, at: &[&str], text: String) {
        self.comments.push(Comment { at: at.iter().map(|part| (*part).to_owned()).collect(), text });
    }

    /// Adds a comment at a field of the container under construction.
    pub(crate) fn comment_container(&mut self, field: &str, text: String) {
        let index = self.spec.containers.len().to_string();
        self.comment(&["spec", "containers", &index, field], text);
    }

    /// Adds an annotation about one container to the pod.
    pub(crate) fn annotate(&mut self, annotation: &str, text: String) {
        let guest = self.has_owner().then_some(self.container.name.as_str());
        self.annotations.insert(annotation::of_container(annotation, guest), text);
    }

    /// Returns the name of the volume with that identity; adds the volume if there is none.
    pub(crate) fn add_volume(&mut self, wanted: &str, identity: String, make: impl FnOnce() -> Volume) -> String {
        let volumes = self.spec.volumes.get_or_insert_with(Vec::new);
        if let Some(known) =
            self.volume_identities.iter().position(|known| *known == identity).and_then(|at| volumes.get(at))
        {
            return known.name.clone();
        }
        let wanted = volume_name(wanted);
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
        self.volume_identities.push(identity);
        name
    }

    /// Adds a comment at the volume with that name, unless it has one.
    pub(crate) fn comment_volume(&mut self, name: &str, text: String) {
        let index = self.spec.volumes.iter().flatten().position(|volume| volume.name == name);
        if let Some(index) = index {
            let at = ["spec", "volumes", &index.to_string()].map(str::to_owned).to_vec();
            if !self.comments.iter().any(|comment| comment.at == at) {
                self.comments.push(Comment { at, text });
            }
        }
    }

    /// Returns the security context of the pod.
    pub(crate) fn pod_security_context(&mut self) -> &mut PodSecurityContext {
        self.spec.security_context.get_or_insert_with(PodSecurityContext::default)
    }

    /// Returns the template and its comments.
    pub(crate) fn into_template(self) -> (PodTemplateSpec, Vec<Comment>) {
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

pub(crate) fn security_context(container: &mut Container) -> &mut SecurityContext {
    container.security_context.get_or_insert_with(SecurityContext::default)
}
