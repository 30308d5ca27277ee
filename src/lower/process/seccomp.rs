//! Seccomp profiles in files.

use super::security_options::reject_security_option;
use crate::keys::Key;
use crate::lower::pod::builder::{PodBuilder, security_context};
use crate::lower::problem::Problem;
use crate::resolve::Service;
use crate::resolve::seccomp::{Found, Profile};
use crate::resolve::volumes::HostPath;
use crate::text::Spanned;

/// Sets `security_opt: seccomp:FILE`. Docker Compose reads the file on the client. The kubelet needs it in its own
/// folder on the node, so the file's folder is mounted there: a mount of the file alone would not follow an editor that
/// replaces the file.
/// <https://kubernetes.io/docs/tutorials/security/seccomp/>
pub(crate) fn use_profile_file(service: &Service, profile: &Spanned<Profile>, pod: &mut PodBuilder) {
    let context = pod.context;
    let name = &service.name.value;
    let Profile { path, found } = &profile.value;
    let written = match path {
        HostPath::Project(path) | HostPath::Absolute(path) => path.clone(),
        HostPath::Home(path) => format!("~/{path}"),
    };
    match found {
        Found::Profile | Found::Unseen => {}
        Found::OfDocker(keys) => pod.findings.for_key(
            name,
            Key::SecurityOpt,
            Problem::ProfileOfDocker {
                service: name.to_string(),
                path: written,
                keys: keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", "),
                at: profile.span,
            },
        ),
        Found::Unfit(why) => {
            let problem =
                Problem::NoProfile { service: name.to_string(), path: written, why: why.clone(), at: profile.span };
            pod.findings.for_key(name, Key::SecurityOpt, problem);
            return;
        }
    }
    // Container runtimes of Kubernetes ignore the seccomp profile of a privileged container; Docker applies it.
    if security_context(&mut pod.container).privileged == Some(true) {
        let option = service.process.security_opt.iter().find(|option| option.span == profile.span);
        if let Some(option) = option {
            reject_security_option(service, option, pod.findings);
        }
        return;
    }
    security_context(&mut pod.container).seccomp_profile = Some(context.target.seccomp_profile(path));
    pod.requirements.profiles.insert(folder(path));
    pod.requirements.sources.insert((context.names.name_of(context.start_order.pod_owner(name)), path.clone()));
}

/// Returns the folder of a file.
fn folder(path: &HostPath) -> HostPath {
    let above = |path: &str| path.rsplit_once('/').map_or_else(String::new, |(above, _)| above.to_owned());
    match path {
        HostPath::Project(path) => HostPath::Project(above(path)),
        HostPath::Home(path) => HostPath::Home(above(path)),
        HostPath::Absolute(path) => {
            HostPath::Absolute(Some(above(path)).filter(|above| !above.is_empty()).unwrap_or("/".to_owned()))
        }
    }
}
