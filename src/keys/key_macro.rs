//! The macro that turns the lines of the key table into the enum [`Key`](super::Key).

/// Returns the part after the last dot of a path.
pub(super) const fn last_part(path: &str) -> &str {
    let mut before = path.as_bytes();
    while let [rest @ .., last] = before {
        if *last == b'.' {
            break;
        }
        before = rest;
    }
    path.split_at(before.len()).1
}

/// Defines the enum `Key` and its methods from the lines of the table.
macro_rules! keys {
    ($($path:literal $name:ident $shape:ident $(($($argument:expr),+))? $merge:ident $verdict:ident $(($severity:ident))? $word:ident $sentence:literal;)+) => {
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

            /// The last part of the path: `image`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Key::$name => const { last_part($path) }),+ }
            }

            /// Returns the shape of the value.
            #[must_use]
            pub fn shape(self) -> Shape {
                match self { $(Key::$name => Shape::$shape $(($($argument),+))?),+ }
            }

            /// Returns the merge rule.
            #[must_use]
            pub fn merge(self) -> Merge {
                match self { $(Key::$name => Merge::$merge),+ }
            }

            /// Returns the verdict.
            #[must_use]
            pub fn verdict(self) -> Verdict {
                match self { $(Key::$name => Verdict::$verdict),+ }
            }

            /// Returns the severity of the diagnostic that reports the key; `None` if the key makes no difference.
            #[must_use]
            pub fn severity(self) -> Option<Severity> {
                match self { $(Key::$name => keys!(@severity $verdict $(($severity))?)),+ }
            }

            /// Where it goes in Kubernetes, what differs, what to do instead, or what used it up: words without a full
            /// stop, to follow [`Verdict::lead`].
            #[must_use]
            pub fn place(self) -> &'static str {
                match self { $(Key::$name => keys!(@sentence $verdict $word $sentence)),+ }
            }
        }
    };
    // A line has a severity exactly if its key makes a difference.
    (@severity Mapped) => { None };
    (@severity Consumed) => { None };
    (@severity Approximated(warning)) => { Some(Severity::Warning) };
    (@severity Approximated(note)) => { Some(Severity::Advice) };
    (@severity Approximated(error)) => { Some(Severity::Error) };
    (@severity NoEquivalent(warning)) => { Some(Severity::Warning) };
    (@severity NoEquivalent(error)) => { Some(Severity::Error) };
    // A line whose sentence does not say what its verdict owes does not compile.
    (@sentence Mapped to $sentence:literal) => { $sentence };
    (@sentence Approximated differs $sentence:literal) => { $sentence };
    (@sentence NoEquivalent instead $sentence:literal) => { $sentence };
    (@sentence Consumed by $sentence:literal) => { $sentence };
}
pub(super) use keys;
