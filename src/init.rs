//! Drafts an overrides file for a project: every setting that the translation needs, with the safest default and its reason.
//!
//! Input: a project and the preset that matches it. Output: the text of an overrides file.
//!
//! Invariant: with the draft the translation succeeds, unless a service would be less restricted than in Docker Compose, or
//! the project has an error that no entry can accept.

use crate::keys::Key;
use crate::maps::IndexMap;
use crate::overrides::{self, Overrides, Reasoned, Separation};
use crate::pipeline;
use crate::report::{Diagnostic, Report, Severity, Stage, Stopped};
use crate::request::{Purpose, Request};
use crate::resolve::Project;
use crate::resolve::networks::Attachment;
use crate::text::Sources;

/// The reason for `separation` in a draft.
const SEPARATION_REASON: &str = "Docker keeps services that share no network apart.";

/// The width of lines with a reason.
const WIDTH: usize = 120;

/// A drafted overrides file.
#[derive(Debug, Clone)]
pub struct OverridesDraft {
    /// The name of the file in `overrides/`.
    pub name: String,
    /// The text.
    pub text: String,
    /// Errors that an `accept` entry can silence: services would be less restricted than in Docker Compose. Their entries are
    /// comments, unless they were requested.
    pub open: Vec<Diagnostic>,
    /// Errors that no entry can accept.
    pub errors: Vec<Diagnostic>,
}

/// Drafts the overrides file of a project. The project's own overrides file is not read. `accept_security` makes the entries
/// active that accept less restricted services.
///
/// # Errors
/// Returns [`Stopped`] if the project cannot be loaded.
pub fn draft_overrides(
    request: &Request,
    accept_security: bool,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<OverridesDraft, Stopped> {
    let request = Request { overrides: None, without_overrides_file: true, ..request.clone() };
    let mut loaded = pipeline::load(&request, sources, report)?;
    let setup: Vec<_> = loaded.overrides.setup.iter().map(|setup| setup.service.value.clone()).collect();
    let services = || loaded.project.services.values().filter(|service| !setup.contains(&service.name.value));
    let separates = (loaded.overrides.separation.is_none() && overrides::apart(services()).is_some())
        || services().any(|service| service.networks.attachment.is_internal_only(&loaded.project.networks));
    if separates {
        let because = SEPARATION_REASON.to_owned();
        loaded.overrides.separation = Some(Reasoned { value: Separation::NetworkPolicies, because });
    }
    let mut found = Report::new();
    // Errors are part of the draft.
    let _ = pipeline::translate(&request, &loaded, None, Purpose::Preview, &mut found);
    found.sort();
    let mut problems = found.into_problems();
    problems.retain(|problem| problem.code.stage == Stage::Lower && problem.severity != Severity::Advice);
    let (errors, acceptable): (Vec<_>, Vec<_>) =
        problems.into_iter().partition(|problem| problem.severity == Severity::Error && !problem.code.acceptable);
    let (open, warnings): (Vec<_>, Vec<_>) = acceptable
        .into_iter()
        .filter(|problem| problem.code.acceptable)
        .partition(|problem| problem.severity == Severity::Error);
    let text = draft_text(&loaded.project, &loaded.overrides, separates, &warnings, &open, accept_security);
    let preset = loaded.overrides.preset.as_deref();
    let name = format!("{}.yaml", preset.unwrap_or(&loaded.project.name));
    Ok(OverridesDraft { name, text, open, errors })
}

fn draft_text(
    project: &Project,
    overrides: &Overrides,
    separates: bool,
    warnings: &[Diagnostic],
    open: &[Diagnostic],
    accept_security: bool,
) -> String {
    let mut text = format!(
        "# yaml-language-server: $schema=schema.json\n#\n# Settings of the project `{}` that its Compose files do not contain, written by `compose2k8s init`. Edit them freely:\n# `compose2k8s init` shows what it would write today, and overwrites this file only with `--force`.\n",
        project.name
    );
    text.push_str(&match &overrides.preset {
        Some(preset) => format!("\n# The built-in preset that these entries extend.\npreset: {preset}\n"),
        None => "\n# No built-in preset applies.\npreset: none\n".to_owned(),
    });
    if overrides.project.is_none() && project.name_at.is_none() {
        text.push_str("\n# The namespace. Without this entry it depends on the name of the checkout's directory.\n");
        text.push_str(&format!("project: {}\n", scalar(&project.name)));
    }
    if separates {
        text.push_str(&format!("\nseparation:\n  by: network-policies\n  because: {SEPARATION_REASON}\n"));
    }
    text.push_str(&service_stubs(project, warnings));
    let active = if accept_security { [open, warnings].concat() } else { warnings.to_vec() };
    if !active.is_empty() {
        text.push_str("\n# Differences from Docker Compose that are accepted, and therefore not reported.\naccept:\n");
        text.push_str(&entries(&active));
    }
    if !open.is_empty() && !accept_security {
        text.push_str(
            "\n# With these entries services would be less restricted or isolated than in Docker Compose. Without them nothing is\n# written. Remove the `# ` to accept them, or run `compose2k8s init --force --accept-security`.\n",
        );
        let list = entries(open);
        let list = if active.is_empty() { format!("accept:\n{list}") } else { list };
        text.extend(list.lines().flat_map(|line| ["# ", line, "\n"]));
    }
    text
}

/// Returns stubs, as comments, for facts about services that only the user knows.
fn service_stubs(project: &Project, warnings: &[Diagnostic]) -> String {
    let mut stubs = String::new();
    for (name, service) in &project.services {
        let warns_of = |code: &str| {
            warnings.iter().any(|problem| {
                let about = problem.finding.as_ref().and_then(|finding| finding.service.as_deref());
                problem.code.name.strip_prefix("lower::") == Some(code) && about == Some(name.as_str())
            })
        };
        let mut lines = Vec::new();
        if warns_of("user_by_name") {
            lines.push("user: { uid: 1000, gid: 1000, because: The numbers of this user in the image's /etc/passwd. }");
        }
        if matches!(service.networks.attachment, Attachment::Host(_)) && warns_of("host_network") {
            lines.push("ports: [{ port: 8080 }]");
        }
        if !lines.is_empty() {
            stubs.push_str(&format!("#   {}:\n", scalar(name.as_str())));
            stubs.extend(lines.into_iter().flat_map(|line| ["#     ", line, "\n"]));
        }
    }
    if stubs.is_empty() {
        stubs
    } else {
        format!("\n# Facts about the images that would remove warnings below.\n# services:\n{stubs}")
    }
}

/// The service of an `accept` entry's difference is replaced with this in the reason, to find equal ones.
const PLACEHOLDER: &str = "\u{0}";

/// Returns `accept` entries, one for all services with the same difference.
fn entries(problems: &[Diagnostic]) -> String {
    let mut groups: IndexMap<(&str, Option<&str>, String), Vec<&str>> = IndexMap::default();
    for problem in problems {
        let (service, key) =
            problem.finding.as_ref().map_or((None, None), |finding| (finding.service.as_deref(), finding.key));
        let message = match service {
            Some(service) => problem.message.replacen(&format!("`{service}`"), PLACEHOLDER, 1),
            None => problem.message.clone(),
        };
        let services = groups.entry((problem.code.name, key, message)).or_default();
        if let Some(service) = service
            && !services.contains(&service)
        {
            services.push(service);
        }
    }
    // Two differences with one code, service and key have one entry.
    let mut merged: IndexMap<_, Vec<String>> = IndexMap::default();
    for ((code, key, message), services) in groups {
        let names: Vec<String> = services.iter().map(|service| format!("`{service}`")).collect();
        let reason = message.replace(PLACEHOLDER, &names.join(", "));
        merged.entry((code, key, services)).or_default().push(reason);
    }
    let mut text = String::new();
    for ((code, key, services), reasons) in merged {
        text.push_str(&format!("  - code: {code}\n"));
        match services.as_slice() {
            [] => {}
            [service] => text.push_str(&format!("    service: {}\n", scalar(service))),
            several => {
                let names: Vec<String> = several.iter().map(|service| scalar(service)).collect();
                text.push_str(&format!("    service: [{}]\n", names.join(", ")));
            }
        }
        // Not every diagnostic is reported under a key that an entry can name.
        if let Some(key) = key.filter(|key| is_named(key, !services.is_empty())) {
            text.push_str(&format!("    key: {}\n", scalar(key)));
        }
        text.push_str("    reason: >-\n");
        text.push_str(&folded(&reasons.join(". ")));
    }
    text
}

fn is_named(key: &str, of_service: bool) -> bool {
    let path = if of_service { format!("services.*.{key}") } else { key.to_owned() };
    Key::find(&path).is_some()
}

/// Returns a sentence as the lines of a folded block.
fn folded(sentence: &str) -> String {
    const INDENT: &str = "      ";
    let mut lines = String::new();
    let mut line = String::new();
    let mut letters = sentence.chars();
    let first = letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default();
    for word in first.split_whitespace() {
        if !line.is_empty() && INDENT.len() + line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push_str(&format!("{INDENT}{line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    format!("{lines}{INDENT}{line}.\n")
}

/// Returns a name as a YAML scalar: plain if no reader takes it for anything but a string.
fn scalar(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && !["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&name.to_ascii_lowercase().as_str());
    if is_plain { name.to_owned() } else { format!("\"{name}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_a_reader_could_take_them_for_something_else() {
        assert_eq!(scalar("node1"), "node1");
        assert_eq!(scalar("on"), "\"on\"");
        assert_eq!(scalar("1e3"), "\"1e3\"");
        assert_eq!(scalar("networks.*.internal"), "\"networks.*.internal\"");
    }

    #[test]
    fn reasons_are_folded_and_begin_with_an_uppercase_letter() {
        let long = "one two ".repeat(20);
        let text = folded(&long);
        assert!(text.lines().count() > 1 && text.lines().all(|line| line.chars().count() <= WIDTH + 1), "{text}");
        assert!(text.starts_with("      One two"), "{text}");
        assert!(text.ends_with("two.\n"), "{text}");
    }
}
