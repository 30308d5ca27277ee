//! `dns`, `dns_search`, `dns_opt`: the name servers of the pod.

use k8s_openapi::api::core::v1::{Container, PodDNSConfig, PodDNSConfigOption};

use crate::keys::Key;
use crate::lower::analysis::resolver::{direct_servers, queries_itself};
use crate::lower::context::PodRole;
use crate::lower::pod::builder::PodBuilder;
use crate::lower::pod::defaults;
use crate::lower::problem::Problem;
use crate::maps::push_unique;
use crate::resolve::Service;
use crate::resolve::networks::Attachment;
use crate::text::Spanned;

/// Sets the name servers of a pod: the project resolver, or the servers of `dns` directly where Docker has no names of the
/// project for the container.
pub(crate) fn set_name_servers(service: &Service, pod: &mut PodBuilder) {
    if let Some(endpoint) = pod.context.resolver_endpoint(service) {
        let config = pod.spec.dns_config.get_or_insert_with(PodDNSConfig::default);
        config.nameservers = Some(vec![endpoint.address.to_string()]);
        // The resolver answers names without a domain.
        config.searches = None;
        config.options = Some(vec![PodDNSConfigOption { name: Some("ndots".to_owned()), value: Some("0".to_owned()) }]);
        let text = format!("The project resolver (services/{}.yaml).", pod.context.names.resolver);
        pod.comment(&["spec", "dnsConfig", "nameservers"], text);
        return;
    }
    let on_host = matches!(service.networks.attachment, Attachment::Host(_));
    let Some(first) = service.networks.dns.first().filter(|_| on_host || queries_itself(service)) else { return };
    pod.spec.dns_policy = Some("None".to_owned());
    let config = pod.spec.dns_config.get_or_insert_with(PodDNSConfig::default);
    config.nameservers = Some(direct_servers(service));
    // These servers do not know the namespace's domain.
    config.searches = None;
    config.options = None;
    pod.comment(&["spec", "dnsConfig", "nameservers"], "dns. The pod queries these servers directly.".to_owned());
    let is_named = |other: &&Service| {
        other.name.value != service.name.value && matches!(other.networks.attachment, Attachment::Networks(_))
    };
    if !on_host && pod.context.role == PodRole::Service && pod.context.project.services.values().any(|it| is_named(&it))
    {
        let name = service.name.value.to_string();
        pod.findings.for_key(&service.name.value, Key::Dns, Problem::LoopbackDns { service: name, at: first.span });
    }
}

/// Adds `dns_search` and `dns_opt`. Without the project resolver the namespace's domain stays first, because Docker resolves
/// its own names before it uses a search domain.
pub(crate) fn add_search_domains(dns_search: &[Spanned<String>], dns_opt: &[Spanned<String>], pod: &mut PodBuilder) {
    if dns_search.is_empty() && dns_opt.is_empty() {
        return;
    }
    let config = pod.spec.dns_config.get_or_insert_with(PodDNSConfig::default);
    for domain in dns_search.iter().filter(|domain| domain.value != ".") {
        push_unique(config.searches.get_or_insert_with(Vec::new), domain.value.clone());
    }
    for option in dns_opt {
        let options = config.options.get_or_insert_with(Vec::new);
        let (name, value) =
            option.value.split_once(':').map_or((option.value.as_str(), None), |(name, value)| (name, Some(value)));
        let value = value.map(str::to_owned);
        match options.iter_mut().find(|known| known.name.as_deref() == Some(name)) {
            Some(known) => known.value = value,
            None => options.push(PodDNSConfigOption { name: Some(name.to_owned()), value }),
        }
    }
}

/// Adds the init container that waits until the project resolver answers. Without it, a lookup that fails while the resolver
/// starts would fail the program, which in Docker never happens. A pod that already waits for a name waits for the resolver
/// too.
pub(crate) fn wait_for_resolver(service: &Service, pod: &mut PodBuilder) {
    let context = pod.context;
    if context.resolver_endpoint(service).is_none() {
        return;
    }
    let waits = |container: &Container| container.name.starts_with("wait-for-");
    if pod.spec.init_containers.iter().flatten().any(waits) {
        return;
    }
    let name = &context.names.resolver;
    let container = Container {
        command: Some(defaults::wait_for_name(&format!("{name}.{}.", context.domain()), "")),
        ..defaults::helper_container(context, &format!("wait-for-{name}"))
    };
    pod.add_init_container(
        container,
        "Waits until the project resolver answers, so that the first lookup of the program does not fail.".to_owned(),
    );
}
