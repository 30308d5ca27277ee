//! `dns`, `dns_search`, `dns_opt`.

use std::net::IpAddr;

use k8s_openapi::api::core::v1::{PodDNSConfig, PodDNSConfigOption};

use crate::keys::Key;
use crate::lower::pod::builder::PodBuilder;
use crate::lower::problem::Problem;
use crate::lower::unique::push_unique;
use crate::overrides::DnsChoice;
use crate::resolve::Service;
use crate::text::Spanned;

/// The API server accepts at most three `dnsConfig.nameservers`.
/// <https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-dns-config>
const MAX_NAME_SERVERS: usize = 3;

/// Sets the name servers of `dns`. Docker queries them for names that it cannot resolve itself. The resolver in a pod
/// queries only the first server that answers, so the overrides choose between zones of the cluster's DNS and these
/// servers alone.
pub(crate) fn set_name_servers(service: &Service, dns: &[Spanned<IpAddr>], pod: &mut PodBuilder) {
    let context = pod.context;
    let Some(first) = dns.first() else { return };
    let name = &service.name.value;
    let choice = context.choice(name).and_then(|choice| choice.dns.as_ref());
    let because = choice.map(|reasoned| reasoned.because.as_str()).unwrap_or_default();
    let servers = dns.iter().map(|server| server.value.to_string()).collect::<Vec<_>>().join(", ");
    match choice.map(|reasoned| &reasoned.value.value) {
        Some(DnsChoice::Zones) => pod.comment(
            &["spec", "dnsConfig", "nameservers"],
            format!(
                "dns: {servers}. The cluster's DNS, which passes zones on to that server (cluster/Corefile). {because}"
            ),
        ),
        Some(DnsChoice::Replace) => {
            if let (Some(choice), more @ [_, ..]) = (choice, dns.get(MAX_NAME_SERVERS..).unwrap_or_default()) {
                let problem = Problem::TooManyNameServers {
                    service: name.to_string(),
                    number: dns.len(),
                    at: more.iter().map(|server| server.span).collect(),
                    choice: choice.value.span,
                };
                pod.findings.for_key(name, Key::Dns, problem);
            }
            pod.spec.dns_policy = Some("None".to_owned());
            let config = pod.spec.dns_config.get_or_insert_with(PodDNSConfig::default);
            config.nameservers = Some(dns.iter().map(|server| server.value.to_string()).collect());
            // These servers cannot resolve the namespace's domain.
            config.searches = None;
            pod.comment(
                &["spec", "dnsConfig", "nameservers"],
                format!("dns: {servers}. These servers alone, which do not know the project's own names. {because}"),
            );
        }
        None => pod.findings.for_key(
            name,
            Key::Dns,
            Problem::DnsChoice {
                service: name.to_string(),
                servers: dns.iter().map(|server| format!("`{}`", server.value)).collect::<Vec<_>>().join(", "),
                at: first.span,
            },
        ),
    }
}

/// Adds `dns_search` and `dns_opt`. The namespace's domain stays first, because Docker resolves its own names before it
/// uses a search domain.
pub(crate) fn add_search_domains(dns_search: &[Spanned<String>], dns_opt: &[Spanned<String>], pod: &mut PodBuilder) {
    if dns_search.is_empty() && dns_opt.is_empty() {
        return;
    }
    let config = pod.spec.dns_config.get_or_insert_with(PodDNSConfig::default);
    let searches = config.searches.get_or_insert_with(Vec::new);
    for domain in dns_search.iter().filter(|domain| domain.value != ".") {
        push_unique(searches, domain.value.clone());
    }
    let options = config.options.get_or_insert_with(Vec::new);
    for option in dns_opt {
        let (name, value) =
            option.value.split_once(':').map_or((option.value.as_str(), None), |(name, value)| (name, Some(value)));
        let value = value.map(str::to_owned);
        match options.iter_mut().find(|known| known.name.as_deref() == Some(name)) {
            Some(known) => known.value = value,
            None => options.push(PodDNSConfigOption { name: Some(name.to_owned()), value }),
        }
    }
}
