//! [`Fact`]: a neutral statement about a service, and the closed list of their kinds.
//!
//! `compose2k8s facts` prints the facts of either side. What has no [`Kind`] is not compared.
//!
//! Invariant: a sentence is built from a fact alone; it names neither a Compose key nor a Kubernetes field.

mod fact;
mod kinds;
mod setting;
mod storage;
mod subject;
mod unclear;
mod value;
mod wording;

pub use fact::{Contents, Fact, Weight};
pub use kinds::Kind;
pub use setting::{
    AllowedPeers, Interface, Ownership, OwnershipChange, PullPolicy, PulledImage, Qualified, Qualifier, ReplicaRange,
    SearchDomain, ServerAddress, Setting,
};
pub use storage::{Access, FileKind, MountedStorage, Propagation, StorageOrigin};
pub use subject::{PortSubject, Subject};
pub use unclear::Unclear;
pub use value::{HookCommand, HttpRequest, Listener, PublishedPort, ServiceState, StartProbe, Value};
pub(crate) use wording::in_backticks;
pub(crate) use wording::unclear::{entry_of_object, field_of_pod, secret_value};
