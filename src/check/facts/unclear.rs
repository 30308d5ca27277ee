//! Why a value of the manifests cannot be compared.

use crate::parse::Text;

/// The reason why the value of a fact is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unclear {
    /// A user is given by name, and its number is in the image.
    NumberOfName,
    /// The group of a user is given by name, and its number is in the image.
    NumberOfGroup,
    /// A file is on the node.
    FileOfNode,
    /// A ConfigMap or Secret is not among the manifests: its kind and name.
    NoObject(Text, Text),
    /// A key of a ConfigMap or Secret is not among the manifests: the key, the kind and the name.
    NoKey(Text, Text, Text),
    /// The kubelet sets the value when the pod starts.
    SetAtStart,
    /// Compose builds the image.
    Built,
    /// A `HorizontalPodAutoscaler` of this name sets the number of replicas.
    Autoscaled(Text),
    /// The content of a volume is in no manifest.
    NoContent,
    /// A probe does not run a command.
    NoCommand,
    /// Without a volume, the image provides what is at a path.
    ContentOfImage,
    /// Only the image states it.
    StatedByImage,
    /// The entrypoint of the image is part of the command.
    EntrypointOfImage,
}
