//! Topic *volumes*: what new volumes start with. Docker fills an empty volume with what the image has at its path; in manifests an
//! init container can do that.

use k8s_openapi::api::core::v1::{Container, Volume, VolumeMount};

use super::volume_content::is_memory;
use crate::check::context::host_paths::without_trailing_slash;
use crate::check::context::{ExpectedContext, ObservedContext, ServiceRole};
use crate::check::facts::{Fact, Kind, PullPolicy, Qualifier, Setting, Subject, Value, Weight};
use crate::check::manifests::init_script::{InitAction, InitContainer};
use crate::check::manifests::pod::image_pull::pull_policy_of;
use crate::resolve::networks::Attachment;
use crate::resolve::volumes::{Mount, MountSource};

/// Returns the facts of the Compose file: every named and anonymous volume starts with the image's files.
pub(crate) fn expected(context: ExpectedContext) -> Vec<Fact> {
    let service = context.service;
    let mounts = &service.volumes.mounts;
    let data = context.choice().and_then(|choice| choice.data.as_ref()).map(|reasoned| &reasoned.value);
    let mut facts: Vec<Fact> = Vec::new();
    let mut add = |path: &str, copied: bool, weight, span| {
        let path = without_trailing_slash(path);
        if facts.iter().all(|fact| fact.subject != path) {
            let value = if copied { Value::qualified(path, Qualifier::OfImage) } else { Setting::Nothing.into() };
            facts.push(Fact::required(Kind::FirstContent, path, value, span).with_weight(weight));
        }
    };
    // No init container runs before a container that is added to a running pod.
    let is_added =
        context.role != ServiceRole::Service && matches!(service.networks.attachment, Attachment::OfService(_));
    let usual = if is_added { Weight::Optional } else { Weight::Default };
    if let Some(data) = data {
        add(&data.path.value, true, usual, data.path.span);
    }
    for Mount { span, target, read_only: _, source } in mounts {
        let copied = match source {
            MountSource::Anonymous => true,
            MountSource::Named { volume, nocopy, subpath: _ } => {
                if context.project.volumes.get(&volume.value).is_some_and(is_memory) {
                    continue;
                }
                !nocopy
            }
            MountSource::Bind { .. }
            | MountSource::Tmpfs { .. }
            | MountSource::Image { .. }
            | MountSource::Other(_) => {
                continue;
            }
        };
        // An anonymous volume below another mount keeps what that mount would hide, such as `node_modules`.
        let is_below = |other: &Mount| {
            let rest = target.value.strip_prefix(without_trailing_slash(&other.target.value));
            rest.is_some_and(|rest| rest.starts_with('/') && rest.len() > 1)
        };
        let keeps_hidden_files = matches!(source, MountSource::Anonymous) && mounts.iter().any(is_below);
        let weight = if keeps_hidden_files && !is_added { Weight::Required } else { usual };
        add(&target.value, copied, weight, *span);
    }
    facts
}

/// Returns the facts of the manifests.
pub(crate) fn observed(context: ObservedContext, mounts: &[VolumeMount], volumes: &[Volume]) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    // A `pre_start` command sees what the volumes of the service start with.
    let is_step = !context.workload.spec.containers.iter().any(|container| std::ptr::eq(container, context.container));
    for init in context.workload.init_containers(context.preceding) {
        for action in init.actions.unwrap_or_default() {
            let Some(copy) = copy_of(&init, action, volumes) else { continue };
            let of_this_container = mounts.iter().filter(|mount| copy.fills(mount));
            let is_own = |mount: &VolumeMount, container: &Container| copy.is_of(container, mount);
            // A volume that several containers mount gets the files of one of them.
            let belongs_to_another = !is_step
                && context.workload.spec.containers.iter().any(|container| {
                    let mut all = container.volume_mounts.iter().flatten();
                    all.any(|mount| copy.fills(mount) && is_own(mount, container))
                });
            for mount in of_this_container {
                let is_own = is_own(mount, context.container);
                if belongs_to_another && !is_own {
                    continue;
                }
                let value = match (copy.is_permitted, is_own) {
                    (false, _) => Setting::MissingRights.into(),
                    (true, true) if copy.path == NO_FILES => Setting::Nothing.into(),
                    (true, true) => Value::qualified(copy.path, Qualifier::OfImage),
                    (true, false) => {
                        Value::qualified(format!("{} at {}", copy.image, copy.path), Qualifier::OfOtherImage)
                    }
                };
                let path = without_trailing_slash(&mount.mount_path);
                facts.push(Fact::defaulted(Kind::FirstContent, path, value, init.span()));
            }
        }
    }
    // Another container of the pod mounts the volume with `nocopy`.
    let filled: Vec<Subject> =
        facts.iter().filter(|fact| fact.value != Setting::Nothing.into()).map(|fact| fact.subject.clone()).collect();
    facts.retain(|fact| fact.value != Setting::Nothing.into() || !filled.contains(&fact.subject));
    facts
}

/// The path of a copy without files.
const NO_FILES: &str = ".";

/// A copy of an image's folder to a volume.
struct Copy<'a> {
    /// The path in the image.
    path: &'a str,
    /// The image, with the pull policy if that is not the usual one.
    image: String,
    /// The mount of the volume in the init container.
    target: &'a VolumeMount,
    is_permitted: bool,
}

impl Copy<'_> {
    /// Whether a mount shows the volume that the copy fills.
    fn fills(&self, mount: &VolumeMount) -> bool {
        let part = |mount: &VolumeMount| mount.sub_path.as_deref().unwrap_or_default().trim_matches('/').to_owned();
        mount.name == self.target.name && part(mount) == part(self.target)
    }

    /// Whether the files are those that the container's image has at the mount, or none.
    fn is_of(&self, container: &Container, mount: &VolumeMount) -> bool {
        if self.path == NO_FILES {
            return true;
        }
        container.image.as_deref() == Some(self.image.as_str())
            && without_trailing_slash(self.path) == without_trailing_slash(&mount.mount_path)
    }
}

fn copy_of<'a>(init: &InitContainer<'a>, action: &'a InitAction, volumes: &[Volume]) -> Option<Copy<'a>> {
    let mounts = init.container.volume_mounts.as_deref().unwrap_or_default();
    let at = |path: &str| {
        mounts.iter().find(|mount| without_trailing_slash(&mount.mount_path) == without_trailing_slash(path))
    };
    let (path, image, target) = match action {
        InitAction::FillVolume { path, folder } if path == NO_FILES => (path, String::new(), at(folder)?),
        InitAction::FillVolume { path, folder } => {
            let mount = at("/image").filter(|mount| mount.sub_path.is_none())?;
            let volume = volumes.iter().find(|volume| volume.name == mount.name)?.image.as_ref()?;
            let reference = volume.reference.clone().unwrap_or_default();
            let image = match pull_policy_of(volume.reference.as_ref(), volume.pull_policy.as_ref()) {
                (PullPolicy::WhenAbsent, _) => reference,
                (policy, _) => format!("{reference}, fetched {policy},"),
            };
            (path, image, at(folder)?)
        }
        InitAction::CopyFolder { from, to } => {
            let is_below = |mount: &VolumeMount| from.starts_with(without_trailing_slash(&mount.mount_path));
            if mounts.iter().any(is_below) {
                return None;
            }
            (from, init.container.image.clone().unwrap_or_default(), at(to)?)
        }
        InitAction::AddAddress { .. }
        | InitAction::RouteAddress { .. }
        | InitAction::RedirectDns { .. }
        | InitAction::WaitForName { .. }
        | InitAction::WaitWithTool { .. }
        | InitAction::WaitForObject { .. }
        | InitAction::ChangeOwner { .. }
        | InitAction::ChangeMode { .. }
        | InitAction::EmptyFolder { .. }
        | InitAction::CopyFile { .. }
        | InitAction::CreateFolder { .. } => return None,
    };
    Some(Copy { path, image, target, is_permitted: init.is_root && !target.read_only.unwrap_or(false) })
}
