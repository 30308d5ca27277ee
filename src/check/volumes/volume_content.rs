//! [`VolumeContent`]: what a volume provides at a mount path, and the values of storage without a name.

use crate::check::facts::Contents;
use crate::check::manifests::pod::quantity::format_bytes;

/// The value of persistent storage that belongs to one replica.
pub(crate) const OWN_STORAGE: &str = "storage of its own";
/// The value of storage that is empty when the pod starts.
pub(crate) const EMPTY_STORAGE: &str = "empty storage";

/// Returns the value of a memory-backed volume.
pub(crate) fn memory_storage(size: Option<u64>) -> String {
    size.filter(|size| *size > 0)
        .map_or_else(|| "memory".to_owned(), |size| format!("memory of at most {}", format_bytes(size)))
}

/// What a volume of a pod provides at a mount path.
pub(crate) struct VolumeContent {
    pub(crate) what: String,
    /// The rest of the mount's `subPath`.
    pub(crate) sub: Option<String>,
    /// Made from the entries of objects, so it is read-only whatever the mount states.
    pub(crate) is_copy: bool,
    /// Copied by an init container to a place that is writable.
    pub(crate) is_writable_copy: bool,
    pub(crate) read_only_source: bool,
    pub(crate) unclear: Option<String>,
    /// Its bytes, if they are among the manifests.
    pub(crate) held: Option<Contents>,
}

impl VolumeContent {
    pub(crate) fn new(what: impl Into<String>, sub: Option<&str>) -> Self {
        let (what, sub) = (what.into(), sub.map(str::to_owned));
        Self { what, sub, is_copy: false, is_writable_copy: false, read_only_source: false, unclear: None, held: None }
    }

    pub(crate) fn unclear(what: &str, sub: Option<&str>) -> Self {
        Self { unclear: Some("since its bytes are in neither text".to_owned()), ..Self::new(what, sub) }
    }
}
