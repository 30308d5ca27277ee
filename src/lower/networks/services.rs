//! Topic *networks*: the Service objects, one for each DNS name of a service.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use k8s_openapi::api::core::v1::{Service as ServiceObject, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::addresses;
use super::ports::{self, KnownPort};
use crate::lower::analysis::alias_kind::AliasKind;
use crate::lower::analysis::names::Alias;
use crate::lower::context::Context;
use crate::lower::findings::Findings;
use crate::lower::objects::{Comment, Name, Object, ObjectKind};
use crate::lower::pod::metadata::{labels, metadata, selector};
use crate::lower::problem::Problem;
use crate::resolve::Service;
use crate::resolve::networks::Attachment;
use crate::vocabulary::label;

/// Returns the Service objects of a service: for its own name, for its aliases, and the one that resolves only while
/// the service is ready.
pub(crate) fn service_objects(service: &Service, context: Context, findings: &mut Findings) -> Vec<Object> {
    let name = &service.name.value;
    let mut objects = Vec::new();
    if let Attachment::Networks(_) = service.networks.attachment {
        let known = ports::known_ports(service, context);
        let addresses = addresses::cluster_ip_addresses(service, context);
        if let (Some(address), true) = (addresses.first(), known.is_empty()) {
            findings.for_service(
                name,
                Problem::FixedAddressWithoutPorts {
                    service: name.to_string(),
                    address: address.value.to_string(),
                    at: address.span,
                },
            );
        }
        let mut main = main_service(service, addresses.first().map(|address| address.value), &known, context);
        if let Some(shared) = context.names.shared_name(name) {
            select_all_of(shared, &mut main, context);
        }
        objects.push(main);
        // A service on two networks with ClusterIPs has two of them.
        for (index, address) in addresses.iter().enumerate().skip(1) {
            let own = crate::lower::analysis::names::object_name(&format!(
                "{}-address-{}",
                context.names.name_of(name),
                index + 1
            ));
            let text = format!(
                "ipv4_address: {}. The service's further address that others dial; the pod carries it on its own lo.",
                address.value
            );
            objects.push(service_object(service, &own, Some(address.value), &known, context, text, true));
        }
        for alias in context.names.aliases_of(name) {
            let mut text = match alias.kind {
                AliasKind::Network => format!("The network alias {}: same pods, another name.", alias.dns_name),
                AliasKind::Container => format!("container_name: {}. Same pods, another name.", alias.dns_name),
                AliasKind::Host => format!("hostname: {}. Same pods, another name.", alias.dns_name),
                AliasKind::Link => {
                    format!("The link {}: same pods, another name; here every service knows it.", alias.dns_name)
                }
            };
            if !alias.name.matches(&alias.dns_name) {
                text.push_str(&rewrite_comment(&alias.dns_name));
            }
            let mut made = service_object(service, &alias.name, None, &known, context, text, true);
            select_all_of(alias, &mut made, context);
            objects.push(made);
        }
    }
    if context.start_order.is_awaited_healthy(name) {
        let ready = context.names.ready_name_of(name);
        let text = format!(
            "condition: service_healthy. This name exists exactly while {name} is Ready; the init containers \
             wait-for-{} ask for it.",
            context.names.name_of(name)
        );
        objects.push(service_object(service, &ready, None, &[], context, text, false));
    }
    objects
}

/// Makes a Service select the pods of all services that share an alias. It lists no ports: a headless Service needs none, and
/// those of the services may differ.
fn select_all_of(alias: &Alias, object: &mut Object, context: Context) {
    if let (Some(label), ObjectKind::Service(service)) = (alias.label(), &mut object.kind)
        && let Some(spec) = &mut service.spec
    {
        let part = (label::PART_OF.to_owned(), context.names.namespace.to_string());
        spec.selector = Some(BTreeMap::from([part, (label, "true".to_owned())]));
        spec.ports = None;
        object.comments.retain(|comment| comment.at.is_empty());
    }
}

fn main_service(service: &Service, address: Option<Ipv4Addr>, known: &[KnownPort], context: Context) -> Object {
    let compose = service.name.value.as_str();
    let name = context.names.name_of(&service.name.value);
    let mut text = address.map_or_else(
        || {
            "Compose resolves a service's name to the container itself, every port open, healthy or not: a headless \
             Service that also publishes an address that is not ready."
                .to_owned()
        },
        |address| {
            format!(
                "ipv4_address: {address}. The pod also carries the address on its own lo (manifests/{name}.yaml); here \
                 it is what others dial."
            )
        },
    );
    if !name.matches(compose) {
        text.push_str(&rewrite_comment(compose));
    }
    service_object(service, &name, address, known, context, text, true)
}

fn rewrite_comment(asked: &str) -> String {
    format!(" Compose's name is {asked}, which no Service can bear: the project resolver answers it.")
}

fn service_object(
    service: &Service,
    name: &Name,
    address: Option<Ipv4Addr>,
    known: &[KnownPort],
    context: Context,
    text: String,
    not_ready_too: bool,
) -> Object {
    let owner = context.names.name_of(&service.name.value);
    let pod_owner = context.names.name_of(context.start_order.pod_owner(&service.name.value));
    let ports: Vec<ServicePort> = known
        .iter()
        .map(|port| ServicePort {
            name: Some(port.name.clone()),
            port: i32::from(port.port),
            target_port: Some(IntOrString::Int(i32::from(port.port))),
            protocol: Some(ports::protocol_name(port.protocol).to_owned()),
            app_protocol: port.app_protocol.clone(),
            ..ServicePort::default()
        })
        .collect();
    let mut comments = vec![Comment { at: Vec::new(), text }];
    for (index, port) in known.iter().enumerate() {
        if let Some(because) = port.because.as_ref().filter(|_| *name == owner) {
            comments.push(Comment {
                at: ["spec", "ports", &index.to_string()].map(str::to_owned).to_vec(),
                text: because.clone(),
            });
        }
    }
    Object {
        kind: ObjectKind::Service(Box::new(ServiceObject {
            metadata: metadata(name, labels(&owner, context), context),
            spec: Some(ServiceSpec {
                cluster_ip: Some(address.map_or_else(|| "None".to_owned(), |address| address.to_string())),
                publish_not_ready_addresses: not_ready_too.then_some(true),
                selector: Some(selector(&pod_owner, context)),
                ports: (!ports.is_empty()).then_some(ports),
                ..ServiceSpec::default()
            }),
            status: None,
        })),
        comments,
    }
}
