//! [`VolumeContent`]: what a volume provides at a mount path.

use crate::check::facts::{Contents, MountedStorage, Propagation, StorageOrigin, Unclear};
use crate::resolve::volumes::Volume as Declared;

/// Returns memory-backed storage; a size of 0 is no limit.
pub(crate) fn memory_storage(size: Option<u64>) -> StorageOrigin {
    StorageOrigin::Memory(size.filter(|size| *size > 0))
}

/// What a volume of a pod provides at a mount path.
pub(crate) struct VolumeContent {
    pub(crate) storage: MountedStorage,
    /// The rest of the mount's `subPath`.
    pub(crate) sub: Option<String>,
    /// Made from the entries of objects, so it is read-only whatever the mount states.
    pub(crate) is_copy: bool,
    /// Copied by an init container to a place that is writable.
    pub(crate) is_writable_copy: bool,
    pub(crate) read_only_source: bool,
    /// The most propagation that the node allows.
    pub(crate) propagation: Propagation,
    pub(crate) unclear: Option<Box<Unclear>>,
    /// Its bytes, if they are among the manifests.
    pub(crate) held: Option<Contents>,
}

impl VolumeContent {
    pub(crate) fn new(origin: StorageOrigin, sub: Option<&str>) -> Self {
        Self {
            storage: MountedStorage::new(origin, None),
            sub: sub.map(str::to_owned),
            is_copy: false,
            is_writable_copy: false,
            read_only_source: false,
            propagation: Propagation::Bidirectional,
            unclear: None,
            held: None,
        }
    }

    pub(crate) fn unclear(origin: StorageOrigin, sub: Option<&str>) -> Self {
        Self { unclear: Some(Box::new(Unclear::NoContent)), ..Self::new(origin, sub) }
    }
}

/// Returns an option of `driver_opts`.
pub(crate) fn option<'a>(volume: &'a Declared, name: &str) -> Option<&'a str> {
    volume.driver_opts.iter().find(|(key, _)| key.value == name).map(|(_, value)| value.value.as_str())
}

/// Whether a volume is a tmpfs.
pub(crate) fn is_memory(volume: &Declared) -> bool {
    option(volume, "type") == Some("tmpfs")
}
