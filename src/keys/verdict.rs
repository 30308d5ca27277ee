//! What becomes of a key in Kubernetes.

/// What becomes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Same behaviour in Kubernetes.
    Mapped,
    /// Works, differs in a stated way. The difference is announced where a program could notice it.
    Approximated,
    /// Nothing like it: an error until the overrides accept the loss.
    NoEquivalent,
    /// Used up before Kubernetes.
    Consumed,
}

impl Verdict {
    /// All four, in the order in which they are counted and shown.
    pub const ALL: [Verdict; 4] = [Verdict::Mapped, Verdict::Approximated, Verdict::NoEquivalent, Verdict::Consumed];

    /// `mapped`, `approximated`, `no equivalent`, `consumed`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Verdict::Mapped => "mapped",
            Verdict::Approximated => "approximated",
            Verdict::NoEquivalent => "no equivalent",
            Verdict::Consumed => "consumed",
        }
    }

    /// What the sentence of a key with this verdict says: `in Kubernetes`, `differs`, `instead`, `used by`.
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
