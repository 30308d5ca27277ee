//! compose2k8s: a Docker Compose project as Kubernetes manifests for kind, and the proof that both mean the same.
//!
//! The stages are folders and run in this order, the noun of one being the input of the next:
//! text → [`parse`] → `Tree` → [`resolve`] → `Project` → [`lower`] → `Objects` → [`emit`] → `Files` → disk; and [`check`]
//! compares a `Project` with YAML on disk.

pub mod check;
pub mod emit;
pub mod keys;
pub mod lower;
pub mod overrides;
pub mod parse;
pub mod report;
pub mod resolve;
pub mod text;

/// Every code of every stage, in the order of the stages.
pub fn codes() -> impl Iterator<Item = &'static report::Code> {
    [
        parse::problem::CODES,
        resolve::problem::CODES,
        overrides::problem::CODES,
        lower::problem::CODES,
        emit::problem::CODES,
    ]
    .into_iter()
    .chain([check::problem::CODES])
    .flatten()
}
