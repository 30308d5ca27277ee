//! Compose's units: durations and sizes.

/// A duration of Compose (`1m30s`, `100ms`), in nanoseconds as Go keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub u64);

impl Duration {
    /// Whole seconds, rounded up: Kubernetes' probes and grace periods know no fractions.
    #[must_use]
    pub fn seconds_up(self) -> u64 {
        self.0.div_ceil(1_000_000_000)
    }
}

/// A size in bytes (`64m`, `1gb`); Compose's units are powers of 1024.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);
