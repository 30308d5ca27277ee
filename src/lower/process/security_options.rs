//! `security_opt`.

use k8s_openapi::api::core::v1::{AppArmorProfile, Container, SELinuxOptions, SeccompProfile};

use crate::keys::Key;
use crate::lower::findings::Findings;
use crate::lower::pod::builder::security_context;
use crate::lower::problem::Problem;
use crate::resolve::Service;
use crate::resolve::seccomp::name_and_value;
use crate::text::Spanned;

/// Applies one entry of `security_opt`: `name`, `name:value` or `name=value`.
pub(crate) fn set_security_option(
    service: &Service,
    option: &Spanned<String>,
    container: &mut Container,
    findings: &mut Findings,
) {
    match name_and_value(&option.value) {
        ("seccomp", "unconfined") => {
            security_context(container).seccomp_profile =
                Some(SeccompProfile { type_: "Unconfined".to_owned(), ..SeccompProfile::default() });
        }
        ("apparmor", "unconfined") => {
            security_context(container).app_armor_profile =
                Some(AppArmorProfile { type_: "Unconfined".to_owned(), ..AppArmorProfile::default() });
        }
        ("apparmor", "docker-default" | "runtime/default") => {
            security_context(container).app_armor_profile =
                Some(AppArmorProfile { type_: "RuntimeDefault".to_owned(), ..AppArmorProfile::default() });
        }
        ("apparmor", profile) => {
            security_context(container).app_armor_profile =
                Some(AppArmorProfile { type_: "Localhost".to_owned(), localhost_profile: Some(profile.to_owned()) });
        }
        ("no-new-privileges", "" | "true") => {
            // The API server rejects it together with privileges that allow escalation.
            let security = security_context(container);
            let raised =
                security.privileged == Some(true)
                    || security.capabilities.as_ref().and_then(|capabilities| capabilities.add.as_ref()).is_some_and(
                        |add| add.iter().any(|capability| capability == "SYS_ADMIN" || capability == "ALL"),
                    );
            if raised {
                reject_security_option(service, option, findings);
            } else {
                security.allow_privilege_escalation = Some(false);
            }
        }
        // SELinux labels are off on the node, and the runtime's default profile is set for every pod.
        ("no-new-privileges", "false") | ("label", "disable") | ("seccomp", "builtin") => {}
        ("label", label) => {
            let options = security_context(container).se_linux_options.get_or_insert_with(SELinuxOptions::default);
            match label.split_once(':') {
                Some(("user", value)) => options.user = Some(value.to_owned()),
                Some(("role", value)) => options.role = Some(value.to_owned()),
                Some(("type", value)) => options.type_ = Some(value.to_owned()),
                Some(("level", value)) => options.level = Some(value.to_owned()),
                Some(_) | None => reject_security_option(service, option, findings),
            }
        }
        (_, _) => reject_security_option(service, option, findings),
    }
}

pub(crate) fn reject_security_option(service: &Service, option: &Spanned<String>, findings: &mut Findings) {
    findings.for_key(
        &service.name.value,
        Key::SecurityOpt,
        Problem::SecurityOption {
            service: service.name.value.to_string(),
            option: option.value.clone(),
            at: option.span,
        },
    );
}
