//! The section of the README about differences from Docker Compose.

use std::fmt::Write as _;

use super::services_table::cell;
use crate::emit::metadata::OutputMetadata;
use crate::maps::{HashMap, IndexMap};
use crate::report::{Diagnostic, Severity};

/// Differences of every output, whatever the Compose file. No diagnostic reports them.
const ALWAYS: &[&str] = &[
    "Names of the internet resolve as the node resolves them, not as Docker's own DNS server would.",
    "A ClusterIP answers on the declared ports alone; it does not answer ping.",
    "Names that Compose generates for containers (`PROJECT-SERVICE-1`) do not resolve.",
    "An address resolves to a name of Kubernetes, not to that of its container (`PROJECT-SERVICE-1.NETWORK`).",
    "Without the project resolver, `/etc/resolv.conf` has a search domain of the cluster and `ndots:1`. With it (`resolver: true` in the overrides) there is no search domain, and `ndots:0`, as in Docker.",
    "Names of services that share no network resolve. If NetworkPolicies separate them, their addresses do not answer.",
    "Eight variables that begin with `KUBERNETES_` are in every container's environment; nothing removes them.",
    "Configs and secrets without `file` are mounts: a program can change them, but neither replace nor remove them.",
];

/// Renders the section about differences from Docker Compose.
pub(crate) fn differences(metadata: &OutputMetadata) -> String {
    // Messages that differ only in a name, and have the same help, become one item.
    let mut items: IndexMap<_, (&Diagnostic, Vec<String>)> = IndexMap::default();
    let is_shown = |problem: &&Diagnostic| problem.severity != Severity::Error;
    for problem in metadata.deviations.iter().filter(is_shown) {
        let same = (problem.code.name, problem.help.as_deref());
        items.entry(same).or_insert((problem, Vec::new())).1.push(problem.message.clone());
    }
    let mut text = "## What differs from Docker Compose, and why\n\n".to_owned();
    for (problem, messages) in items.into_values() {
        let help = problem.help.as_deref().map(sentence).unwrap_or_default();
        let _ = writeln!(text, "- {} {help} (`{}`)", combined(messages).join(" "), problem.code.name);
    }
    for (what, because) in &metadata.accepted {
        let _ = writeln!(text, "- {} {}", sentence(what), sentence(because));
    }
    for line in ALWAYS {
        let _ = writeln!(text, "- {line}");
    }
    if let Some(origin) = &metadata.overrides {
        let _ = write!(text, "\nThe choices stand in the overrides: {}.\n", cell(origin));
    }
    text
}

/// Returns messages as sentences. Messages that differ only in their owner become one sentence that names all owners.
fn combined(messages: Vec<String>) -> Vec<String> {
    let mut sentences: Vec<(String, Vec<String>, String)> = Vec::new();
    let mut positions: HashMap<(String, String), usize> = HashMap::default();
    for message in messages {
        let parts = message.split_once(" of `").and_then(|(before, rest)| {
            rest.split_once('`').map(|(owner, after)| (format!("{before} of "), format!("`{owner}`"), after.to_owned()))
        });
        let Some((before, owner, after)) = parts else {
            sentences.push((message, Vec::new(), String::new()));
            continue;
        };
        let position = *positions.entry((before.clone(), after.clone())).or_insert(sentences.len());
        match sentences.get_mut(position) {
            Some((_, owners, _)) => owners.push(owner),
            None => sentences.push((before, vec![owner], after)),
        }
    }
    let whole = sentences.into_iter().map(|(before, owners, after)| format!("{before}{}{after}", owners.join(", ")));
    whole.map(|message| sentence(&message)).collect()
}

/// Returns a phrase as a sentence on one line.
fn sentence(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // The first letter of a key such as `cgroup_parent` is kept.
    let is_word = line.split(' ').next().is_some_and(|first| first.chars().all(char::is_alphabetic));
    let mut letters = line.chars();
    let mut out: String = match letters.next() {
        Some(first) if is_word => first.to_uppercase().chain(letters).collect(),
        Some(_) | None => line,
    };
    if !out.is_empty() && !out.ends_with(['.', '!', '?', ':']) {
        out.push('.');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::sample;
    use crate::lower::problem::codes;
    use crate::report::Code;

    fn deviation(code: Code, severity: Severity, message: &str) -> Diagnostic {
        Diagnostic {
            code,
            severity,
            message: message.to_owned(),
            labels: Vec::new(),
            help: Some("look at it".to_owned()),
            finding: None,
        }
    }

    #[test]
    fn deviations_of_one_kind_are_one_item() {
        let mut metadata = sample::metadata();
        metadata.deviations = vec![
            deviation(codes::own_address, Severity::Advice, "`a` is so"),
            deviation(codes::no_equivalent, Severity::Error, "never"),
            deviation(codes::own_address, Severity::Advice, "others\nare so"),
        ];
        let text = differences(&metadata);
        assert!(
            text.contains("\n- `a` is so. Others are so. Look at it. (`lower::own_address`)\n- cgroup_parent of `web`"),
            "{text}"
        );
        assert!(!text.contains("never"), "{text}");
    }

    #[test]
    fn messages_about_several_services_are_combined() {
        let sentences = combined(
            [
                "others reach the address of `a` so",
                "`x` of `a` is `y`",
                "others reach the address of `b` so",
                "all of it",
            ]
            .map(str::to_owned)
            .to_vec(),
        );
        assert_eq!(sentences, ["Others reach the address of `a`, `b` so.", "`x` of `a` is `y`.", "All of it."]);
    }
}
