//! Topic *networks*: the objects of the project resolver, a CoreDNS in the project's namespace without access to the API.
//! <https://coredns.io/manual/toc/>
//!
//! A name of the project is rewritten to the name of its Service and forwarded to the cluster's DNS. Everything else is
//! forwarded to the servers of `dns`, or to those of the node. There is no cache, so that answers are as recent as those of
//! these servers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec};
use k8s_openapi::api::core::v1::{
    Capabilities, ConfigMap, ConfigMapVolumeSource, Container, HTTPGetAction, PodSecurityContext, PodSpec,
    PodTemplateSpec, Probe, SeccompProfile, SecurityContext, Service as ServiceObject, ServicePort, ServiceSpec,
    Volume, VolumeMount,
};
use k8s_openapi::api::networking::v1::NetworkPolicyPeer;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::lower::analysis::names::object_name;
use crate::lower::analysis::resolver::{Endpoint, Resolver, Upstream};
use crate::lower::context::Context;
use crate::lower::objects::{Comment, Name, Object, ObjectKind, ResolverObjects};
use crate::lower::pod::metadata::{labels, metadata, selector};
use crate::overrides::RESOLVER_IMAGE;
use crate::words::fnv1a_32;

/// The folder of the Corefile in the container.
const CONFIGURATION: &str = "/etc/coredns";
/// The name of the Corefile.
const COREFILE: &str = "Corefile";
/// The port of the `ready` plugin.
const READY_PORT: u16 = 8181;
/// The user of images without a user database (`nonroot` of distroless images).
const USER: i64 = 65532;

/// Returns the objects of the resolver.
pub(crate) fn resolver_objects(resolver: &Resolver, context: Context) -> ResolverObjects {
    let corefile = corefile(resolver, context);
    // The name contains a hash of the content: a mounted ConfigMap would take a minute to change, a new one restarts the
    // Deployment.
    let name = object_name(&format!("{}-{:08x}", resolver.name, fnv1a_32(corefile.bytes())));
    let config_map = ConfigMap {
        metadata: metadata(&name, labels(&resolver.name, context), context),
        data: Some(BTreeMap::from([(COREFILE.to_owned(), corefile)])),
        ..ConfigMap::default()
    };
    ResolverObjects {
        name: resolver.name.clone(),
        manifests: vec![
            object(
                ObjectKind::ConfigMap(Box::new(config_map)),
                "The project resolver, which does what Docker's embedded DNS server does: it answers the names of the \
                 project, and forwards all other queries. The name of this ConfigMap contains a hash of the Corefile.",
            ),
            object(ObjectKind::Deployment(Box::new(deployment(resolver, &name, context))), ""),
        ],
        services: resolver.endpoints.iter().map(|endpoint| service(endpoint, resolver, context)).collect(),
        image: RESOLVER_IMAGE.to_owned(),
        names: resolver.names.clone(),
    }
}

/// Returns the pods of the resolver.
pub(crate) fn peer(resolver: &Resolver, context: Context) -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        pod_selector: Some(LabelSelector {
            match_labels: Some(selector(&resolver.name, context)),
            ..LabelSelector::default()
        }),
        ..NetworkPolicyPeer::default()
    }
}

fn object(kind: ObjectKind, text: &str) -> Object {
    let comment = (!text.is_empty()).then(|| Comment { at: Vec::new(), text: text.to_owned() });
    Object { kind, comments: comment.into_iter().collect() }
}

/// Renders the Corefile: the snippet with the project's names, and a server block for each endpoint.
///
/// `rewrite name exact` matches no name below, and the answer contains the requested name. The final dots make all names
/// absolute.
fn corefile(resolver: &Resolver, context: Context) -> String {
    let domain = context.domain();
    let mut text = "(project) {\n    errors\n".to_owned();
    for (name, service) in &resolver.names {
        let _ = writeln!(text, "    rewrite name exact {name}. {service}.{domain}.");
    }
    let _ = write!(text, "    forward {domain} {} {{\n        max_fails 0\n    }}\n}}\n", context.dns());
    for (index, Endpoint { name: _, address: _, port, upstream }) in resolver.endpoints.iter().enumerate() {
        let _ = write!(text, ".:{port} {{\n    import project\n");
        if index == 0 {
            let _ = writeln!(text, "    ready :{READY_PORT}");
        }
        match upstream {
            Upstream::Node => text.push_str("    forward . /etc/resolv.conf\n"),
            Upstream::Servers(servers) => {
                let all: Vec<String> = servers.iter().map(ToString::to_string).collect();
                // Docker queries the next server after a failure, but not after an answer that there is no such name.
                let several = if servers.len() > 1 {
                    "        policy sequential\n        failover SERVFAIL REFUSED\n"
                } else {
                    "        max_fails 0\n"
                };
                let _ = write!(text, "    forward . {} {{\n{several}    }}\n", all.join(" "));
            }
            Upstream::Nothing => {}
        }
        text.push_str("}\n");
    }
    text
}

fn deployment(resolver: &Resolver, config_map: &Name, context: Context) -> Deployment {
    let volume = "configuration".to_owned();
    let container = Container {
        name: "coredns".to_owned(),
        image: Some(RESOLVER_IMAGE.to_owned()),
        image_pull_policy: Some(context.target.image_pull_policy().to_owned()),
        args: Some(vec!["-conf".to_owned(), format!("{CONFIGURATION}/{COREFILE}")]),
        readiness_probe: Some(Probe {
            http_get: Some(HTTPGetAction {
                path: Some("/ready".to_owned()),
                port: IntOrString::Int(i32::from(READY_PORT)),
                ..HTTPGetAction::default()
            }),
            period_seconds: Some(1),
            ..Probe::default()
        }),
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            capabilities: Some(Capabilities { add: None, drop: Some(vec!["ALL".to_owned()]) }),
            read_only_root_filesystem: Some(true),
            ..SecurityContext::default()
        }),
        volume_mounts: Some(vec![VolumeMount {
            name: volume.clone(),
            mount_path: CONFIGURATION.to_owned(),
            read_only: Some(true),
            ..VolumeMount::default()
        }]),
        ..Container::default()
    };
    let spec = PodSpec {
        automount_service_account_token: Some(false),
        enable_service_links: Some(false),
        // `/etc/resolv.conf` in the Corefile is the node's.
        dns_policy: Some("Default".to_owned()),
        security_context: Some(PodSecurityContext {
            run_as_non_root: Some(true),
            run_as_user: Some(USER),
            seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".to_owned(), localhost_profile: None }),
            ..PodSecurityContext::default()
        }),
        containers: vec![container],
        volumes: Some(vec![Volume {
            name: volume,
            config_map: Some(ConfigMapVolumeSource {
                name: config_map.to_string(),
                ..ConfigMapVolumeSource::default()
            }),
            ..Volume::default()
        }]),
        ..PodSpec::default()
    };
    let name = &resolver.name;
    Deployment {
        metadata: metadata(name, labels(name, context), context),
        spec: Some(DeploymentSpec {
            replicas: Some(1),
            selector: LabelSelector { match_labels: Some(selector(name, context)), ..LabelSelector::default() },
            template: PodTemplateSpec {
                metadata: Some(ObjectMeta { labels: Some(labels(name, context)), ..ObjectMeta::default() }),
                spec: Some(spec),
            },
            ..DeploymentSpec::default()
        }),
        status: None,
    }
}

fn service(endpoint: &Endpoint, resolver: &Resolver, context: Context) -> Object {
    let Endpoint { name, address, port, upstream } = endpoint;
    let port = |port_name: &str, protocol: &str| ServicePort {
        name: Some(port_name.to_owned()),
        port: 53,
        protocol: Some(protocol.to_owned()),
        target_port: Some(IntOrString::Int(i32::from(*port))),
        ..ServicePort::default()
    };
    let spec = ServiceSpec {
        cluster_ip: Some(address.to_string()),
        selector: Some(selector(&resolver.name, context)),
        ports: Some(vec![port("dns", "UDP"), port("dns-tcp", "TCP")]),
        ..ServiceSpec::default()
    };
    let text = match upstream {
        Upstream::Node => {
            "The project resolver for services without `dns`: names outside the project resolve as on the node."
                .to_owned()
        }
        Upstream::Servers(servers) => {
            let all: Vec<String> = servers.iter().map(ToString::to_string).collect();
            format!("The project resolver for `dns: [{}]`.", all.join(", "))
        }
        Upstream::Nothing => {
            "The project resolver for services on internal networks only: no names outside the project.".to_owned()
        }
    };
    object(
        ObjectKind::Service(Box::new(ServiceObject {
            metadata: metadata(name, labels(&resolver.name, context), context),
            spec: Some(spec),
            status: None,
        })),
        &text,
    )
}
