//! The first content of new volumes: what the image has at their path.
//! <https://docs.docker.com/engine/storage/volumes/#mounting-a-volume-over-existing-data>
//!
//! Docker fills a volume that is empty when it creates a container. An init container does this before the service starts: it
//! mounts the image of the service as a volume, so that the image needs no shell.

use k8s_openapi::api::core::v1::{
    Container, EmptyDirVolumeSource, ImageVolumeSource, SecurityContext, Volume, VolumeMount,
};

use crate::lower::pod::builder::PodBuilder;
use crate::lower::pod::defaults;
use crate::lower::process::environment::escape_dollars;
use crate::resolve::Service;

/// Each argument is a path of the image, or `.` for no files, and the name of a folder in `/volumes`.
///
/// - The links in the path are followed inside the image.
/// - The mark makes a copy that was interrupted start again. The lock makes two services with one new volume take turns; the
///   mode 0777 of root is that of a folder that the cluster has just created. Docker's is 0755.
const SCRIPT: &str = r#"for pair; do
  volume=/volumes/${pair##* } rest=${pair% *}/ path= links=0
  while [ "$rest" ]; do
    name=${rest%%/*} rest=${rest#*/}
    case $name in '' | .) continue ;; ..) path=${path%/*}; continue ;; esac
    if [ -L "/image$path/$name" ] && [ $links -lt 40 ]; then
      links=$((links + 1)) link=$(readlink "/image$path/$name")
      case $link in /*) path= ;; esac
      rest=$link/$rest
    else path=$path/$name; fi
  done
  ( ! type flock >/dev/null 2>&1 || flock 9
    mark=$volume/.compose2k8s-copy
    [ ! -e "$mark" ] || find "$volume" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
    [ -z "$(ls -A "$volume")" ] || exit 0
    if [ "$path" ] && [ -d "/image$path" ]; then
      : >"$mark"
      cp -a "/image$path/." "$volume/"
      rm "$mark"
      touch -r "/image$path" "$volume"
    elif [ "$(stat -c %u:%a "$volume")" = 0:777 ]; then chmod 0755 "$volume"; fi
  ) 9<"$volume"
done
"#;

/// A mounted volume that an init container fills while it is empty.
#[derive(Debug)]
pub(crate) struct NewVolume {
    /// The path in the image; `None` for a volume with `nocopy`, which only gets the mode of a new one.
    pub(crate) path: Option<String>,
    /// The name of the pod's volume.
    pub(crate) volume: String,
    /// The part of the volume that is mounted.
    pub(crate) sub_path: Option<String>,
}

/// Returns a mounted volume that starts with the content of the image, if it is to be copied.
pub(crate) fn new_volume(mount: &VolumeMount, copied: bool) -> NewVolume {
    NewVolume {
        path: copied.then(|| mount.mount_path.clone()),
        volume: mount.name.clone(),
        sub_path: mount.sub_path.clone(),
    }
}

/// Adds the init container that fills the new volumes of a service.
pub(crate) fn fill_new_volumes(new: &[NewVolume], service: &Service, pod: &mut PodBuilder) {
    if new.is_empty() {
        return;
    }
    let context = pod.context;
    let guest = pod.has_owner().then(|| pod.container.name.clone());
    let named = |word: &str| guest.as_ref().map_or_else(|| word.to_owned(), |guest| format!("{word}-{guest}"));
    let mut mounts = Vec::new();
    if new.iter().any(|new| new.path.is_some()) {
        let image = image_volume(&named("image"), &service.process.image.reference.value, pod);
        mounts.push(VolumeMount { name: image, mount_path: "/image".to_owned(), ..VolumeMount::default() });
    }
    let mut pairs = Vec::new();
    for (index, NewVolume { path, volume, sub_path }) in new.iter().enumerate() {
        let is_first = !new.iter().take(index).any(|other| other.volume == *volume);
        let folder = if is_first { volume.clone() } else { format!("{volume}-{index}") };
        pairs.push(escape_dollars(&format!("{} {folder}", path.as_deref().unwrap_or("."))));
        mounts.push(VolumeMount {
            name: volume.clone(),
            mount_path: format!("/volumes/{folder}"),
            sub_path: sub_path.clone(),
            ..VolumeMount::default()
        });
    }
    let container = Container {
        command: Some(["/bin/sh", "-euc", SCRIPT, "copy-up"].map(str::to_owned).to_vec()),
        args: Some(pairs),
        security_context: Some(SecurityContext { run_as_user: Some(0), ..SecurityContext::default() }),
        volume_mounts: Some(mounts),
        ..defaults::helper_container(context, &named("copy-up"))
    };
    let why = "As in Docker, a volume that is empty gets the content, owner and mode that the image has at its path.";
    pod.add_init_container(container, why.to_owned());
}

/// Adds a volume with the files of an image. Returns its name.
pub(crate) fn image_volume(wanted: &str, reference: &str, pod: &mut PodBuilder) -> String {
    let target = pod.context.target;
    pod.add_volume(wanted, format!("image {reference}"), || Volume {
        image: Some(ImageVolumeSource {
            reference: Some(target.image_reference(reference)),
            pull_policy: Some(target.image_pull_policy().to_owned()),
        }),
        ..Volume::default()
    })
}

/// Returns an empty volume that is deleted with the pod.
pub(crate) fn empty_volume() -> Volume {
    Volume { empty_dir: Some(EmptyDirVolumeSource::default()), ..Volume::default() }
}
