//! Merges two trees: a later file over an earlier one, a service over its base, a file over its includes.
//! <https://github.com/compose-spec/compose-spec/blob/main/13-merge.md>
//!
//! Input: two trees and their node in the key table, whose merge rule applies. Output: one tree; each node keeps its
//! location in its own file.
//!
//! Invariant: `!reset` and `!override` stay on the result, because a service that was merged over its base is merged
//! again over earlier files. [`settle`] removes them at the end.

use super::resets::{is_list_of_loader, without_reset_hosts, without_resets};
use super::short_forms::{build, hosts_list, items, names, nothing, pairs_mapping, texts};
use crate::keys::{Key, Merge, Node};
use crate::parse::problem::Problem;
use crate::parse::tree::{Tag, Tree, TreeValue};
use crate::report::Report;

/// Merges `over` into `base`. `node` is their node in the key table; `None` below an extension field or an unknown key.
pub(crate) fn merge(base: Tree, over: Tree, node: Option<&'static Node>, report: &mut Report) -> Tree {
    Merger { report }.value(base, over, node, "")
}

/// Applies and removes the tags: nodes with `!reset` are removed, nodes with `!override` are kept with everything below
/// them.
pub(crate) fn settle(tree: &mut Tree) {
    let below = tree.tag != Some(Tag::Override);
    tree.tag = tree.tag.filter(|tag| *tag == Tag::Merged);
    match &mut tree.value {
        TreeValue::Scalar(_) => {}
        TreeValue::Sequence(items) => {
            items.retain(|item| !below || item.tag != Some(Tag::Reset));
            items.iter_mut().for_each(settle);
        }
        TreeValue::Mapping(mapping) => {
            mapping.retain(|_, entry| !below || entry.value.tag != Some(Tag::Reset));
            mapping.values_mut().for_each(|entry| settle(&mut entry.value));
        }
    }
}

struct Merger<'report> {
    report: &'report mut Report,
}

impl Merger<'_> {
    fn value(&mut self, base: Tree, over: Tree, node: Option<&'static Node>, name: &str) -> Tree {
        if matches!(over.tag, Some(Tag::Reset | Tag::Override)) {
            return over;
        }
        match node.map_or(Merge::ByKind, Node::merge) {
            // Null replaces the value of three keys only.
            Merge::Replace if node.and_then(Node::key).is_some_and(is_words) => over,
            Merge::Replace if over.is_null() => base,
            Merge::Replace => over,
            Merge::Mapping | Merge::Append | Merge::ByKind => self.by_kind(base, over, node, name),
            Merge::ReplaceEach => self.mappings(base, over, name, |_, _, _, over| over),
            Merge::Texts | Merge::Unique | Merge::ByIdentity => self.lists(base, over, name, texts),
            Merge::Pairs => self.pairs(base, over, name),
            Merge::Hosts => self.hosts(base, over, name),
            Merge::Names => {
                let waits = node.and_then(Node::key) == Some(Key::DependsOn);
                let form = |tree: Tree| names(tree, waits);
                self.by_kind(form(base), form(over), node, name)
            }
            Merge::Build => self.by_kind(build(base), build(over), node, name),
            Merge::Driver => {
                let driver = |tree: &Tree| tree.get("driver").and_then(Tree::as_text).map(|text| text.value.to_owned());
                match (driver(&base), driver(&over)) {
                    (Some(before), Some(after)) if before != after => over,
                    _ => self.by_kind(base, over, node, name),
                }
            }
            Merge::Subnets => self.subnets(base, over, node, name),
        }
    }

    /// Merges mappings, appends lists and replaces scalars; null changes nothing.
    fn by_kind(&mut self, base: Tree, over: Tree, node: Option<&'static Node>, name: &str) -> Tree {
        if over.is_null() {
            return base;
        }
        match (&base.value, &over.value) {
            (TreeValue::Mapping(_), TreeValue::Mapping(_)) => {
                self.mappings(base, over, name, |merger, name, base, over| {
                    merger.value(base, over, node.and_then(|node| node.child(name)), name)
                })
            }
            (TreeValue::Sequence(_), TreeValue::Sequence(_)) => self.lists(base, over, name, items),
            (TreeValue::Scalar(_), _) => over,
            // `external: true` and `external: {name: …}` are two forms of the same value.
            (TreeValue::Mapping(_) | TreeValue::Sequence(_), _) if name == "external" => over,
            (TreeValue::Mapping(_) | TreeValue::Sequence(_), _) => self.unlike(base, &over, name),
        }
    }

    fn unlike(&mut self, base: Tree, over: &Tree, name: &str) -> Tree {
        self.report.add(Problem::UnlikeForms {
            key: name.to_owned(),
            before: base.kind(),
            after: over.kind(),
            at: over.span,
            first: base.span,
        });
        base
    }

    fn mappings(
        &mut self,
        base: Tree,
        over: Tree,
        name: &str,
        mut each: impl FnMut(&mut Self, &str, Tree, Tree) -> Tree,
    ) -> Tree {
        if over.is_null() {
            return base;
        }
        if base.is_null() {
            return over;
        }
        let (base_tag, base_span) = (base.tag, base.span);
        match (base.value, over.value) {
            (TreeValue::Mapping(mut mapping), TreeValue::Mapping(additions)) => {
                for (key, entry) in additions {
                    match mapping.get_mut(&key) {
                        // The key of the later file is the one that the user would change.
                        Some(known) => {
                            let before = std::mem::replace(&mut known.value, nothing(entry.key));
                            known.value = each(self, &key, before, entry.value);
                            known.key = entry.key;
                        }
                        None => {
                            mapping.insert(key, entry);
                        }
                    }
                }
                Tree { span: over.span, tag: base_tag, value: TreeValue::Mapping(mapping) }
            }
            (before, after) => {
                let base = Tree { span: base_span, tag: base_tag, value: before };
                self.unlike(base, &Tree { span: over.span, tag: over.tag, value: after }, name)
            }
        }
    }

    fn lists(&mut self, base: Tree, over: Tree, name: &str, form: fn(Tree) -> Result<Vec<Tree>, Tree>) -> Tree {
        let (base_tag, base_span, over_span) = (base.tag, base.span, over.span);
        match (form(base), form(over)) {
            (Ok(mut items), Ok(additions)) => {
                let span = if additions.is_empty() { base_span } else { over_span };
                items.extend(additions);
                Tree { span, tag: base_tag, value: TreeValue::Sequence(items) }
            }
            (base, over) => {
                let whole = |list: Result<Vec<Tree>, Tree>, span| {
                    list.map_or_else(|tree| tree, |items| Tree::new(span, TreeValue::Sequence(items)))
                };
                self.unlike(whole(base, base_span), &whole(over, over_span), name)
            }
        }
    }

    /// Merges lists and mappings of `NAME=VALUE`. Two lists stay a list; otherwise both become mappings, whose values
    /// keep their form and thus their type. A name without a value replaces one with a value.
    fn pairs(&mut self, base: Tree, over: Tree, name: &str) -> Tree {
        if base.as_sequence().is_some() && over.as_sequence().is_some() {
            return self.lists(base, over, name, items);
        }
        let over = if is_list_of_loader(&base) { without_resets(over) } else { over };
        let is_merged = !base.is_null() && !over.is_null();
        let merged = self.mappings(pairs_mapping(base), pairs_mapping(over), name, |_, _, _, over| over);
        Tree { tag: merged.tag.or(is_merged.then_some(Tag::Merged)), ..merged }
    }

    /// Merges lists and mappings of `HOST=ADDRESS`, in which a host may have several addresses.
    fn hosts(&mut self, base: Tree, over: Tree, name: &str) -> Tree {
        let over = if is_list_of_loader(&base) { without_resets(over) } else { over };
        let (base, over) = without_reset_hosts(base, over);
        let (base, mut over) = (hosts_list(base), hosts_list(over));
        if let (Some(known), TreeValue::Sequence(items)) = (base.as_sequence(), &mut over.value) {
            let known: crate::maps::HashSet<&str> =
                known.iter().filter_map(|item| Some(item.as_text()?.value)).collect();
            items.retain(|item| item.as_text().is_none_or(|text| !known.contains(text.value)));
        }
        self.lists(base, over, name, texts)
    }

    /// Merges address pools as compose-go does: pools of the same subnet are merged, and other earlier pools are
    /// dropped.
    fn subnets(&mut self, base: Tree, over: Tree, node: Option<&'static Node>, name: &str) -> Tree {
        let (Some(before), Some(after)) = (base.as_sequence(), over.as_sequence()) else {
            return self.by_kind(base, over, node, name);
        };
        let subnet = |tree: &Tree| tree.get("subnet").and_then(Tree::as_text).map(|text| text.value.to_owned());
        let item = node.and_then(Node::item);
        let mut pools: Vec<Tree> = Vec::new();
        for pool in before {
            let mut pool = pool.clone();
            for other in after {
                let wanted = subnet(other);
                if wanted != subnet(&pool) && pools.iter().all(|known| subnet(known) != wanted) {
                    pools.push(other.clone());
                    continue;
                }
                pool = self.by_kind(pool, other.clone(), item, name);
                let wanted = subnet(&pool);
                match pools.iter_mut().find(|known| subnet(known) == wanted) {
                    Some(known) => *known = pool.clone(),
                    None => pools.push(pool.clone()),
                }
            }
        }
        Tree { span: over.span, tag: base.tag, value: TreeValue::Sequence(pools) }
    }
}

/// Whether a key holds a command, which a later file replaces even with null.
fn is_words(key: Key) -> bool {
    [Key::Command, Key::Entrypoint, Key::HealthcheckTest].contains(&key)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::keys::root;
    use crate::parse::merging::unicity;
    use crate::parse::tree::ScalarStyle;
    use crate::parse::yaml;
    use crate::text::Sources;

    /// Formats a tree in one line: strings in quotes, everything else as written.
    pub(crate) fn flow(tree: &Tree) -> String {
        match &tree.value {
            TreeValue::Scalar(scalar) => match scalar.style {
                ScalarStyle::Omitted => "~".to_owned(),
                ScalarStyle::Plain => scalar.text.to_string(),
                ScalarStyle::Quoted | ScalarStyle::Block => format!("{:?}", scalar.text),
            },
            TreeValue::Sequence(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
            TreeValue::Mapping(mapping) => {
                let entries: Vec<_> =
                    mapping.iter().map(|(key, entry)| format!("{key}: {}", flow(&entry.value))).collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }

    /// Merges the definitions of one service in several files. Returns the result and the diagnostics.
    fn service(files: &[&str]) -> (String, Vec<String>) {
        let (mut sources, mut report) = (Sources::new(), Report::new());
        let mut merged: Option<Tree> = None;
        for (number, text) in files.iter().enumerate() {
            let body = text.replace('\n', "\n    ");
            let source = sources.add(format!("{number}.yaml"), None, format!("services:\n  a:\n    {body}\n"));
            let mut tree = yaml::document(source, &sources, &mut report).unwrap();
            tree = match merged {
                Some(base) => merge(base, tree, Some(root()), &mut report),
                None => tree,
            };
            settle(&mut tree);
            merged = Some(tree);
        }
        let mut merged = merged.unwrap();
        unicity::enforce(&mut merged, Some(root()));
        let problems = report.problems().iter().map(|problem| crate::report::short(problem, &sources)).collect();
        (flow(merged.get("services").unwrap().get("a").unwrap()), problems)
    }

    fn merged(files: &[&str], expected: &str) {
        let (tree, problems) = service(files);
        assert_eq!((tree.as_str(), problems), (expected, Vec::new()), "{files:?}");
    }

    #[test]
    fn scalars_are_replaced_but_not_by_null() {
        merged(&["image: a\nuser: x", "image: b\nuser:"], "{image: b, user: x}");
        merged(&["x-y: {a: [1], b: 1}", "x-y: {a: [2], c: 2}"], "{x-y: {a: [1, 2], b: 1, c: 2}}");
    }

    #[test]
    fn commands_are_replaced_even_by_null() {
        merged(&["command: [a, b]\nentrypoint: x", "command: c\nentrypoint:"], "{command: c, entrypoint: ~}");
        merged(
            &["healthcheck: {test: [CMD, a], retries: 3}", "healthcheck: {test: b}"],
            "{healthcheck: {test: b, retries: 3}}",
        );
    }

    #[test]
    fn environments_merge_by_name_in_any_form() {
        merged(&["environment: {A: 1, B: x}", "environment: {B: y, C: true}"], "{environment: {A: 1, B: y, C: true}}");
        merged(&["environment: [A=1, B]", "environment: [B=2, C=3]"], "{environment: [A=1, B=2, C=3]}");
        merged(&["environment: [A=1, B]", "environment: {B: 2}"], "{environment: {A: \"1\", B: 2}}");
        merged(&["environment: {A: 1, B: 1.10}", "environment: [A=x=y, B]"], "{environment: {A: \"x=y\", B: ~}}");
        merged(&["environment: [A=1, B=2, A=3]"], "{environment: [A=3, B=2]}");
        merged(&["environment: {A: 1}", "environment:"], "{environment: {A: 1}}");
    }

    #[test]
    fn an_entry_is_reset_in_an_unmerged_mapping_only() {
        let reset = "environment: {A: !reset null}\nextra_hosts: {a: !reset null}";
        merged(
            &["environment: {A: 1, B: 2}\nextra_hosts: {a: 10.0.0.1, b: 10.0.0.2}", reset],
            "{environment: {B: 2}, extra_hosts: [\"b=10.0.0.2\"]}",
        );
        merged(
            &["environment: [A=1, B=2]\nextra_hosts: [a=10.0.0.1, b=10.0.0.2]", reset],
            "{environment: {A: \"1\", B: \"2\"}, extra_hosts: [a=10.0.0.1, b=10.0.0.2]}",
        );
        merged(&["environment: {A: 1}", "environment: {B: 2}", reset], "{environment: {A: 1, B: 2}, extra_hosts: {}}");
        merged(&["environment: {A: 1}", "user: me", reset], "{environment: {}, user: me, extra_hosts: {}}");
    }

    #[test]
    fn lists_are_appended_and_items_of_the_same_identity_replaced_in_place() {
        merged(
            &["ports: ['80:80', '443:443']", "ports: ['80:80', '81:80']"],
            "{ports: [\"80:80\", \"443:443\", \"81:80\"]}",
        );
        merged(
            &["volumes: ['aa:/x', './b:/y']", "volumes: ['cc:/x:ro', {type: bind, source: ./d, target: /y}]"],
            "{volumes: [\"cc:/x:ro\", {type: bind, source: ./d, target: /y}]}",
        );
        merged(&["tmpfs: /a", "tmpfs: [/b, /a]"], "{tmpfs: [/a, /b]}");
        merged(&["cap_add: [A]", "cap_add: [B, A]"], "{cap_add: [A, B]}");
        merged(
            &["env_file: a.env", "env_file: [b.env, {path: a.env, required: false}]"],
            "{env_file: [{path: a.env, required: false}, b.env]}",
        );
        merged(&["security_opt: [a]", "security_opt: [a]"], "{security_opt: [a, a]}");
    }

    #[test]
    fn hosts_keep_every_address() {
        merged(
            &["extra_hosts: {a: 1.1.1.1, b: [2.2.2.2, 3.3.3.3]}", "extra_hosts: ['a=4.4.4.4', 'b=2.2.2.2']"],
            "{extra_hosts: [\"a=1.1.1.1\", \"b=2.2.2.2\", \"b=3.3.3.3\", \"a=4.4.4.4\"]}",
        );
    }

    #[test]
    fn short_and_long_forms_are_merged() {
        merged(
            &["depends_on: [a, b]", "depends_on: {a: {condition: service_healthy}}"],
            "{depends_on: {a: {condition: service_healthy, required: true}, b: {condition: \"service_started\", required: true}}}",
        );
        merged(
            &["networks: [a]", "networks: {b: {aliases: [x]}, a: {priority: 1}}"],
            "{networks: {a: {priority: 1}, b: {aliases: [x]}}}",
        );
        merged(
            &["build: .", "build: {dockerfile: x, args: [A=1]}"],
            "{build: {context: ., dockerfile: x, args: [A=1]}}",
        );
        merged(
            &["ulimits: {nofile: {soft: 1, hard: 2}}", "ulimits: {nofile: 3, nproc: 4}"],
            "{ulimits: {nofile: 3, nproc: 4}}",
        );
    }

    #[test]
    fn logging_options_stay_with_their_driver() {
        merged(
            &["logging: {driver: a, options: {x: 1}}", "logging: {options: {y: 2}}"],
            "{logging: {driver: a, options: {x: 1, y: 2}}}",
        );
        merged(&["logging: {driver: a, options: {x: 1}}", "logging: {driver: b}"], "{logging: {driver: b}}");
    }

    #[test]
    fn reset_removes_and_override_replaces() {
        merged(&["image: a\nports: ['80:80']", "ports: !reset []"], "{image: a}");
        merged(&["ports: ['80:80']", "ports: !override ['81:81']"], "{ports: [\"81:81\"]}");
        merged(&["environment: {A: 1, B: 2}", "environment: {A: !reset null}"], "{environment: {B: 2}}");
        merged(&["image: a", "build: !reset null"], "{image: a}");
        merged(&["ports: !reset []\nimage: a"], "{image: a}");
    }

    #[test]
    fn different_kinds_are_refused_with_both_locations() {
        let (_, problems) = service(&["healthcheck: {retries: 1}", "healthcheck: [x]"]);
        assert_eq!(
            problems,
            [
                "1.yaml:3:18: error[parse::unlike_forms]: `healthcheck` is a list here and a mapping before: they cannot be merged"
            ]
        );
    }
}
