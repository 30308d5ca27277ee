//! Which workload stands for which Compose service.
//!
//! In: the project and the workloads. Out: pairs of a service and a container. Evidence, strongest first: `same-as` in the
//! overrides; the annotation `compose2k8s/service`; the names of the workload, of the Services that select it and of its containers; labels; the
//! image.
//!
//! Invariant: where the evidence does not decide, a person does: the candidates are shown, nothing is guessed.

pub(crate) mod explicit;
pub(crate) mod name_index;
pub(crate) mod runs;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::manifests::Manifests;
use super::problem::Problem;
use crate::check::manifests::workload::{SERVICE, Workload};
use crate::overrides::Overrides;
use crate::report::{Report, did_you_mean};
use crate::resolve::networks::Attachment;
use crate::resolve::{Project, Service, ServiceName};
use explicit::by_hand;
use name_index::Standing;

/// A container that stands for a service.
#[derive(Debug)]
pub(crate) struct Pair<'a> {
    pub(crate) service: &'a Service,
    /// Index into the workloads.
    pub(crate) workload: usize,
    /// Index into the pod's containers.
    pub(crate) container: usize,
}

/// Who stands for whom, and which containers stand for nobody.
#[derive(Debug, Default)]
pub(crate) struct Matching<'a> {
    pub(crate) pairs: Vec<Pair<'a>>,
    /// Workload and container.
    pub(crate) strangers: Vec<(usize, usize)>,
}

impl<'a> Matching<'a> {
    /// The first pair of each workload: the service whose pod it is.
    pub(crate) fn owners(&self) -> HashMap<usize, &Pair<'a>> {
        // The last that is taken in stays.
        self.pairs.iter().rev().map(|pair| (pair.workload, pair)).collect()
    }
}

/// The name as RFC 1123 has it: what a Compose name usually becomes.
pub(crate) fn label_of(name: &str) -> String {
    let label: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    label.trim_matches('-').to_owned()
}

/// Whether an object's name stands for a Compose name: itself, its RFC 1123 form, or that with a letter before it.
pub(crate) fn stands_for(object: &str, compose: &str) -> bool {
    if object == compose {
        return true;
    }
    let label = label_of(compose);
    // Names that are too long end in `-` and eight hexadecimal digits.
    let cut = object.len() >= 50
        && object.rsplit_once('-').is_some_and(|(kept, hash)| {
            hash.len() == 8 && hash.chars().all(|c| c.is_ascii_hexdigit()) && label.starts_with(kept)
        });
    object == label || object.strip_prefix("s-") == Some(label.as_str()) || cut
}

/// Names by which others find a service.
pub(crate) fn names_of(service: &Service) -> Vec<&str> {
    let mut names = vec![service.name.value.as_str()];
    names.extend(service.networks.container_name.iter().map(|name| name.value.as_str()));
    if let Attachment::Networks(memberships) = &service.networks.attachment {
        names.extend(
            memberships.iter().flat_map(|membership| membership.aliases.iter()).map(|alias| alias.value.as_str()),
        );
    }
    names
}

/// Matches all workloads.
pub(crate) fn matching<'a>(
    project: &'a Project,
    overrides: &Overrides,
    workloads: &[Workload<'_>],
    manifests: &Manifests,
    report: &mut Report,
) -> Matching<'a> {
    let mut matching = Matching::default();
    by_hand(project, overrides, workloads, manifests, &mut matching, report);
    let paired: HashSet<(usize, usize)> = matching.pairs.iter().map(|pair| (pair.workload, pair.container)).collect();
    let by_hand: HashSet<usize> = paired.iter().map(|(workload, _)| *workload).collect();
    let standing = Standing::of(project.services.values().map(|service| (service.name.value.as_str(), service)));
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (index, workload) in workloads.iter().enumerate() {
        let mut all = (0..workload.spec.containers.len()).filter(|container| !paired.contains(&(index, *container)));
        if by_hand.contains(&index) {
            // Who is named by hand needs no annotation, and one that says otherwise is overruled.
            open.extend(all.map(|container| (index, container)));
            continue;
        }
        let Some(named) = workload.annotations.get(SERVICE) else {
            open.extend(all.by_ref().map(|container| (index, container)));
            continue;
        };
        let Some(service) = project.services.get(named.as_str()) else {
            let at = annotation_span(workload);
            let suggestion = did_you_mean(named, project.services.keys().map(ServiceName::as_str));
            report.add(Problem::UnknownService { service: named.clone(), at, suggestion });
            continue;
        };
        let own = own_container(workload, service);
        matching.pairs.push(Pair { service, workload: index, container: own });
        for container in all.filter(|container| *container != own) {
            // Several services in one pod: `network_mode: service:…`.
            match beside(project, &standing, workload, container, service, report) {
                Some(other) => matching.pairs.push(Pair { service: other, workload: index, container }),
                None => matching.strangers.push((index, container)),
            }
        }
    }
    by_evidence(project, workloads, manifests, open, &mut matching, report);
    matching
}

pub(crate) fn annotation_span(workload: &Workload<'_>) -> crate::text::Span {
    let root = workload.document.at();
    let pod = root.keys(&["spec", "template", "metadata", "annotations", SERVICE]);
    if pod.tree().is_some() { pod.span() } else { root.keys(&["metadata", "annotations", SERVICE]).span() }
}

/// The container of a pod that is the service itself: the one of its name, else the first.
pub(crate) fn own_container(workload: &Workload<'_>, service: &Service) -> usize {
    workload
        .spec
        .containers
        .iter()
        .position(|container| stands_for(&container.name, service.name.value.as_str()))
        .unwrap_or(0)
}

/// The service of a further container: the one that its own annotation names, else the one of its name.
fn beside<'a>(
    project: &'a Project,
    names: &Standing<&'a Service>,
    workload: &Workload<'_>,
    container: usize,
    home: &Service,
    report: &mut Report,
) -> Option<&'a Service> {
    let name = &workload.spec.containers.get(container)?.name;
    if let Some(named) = workload.annotations.get(&format!("{SERVICE}.{name}")) {
        let service = project.services.get(named.as_str());
        if service.is_none() {
            let at = annotation_span(workload);
            let suggestion = did_you_mean(named, project.services.keys().map(ServiceName::as_str));
            report.add(Problem::UnknownService { service: named.clone(), at, suggestion });
        }
        return service;
    }
    names.behind(name).into_iter().find(|other| other.name.value != home.name.value)
}

/// Weighs evidence for every container that no annotation speaks for.
fn by_evidence<'a>(
    project: &'a Project,
    workloads: &[Workload<'_>],
    manifests: &Manifests,
    open: Vec<(usize, usize)>,
    matching: &mut Matching<'a>,
    report: &mut Report,
) {
    if open.is_empty() {
        return;
    }
    let mut taken: HashSet<&str> = matching.pairs.iter().map(|pair| pair.service.name.value.as_str()).collect();
    let candidates = Candidates::of(project);
    let mut scores: Vec<(usize, (usize, usize), &'a Service)> = Vec::new();
    for unit in &open {
        let Some(workload) = workloads.get(unit.0) else { continue };
        for service in candidates.near(project, workload, unit.1, manifests) {
            let score = score(project, workload, unit.1, service, manifests);
            if score > 0 {
                scores.push((score, *unit, service));
            }
        }
    }
    // The strongest evidence first; what it decides is no candidate any more for weaker evidence.
    scores.sort_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
    let mut settled: HashSet<(usize, usize)> = HashSet::new();
    let mut rest = scores.as_slice();
    while let Some((best, _, _)) = rest.first() {
        let end = rest.iter().position(|(score, _, _)| score < best).unwrap_or(rest.len());
        let (level, weaker) = rest.split_at(end);
        rest = weaker;
        let live: Vec<_> = level
            .iter()
            .filter(|(_, unit, service)| !settled.contains(unit) && !taken.contains(service.name.value.as_str()))
            .map(|(_, unit, service)| (*unit, *service))
            .collect();
        let mut services_of: HashMap<(usize, usize), Vec<&'a Service>> = HashMap::new();
        let mut units_of: HashMap<&str, Vec<(usize, usize)>> = HashMap::new();
        for (unit, service) in &live {
            services_of.entry(*unit).or_default().push(service);
            units_of.entry(service.name.value.as_str()).or_default().push(*unit);
        }
        for (unit, service) in &live {
            let name = service.name.value.as_str();
            if settled.contains(unit) || taken.contains(name) {
                continue;
            }
            let services = services_of.get(unit).map(Vec::as_slice).unwrap_or_default();
            let units = units_of.get(name).map(Vec::as_slice).unwrap_or_default();
            let span = |unit: &(usize, usize)| workloads.get(unit.0).map(Workload::span);
            let title = |unit: &(usize, usize)| workloads.get(unit.0).map_or_else(String::new, title);
            if services.len() == 1 && units.len() == 1 {
                matching.pairs.push(Pair { service, workload: unit.0, container: unit.1 });
                taken.insert(name);
            } else if let (true, Some(at)) = (services.len() > 1, span(unit)) {
                let candidates = listed(services.iter().map(|service| format!("`{}`", service.name.value)));
                let others = services.iter().map(|service| service.name.span).collect();
                report.add(Problem::Ambiguous {
                    what: format!("the workload {}", title(unit)),
                    candidates,
                    at,
                    others,
                });
            } else {
                let what = format!("the service `{}`", service.name.value);
                let candidates = listed(units.iter().map(title));
                let others = units.iter().filter_map(span).collect();
                report.add(Problem::Ambiguous { what, candidates, at: service.name.span, others });
                settled.extend(units);
            }
            settled.insert(*unit);
        }
    }
    matching.strangers.extend(open.into_iter().filter(|unit| !settled.contains(unit)));
}

/// A workload as candidates are listed.
pub(crate) fn title(workload: &Workload<'_>) -> String {
    format!("`{} {}`", workload.document.kind, workload.document.name)
}

pub(crate) fn listed(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

/// Labels that people give their pods the service's name in.
const LABELS: &[&str] = &[
    "io.kompose.service",
    "app.kubernetes.io/name",
    "app.kubernetes.io/component",
    "app",
    "name",
    "component",
    "service",
    "k8s-app",
];

/// The services by what may speak for them, so that not every container is weighed against each.
struct Candidates<'a> {
    /// By the names under which others find them, with their places in the project.
    names: Standing<(usize, &'a Service)>,
    images: HashMap<&'a str, Vec<(usize, &'a Service)>>,
}

impl<'a> Candidates<'a> {
    fn of(project: &'a Project) -> Self {
        let services = || project.services.values().enumerate();
        let mut images: HashMap<&str, Vec<(usize, &Service)>> = HashMap::new();
        for (place, service) in services() {
            images.entry(repository(&service.process.image.reference.value)).or_default().push((place, service));
        }
        let names = |of: (usize, &'a Service)| names_of(of.1).into_iter().map(move |name| (name, of));
        Self { names: Standing::of(services().flat_map(names)), images }
    }

    /// Those for whom something speaks, in the project's order.
    fn near(
        &self,
        project: &Project,
        workload: &Workload<'_>,
        container: usize,
        manifests: &Manifests,
    ) -> impl Iterator<Item = &'a Service> {
        let own = workload.spec.containers.get(container);
        let selecting = manifests.services_selecting(workload);
        let name = workload.document.name.as_str();
        let labels = LABELS.iter().filter_map(|label| workload.labels.get(*label)).map(String::as_str);
        let names = own.map(|own| own.name.as_str()).into_iter().chain([name]).chain(dressed(name, &project.name));
        let names = names.chain(selecting.iter().map(|document| document.name.as_str())).chain(labels);
        let mut near: BTreeMap<usize, &'a Service> = names.flat_map(|name| self.names.behind(name)).collect();
        let image = own.and_then(|own| self.images.get(repository(own.image.as_deref()?)));
        near.extend(image.into_iter().flatten().copied());
        near.into_values()
    }
}

/// How much speaks for a container being a service; 0: nothing.
fn score(
    project: &Project,
    workload: &Workload<'_>,
    container: usize,
    service: &Service,
    manifests: &Manifests,
) -> usize {
    let Some(own) = workload.spec.containers.get(container) else { return 0 };
    let names = names_of(service);
    let is = |name: &str| names.iter().any(|compose| stands_for(name, compose));
    let single = workload.spec.containers.len() == 1;
    let same_image = own
        .image
        .as_deref()
        .is_some_and(|image| repository(image) == repository(&service.process.image.reference.value));
    let mut score = 0;
    if is(&own.name) {
        score += 8;
    }
    // What speaks for the pod speaks for its container only where there is but one, or the image agrees.
    if single || same_image {
        if is(&workload.document.name) {
            score += 16;
        } else if dressed(&workload.document.name, &project.name).any(is) {
            score += 6;
        }
        if manifests.services_selecting(workload).iter().any(|document| is(&document.name)) {
            score += 12;
        }
        let labels = LABELS.iter().filter_map(|label| workload.labels.get(*label));
        score += 4 * labels.filter(|value| is(value)).count().min(1);
    }
    // Many services share an image: alone it decides only where no other does.
    if same_image {
        score += 2;
    }
    score
}

/// A name without what people put around it: the project's before it, the kind's behind it.
fn dressed<'a>(name: &'a str, project: &str) -> impl Iterator<Item = &'a str> {
    let project = label_of(project);
    let bare = name.strip_prefix(project.as_str()).and_then(|rest| rest.strip_prefix('-')).unwrap_or(name);
    let tails =
        ["-deployment", "-deploy", "-statefulset", "-sts", "-service", "-svc", "-pod", "-job", "-app", "-server"];
    std::iter::once(bare).chain(tails.into_iter().filter_map(move |tail| bare.strip_suffix(tail)))
}

/// An image's name without registry, tag and digest.
fn repository(image: &str) -> &str {
    let bare = image.split('@').next().unwrap_or(image);
    let slash = bare.rfind('/').map_or(0, |at| at + 1);
    let (_, last) = bare.split_at(slash);
    let end = last.find(':').map_or(bare.len(), |at| slash + at);
    let bare = bare.split_at(end).0;
    bare.strip_prefix("docker.io/").map_or(bare, |rest| rest.strip_prefix("library/").unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_known_by_its_repository() {
        assert_eq!(repository("docker.io/library/redis:7@sha256:00"), "redis");
        assert_eq!(repository("localhost:5000/a/b:1"), "localhost:5000/a/b");
        assert_eq!(repository("redis"), "redis");
    }

    #[test]
    fn names_are_known_in_their_other_forms() {
        assert!(stands_for("db-1", "db_1"));
        assert!(stands_for("s-1db", "1db"));
        assert!(!stands_for("db", "db_1"));
        assert_eq!(dressed("shop-web-deployment", "shop").collect::<Vec<_>>(), ["web-deployment", "web"]);
    }
}
