//! One test binary; one module a claim.
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
mod boulder;
mod cases;
mod ci;
mod config;
mod drift;
mod facts;
mod faults;
mod formats;
mod golden;
mod hostile;
mod inputs;
mod loader_corpus;
mod parity;
mod ports;
mod problems;
mod properties;
mod readme;
mod scripts;
mod security;
mod witness;
