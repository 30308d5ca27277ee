//! compose2k8s converts a Docker Compose project into Kubernetes manifests for kind, and checks that both mean the same.
//!
//! Start with a [`Session`]. The stages are public modules, in this order:
//! text → [`parse`] → `Tree` → [`resolve`] → `Project` → [`lower`] → `Objects` → [`emit`] → `Files` → disk. [`check`]
//! compares a `Project` with manifests of any origin. [`graph`] draws a `Project`.
//!
//! Between `parse` and `resolve` is the canonical form, in which the official loader prints a project:
//!
//! ```
//! use compose2k8s::resolve::{self, config};
//! use compose2k8s::{ProjectOptions, Session, parse};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let [file, more] = ["compose.yaml", "compose.override.yaml"].map(|name| folder.path().join(name));
//! std::fs::write(&file, "services: {web: {image: nginx, command: serve --all}}")?;
//! std::fs::write(&more, "services: {web: {stop_grace_period: 90s, user: !reset null}}")?;
//! let options = ProjectOptions { files: vec![file, more], project_name: Some("shop".to_owned()), ..ProjectOptions::default() };
//!
//! let Session { mut sources, mut report } = Session::new();
//! let parsed = parse::parse(&options, &mut sources, &mut report).expect("YAML");
//! let canonical = resolve::canonical(parsed, &options, &mut sources, &mut report).expect("a project");
//! let web = &config::value(&canonical)["services"]["web"];
//! assert_eq!(web["command"], serde_json::json!(["serve", "--all"]));
//! assert_eq!(web["stop_grace_period"], "1m30s");
//! let project = resolve::project(canonical, &mut report).expect("a project");
//! assert_eq!(project.name, "shop");
//! # Ok(())
//! # }
//! ```

pub mod check;
pub mod emit;
pub mod graph;
pub mod keys;
pub mod lower;
pub mod maps;
pub mod overrides;
pub mod parse;
pub mod report;
pub mod resolve;
pub mod text;

mod codes;
mod init;
mod paths;
mod pipeline;
mod request;
pub mod sensitive;
mod session;
mod vocabulary;
mod words;

pub use codes::{code, codes};
pub use emit::{Files, OutputPaths};
pub use init::{OverridesDraft, draft_overrides};
pub use parse::ProjectOptions;
pub use pipeline::{
    Comparison, OutputCheck, OutputCheckOptions, check_output, compare, compare_with, facts, load, project, translate,
};
pub use report::Stopped;
pub use request::{Loaded, Purpose, Request};
pub use session::Session;
