//! THE KEY TABLE: every key of the Compose Specification, once.

/// What becomes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Same behaviour in Kubernetes.
    Mapped,
    /// Works, differs in a stated way.
    Approximated,
    /// Nothing like it: an error until the overrides accept the loss.
    NoEquivalent,
    /// Used up before Kubernetes.
    Consumed,
}

/// How two files' values of a key become one.
/// <https://github.com/compose-spec/compose-spec/blob/main/13-merge.md>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// The later value replaces the earlier one.
    Replace,
    /// Mappings are merged key by key; both list and mapping forms become mappings first.
    Mapping,
    /// Lists are appended.
    Append,
    /// Lists are appended, equal items kept once.
    Unique,
    /// Lists of items with an identity (a mount's target, a port): the later item of one identity wins.
    ByIdentity,
}

macro_rules! keys {
    ($($(#[$attribute:meta])* $path:literal $name:ident $verdict:ident $merge:ident ($place:literal);)+) => {
        /// A key path of the Compose Specification; `*` stands for a name, `[]` for an item.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "each variant's documentation is its line: path() and place()")]
        pub enum Key { $($name),+ }

        impl Key {
            /// Every key, in the order of the table.
            pub const ALL: &'static [Key] = &[$(Key::$name),+];

            /// `services.*.image`.
            #[must_use]
            pub fn path(self) -> &'static str {
                match self { $(Key::$name => $path),+ }
            }

            /// What becomes of it.
            #[must_use]
            pub fn verdict(self) -> Verdict {
                match self { $(Key::$name => Verdict::$verdict),+ }
            }

            /// How two files' values become one.
            #[must_use]
            pub fn merge(self) -> Merge {
                match self { $(Key::$name => Merge::$merge),+ }
            }

            /// Where it goes in Kubernetes, what differs, or what to do instead.
            #[must_use]
            pub fn place(self) -> &'static str {
                match self { $(Key::$name => $place),+ }
            }

            /// The last part of the path: `image`.
            #[must_use]
            pub fn name(self) -> &'static str {
                self.path().rsplit('.').next().unwrap_or_default()
            }
        }
    };
}

keys! {
    // path                     name      verdict  merge    where in Kubernetes, what differs, or what to do instead
    "services.*.image"          Image     Mapped   Replace  ("containers[].image");
}
