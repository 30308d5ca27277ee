//! The verdict of a key: its support in Kubernetes.

/// How a key is supported in Kubernetes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Same behaviour in Kubernetes.
    Mapped,
    /// Works, but differs in a stated way. The difference is reported if a program could notice it.
    Approximated,
    /// Not supported by Kubernetes: an error, unless the overrides accept it.
    NoEquivalent,
    /// Used before the conversion, so that nothing remains to be converted.
    Consumed,
}

impl Verdict {
    /// All verdicts, in display order.
    pub const ALL: [Verdict; 4] = [Verdict::Mapped, Verdict::Approximated, Verdict::NoEquivalent, Verdict::Consumed];

    /// Returns `mapped`, `approximated`, `no equivalent` or `consumed`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Verdict::Mapped => "mapped",
            Verdict::Approximated => "approximated",
            Verdict::NoEquivalent => "no equivalent",
            Verdict::Consumed => "consumed",
        }
    }

    /// Returns the heading of the sentence of a key with this verdict.
    #[must_use]
    pub fn lead(self) -> &'static str {
        match self {
            Verdict::Mapped => "in Kubernetes",
            Verdict::Approximated => "what differs",
            Verdict::NoEquivalent => "what to do instead",
            Verdict::Consumed => "used up by",
        }
    }
}
