//! How two files' values of a key become one.

/// How two files' values of a key become one; everywhere, a later `null` leaves the earlier value as it is.
/// <https://github.com/compose-spec/compose-spec/blob/main/13-merge.md>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// The later value replaces the earlier one, whatever both are.
    Replace,
    /// Mappings are merged key by key.
    Mapping,
    /// Mappings are merged by name, and a name given again replaces the earlier value whole.
    ReplaceEach,
    /// Lists are appended.
    Append,
    /// By what is written: mappings merge, lists are appended, a single value replaces; unlike forms are an error.
    ByKind,
    /// A single text counts as a list of one; lists are appended.
    Texts,
    /// As [`Merge::Texts`]; of items equal up to a `=` the later one takes the earlier one's place.
    Unique,
    /// A mapping counts as a list of `NAME=VALUE` (`NAME` alone for null), sorted; then as [`Merge::Unique`].
    Pairs,
    /// A mapping counts as a list of `NAME=VALUE`, one for each address; lists are appended, equal items kept once.
    Hosts,
    /// Lists of items with an identity (a mount's target, a port, a file's path): the later item of one identity takes
    /// the earlier one's place.
    ByIdentity,
    /// A list of names counts as a mapping of names to their defaults; then mappings are merged.
    Names,
    /// A single text counts as a mapping with `context`; then mappings are merged.
    Build,
    /// Mappings are merged if both or only one name a `driver`, and the later replaces the earlier if the drivers differ.
    Driver,
    /// Address pools: those of one `subnet` are merged.
    Subnets,
}
