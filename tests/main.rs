//! One test binary: a folder per topic, and in it one module per claim.
#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says on standard output what it did not run"
)]

mod architecture;
mod loader;
mod output;
mod parity;
mod reports;
mod repository;
mod scripts;
mod support;

use support::{golden, inputs, self_check};
