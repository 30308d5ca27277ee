//! Volumes in memory, and the owner and mode of volumes.

use k8s_openapi::api::core::v1::{Container, EmptyDirVolumeSource, SecurityContext, Volume, VolumeMount};

use crate::lower::pod::builder::PodBuilder;
use crate::lower::pod::defaults;
use crate::lower::process::resources::byte_quantity;
use crate::resolve::units::Bytes;

/// Returns a volume in memory, as tmpfs is.
pub(crate) fn memory_volume(size: Option<Bytes>) -> Volume {
    Volume {
        empty_dir: Some(EmptyDirVolumeSource {
            medium: Some("Memory".to_owned()),
            size_limit: size.filter(|size| size.0 > 0).map(byte_quantity),
        }),
        ..Volume::default()
    }
}

/// Adds an init container that sets the owner and mode of a volume, and empties it first if it may contain data.
pub(crate) fn set_owner(
    volume: &str,
    uid: Option<&str>,
    gid: Option<&str>,
    mode: Option<&str>,
    empty: bool,
    pod: &mut PodBuilder,
) {
    let context = pod.context;
    let number = |text: &&str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let (uid, gid, mode) = (uid.filter(number), gid.filter(number), mode.filter(number));
    let mut steps = Vec::new();
    if empty {
        steps.push("find /volume -mindepth 1 -maxdepth 1 -exec rm -rf {} +".to_owned());
    }
    if uid.is_some() || gid.is_some() {
        let group = gid.map(|gid| format!(":{gid}")).unwrap_or_default();
        steps.push(format!("chown {}{group} /volume", uid.unwrap_or_default()));
    }
    if let Some(mode) = mode {
        steps.push(format!("chmod {mode} /volume"));
    }
    if steps.is_empty() || pod.has_init(volume) {
        return;
    }
    let container = Container {
        command: Some(vec!["/bin/sh".to_owned(), "-ec".to_owned(), steps.join("; ")]),
        security_context: Some(SecurityContext { run_as_user: Some(0), ..SecurityContext::default() }),
        volume_mounts: Some(vec![VolumeMount {
            name: volume.to_owned(),
            mount_path: "/volume".to_owned(),
            ..VolumeMount::default()
        }]),
        ..defaults::helper_container(context, volume)
    };
    let text = if empty {
        "The volume's owner, mode and emptiness: Docker empties a tmpfs volume when its last user leaves, and what an \
         earlier process left there would be found by this one. Emptied, not made anew: others have it mounted."
    } else {
        "The owner and mode that Compose asks for; an emptyDir belongs to root."
    };
    pod.add_init_container(container, text.to_owned());
}
