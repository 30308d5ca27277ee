//! The repository itself: cases for every key, the README, the action and the pre-commit hooks.

mod cases;
mod ci;
mod install;
mod readme;
mod references;
