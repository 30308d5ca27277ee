//! The codes of all diagnostics.

use crate::report::{Code, IMPOSSIBLE_STATE};
use crate::{check, emit, lower, overrides, parse, resolve};

/// Returns every code, in the order of the stages; the code of internal errors is last.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    [
        parse::problem::CODES,
        resolve::problem::CODES,
        overrides::problem::CODES,
        lower::problem::CODES,
        lower::pod_problem::CODES,
        lower::volume_problem::CODES,
        emit::problem::CODES,
    ]
    .into_iter()
    .chain([check::problem::CODES])
    .flatten()
    .chain([&IMPOSSIBLE_STATE])
}

/// Returns the code of this name.
#[must_use]
pub fn code(name: &str) -> Option<Code> {
    codes().find(|code| code.name == name).copied()
}
