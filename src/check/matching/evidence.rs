//! Matches workloads that have no annotation, by names, labels and images.
//!
//! Invariant: ambiguous evidence is reported with its candidates; nothing is guessed.

use std::collections::BTreeMap;

use super::name_index::NameIndex;
use super::names::{dns_names_of, is_name_of, rfc1123_label};
use super::pairs::{Matching, Pair, join_candidates};
use crate::check::manifests::Manifests;
use crate::check::manifests::workload::Workload;
use crate::check::problem::Problem;
use crate::maps::{HashMap, HashSet};
use crate::report::Report;
use crate::resolve::{Project, Service};

/// Pairs the containers in `open` by evidence, the strongest first, and reports what is ambiguous.
pub(super) fn match_by_evidence<'a>(
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
    let candidates = Candidates::new(project);
    let mut scores: Vec<(usize, (usize, usize), &'a Service)> = Vec::new();
    for unit in &open {
        let Some(workload) = workloads.get(unit.0) else { continue };
        for service in candidates.plausible(project, workload, unit.1, manifests) {
            let score = score(project, workload, unit.1, service, manifests);
            if score > 0 {
                scores.push((score, *unit, service));
            }
        }
    }
    // Strong evidence first: a service or container that it decides is not a candidate for weaker evidence.
    scores.sort_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
    let mut settled: HashSet<(usize, usize)> = HashSet::default();
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
        let mut services_of: HashMap<(usize, usize), Vec<&'a Service>> = HashMap::default();
        let mut units_of: HashMap<&str, Vec<(usize, usize)>> = HashMap::default();
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
            let title = |unit: &(usize, usize)| workloads.get(unit.0).map_or_else(String::new, Workload::describe);
            if services.len() == 1 && units.len() == 1 {
                matching.pairs.push(Pair { service, workload: unit.0, container: unit.1 });
                taken.insert(name);
            } else if let (true, Some(at)) = (services.len() > 1, span(unit)) {
                let candidates = join_candidates(services.iter().map(|service| format!("`{}`", service.name.value)));
                let others = services.iter().map(|service| service.name.span).collect();
                report.add(Problem::Ambiguous {
                    what: format!("the workload {}", title(unit)),
                    candidates,
                    at,
                    others,
                });
            } else {
                let what = format!("the service `{}`", service.name.value);
                let candidates = join_candidates(units.iter().map(title));
                let others = units.iter().filter_map(span).collect();
                report.add(Problem::Ambiguous { what, candidates, at: service.name.span, others });
                settled.extend(units);
            }
            settled.insert(*unit);
        }
    }
    matching.unmatched.extend(open.into_iter().filter(|unit| !settled.contains(unit)));
}

/// Labels whose value is commonly the name of the service.
const NAME_LABELS: &[&str] = &[
    "io.kompose.service",
    "app.kubernetes.io/name",
    "app.kubernetes.io/component",
    "app",
    "name",
    "component",
    "service",
    "k8s-app",
];

/// The services by their names and images, so that a container is compared only with plausible services.
struct Candidates<'a> {
    /// By DNS name, with the index of each service in the project.
    names: NameIndex<(usize, &'a Service)>,
    images: HashMap<&'a str, Vec<(usize, &'a Service)>>,
}

impl<'a> Candidates<'a> {
    fn new(project: &'a Project) -> Self {
        let services = || project.services.values().enumerate();
        let mut images: HashMap<&str, Vec<(usize, &Service)>> = HashMap::default();
        for (place, service) in services() {
            images.entry(repository(&service.process.image.reference.value)).or_default().push((place, service));
        }
        let names = |of: (usize, &'a Service)| dns_names_of(of.1).into_iter().map(move |name| (name, of));
        Self { names: NameIndex::new(services().flat_map(names)), images }
    }

    /// Returns the services for which there is any evidence, in the project's order.
    fn plausible(
        &self,
        project: &Project,
        workload: &Workload<'_>,
        container: usize,
        manifests: &Manifests,
    ) -> impl Iterator<Item = &'a Service> {
        let own = workload.spec.containers.get(container);
        let selecting = manifests.services_selecting(workload);
        let name = workload.document.name.as_str();
        let labels = NAME_LABELS.iter().filter_map(|label| workload.labels.get(*label)).map(String::as_str);
        let names =
            own.map(|own| own.name.as_str()).into_iter().chain([name]).chain(without_affixes(name, &project.name));
        let names = names.chain(selecting.iter().map(|document| document.name.as_str())).chain(labels);
        let mut plausible: BTreeMap<usize, &'a Service> = names.flat_map(|name| self.names.lookup(name)).collect();
        let image = own.and_then(|own| self.images.get(repository(own.image.as_deref()?)));
        plausible.extend(image.into_iter().flatten().copied());
        plausible.into_values()
    }
}

/// Returns the strength of the evidence that a container implements a service; 0 if there is none.
fn score(
    project: &Project,
    workload: &Workload<'_>,
    container: usize,
    service: &Service,
    manifests: &Manifests,
) -> usize {
    let Some(own) = workload.spec.containers.get(container) else { return 0 };
    let names = dns_names_of(service);
    let is = |name: &str| names.iter().any(|compose| is_name_of(name, compose));
    let single = workload.spec.containers.len() == 1;
    let same_image = own
        .image
        .as_deref()
        .is_some_and(|image| repository(image) == repository(&service.process.image.reference.value));
    let mut score = 0;
    if is(&own.name) {
        score += 8;
    }
    // Evidence for the pod counts for a container only if it is the only one, or if its image agrees.
    if single || same_image {
        if is(&workload.document.name) {
            score += 16;
        } else if without_affixes(&workload.document.name, &project.name).any(is) {
            score += 6;
        }
        if manifests.services_selecting(workload).iter().any(|document| is(&document.name)) {
            score += 12;
        }
        let labels = NAME_LABELS.iter().filter_map(|label| workload.labels.get(*label));
        score += 4 * labels.filter(|value| is(value)).count().min(1);
    }
    // Several services may share an image, so the image alone is the weakest evidence.
    if same_image {
        score += 2;
    }
    score
}

/// Returns a name without the affixes that are commonly added: the project as a prefix, the kind as a suffix.
fn without_affixes<'a>(name: &'a str, project: &str) -> impl Iterator<Item = &'a str> {
    let project = rfc1123_label(project);
    let bare = name.strip_prefix(project.as_str()).and_then(|rest| rest.strip_prefix('-')).unwrap_or(name);
    let tails =
        ["-deployment", "-deploy", "-statefulset", "-sts", "-service", "-svc", "-pod", "-job", "-app", "-server"];
    std::iter::once(bare).chain(tails.into_iter().filter_map(move |tail| bare.strip_suffix(tail)))
}

/// Returns the repository of an image: without the default registry, tag and digest.
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
    fn a_repository_has_no_default_registry_tag_or_digest() {
        assert_eq!(repository("docker.io/library/redis:7@sha256:00"), "redis");
        assert_eq!(repository("localhost:5000/a/b:1"), "localhost:5000/a/b");
        assert_eq!(repository("redis"), "redis");
    }

    #[test]
    fn affixes_are_removed() {
        assert_eq!(without_affixes("shop-web-deployment", "shop").collect::<Vec<_>>(), ["web-deployment", "web"]);
    }
}
