//! Loading: the official loader and an independent reader agree, and no input causes a panic.

mod config;
mod hostile;
mod loader_corpus;
mod ports;
mod properties;
mod witness;
