//! How values of a key in two files are merged.

/// How values of a key in two files are merged. A later `null` always leaves the earlier value as it is.
/// <https://github.com/compose-spec/compose-spec/blob/main/13-merge.md>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// The later value replaces the earlier one.
    Replace,
    /// Mappings are merged key by key.
    Mapping,
    /// Mappings are merged by name; the later value of a name replaces the earlier one.
    ReplaceEach,
    /// Lists are appended.
    Append,
    /// Depends on the values: mappings are merged, lists are appended, scalars replace; different kinds are an error.
    ByKind,
    /// A string counts as a list of one item; lists are appended.
    Texts,
    /// As [`Merge::Texts`]; of items with the same text before `=`, the later one replaces the earlier one.
    Unique,
    /// A mapping counts as a list of `NAME=VALUE` (`NAME` alone for null), sorted; then as [`Merge::Unique`].
    Pairs,
    /// A mapping counts as a list of `NAME=VALUE`, one per address; lists are appended without repeated items.
    Hosts,
    /// Lists of items with an identity (the target of a mount, a port, the path of a file): a later item replaces an
    /// earlier one with the same identity.
    ByIdentity,
    /// A list of names counts as a mapping of names to their defaults; then mappings are merged.
    Names,
    /// A string counts as a mapping with `context`; then mappings are merged.
    Build,
    /// Mappings are merged, unless both name a `driver` and these differ: then the later one replaces the earlier one.
    Driver,
    /// Address pools: those of one `subnet` are merged.
    Subnets,
}
