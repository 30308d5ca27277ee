//! Where a service names the address of Docker's embedded DNS server.

use super::model::process::Words;
use super::model::project::{Project, Service};
use super::model::volumes::ConfigOrSecretSource;
use crate::text::{Span, Spanned};

/// The address of Docker's embedded DNS server in a container.
/// <https://docs.docker.com/engine/network/#dns-services>
const DOCKER_DNS: &str = "127.0.0.11";

/// Returns the first place where arguments, variables, or inline configs and secrets of a service contain [`DOCKER_DNS`].
#[must_use]
pub fn place_of_docker_dns(service: &Service, project: &Project) -> Option<Span> {
    let process = &service.process;
    let in_words = |words: &Words| match words {
        Words::Given(list) => list.value.iter().any(|word| contains_docker_dns(word)).then_some(list.span),
        Words::Image | Words::Cleared(_) => None,
    };
    let in_text = |text: &Spanned<String>| contains_docker_dns(&text.value).then_some(text.span);
    let grants = [(&service.volumes.configs, &project.configs), (&service.volumes.secrets, &project.secrets)];
    let contents = grants.into_iter().flat_map(|(grants, declared)| {
        grants.iter().filter_map(|grant| match &declared.get(&grant.source.value)?.source {
            ConfigOrSecretSource::Content(content) => Some(content),
            ConfigOrSecretSource::File(_)
            | ConfigOrSecretSource::Environment(..)
            | ConfigOrSecretSource::OutsideContent(_)
            | ConfigOrSecretSource::External
            | ConfigOrSecretSource::Driver(_) => None,
        })
    });
    in_words(&process.entrypoint)
        .or_else(|| in_words(&process.command))
        .or_else(|| process.environment.iter().filter_map(|variable| variable.value.as_ref()).find_map(in_text))
        .or_else(|| contents.into_iter().find_map(in_text))
}

/// Returns whether a text contains [`DOCKER_DNS`] as a whole address.
fn contains_docker_dns(text: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    text.match_indices(DOCKER_DNS).any(|(at, found)| {
        let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + found.len()..).unwrap_or_default());
        !before.ends_with(is_digit) && !after.starts_with(is_digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_address_is_one_of_docker() {
        assert!(contains_docker_dns("resolver 127.0.0.11 valid=5s;"));
        assert!(contains_docker_dns("127.0.0.11:53"));
        assert!(!contains_docker_dns("127.0.0.110") && !contains_docker_dns("1127.0.0.11") && !contains_docker_dns(""));
    }
}
