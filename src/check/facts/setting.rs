//! Values from a closed set, and values that a program of the cluster or the node changes or refuses.
//!
//! Invariant: no text here is shown; `wording/` renders these types.

use crate::parse::Text;

/// A value from a closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// Always: an image is pulled, a process is restarted.
    Always,
    /// Never: an image is pulled, a process is restarted.
    Never,
    /// An image is pulled if the node does not have it.
    WhenAbsent,
    /// A process is restarted after a failure.
    OnFailure,
    /// A process is restarted after a failure, at most this many times.
    OnFailureAtMost(u32),
    /// One replica runs on each node.
    OnEveryNode,
    /// A service starts together with the others.
    WithOthers,
    /// A service starts on request only.
    OnRequest,
    /// A service starts at the times of a schedule.
    OnSchedule,
    /// A new version starts after the old one has ended.
    AfterEnd,
    /// A new version starts while the old one runs.
    WhileRunning,
    /// The namespace of the host.
    Host,
    /// The namespace of the pod.
    OwnPod,
    /// A namespace that nothing else shares.
    Nobody,
    /// A capability that the container has in addition.
    Added,
    /// A capability that the container does not have.
    Dropped,
    /// The profile of the container runtime.
    RuntimeProfile,
    /// No profile.
    Unconfined,
    /// Nothing: a probe without a request, no egress.
    Nothing,
    /// Restricted egress.
    NotEverything,
    /// A probe or hook connects to a port.
    Connection,
    /// A probe sends a gRPC health request.
    GrpcRequest,
    /// A hook sends an HTTP request.
    Request,
    /// A hook waits.
    Pause,
    /// A failed liveness probe ends the container.
    WhenUnhealthy,
    /// A container ends that is not healthy this many seconds after its start.
    UnhealthyAfterStart(i64),
    /// An init container lacks the rights for what it is to do.
    MissingRights,
    /// An init container lacks the rights to assign an address to an interface.
    NoInterface,
    /// The peers that NetworkPolicies allow.
    Traffic {
        /// The peers that may connect.
        ingress: AllowedPeers,
        /// The peers to which connections are allowed.
        egress: AllowedPeers,
    },
}

/// Which peers NetworkPolicies allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AllowedPeers {
    /// All: no policy applies.
    All,
    /// Those of the rules.
    Some,
    /// None: policies apply, without a rule.
    None,
}

/// A text with an addition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qualified {
    /// The text: the value of a kernel parameter, a path, a name.
    pub text: Text,
    /// What the text stands for, or what is wrong with it.
    pub qualifier: Qualifier,
}

/// The meaning of a [`Qualified`] text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qualifier {
    /// A kernel parameter's value, which the kubelet does not permit.
    NotPermitted,
    /// A signal that the cluster does not know.
    UnknownSignal,
    /// The path of a seccomp profile.
    Profile,
    /// The path of a seccomp profile that the node does not have.
    MissingProfile,
    /// The type of a seccomp profile.
    ProfileType,
    /// The name of a volume that is attached as a device.
    VolumeDevice,
    /// A path of the host that is mounted read-only.
    ReadOnly,
    /// A path of the container's image.
    OfImage,
    /// A path of another image, after the reference.
    OfOtherImage,
}

/// When an image is pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullPolicy {
    /// At each start.
    Always,
    /// Never.
    Never,
    /// If the node does not have it.
    WhenAbsent,
    /// A policy that Kubernetes does not have.
    Unknown(Text),
}

/// An image with a pull policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulledImage {
    /// The reference.
    pub image: Text,
    /// When it is pulled.
    pub policy: PullPolicy,
}

/// The limits of a `HorizontalPodAutoscaler`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaRange {
    /// The least number of replicas.
    pub least: Text,
    /// The greatest number of replicas.
    pub most: Text,
}

/// An address of a network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// The name of the interface.
    pub device: Text,
    /// The length of the prefix.
    pub prefix: Text,
}

/// A host in a list of name servers or addresses. The order is that of the texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServerAddress {
    /// An address, or a name that is none of the others.
    Address(Text),
    /// The name server of the cluster.
    Cluster,
    /// The name server of the cluster, beside pods whose resolver knows more names of the project.
    ClusterAlone,
    /// A resolver that answers the project's names, and forwards other queries to the servers after it.
    Project,
    /// The name servers of the node, to which a resolver forwards.
    Node,
    /// The host, or its name servers.
    Host,
    /// A note about the cluster's name server: NetworkPolicies deny queries.
    Denied,
    /// A note about the cluster's name server: NetworkPolicies deny TCP, which long answers need.
    UdpOnly,
    /// A note about a resolver: it queries the servers in any order.
    AnyOrder,
    /// A note about a resolver: it does not query the next server after a failure.
    NoFailover,
    /// A note about a resolver: it caches answers.
    Cached,
    /// A note about a resolver: its Service accepts UDP or TCP only.
    OneProtocol,
    /// A note about a resolver: the pod does not wait until it answers.
    NotAwaited,
    /// A note about a resolver: NetworkPolicies deny its queries to a server.
    UpstreamDenied,
}

/// A domain that is appended to short names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchDomain {
    /// A domain.
    Domain(Text),
    /// The domain of the project's namespace.
    Own,
    /// The domain of the project's namespace, and those that Kubernetes adds.
    Cluster,
    /// The search domains of the host.
    Host,
}

/// The owner and the mode that an init container gives a volume.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ownership {
    /// The owner: `UID`, `UID:GID` or `:GID`.
    pub owner: Option<OwnershipChange>,
    /// The mode in octal digits.
    pub mode: Option<OwnershipChange>,
}

/// A change to a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnershipChange {
    /// The new value.
    To(Text),
    /// The init container lacks the rights for it.
    NotPermitted,
}
