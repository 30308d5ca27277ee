//! Rewrites an overrides file of version 0.1.0: keys that were removed or renamed since.

use super::reading::{RENAMED, read_overrides};
use crate::parse::tree::{Entry, Tree, TreeValue};
use crate::parse::yaml;
use crate::report::{Report, Stopped};
use crate::text::{Sources, Span};

/// An overrides file after its rewrite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigratedOverrides {
    /// The text, in which everything else is unchanged.
    pub text: String,
    /// The number of entries that were removed: `zones`, and `dns` of services.
    pub removed: usize,
    /// The number of keys that were renamed, in `accept` entries.
    pub renamed: usize,
}

/// Rewrites the text of an overrides file.
///
/// # Errors
/// Returns [`Stopped`] if the text is not valid YAML, or an entry stands where it cannot be removed.
pub fn migrate(text: &str) -> Result<MigratedOverrides, Stopped> {
    let mut sources = Sources::default();
    let tree = tree_of(text, &mut sources)?;
    let mut removals = Vec::new();
    let mut edits: Vec<(usize, usize, &str)> = Vec::new();
    if let TreeValue::Mapping(sections) = &tree.value {
        removals.extend(sections.get("zones"));
        if let Some(section) = sections.get("services")
            && let TreeValue::Mapping(services) = &section.value.value
        {
            let old: Vec<(&Entry, &Entry, bool)> = services
                .values()
                .filter_map(|service| {
                    let TreeValue::Mapping(keys) = &service.value.value else { return None };
                    Some((service, keys.get("dns")?, keys.len() == 1))
                })
                .collect();
            // A section or service that would be empty goes with its entry.
            if old.len() == services.len() && old.iter().all(|(_, _, alone)| *alone) && !old.is_empty() {
                removals.push(section);
            } else {
                removals.extend(old.into_iter().map(|(service, dns, alone)| if alone { service } else { dns }));
            }
        }
        if let Some(TreeValue::Sequence(entries)) = sections.get("accept").map(|entry| &entry.value.value) {
            for entry in entries {
                let TreeValue::Mapping(keys) = &entry.value else { continue };
                let old = RENAMED.iter().filter(|(_, new)| !keys.contains_key(new));
                edits.extend(old.filter_map(|(old, new)| {
                    let key = keys.get(old)?.key;
                    Some((key.start as usize, key.end as usize, *new))
                }));
            }
        }
    }
    let (removed, renamed) = (removals.len(), edits.len());
    edits.extend(removals.into_iter().map(|entry| {
        let (start, end) = range_of_entry(text, entry);
        (start, end, "")
    }));
    edits.sort_unstable();
    let mut rest = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        if rest.get(start..end).is_none() {
            return Err(Stopped);
        }
        rest.replace_range(start..end, new);
    }
    let mut report = Report::new();
    let rewritten = tree_of(&rest, &mut sources)?;
    read_overrides(rewritten, &mut report);
    let is_old = |code: &str| matches!(code, "removed_keys" | "renamed_key");
    if report.problems().iter().any(|problem| is_old(problem.code.name)) {
        return Err(Stopped);
    }
    Ok(MigratedOverrides { text: rest, removed, renamed })
}

fn tree_of(text: &str, sources: &mut Sources) -> Result<Tree, Stopped> {
    let source = sources.add("overrides".to_owned(), None, text);
    yaml::document(source, sources, &mut Report::new())
}

/// Returns the bytes of an entry: in block style its lines and the comments directly above, in flow style also a comma.
fn range_of_entry(text: &str, entry: &Entry) -> (usize, usize) {
    let (start, end) = (entry.key.start as usize, end_of(text, entry));
    let before = text.get(..start).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let indent = before.get(line..).unwrap_or_default();
    if indent.trim().is_empty() {
        let mut first = line;
        while let Some(above) = text.get(..first).and_then(|above| above.strip_suffix('\n')) {
            let comment = above.rfind('\n').map_or(0, |at| at + 1);
            let is_comment =
                above.get(comment..).and_then(|it| it.strip_prefix(indent)).is_some_and(|it| it.starts_with('#'));
            if !is_comment {
                break;
            }
            first = comment;
        }
        // Comments at the start are about the file.
        if first == 0 {
            first = line;
        }
        // A block scalar ends with its line break.
        let ended = end > 0 && text.as_bytes().get(end - 1) == Some(&b'\n');
        let last = if ended {
            end
        } else {
            text.get(end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| end + at + 1)
        };
        return (first, last);
    }
    let after = text.get(end..).unwrap_or_default();
    let spaces = after.len() - after.trim_start().len();
    if let Some(rest) = after.trim_start().strip_prefix(',') {
        return (start, end + spaces + 1 + (rest.len() - rest.trim_start_matches(' ').len()));
    }
    let kept = before.trim_end().strip_suffix(',').map_or(start, str::len);
    (kept, end)
}

/// Returns the byte after the value of an entry, with the closing brackets of flow collections.
fn end_of(text: &str, entry: &Entry) -> usize {
    end_of_tree(text, &entry.value).max(entry.key.end as usize)
}

fn end_of_tree(text: &str, tree: &Tree) -> usize {
    let Span { start, end, source: _ } = tree.span;
    let (open, close, last) = match &tree.value {
        TreeValue::Scalar(_) => return end as usize,
        TreeValue::Mapping(entries) => ('{', '}', entries.values().map(|entry| end_of(text, entry)).max()),
        TreeValue::Sequence(items) => ('[', ']', items.iter().map(|item| end_of_tree(text, item)).max()),
    };
    let last = last.unwrap_or(end as usize).max(end as usize);
    let (before, own) =
        (text.get(..start as usize).unwrap_or_default(), text.get(start as usize..last).unwrap_or_default());
    let is_flow = before.trim_end().ends_with(open);
    // Without children the range has the brackets.
    if !is_flow || (own.starts_with(open) && own.ends_with(close)) {
        return last;
    }
    text.get(last..).and_then(|rest| rest.find(close)).map_or(last, |at| last + at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migrated(text: &str) -> String {
        migrate(text).unwrap().text
    }

    #[test]
    fn entries_of_the_first_version_are_removed_and_everything_else_stays() {
        let text = "# The overrides of a project.\nproject: shop\n\n# DNS, as it was.\nzones:\n  example.com:\n    to: [10.0.0.1]\n    \
                    because: |\n      two\n      lines\nservices:\n  # Of the web server.\n  web:\n    dns: {as: project, because: it}  # old\n    \
                    ports: [{port: 80}]\n  db:\n    # only this\n    dns:\n      as: node\n  cache: {dns: {as: project}, ports: [{port: 1}]}\n  \
                    last: {ports: [{port: 2}], dns: {as: [a, b]}}\naccept:\n  - code: lower::x\n    of: web\n    because: yes it is\n";
        let wanted = "# The overrides of a project.\nproject: shop\n\nservices:\n  # Of the web server.\n  web:\n    ports: [{port: 80}]\n  \
                      cache: {ports: [{port: 1}]}\n  last: {ports: [{port: 2}]}\naccept:\n  - code: lower::x\n    subject: web\n    reason: yes it is\n";
        assert_eq!(migrated(text), wanted);
        let done = migrate(text).unwrap();
        assert_eq!((done.removed, done.renamed), (5, 2));
        assert_eq!(migrated(wanted), wanted);
    }

    #[test]
    fn a_section_without_other_entries_is_removed() {
        assert_eq!(
            migrated("project: a\nservices:\n  web: {dns: {as: node}}\n  db:\n    dns: {as: node}\n"),
            "project: a\n"
        );
        assert_eq!(migrated("{project: a, zones: {x: {to: y}}}\n"), "{project: a}\n");
        assert_eq!(migrated("{zones: {}, project: a}\n"), "{project: a}\n");
    }

    #[test]
    fn a_current_file_is_unchanged() {
        for text in ["", "project: a\n", "services:\n  web:\n    ports: [{port: 1}]\n"] {
            assert_eq!(migrate(text).unwrap(), MigratedOverrides { text: text.to_owned(), removed: 0, renamed: 0 });
        }
        assert!(migrate("{").is_err());
    }
}
