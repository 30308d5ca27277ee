//! Topic *networks*: addresses, hosts, DNS, host name → the pod; [`services`](super::services) makes the names,
//! [`ports`](super::ports) what is published.
//! <https://github.com/compose-spec/compose-spec/blob/main/06-networks.md>

use std::net::IpAddr;

use k8s_openapi::api::core::v1::{
    Capabilities, Container, HostAlias, PodDNSConfig, PodDNSConfigOption, SecurityContext,
};

use super::analysis::dependencies::of_container;
use super::findings::Findings;
use super::pod::builder::Draft;
use super::pod::defaults;
use super::ports;
use super::problem::Problem;
use super::scene::{Gathered, Scene, Stage};
use super::unique::push_unique;
use crate::keys::Key;
use crate::overrides::{Addresses, DnsChoice};
use crate::resolve::Service;
use crate::resolve::networks::{Attachment, ExtraHost, HostAddress, Membership, Networks};
use crate::text::{Span, Spanned};

/// Fills in how the pod stands in the network.
pub(super) fn networks(
    service: &Service,
    scene: Scene,
    draft: &mut Draft,
    container: &mut Container,
    gathered: &mut Gathered,
    findings: &mut Findings,
) {
    let Networks {
        attachment,
        container_name: _,
        hostname,
        domainname,
        ports: published,
        expose: _,
        extra_hosts,
        dns,
        dns_search,
        dns_opt,
        links: _,
        external_links: _,
        mac_address: _,
    } = &service.networks;
    match attachment {
        Attachment::Networks(memberships) => addresses(service, memberships, scene, draft, findings),
        Attachment::None(_) => {}
        Attachment::Host(at) => {
            draft.spec.host_network = Some(true);
            // The waits ask the cluster's DNS, which the node's own resolver does not know.
            draft.spec.dns_policy = Some("ClusterFirstWithHostNet".to_owned());
            draft.spec.dns_config = None;
            if scene.stage == Stage::Up && ports::known(service, scene).is_empty() {
                findings.of_key(
                    &service.name.value,
                    Key::NetworkMode,
                    Problem::HostNetwork { service: service.name.value.to_string(), at: *at },
                );
            }
        }
        // The pod is another service's, and so is all that stands below.
        Attachment::OfService(_) => {
            of_the_other(service, scene, findings);
            return ports::published(service, published, scene, container, gathered, findings);
        }
        Attachment::OfContainer(other) => {
            if of_container(scene.project, &other.value).is_some() {
                of_the_other(service, scene, findings);
                return ports::published(service, published, scene, container, gathered, findings);
            }
            findings.of_key(
                &service.name.value,
                Key::NetworkMode,
                Problem::ForeignContainer {
                    service: service.name.value.to_string(),
                    container: other.value.clone(),
                    at: other.span,
                },
            );
        }
    }
    host_name(service, hostname.as_ref(), domainname.as_ref(), draft, findings);
    name_servers(service, dns, scene, draft, findings);
    search(dns_search, dns_opt, draft);
    hosts(service, extra_hosts, draft, findings);
    ports::published(service, published, scene, container, gathered, findings);
}

/// Every fixed address of a service, once: on `lo` where others dial it through a Service, on `eth0` otherwise.
fn addresses(service: &Service, memberships: &[Membership], scene: Scene, draft: &mut Draft, findings: &mut Findings) {
    let name = &service.name.value;
    let mut lines = Vec::new();
    let (mut dialled, mut own): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    let (mut dialled_at, mut own_at) = (Vec::new(), Vec::new());
    for Membership { network, ipv4_address, ipv6_address, aliases: _ } in memberships {
        if let Some(address) = ipv4_address {
            match scene.subnets.choice(&network.value) {
                Addresses::Service => {
                    lines.push(format!("ip address replace {}/32 dev lo", address.value));
                    dialled.push(&network.value);
                    dialled_at.push(address.span);
                }
                Addresses::Interface => {
                    let prefix = prefix(scene, &network.value, IpAddr::V4(address.value));
                    lines.push(format!("ip address replace {}/{prefix} dev eth0", address.value));
                    own.push(&network.value);
                    own_at.push(address.span);
                }
            }
        }
        if let Some(address) = ipv6_address {
            let prefix = prefix(scene, &network.value, IpAddr::V6(address.value));
            lines.push(format!("ip -6 address replace {}/{prefix} dev eth0", address.value));
            push_unique(&mut own, network.value.as_str());
            own_at.push(address.span);
        }
    }
    if lines.is_empty() {
        return;
    }
    let single = lines.len() == 1;
    let script = if single { lines.concat() } else { lines.join("\n") + "\n" };
    let container = Container {
        command: Some(vec!["/bin/sh".to_owned(), "-ec".to_owned(), script]),
        security_context: Some(SecurityContext {
            run_as_user: Some(0),
            capabilities: Some(Capabilities { add: Some(vec!["NET_ADMIN".to_owned()]), drop: None }),
            ..SecurityContext::default()
        }),
        ..defaults::helper(scene, "addresses")
    };
    draft.init(container, story(service, scene, &dialled, &own));
    // Said of the service, not once more of each run of it.
    if scene.stage == Stage::Run && !scene.sequence.is_setup(name) {
        return;
    }
    if !dialled_at.is_empty() {
        findings.of_key(
            name,
            Key::NetworksIpv4Address,
            Problem::FixedAddress { service: name.to_string(), at: dialled_at },
        );
    }
    if !own_at.is_empty() {
        findings.of_key(name, Key::NetworksIpv4Address, Problem::OwnAddress { service: name.to_string(), at: own_at });
    }
}

/// Why the `addresses` container is there.
fn story(service: &Service, scene: Scene, dialled: &[&str], own: &[&str]) -> String {
    let object = scene.names.of(&service.name.value);
    let mut text =
        String::from(if dialled.len() + own.len() == 1 { "ipv4_address." } else { "ipv4_address, once a network." });
    if !dialled.is_empty() {
        text.push_str(&format!(
            " {} of {} {} in services/{object}.yaml and also {} on lo, because a container may bind its own address and \
             dial itself by it.",
            if dialled.len() == 1 { "That" } else { "Those" },
            listed(dialled),
            if dialled.len() == 1 { "is the ClusterIP" } else { "are the ClusterIPs" },
            if dialled.len() == 1 { "sits" } else { "sit" },
        ));
    }
    if !own.is_empty() {
        text.push_str(&format!(
            " {} of {} {} the pod's own business: with the network's prefix, a neighbour that nobody is stays \
             silent for three seconds and is then unreachable, as on Docker's bridge.",
            if own.len() == 1 { "That" } else { "Those" },
            listed(own),
            if own.len() == 1 { "is" } else { "are" },
        ));
    }
    text.push_str(" `replace`, not `add`: this may run twice in one sandbox.");
    text
}

fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The prefix length of the declared subnet that holds the address; the whole address where none is declared.
fn prefix(scene: Scene, network: &str, address: IpAddr) -> u8 {
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let subnets = scene.project.networks.get(network).map_or(&[][..], |network| network.subnets.as_slice());
    subnets.iter().find(|subnet| subnet.value.contains(&address)).map_or(whole, |subnet| subnet.value.prefix_len())
}

/// What a container that shares another's network cannot have of its own.
fn of_the_other(service: &Service, scene: Scene, findings: &mut Findings) {
    if scene.stage == Stage::Run {
        return;
    }
    let of = &service.networks;
    let (mut keys, mut at) = (Vec::new(), Vec::new());
    let mut lost = |key: &str, span: Option<Span>| {
        if let Some(span) = span {
            keys.push(format!("`{key}`"));
            at.push(span);
        }
    };
    lost("hostname", of.hostname.as_ref().map(|name| name.span));
    lost("domainname", of.domainname.as_ref().map(|name| name.span));
    lost("extra_hosts", of.extra_hosts.first().map(|host| host.name.span));
    lost("dns", of.dns.first().map(|server| server.span));
    lost("dns_search", of.dns_search.first().map(|domain| domain.span));
    lost("dns_opt", of.dns_opt.first().map(|option| option.span));
    if !keys.is_empty() {
        findings.of(
            &service.name.value,
            Problem::SettingOfOther { service: service.name.value.to_string(), key: keys.join(", "), at },
        );
    }
}

/// `hostname` and `domainname`.
fn host_name(
    service: &Service,
    hostname: Option<&Spanned<String>>,
    domainname: Option<&Spanned<String>>,
    draft: &mut Draft,
    findings: &mut Findings,
) {
    let (Some(host), domain) = (hostname, domainname) else { return };
    let full = domain.map_or_else(|| host.value.clone(), |domain| format!("{}.{}", host.value, domain.value));
    let lower = full.to_ascii_lowercase();
    // The kubelet gives no name of its own to a pod on the node's network.
    let on_node = draft.spec.host_network == Some(true);
    let bearable = !on_node
        && lower.len() <= 63
        && lower.split('.').all(|label| {
            let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            !label.is_empty() && label.chars().all(inner) && !label.starts_with('-') && !label.ends_with('-')
        });
    if !bearable || lower != full {
        findings.of_key(
            &service.name.value,
            Key::Hostname,
            Problem::HostName {
                service: service.name.value.to_string(),
                name: full.clone(),
                instead: if bearable {
                    format!("the container is called `{lower}`")
                } else if on_node {
                    "the container has the name of the node, whose network it is on".to_owned()
                } else {
                    "the container has the name of its pod".to_owned()
                },
                advice: if on_node {
                    "nothing to do, unless the program needs that name: then do without `network_mode: host`".to_owned()
                } else {
                    "use lower case letters, digits and dashes, at most 63".to_owned()
                },
                at: host.span,
            },
        );
    }
    if !bearable {
        return;
    }
    // A name with dots is no `hostname`, which is a single label; the override takes a whole domain name.
    if lower.contains('.') {
        draft.spec.hostname_override = Some(lower);
    } else {
        draft.spec.hostname = Some(lower);
    }
}

/// The API server takes no more in `dnsConfig.nameservers`.
/// <https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-dns-config>
const NAME_SERVERS: usize = 3;

/// `dns`: Docker asks its own server first and these for what it does not know; resolvers do not fall through, so the
/// overrides choose between a zone of the cluster's DNS and these servers alone.
fn name_servers(service: &Service, dns: &[Spanned<IpAddr>], scene: Scene, draft: &mut Draft, findings: &mut Findings) {
    let Some(first) = dns.first() else { return };
    let name = &service.name.value;
    let choice = scene.choice(name).and_then(|choice| choice.dns.as_ref());
    let because = choice.map(|reasoned| reasoned.because.as_str()).unwrap_or_default();
    let servers = dns.iter().map(|server| server.value.to_string()).collect::<Vec<_>>().join(", ");
    match choice.map(|reasoned| &reasoned.value.value) {
        Some(DnsChoice::Zones) => draft.comment(
            &["spec", "dnsConfig", "nameservers"],
            format!(
                "dns: {servers}. The cluster's DNS, which passes zones on to that server (cluster/Corefile). {because}"
            ),
        ),
        Some(DnsChoice::Replace) => {
            if let (Some(choice), more @ [_, ..]) = (choice, dns.get(NAME_SERVERS..).unwrap_or_default()) {
                let problem = Problem::TooManyNameServers {
                    service: name.to_string(),
                    number: dns.len(),
                    at: more.iter().map(|server| server.span).collect(),
                    choice: choice.value.span,
                };
                findings.of_key(name, Key::Dns, problem);
            }
            draft.spec.dns_policy = Some("None".to_owned());
            let config = draft.spec.dns_config.get_or_insert_with(PodDNSConfig::default);
            config.nameservers = Some(dns.iter().map(|server| server.value.to_string()).collect());
            // They do not know the namespace's domain either.
            config.searches = None;
            draft.comment(
                &["spec", "dnsConfig", "nameservers"],
                format!("dns: {servers}. These servers alone, which do not know the project's own names. {because}"),
            );
        }
        None => findings.of_key(
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

/// `dns_search` and `dns_opt`. The namespace's own domain stays first: Docker answers its own names before any search.
fn search(dns_search: &[Spanned<String>], dns_opt: &[Spanned<String>], draft: &mut Draft) {
    if dns_search.is_empty() && dns_opt.is_empty() {
        return;
    }
    let config = draft.spec.dns_config.get_or_insert_with(PodDNSConfig::default);
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

/// `extra_hosts` → hostAliases, one an address, in the order of the addresses' first mention.
fn hosts(service: &Service, extra_hosts: &[ExtraHost], draft: &mut Draft, findings: &mut Findings) {
    let owner = &service.name.value;
    for ExtraHost { name, address } in extra_hosts {
        let address = match address {
            HostAddress::Ip(address) => address.to_string(),
            HostAddress::HostGateway => {
                findings.of_key(
                    owner,
                    Key::ExtraHosts,
                    Problem::HostGateway { service: owner.to_string(), name: name.value.clone(), at: name.span },
                );
                continue;
            }
        };
        // Host names know no case, and Kubernetes takes them in lower case alone.
        let lower = name.value.to_ascii_lowercase();
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let label = |label: &str| {
            !label.is_empty() && label.chars().all(inner) && !label.starts_with('-') && !label.ends_with('-')
        };
        if lower.len() > 253 || !lower.split('.').all(label) {
            findings.of_key(
                owner,
                Key::ExtraHosts,
                Problem::UnbearableHostName {
                    service: owner.to_string(),
                    key: "extra_hosts".to_owned(),
                    name: name.value.clone(),
                    at: name.span,
                },
            );
            continue;
        }
        let aliases = draft.spec.host_aliases.get_or_insert_with(Vec::new);
        match aliases.iter_mut().find(|alias| alias.ip == address) {
            Some(alias) => push_unique(alias.hostnames.get_or_insert_with(Vec::new), lower),
            None => aliases.push(HostAlias { ip: address, hostnames: Some(vec![lower]) }),
        }
    }
}
