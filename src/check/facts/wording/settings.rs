//! The wording of the types in `setting.rs`.

use std::fmt;

use crate::check::facts::setting::{
    AllowedPeers, Ownership, OwnershipChange, PullPolicy, Qualified, Qualifier, SearchDomain, ServerAddress, Setting,
};
use crate::check::facts::value::Value;

impl fmt::Display for Setting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Setting::Always => "always",
            Setting::Never => "never",
            Setting::WhenAbsent => "when absent",
            Setting::OnFailure => "on failure",
            Setting::OnEveryNode => "once on every node",
            Setting::WithOthers => "with the others",
            Setting::OnRequest => "only when asked for",
            Setting::OnSchedule => "by the clock",
            Setting::AfterEnd => "after its end",
            Setting::WhileRunning => "while it still runs",
            Setting::Host => "the machine",
            Setting::OwnPod => "its pod",
            Setting::Added => "added",
            Setting::Dropped => "dropped",
            Setting::RuntimeProfile => "the runtime's own profile",
            Setting::Unconfined => "unconfined",
            Setting::Nothing => "nothing",
            Setting::NotEverything => "not everything",
            Setting::Connection => "a connection",
            Setting::GrpcRequest => "a gRPC health request",
            Setting::Request => "a request",
            Setting::Pause => "a pause",
            Setting::WhenUnhealthy => "when it is unhealthy",
            Setting::MissingRights => "no: the rights for it are missing",
            Setting::NoInterface => "no interface: the rights for it are missing",
            Setting::OnFailureAtMost(times) => return write!(out, "on failure, at most {times} times"),
            Setting::UnhealthyAfterStart(seconds) => {
                return write!(out, "when it is not healthy {seconds} seconds after its start");
            }
            Setting::Nobody | Setting::Traffic { ingress: AllowedPeers::None, egress: AllowedPeers::None } => "nobody",
            Setting::Traffic { ingress, egress } => return write!(out, "{ingress} inward, {egress} outward"),
        })
    }
}

impl fmt::Display for PullPolicy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&Value::from(self.clone()).rendered())
    }
}

impl fmt::Display for AllowedPeers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            AllowedPeers::All => "everybody",
            AllowedPeers::Some => "some",
            AllowedPeers::None => "nobody",
        })
    }
}

impl fmt::Display for Qualified {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Qualified { text, qualifier } = self;
        match qualifier {
            Qualifier::NotPermitted => write!(out, "{text}, which the node does not allow"),
            Qualifier::UnknownSignal => write!(out, "{text}, of which the cluster knows nothing"),
            Qualifier::Profile => write!(out, "the profile {text}"),
            Qualifier::MissingProfile => write!(out, "the profile {text}, which the node does not have"),
            Qualifier::ProfileType => write!(out, "a profile of the type `{text}`"),
            Qualifier::VolumeDevice => write!(out, "the volume {text}"),
            Qualifier::ReadOnly => write!(out, "{text}, read-only"),
            Qualifier::OfImage => write!(out, "the image's files at {text}"),
            Qualifier::OfOtherImage => write!(out, "the files of the image {text}"),
        }
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            ServerAddress::Address(address) => address,
            ServerAddress::Cluster => "the cluster",
            ServerAddress::Host => "the machine",
            ServerAddress::Denied => "which a policy keeps out of reach",
            ServerAddress::UdpOnly => "which a policy lets answer by UDP alone",
            ServerAddress::ClusterAlone => "the cluster, which does not know all names of the project",
            ServerAddress::Project => "the project",
            ServerAddress::Node => "the node's name servers",
            ServerAddress::AnyOrder => "in any order",
            ServerAddress::NoFailover => "without the next one after a failure",
            ServerAddress::Cached => "with a cache",
            ServerAddress::OneProtocol => "by UDP or TCP alone",
            ServerAddress::NotAwaited => "without waiting until it answers",
            ServerAddress::UpstreamDenied => "where a policy keeps the resolver out",
        })
    }
}

impl fmt::Display for SearchDomain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            SearchDomain::Domain(domain) => domain,
            SearchDomain::Own => "its own",
            SearchDomain::Cluster => "its own and the cluster's",
            SearchDomain::Host => "the machine's",
        })
    }
}

impl fmt::Display for Ownership {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ownership { owner, mode } = self;
        match owner {
            None => {}
            Some(OwnershipChange::To(owner)) => out.write_str(owner)?,
            Some(OwnershipChange::NotPermitted) => out.write_str("nobody new: the rights for it are missing")?,
        }
        if owner.is_some() && mode.is_some() {
            out.write_str(", ")?;
        }
        match mode {
            None => Ok(()),
            Some(OwnershipChange::To(mode)) => write!(out, "mode {mode}"),
            Some(OwnershipChange::NotPermitted) => out.write_str("no new mode: the rights are missing"),
        }
    }
}
