//! Privileged init containers, which change the network of the pod or of the node.
//!
//! Invariant: only [`IMAGE`] runs privileged, and only with the scripts of this crate. Overrides cannot replace it.

use k8s_openapi::api::core::v1::{Container, EnvVar, HostPathVolumeSource, SecurityContext, Volume, VolumeMount};

use super::builder::PodBuilder;

/// The index of `busybox:1.37.0` for all platforms.
const IMAGE: &str = "busybox:1.37.0@sha256:9db7b59979c38555a39def84a31fb98b5296952f9e3afd4f6f11f05b07adfab0";

const PROC_VOLUME: &str = "node-proc";

/// Returns a privileged container that runs a script. `/node/proc` has the processes of the node, so that `nsenter` can enter
/// the namespaces of process 1.
pub(crate) fn privileged_container(
    name: &str,
    script: &str,
    variables: Vec<EnvVar>,
    pod: &mut PodBuilder,
) -> Container {
    let volume = pod.add_volume(PROC_VOLUME, PROC_VOLUME.to_owned(), || Volume {
        host_path: Some(HostPathVolumeSource { path: "/proc".to_owned(), type_: None }),
        ..Volume::default()
    });
    Container {
        name: name.to_owned(),
        image: Some(IMAGE.to_owned()),
        image_pull_policy: Some(pod.context.target.image_pull_policy().to_owned()),
        command: Some(["/bin/sh", "-ec", script].map(str::to_owned).to_vec()),
        env: Some(variables),
        volume_mounts: Some(vec![VolumeMount {
            name: volume,
            mount_path: "/node/proc".to_owned(),
            read_only: Some(true),
            ..VolumeMount::default()
        }]),
        security_context: Some(SecurityContext {
            privileged: Some(true),
            run_as_user: Some(0),
            ..SecurityContext::default()
        }),
        ..Container::default()
    }
}
