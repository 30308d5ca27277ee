//! Findings in hand-written security settings: the file of a seccomp profile.

use super::{count, findings, service, workload};

/// Returns the findings about the seccomp profile of `web`, which is `./profiles/web.json` in the Compose file.
fn found(profile: &str, mounts: Option<&str>) -> Vec<String> {
    let compose = "services:\n  web:\n    image: web:1\n    security_opt: [seccomp:profiles/web.json]\n";
    let context = format!("          securityContext: {{seccompProfile: {profile}}}\n");
    let cluster = mounts.map_or_else(String::new, |mounts| {
        format!(
            "---\napiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nnodes: [{{role: control-plane, extraMounts: [{mounts}]}}]\n"
        )
    });
    let all = workload("Deployment", "web", "web:1", &context, "") + &service("web", 80) + &cluster;
    let all = findings(compose, &all, &[]);
    all.into_iter().filter(|line| line.contains("seccomp")).collect()
}

#[test]
fn a_profile_is_identified_by_its_path_on_the_host() {
    let own = "{type: Localhost, localhostProfile: compose2k8s/project/web.json}";
    let project = "{hostPath: ../profiles, containerPath: /var/lib/kubelet/seccomp/compose2k8s/project}";
    assert_eq!(found(own, Some(project)), Vec::<String>::new());
    let elsewhere = found(own, Some(&project.replace("profiles", "others")));
    assert_eq!((elsewhere.len(), count(&elsewhere, "`the profile ./others/web.json`")), (1, 1), "{elsewhere:#?}");
    let nowhere = found(own, Some("{hostPath: .., containerPath: /project}"));
    assert_eq!((nowhere.len(), count(&nowhere, "which the node does not have")), (1, 1), "{nowhere:#?}");
    let unseen = found(own, None);
    assert_eq!((unseen.len(), count(&unseen, "only the node knows")), (1, 1), "{unseen:#?}");
    for (profile, words) in [
        ("{type: RuntimeDefault}", "the runtime's own profile"),
        ("{type: Unconfined}", "unconfined"),
        ("{type: Other}", "a profile of the type `Other`"),
    ] {
        let other = found(profile, Some(project));
        assert_eq!((other.len(), count(&other, words)), (1, 1), "{other:#?}");
    }
}
