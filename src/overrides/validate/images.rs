//! The section `images`: facts about images, applied to the services that use them.

use super::lookup::{Check, reasoned};
use crate::maps::IndexMap;
use crate::overrides::model::{ImagePort, Reasoned, ServiceChoice};
use crate::overrides::written::service as written;
use crate::overrides::written::spanned::{At, Named};
use crate::paths::is_at_or_below;
use crate::resolve::health::{Health, Test};
use crate::resolve::{Service, ServiceName};
use crate::text::Spanned;

impl Check<'_> {
    fn health(&self, health: written::HealthEntry) -> Reasoned<Spanned<Test>> {
        let written::HealthEntry { test, because } = health;
        let at = test.span(self.source);
        let words: Vec<String> = test.value.0.into_iter().map(|word| word.value).collect();
        let test = match words.as_slice() {
            [first, rest @ ..] if first == "CMD-SHELL" => Test::Shell(rest.join(" ")),
            [first, rest @ ..] if first == "CMD" => Test::Exec(rest.to_vec()),
            [command] => Test::Shell(command.clone()),
            _ => Test::Exec(words),
        };
        reasoned(Spanned::new(test, at), because)
    }

    /// Returns the services whose image is of a repository.
    pub(crate) fn services_with_image(&mut self, image: &At<String>) -> Vec<ServiceName> {
        let repository = ImageName::new(&image.value).repository;
        let uses = |service: &Service| ImageName::new(&service.process.image.reference.value).repository == repository;
        let services = self.project.services.iter().filter(|(_, service)| uses(service));
        let names: Vec<ServiceName> = services.map(|(name, _)| name.clone()).collect();
        if names.is_empty() {
            self.add_absent::<()>(format!("image `{}`", image.value), image.span(self.source), None);
        }
        names
    }

    /// Adds the facts about images to every service that uses them. Entries of the service take precedence.
    pub(crate) fn images(
        &mut self,
        images: Named<written::ImageEntry>,
        services: &mut IndexMap<ServiceName, ServiceChoice>,
    ) {
        let project = self.project;
        for (repository, image) in images.0 {
            let written::ImageEntry { ports, data, health } = image;
            let health = health.map(|health| self.health(health));
            let ports: Vec<ImagePort> = ports.into_iter().filter_map(|port| self.port(port)).collect();
            let data = data.and_then(|data| self.data(data));
            let ImageName { repository: wanted, tag: pattern } = ImageName::new(&repository.value);
            for (name, service) in &project.services {
                let image = ImageName::new(&service.process.image.reference.value);
                if image.repository != wanted || !matches_pattern(pattern.unwrap_or("*"), image.tag.unwrap_or("latest"))
                {
                    continue;
                }
                let choice = services
                    .entry(name.clone())
                    .or_insert_with(|| ServiceChoice::new(Spanned::new(name.clone(), repository.span(self.source))));
                if choice.ports.is_empty() {
                    choice.ports.clone_from(&ports);
                }
                if choice.data.is_none()
                    && data.as_ref().is_some_and(|data| !is_mounted(service, &data.value.path.value))
                {
                    choice.data.clone_from(&data);
                }
                if choice.health.is_none() && matches!(service.health, Health::Image(_)) {
                    choice.health.clone_from(&health);
                }
            }
        }
    }
}

/// The parts of an image reference that identify the image.
/// <https://pkg.go.dev/github.com/distribution/reference>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ImageName<'a> {
    /// The repository, without Docker Hub's registry and its `library/`.
    pub(crate) repository: &'a str,
    /// The tag, if there is one.
    pub(crate) tag: Option<&'a str>,
}

impl<'a> ImageName<'a> {
    pub(crate) fn new(reference: &'a str) -> Self {
        let untagged = reference.split_once('@').map_or(reference, |(name, _)| name);
        let (name, tag) = match untagged.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            Some(_) | None => (untagged, None),
        };
        let name = name.strip_prefix("docker.io/").unwrap_or(name);
        Self { repository: name.strip_prefix("library/").unwrap_or(name), tag }
    }
}

/// Whether a string matches a pattern; `*` matches any characters.
pub(crate) fn matches_pattern(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

/// Whether a service has a mount at the path, above it or below it, and so decides itself where the data is stored.
pub(crate) fn is_mounted(service: &Service, path: &str) -> bool {
    let mut targets = service.volumes.mounts.iter().map(|mount| mount.target.value.as_str());
    targets.any(|target| is_at_or_below(path, target) || is_at_or_below(target, path))
}

#[cfg(test)]
mod tests {
    use super::{ImageName, matches_pattern};

    #[test]
    fn an_image_is_known_by_its_repository() {
        let parts = |reference| {
            let ImageName { repository, tag } = ImageName::new(reference);
            (repository, tag)
        };
        assert_eq!(parts("redis"), ("redis", None));
        assert_eq!(parts("docker.io/library/redis:7@sha256:00"), ("redis", Some("7")));
        assert_eq!(parts("localhost:5000/a/b"), ("localhost:5000/a/b", None));
        assert_eq!(parts("ghcr.io/a/b:1.2"), ("ghcr.io/a/b", Some("1.2")));
    }

    #[test]
    fn a_tag_pattern_matches_whole_tags() {
        assert!(matches_pattern("*", "7") && matches_pattern("7*", "7.0-alpine") && matches_pattern("7", "7"));
        assert!(matches_pattern("*-alpine", "7-alpine") && matches_pattern("8.*-al*e", "8.1-alpine"));
        assert!(!matches_pattern("7", "7.0") && !matches_pattern("7*", "17") && !matches_pattern("*-x", "7"));
    }
}
