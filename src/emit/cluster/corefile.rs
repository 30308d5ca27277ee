//! `cluster/Corefile`: server blocks that are added to the cluster's DNS, between two markers.
//! <https://coredns.io/manual/configuration/>

use std::fmt::Write as _;

use crate::emit::manifests::rendered_service::RenderedService;
use crate::emit::metadata::OutputMetadata;
use crate::emit::problem::Problem;
use crate::emit::{header, yaml};
use crate::lower::Objects;
use crate::lower::objects::ZonePlan;
use crate::vocabulary::{TOOL, file};

/// Renders the file; `None` if the cluster's DNS does not change.
///
/// Zones have no cache, so that answers and failures are as recent as those of their server, and `max_fails 0`, so that
/// a server is queried again as soon as it is back. Renames are one block that queries the DNS itself for the name of
/// the Service; the answer has the queried name.
pub(crate) fn corefile(
    objects: &Objects<RenderedService>,
    metadata: &OutputMetadata,
) -> Result<Option<String>, Problem> {
    let (zones, renames) = (&objects.cluster.zones, &objects.cluster.renames);
    if zones.is_empty() && renames.is_empty() {
        return Ok(None);
    }
    let namespace = objects.namespace.as_str();
    let mut text = format!("{}\n", header::hash(metadata));
    let purpose = "scripts/k8s-up.sh puts what stands between the two markers into the Corefile of the cluster's DNS.";
    yaml::comment(&mut text, purpose, 0);
    let _ = writeln!(text, "# {TOOL} {namespace}: begin");
    for ZonePlan { zone, server, because } in zones {
        yaml::comment(&mut text, because, 0);
        let zone = checked(zone)?;
        let _ = write!(text, "{zone}:53 {{\n    errors\n    forward . {server} {{\n        max_fails 0\n    }}\n}}\n");
    }
    if !renames.is_empty() {
        let suffix = format!("{namespace}.svc.cluster.local");
        let purpose = "Compose's names that no Service can bear. The answer carries the name that was asked.";
        yaml::comment(&mut text, purpose, 0);
        let mut names: Vec<(String, String)> = Vec::new();
        for (asked, service) in renames {
            // CoreDNS compares names in lower case.
            let (asked, service) = (checked(asked)?.to_ascii_lowercase(), format!("{service}.{suffix}"));
            names.push((format!("{asked}.{suffix}"), service.clone()));
            // Resolvers query a name with a dot as it is, without a search domain.
            if asked.contains('.') {
                names.push((asked, service));
            }
        }
        let mut block = String::new();
        for (asked, _) in &names {
            let _ = write!(block, "{asked}:53 ");
        }
        block.push_str("{\n    errors\n");
        for (asked, service) in &names {
            let _ = writeln!(block, "    rewrite name exact {asked} {service}");
        }
        text.push_str(&block);
        text.push_str("    forward . 127.0.0.1\n}\n");
    }
    let _ = writeln!(text, "# {TOOL} {namespace}: end");
    Ok(Some(text))
}

/// Returns the name, or an error if it has characters with a meaning in a Corefile.
fn checked(name: &str) -> Result<&str, Problem> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    if !name.is_empty() && name.chars().all(plain) {
        Ok(name)
    } else {
        Err(Problem::unfaithful(file::COREFILE, format!("a Corefile cannot hold the name `{name}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::sample;
    use crate::lower::objects::Name;

    #[test]
    fn a_name_with_a_dot_is_renamed_with_and_without_the_search_domain() {
        let mut objects = sample::rendered();
        objects.cluster.renames = vec![("API.example.org".to_owned(), Name::in_test("api-example-org"))];
        let text = corefile(&objects, &sample::metadata()).unwrap().unwrap();
        let service = "api-example-org.shop.svc.cluster.local";
        for asked in ["api.example.org", "api.example.org.shop.svc.cluster.local"] {
            assert!(text.contains(&format!("rewrite name exact {asked} {service}\n")), "{text}");
            assert!(text.contains(&format!("{asked}:53 ")), "{text}");
        }
    }
}
