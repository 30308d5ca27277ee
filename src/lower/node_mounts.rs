//! [`NodeMount`]: the host's files on the node.

use crate::resolve::volumes::HostPath;

/// A file or folder of the host that is mounted on the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeMount {
    /// The path on the host.
    pub source: HostPath,
    /// The path on the node: `/project` for the project directory.
    pub node_path: String,
    /// How it is mounted.
    pub mode: NodeMountMode,
}

/// How a file or folder of the host is mounted on the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeMountMode {
    /// Whether the mount is read-only.
    pub read_only: bool,
    /// Which later mounts below it appear on the other side.
    pub propagation: NodeMountPropagation,
}

/// Which later mounts below a node mount appear on the other side.
/// <https://kind.sigs.k8s.io/docs/user/configuration/#extra-mounts>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeMountPropagation {
    /// None.
    Private,
    /// Those of the host appear on the node.
    HostToContainer,
    /// Those of either side appear on the other one.
    Bidirectional,
}

impl NodeMountMode {
    /// A writable mount without propagation.
    pub const WRITABLE: Self = Self { read_only: false, propagation: NodeMountPropagation::Private };

    /// Returns the mode of one mount that serves both purposes.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        Self { read_only: self.read_only && other.read_only, propagation: self.propagation.max(other.propagation) }
    }
}
