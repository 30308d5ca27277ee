//! Users and groups, which Kubernetes identifies by number.

use k8s_openapi::api::core::v1::Container;

use crate::keys::Key;
use crate::lower::findings::Findings;
use crate::lower::pod::builder::{PodBuilder, security_context};
use crate::lower::problem::Problem;
use crate::maps::push_unique;
use crate::resolve::Service;
use crate::text::{Span, Spanned};

/// Sets `user` and `group_add`. For a user or group name, the numbers come from the overrides.
pub(crate) fn run_as_user(
    service: &Service,
    user: Option<&Spanned<String>>,
    group_add: &[Spanned<String>],
    pod: &mut PodBuilder,
) {
    let context = pod.context;
    let name = &service.name.value;
    let chosen = context.choice(name).and_then(|choice| choice.user.as_ref()).map(|reasoned| reasoned.value);
    if let Some((uid, gid)) = chosen {
        security_context(&mut pod.container).run_as_user = Some(i64::from(uid));
        security_context(&mut pod.container).run_as_group = gid.map(i64::from);
    } else if let Some(user) = user.filter(|user| !user.value.is_empty()) {
        let (uid, gid) = user_and_group(&user.value);
        let group_by_name = gid.filter(|gid| numeric_id(gid).is_none());
        if let Some(number) = [Some(uid), gid].into_iter().flatten().find(|part| too_large(part)) {
            pod.findings.for_key(name, Key::User, out_of_range("user", service, number, user.span));
        } else if numeric_id(uid).is_none() {
            pod.findings.for_key(
                name,
                Key::User,
                Problem::UserByName { service: name.to_string(), user: user.value.clone(), at: user.span },
            );
        } else {
            if let Some(group) = group_by_name {
                pod.findings.for_key(name, Key::User, group_of_user_by_name(service, user, group));
            }
            security_context(&mut pod.container).run_as_user = numeric_id(uid);
            security_context(&mut pod.container).run_as_group = gid.and_then(numeric_id);
        }
    }
    for group in group_add {
        match numeric_id(&group.value) {
            Some(number) => {
                push_unique(pod.pod_security_context().supplemental_groups.get_or_insert_with(Vec::new), number);
            }
            None if too_large(&group.value) => {
                pod.findings.for_key(name, Key::GroupAdd, out_of_range("group_add", service, &group.value, group.span));
            }
            None => pod.findings.for_key(
                name,
                Key::GroupAdd,
                Problem::GroupByName { service: name.to_string(), group: group.value.clone(), at: group.span },
            ),
        }
    }
}

/// Keeps the groups of the image's /etc/group away from users with a group, as Docker does: it adds them to a user without a group only.
/// <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#supplementalgroupspolicy>
pub(crate) fn choose_groups_policy(pod: &mut PodBuilder) {
    let has_group = |container: &Container| {
        container.security_context.as_ref().is_some_and(|security| security.run_as_group.is_some())
    };
    if pod.spec.containers.iter().all(has_group) {
        pod.pod_security_context().supplemental_groups_policy = Some("Strict".to_owned());
    }
}

/// Sets `user` and `privileged` of a `pre_start` hook.
pub(crate) fn run_hook_as_user(
    service: &Service,
    user: Option<&Spanned<String>>,
    privileged: bool,
    container: &mut Container,
    findings: &mut Findings,
) {
    if privileged {
        security_context(container).privileged = Some(true);
    }
    let Some(user) = user.filter(|user| !user.value.is_empty()) else { return };
    let (uid, gid) = user_and_group(&user.value);
    let name = &service.name.value;
    if let Some(number) = [Some(uid), gid].into_iter().flatten().find(|part| too_large(part)) {
        findings.for_key(name, Key::PreStartUser, out_of_range("pre_start.user", service, number, user.span));
        return;
    }
    if numeric_id(uid).is_none() {
        findings.for_key(
            name,
            Key::PreStartUser,
            Problem::UserByName { service: name.to_string(), user: user.value.clone(), at: user.span },
        );
        return;
    }
    if let Some(group) = gid.filter(|gid| numeric_id(gid).is_none()) {
        findings.for_key(name, Key::PreStartUser, group_of_user_by_name(service, user, group));
    }
    security_context(container).run_as_user = numeric_id(uid);
    security_context(container).run_as_group = gid.and_then(numeric_id);
}

fn group_of_user_by_name(service: &Service, user: &Spanned<String>, group: &str) -> Problem {
    let (service, group) = (service.name.value.to_string(), group.to_owned());
    Problem::UsersGroupByName { service, user: user.value.clone(), group, at: user.span }
}

/// Splits a user into user and group. Docker uses root if the user before the colon is missing, and the user's own
/// group if the group after it is missing.
fn user_and_group(text: &str) -> (&str, Option<&str>) {
    let (user, group) = text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
    (if user.is_empty() { "0" } else { user }, group.filter(|group| !group.is_empty()))
}

/// Returns whether the value is a number outside the range of [`numeric_id`]. Docker rejects it too.
fn too_large(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()) && numeric_id(text).is_none()
}

fn out_of_range(key: &str, service: &Service, number: &str, at: Span) -> Problem {
    let (key, service, number) = (key.to_owned(), service.name.value.to_string(), number.to_owned());
    Problem::IdOutOfRange { key, service, number, at }
}

/// Returns a number, also for `root`, the only name with the same number in every image.
fn numeric_id(text: &str) -> Option<i64> {
    // The API server accepts no larger number.
    let number = || text.parse::<u32>().ok().map(i64::from).filter(|id| *id <= i64::from(i32::MAX));
    if text == "root" { Some(0) } else { number() }
}
