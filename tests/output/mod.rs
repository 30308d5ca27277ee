//! The output folder: its contents for the worked example, drift, failures while writing, malicious projects.

mod boulder;
mod coredns;
mod directory;
mod drift;
mod faults;
mod init;
mod regeneration;
mod secret_commands;
mod secrets;
mod security;
mod variable_sources;
