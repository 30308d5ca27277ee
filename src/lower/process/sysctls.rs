//! `sysctls`.

use k8s_openapi::api::core::v1::Sysctl;

use crate::keys::Key;
use crate::lower::pod::builder::PodBuilder;
use crate::lower::problem::Problem;
use crate::maps::push_unique;
use crate::resolve::Service;
use crate::resolve::networks::Attachment;
use crate::text::Spanned;

/// The namespace that a sysctl belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Namespace {
    Network,
    Ipc,
}

/// Returns the namespace of a sysctl. `None`: it is a setting of the host, which neither Docker nor the kubelet lets a
/// container change.
/// <https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#setting-sysctls-for-a-pod>
fn sysctl_namespace(sysctl: &str) -> Option<Namespace> {
    let name = sysctl.replace('/', ".");
    if name.starts_with("net.") {
        Some(Namespace::Network)
    } else if name == "kernel.sem" || ["kernel.shm", "kernel.msg", "fs.mqueue."].iter().any(|of| name.starts_with(of)) {
        Some(Namespace::Ipc)
    } else {
        None
    }
}

/// Sets `sysctls`. The kubelet is configured to allow those that it does not allow by default.
pub(crate) fn set_sysctls(service: &Service, written: &[(Spanned<String>, Spanned<String>)], pod: &mut PodBuilder) {
    let context = pod.context;
    let members = context.pod_members(context.start_order.pod_owner(&service.name.value));
    let on_node = members.iter().any(|member| matches!(member.networks.attachment, Attachment::Host(_)));
    let ipc_of_node = members.iter().any(|member| member.process.ipc.as_ref().is_some_and(|mode| mode.value == "host"));
    for (name, value) in written {
        let why = match sysctl_namespace(&name.value) {
            Some(Namespace::Network) if on_node => "the service is on the node's network",
            Some(Namespace::Ipc) if ipc_of_node => "the service shares the node's IPC namespace",
            Some(Namespace::Network | Namespace::Ipc) => "",
            None => "no container has its own",
        };
        if !why.is_empty() {
            pod.findings.for_key(
                &service.name.value,
                Key::Sysctls,
                Problem::SysctlOfNode {
                    service: service.name.value.to_string(),
                    sysctl: name.value.clone(),
                    why: why.to_owned(),
                    at: name.span,
                },
            );
            continue;
        }
        if !context.target.allows_sysctl(&name.value) {
            push_unique(&mut pod.requirements.sysctls, name.value.clone());
        }
        let sysctls = pod.pod_security_context().sysctls.get_or_insert_with(Vec::new);
        if !sysctls.iter().any(|known| known.name == name.value) {
            sysctls.push(Sysctl { name: name.value.clone(), value: value.value.clone() });
        }
    }
}
