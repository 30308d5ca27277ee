//! [`MountedStorage`]: what is mounted at a path.

use super::setting::PullPolicy;
use crate::parse::Text;

/// What is mounted at a path of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountedStorage {
    /// Where the files come from.
    pub origin: StorageOrigin,
    /// The part of it that is mounted, as a path without a leading slash.
    pub subpath: Option<Text>,
    /// The one file of it that the fact is about.
    pub file: Option<Text>,
    /// Whether files that the kubelet keeps in memory were copied to the disk of the node.
    pub on_disk: bool,
    /// Whether the container can write; `None` for copies of files, which it never writes.
    pub access: Option<Access>,
    /// Which later mounts below the path appear on the other side.
    pub propagation: Propagation,
}

/// Whether a container can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It can only read.
    ReadOnly,
    /// It can read and write.
    Writable,
}

/// Which later mounts below a mounted directory appear on the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Propagation {
    /// None.
    Private,
    /// Those of the host appear in the container.
    FromHost,
    /// Those of either side appear on the other one.
    Bidirectional,
}

/// Whether a file is a Compose config or a Compose secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A config.
    Config,
    /// A secret.
    Secret,
}

/// Where mounted files come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageOrigin {
    /// Storage of one replica that outlives its container.
    Own,
    /// Storage that is empty when the pod starts.
    Empty,
    /// Memory, with the most bytes that it holds.
    Memory(Option<u64>),
    /// A volume of the project, by its key.
    Volume(Text),
    /// A volume of the project in memory, which several services share.
    SharedMemory(Text),
    /// A claim that is no volume of the project.
    Claim(Text),
    /// A path of the host.
    Host(Text),
    /// A path of the node that is not mounted from the host.
    Node(Text),
    /// The files of an image.
    Image {
        /// The reference.
        reference: Text,
        /// When the image is pulled, if that is not the default.
        pull: Option<PullPolicy>,
    },
    /// An NFS export.
    Nfs {
        /// The server.
        server: Text,
        /// The exported path.
        path: Text,
    },
    /// A copy of a file or directory of the host.
    CopyOf(Text),
    /// A directory with a copy of a file of the host.
    DirectoryWithCopy(Text),
    /// An entry of such a directory that is another file.
    EntryBesideCopy {
        /// The entry.
        entry: Text,
        /// The path on the host.
        path: Text,
        /// The name of the copy.
        file: Text,
    },
    /// A config or secret of the project.
    File(FileKind, Text),
    /// A directory with a config or secret of the project.
    DirectoryWith(FileKind, Text),
    /// An entry of the object of a config or secret that is not the file itself.
    EntryOf(FileKind, Text, Text),
    /// An entry that the object of a config or secret does not have.
    NothingOf(FileKind, Text),
    /// A ConfigMap or Secret that is no config or secret of the project.
    Object {
        /// `ConfigMap` or `Secret`.
        kind: &'static str,
        /// The name.
        name: Text,
        /// The entry, if only one is mounted.
        entry: Option<Text>,
    },
    /// Several ConfigMaps and Secrets in one directory.
    SeveralObjects,
    /// What the downward API provides.
    DownwardApi,
    /// A volume of a storage driver.
    Driver,
    /// A name that no volume of the pod has.
    Undefined(Text),
    /// A Compose mount of another type.
    OtherType(Text),
}

impl MountedStorage {
    /// Returns all of an origin, mounted with this access.
    #[must_use]
    pub fn new(origin: StorageOrigin, access: Option<Access>) -> Self {
        Self { origin, subpath: None, file: None, on_disk: false, access, propagation: Propagation::Private }
    }

    /// Mounts only a part of it.
    #[must_use]
    pub fn with_subpath(mut self, subpath: Option<&str>) -> Self {
        self.subpath = subpath.filter(|path| !path.is_empty()).map(|path| path.trim_matches('/').into());
        self
    }

    /// Returns one file of it: if it is a directory with a config or secret, that file.
    #[must_use]
    pub fn file_of(&self, name: &str) -> Self {
        if let StorageOrigin::DirectoryWith(kind, key) = &self.origin {
            Self { origin: StorageOrigin::File(*kind, key.clone()), ..self.clone() }
        } else {
            Self { file: Some(name.into()), ..self.clone() }
        }
    }
}

impl Access {
    /// Returns the access of a mount with this flag.
    #[must_use]
    pub fn from_read_only(read_only: bool) -> Self {
        if read_only { Access::ReadOnly } else { Access::Writable }
    }
}
