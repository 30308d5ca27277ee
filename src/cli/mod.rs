//! The command line: arguments, printing and exit statuses. One file per command.

pub(crate) mod arguments;
pub(crate) mod compare;
pub(crate) mod config;
pub(crate) mod facts;
pub(crate) mod graph;
pub(crate) mod init;
mod outcome;
mod output;
pub(crate) mod reference;
pub(crate) mod translate;
