//! Several overrides in layers: the user's file over a preset over the facts that are built in.

use super::accepted::Acceptance;
use super::model::{Cluster, Overrides, ServiceChoice};
use crate::maps::IndexMap;
use crate::resolve::ServiceName;
use crate::text::Spanned;

impl Overrides {
    /// Adds the entries of a lower layer where this one has none for the same thing.
    ///
    /// Sections that are one value, and single settings of a service, come from the upper layer if it has them. Lists
    /// (`setup`, `accept`, `notes`) keep the entries of both, without the lower layer's about the same thing.
    pub(super) fn over(self, lower: Self) -> Self {
        let Self {
            origin,
            chosen,
            preset,
            project,
            cluster,
            helper_image,
            networks,
            separation,
            device_plugins,
            resolver,
            local_variables,
            services,
            writers,
            setup,
            runs,
            accept,
            notes,
            workflows,
        } = self;
        Self {
            origin: origin.or(lower.origin),
            chosen,
            preset: preset.or(lower.preset),
            project: project.or(lower.project),
            cluster: cluster.over(lower.cluster),
            helper_image: helper_image.or(lower.helper_image),
            networks: union(networks, lower.networks),
            separation: separation.or(lower.separation),
            device_plugins: union(device_plugins, lower.device_plugins),
            resolver: resolver || lower.resolver,
            local_variables: joined(local_variables, lower.local_variables, Clone::clone),
            services: services_over(services, lower.services),
            writers: union(writers, lower.writers),
            setup: joined(setup, lower.setup, |setup| setup.service.value.clone()),
            runs: joined(runs, lower.runs, |run| run.name.value.clone()),
            accept: joined(accept, lower.accept, Acceptance::accepted),
            notes: joined(notes, lower.notes, |note| note.title.clone()),
            workflows: joined(workflows, lower.workflows, |workflow| workflow.name.clone()),
        }
    }
}

impl Cluster {
    fn over(self, lower: Self) -> Self {
        let Self { name, node_image, service_subnet, pod_subnet, because } = self;
        Self {
            name: name.or(lower.name),
            node_image: node_image.or(lower.node_image),
            service_subnet: service_subnet.or(lower.service_subnet),
            pod_subnet: pod_subnet.or(lower.pod_subnet),
            because: because.or(lower.because),
        }
    }
}

impl ServiceChoice {
    fn over(self, lower: Self) -> Self {
        let Self { service, ports, data, health, mounts, user, docker_dns, same_as } = self;
        Self {
            service,
            ports: if ports.is_empty() { lower.ports } else { ports },
            data: data.or(lower.data),
            health: health.or(lower.health),
            mounts: union(mounts, lower.mounts),
            user: user.or(lower.user),
            docker_dns: docker_dns.or(lower.docker_dns),
            same_as: same_as.or(lower.same_as),
        }
    }
}

impl Acceptance {
    /// Returns what an entry accepts. Two entries for which this is equal accept the same differences.
    fn accepted(&self) -> [Option<String>; 5] {
        let Self { code, scope, key, fact, subject, accepts: _, reason: _, of_preset: _ } = self;
        let value = |entry: &Option<Spanned<String>>| entry.as_ref().map(|entry| entry.value.clone());
        [Some(code.value.clone()), Some(scope.to_string()), value(key), value(fact), value(subject)]
    }
}

/// Returns the upper entries, followed by the lower entries with other keys.
fn union<K: std::hash::Hash + Eq, V>(mut upper: IndexMap<K, V>, lower: IndexMap<K, V>) -> IndexMap<K, V> {
    for (key, value) in lower {
        upper.entry(key).or_insert(value);
    }
    upper
}

fn services_over(
    mut upper: IndexMap<ServiceName, ServiceChoice>,
    lower: IndexMap<ServiceName, ServiceChoice>,
) -> IndexMap<ServiceName, ServiceChoice> {
    for (name, below) in lower {
        let merged = match upper.swap_remove(&name) {
            Some(above) => above.over(below),
            None => below,
        };
        upper.insert(name, merged);
    }
    upper
}

/// Returns the upper entries, followed by the lower entries about something else.
fn joined<T, K: PartialEq>(upper: Vec<T>, lower: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let known: Vec<K> = upper.iter().map(&key).collect();
    let rest = lower.into_iter().filter(|entry| !known.contains(&key(entry)));
    upper.into_iter().chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overrides::{HELPER_IMAGE, NODE_IMAGE, Reasoned};

    fn layer(helper: Option<&str>, node: Option<&str>) -> Overrides {
        Overrides {
            helper_image: helper.map(|image| Reasoned { value: image.to_owned(), because: "a".to_owned() }),
            cluster: Cluster { node_image: node.map(str::to_owned), ..Cluster::default() },
            ..Overrides::none()
        }
    }

    #[test]
    fn the_upper_layer_takes_precedence() {
        let images =
            |overrides: &Overrides| (overrides.helper_image().to_owned(), overrides.cluster.node_image().to_owned());
        let preset = layer(Some("tools"), Some("node:1"));
        let is = |helper: &str, node: &str| (helper.to_owned(), node.to_owned());
        assert_eq!(images(&layer(None, None).over(preset.clone())), is("tools", "node:1"));
        assert_eq!(images(&layer(Some("own"), Some("node:2")).over(preset.clone())), is("own", "node:2"));
        // The default image is a choice as well if the user's file names it.
        assert_eq!(images(&layer(Some(HELPER_IMAGE), Some(NODE_IMAGE)).over(preset)), is(HELPER_IMAGE, NODE_IMAGE));
        assert_eq!(images(&layer(None, None).over(layer(None, None))), is(HELPER_IMAGE, NODE_IMAGE));
    }

    #[test]
    fn entries_about_the_same_thing_come_from_the_upper_layer() {
        assert_eq!(joined(vec!["a1", "b1"], vec!["b2", "c2"], |text| text.chars().next()), ["a1", "b1", "c2"]);
    }
}
