//! The command line: arguments, printing and exit statuses. One file per command.

pub(crate) mod arguments;
pub(crate) mod compare;
pub(crate) mod config;
pub(crate) mod facts;
pub(crate) mod graph;
pub(crate) mod init;
pub(crate) mod lifecycle;
mod lifecycle_arguments;
mod outcome;
mod output;
mod project_arguments;
pub(crate) mod reference;
mod report_arguments;
pub(crate) mod translate;
