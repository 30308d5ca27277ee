//! What parity can find.

use crate::report::{Code, Stage, problems};
use crate::text::Span;

problems! { check
    /// The Compose file says something of a service that no manifest says.
    error(acceptable) missing Missing { sentence: String, at: Span, near: Option<Span>, act: Option<&'static str> }
        "{sentence}: the manifests do not say so",
        [at "said here", near "not said here"],
        help act.unwrap_or(
            "say it in the manifests (regenerate them, where compose2k8s wrote them), or take it out of the Compose file"
        );
    /// A manifest says something of a service that the Compose file does not say.
    error(acceptable) surplus Surplus { sentence: String, at: Span, near: Option<Span> }
        "{sentence}: the Compose file does not say so",
        [at "said here", near "not said here"],
        help "take it out of the manifest (regenerate it, where compose2k8s wrote it), or say it in the Compose file";
    /// Both sides speak of the same thing and say different things of it.
    error(acceptable) differs Differs {
        subject: String,
        verb: &'static str,
        expected: String,
        observed: String,
        at: Span,
        there: Span,
        act: Option<&'static str>,
    }
        "{subject} {verb} {expected} in the Compose file and {observed} in the manifests",
        [at "{expected} here", there "{observed} here"],
        help act.unwrap_or(
            "make the manifest say what the Compose file says (regenerate it, where compose2k8s wrote it), or the reverse"
        );
    /// One side says it in a form that the other cannot be held against: the image decides, or bytes that are in neither
    /// text. It is neither equal nor different; a person has to look.
    error(acceptable) unknown Unknown { sentence: String, why: String, at: Span, near: Option<Span>, act: Option<&'static str> }
        "{sentence}: whether the Compose file means the same is unknown, {why}",
        [at "said here", near "not said here"],
        help act.unwrap_or("say it on both sides, so that it can be compared");
    /// A Compose service that no workload among the manifests stands for.
    error(acceptable) no_workload NoWorkload { service: String, at: Span }
        "no workload in the manifests runs the service `{service}`",
        [at "this service"],
        help format!("write one, or name the one that stands for it with the annotation `compose2k8s/service: {service}` or `same-as` in the overrides");
    /// A declared run has no pod among the runs of the kit.
    error no_run NoRun { run: String, at: Span }
        "no pod in `runs/` is that of the run `{run}`",
        [at "declared here"],
        help "regenerate the manifests";
    /// A workload that stands for no service of the Compose file.
    error(acceptable) surplus_workload SurplusWorkload { kind: String, name: String, at: Span }
        "the {kind} `{name}` runs no service of the Compose file",
        [at "this workload"],
        help "take it out of the manifests, or name its service with the annotation `compose2k8s/service` or with `same-as` in the overrides";
    /// The annotation names a service that the Compose file does not have.
    error unknown_service UnknownService { service: String, at: Span, suggestion: Option<String> }
        "the annotation names the service `{service}`, which the Compose file does not have",
        [at "named here"],
        help suggestion.unwrap_or_else(|| "name a service of the Compose file, or remove the annotation".to_owned());
    /// `same-as` in the overrides names a workload, or a container of one, that is not among the manifests.
    error same_as_nobody SameAsNobody { service: String, what: String, at: Span, suggestion: Option<String> }
        "the overrides say that `{service}` is {what}, which is not among the manifests",
        [at "named here"],
        help suggestion.unwrap_or_else(|| "name a workload of the manifests, or remove the entry".to_owned());
    /// A pod mounts a claim, ConfigMap or Secret that nobody makes: it never starts.
    error mounts_nothing MountsNothing { workload: String, kind: String, name: String, at: Span }
        "{workload} mounts the {kind} `{name}`, which is not among the manifests",
        [at "mounted here"],
        help "add it, or mend the name";
    /// The table of the kit's scripts and the manifests do not name the same workloads: the scripts would start something
    /// that is not there, or not start what is.
    error not_started NotStarted { what: String, at: Span }
        "{what}",
        [at "on one side alone"],
        help "regenerate the kit, or write the same name in `scripts/project.sh` and in the manifest";
    /// Several services fit a workload equally well, or several workloads a service.
    error ambiguous Ambiguous { what: String, candidates: String, at: Span, others: Vec<Span> }
        "{what} could be any of {candidates}",
        [at "which one?", others "fits as well"],
        help "say which with the annotation `compose2k8s/service` on the pod template, or with `same-as` in the overrides";
    /// A Service whose selector matches the labels of no pod among the manifests: its name resolves to nothing.
    error leads_nowhere LeadsNowhere { name: String, at: Span }
        "the Service `{name}` selects no pod of these manifests",
        [at "this selector"],
        help "make the selector equal to the pods' labels, or remove the Service";
    /// The API server refuses a workload whose selector does not match its own pods' labels.
    error selects_others SelectsOthers { kind: String, name: String, at: Span }
        "the selector of the {kind} `{name}` does not match the labels of its own pods",
        [at "this selector"],
        help "make the selector and the pod template's labels equal";
    /// Two owners select the same pods: each counts the other's as its own, and ends what it finds too many. Or a Service of
    /// a kit leads to the pods of two services.
    error selects_too SelectsToo { kind: String, name: String, other: String, at: Span, there: Span }
        "the selector of the {kind} `{name}` also matches the pods of `{other}`",
        [at "this selector", there "selected too"],
        help "select by a label that the other's pods do not have";
    /// An object lies in a namespace that the manifests do not create.
    error no_namespace NoNamespace { namespace: String, at: Span, there: Option<Span> }
        "the namespace `{namespace}` is not one that the manifests create",
        [at "in this namespace", there "another is created here"],
        help "use one namespace throughout";
    /// A kit has one configuration of its kind cluster, which says what of the host its node shows.
    error no_cluster NoCluster { at: Span }
        "the configuration of the kind cluster is not among the manifests, so nobody knows the node's folders and ports",
        [at "runs on that node"],
        help "check against the whole kit, `cluster/kind-config.yaml` included";
    /// A host port that the node passes on to nobody.
    error mapped_to_nobody MappedToNobody { host: String, node: String, at: Span }
        "the host's port {host} leads to the node's port {node}, which no pod has",
        [at "mapped here"],
        help "give the pod's container the `hostPort`, or remove the mapping";
    /// Kubernetes refuses a Service address outside the range that the cluster gives Services.
    error outside_range OutsideRange { address: String, range: String, at: Span, there: Span }
        "the address `{address}` lies outside the cluster's Service range `{range}`",
        [at "this address", there "this range"],
        help "choose a `serviceSubnet` that holds it";
    /// A field that Kubernetes' types do not have: the API server ignores it, or refuses the object.
    error unknown_field UnknownField { field: String, at: Span, suggestion: Option<String> }
        "`{field}` is not a field of this object",
        [at "unknown field"],
        help suggestion.unwrap_or_else(|| "remove it, or mend its name or its place".to_owned());
    /// A value of another type than the field has: the API server refuses the object.
    error wrong_type WrongType { field: String, why: String, at: Span }
        "`{field}` cannot be read: {why}",
        [at "of the wrong type"],
        help "give it the type that Kubernetes asks for; text that looks like a number or a truth value needs quotes";
    /// A value of the right type that the API server, or kind, refuses all the same: the object never comes to be.
    error refused Refused { field: String, why: String, at: Span }
        "`{field}` would be refused: {why}",
        [at "refused"],
        help "mend it: nothing of the object is applied until then";
    /// Every object has a name.
    error nameless Nameless { kind: String, at: Span }
        "this {kind} has no `metadata.name`",
        [at "no name here"],
        help "name it";
    /// Two objects of one kind and name in one namespace: only the one applied last exists.
    error twice Twice { kind: String, name: String, at: Span, first: Span }
        "there are two objects {kind} `{name}`",
        [at "again here", first "first here"],
        help "remove one of the two";
    /// Several cluster configurations: they cannot all be the cluster.
    error two_clusters TwoClusters { at: Span, first: Span }
        "there are two configurations of the cluster",
        [at "again here", first "first here"],
        help "check against one of them";
    /// An acceptance whose difference is gone, or never was: its reason would stand for nothing.
    advice unused_acceptance UnusedAcceptance { code: String, about: String, suggestion: Option<String>, at: Span }
        "nothing with the code `{code}` is found about {about}",
        [at "accepts nothing"],
        help suggestion.unwrap_or_else(|| "remove the entry".to_owned());
    /// An entry of the baseline matches no difference: it was resolved, or its values changed.
    advice unused_baseline_entry UnusedBaselineEntry { code: String, about: String, at: Span }
        "no difference `{code}`{about} has these values",
        [at "matches nothing"],
        help "run the check with `--prune-baseline` to remove the entries that match nothing";
    /// The file of `--baseline` has another form than `--write-baseline` writes.
    error invalid_baseline InvalidBaseline { why: String, at: Span }
        "the file is not a baseline: {why}",
        [at "here"],
        help "correct the entry, or delete the file and write it again with `--write-baseline`";
    /// The folder holds no file that could be a manifest. That is never parity.
    error nothing_to_read NothingToRead { path: String }
        "`{path}` holds no `.yaml`, `.yml` or `.json` file",
        [],
        help "name the folder that holds the manifests";
    /// There is no Kubernetes object in what was read. That is never parity.
    error nothing_to_check NothingToCheck { at: Option<Span> }
        "there is no Kubernetes object to compare the Compose file with",
        [at "read from here on"],
        help "name the folder, file or stream that holds the manifests";
    /// A file or folder could not be read.
    error unreadable Unreadable { path: String, why: String }
        "`{path}` cannot be read: {why}",
        [],
        help "check the path and its permissions";
    /// A Helm template is no YAML before Helm has filled it in.
    error template Template { at: Span }
        "this is a template, not YAML: `{{{{` stands in it",
        [at "a template begins here"],
        help "render it first: `helm template RELEASE CHART | compose2k8s check COMPOSE-FILE --against -`";
    /// An autoscaler decides how many copies of a workload run, which a Compose file cannot say.
    warning autoscaled Autoscaled { name: String, kind: String, target: String, least: String, most: String, at: Span }
        "the HorizontalPodAutoscaler `{name}` runs {least} to {most} copies of the {kind} `{target}`, whatever the Compose file says",
        [at "scaled here"],
        help "check that the service may run several times at once; its own number of copies is compared all the same";
    /// A way in from outside by host name and path, which a Compose file cannot say: its own is a port of the host.
    advice ingress Ingress { name: String, leads: String, at: Span }
        "the Ingress `{name}` leads from outside to {leads}, which a Compose file cannot say",
        [at "this kind"],
        help "";
    /// The pod of a generated project resolver is not the one that compose2k8s generates, so that it may not answer.
    error resolver Resolver { name: String, what: String, at: Span }
        "the project resolver `{name}` differs from the generated one: {what}",
        [at "here"],
        help "generate the manifests again";
    /// Kubernetes adds no volume to a running pod.
    error no_volume_in_pod NoVolumeInPod { name: String, volume: String, owner: String, at: Span }
        "the container of `{name}` starts in the pod of `{owner}`, which does not have the same volume `{volume}`",
        [at "not in that pod"],
        help "generate the manifests again";
    /// The document is YAML but not an object of Kubernetes; it was skipped.
    warning no_object NoObject { what: &'static str, at: Span }
        "this document is {what} and was skipped",
        [at "this document"],
        help "an object begins with `apiVersion` and `kind`";
    /// An object of a kind or version that says nothing about what a Compose file says; it was skipped.
    advice not_compared NotCompared { kind: String, name: String, version: String, at: Span }
        "the {kind} `{name}` ({version}) was skipped: nothing in it is compared",
        [at "this kind"],
        help "";
}

/// Whether a diagnostic of this code is about the two sides, rather than a reason why they could not be compared.
#[must_use]
pub fn is_difference(code: Code) -> bool {
    code.stage == Stage::Check
        && ![codes::unreadable, codes::template, codes::invalid_baseline, codes::unused_baseline_entry].contains(&code)
}
