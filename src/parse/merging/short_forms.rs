//! Conversion of short forms before merging.
//!
//! Invariant: every new node has the location of the node that it is derived from.

use crate::parse::tree::{Entry, Mapping, Scalar, ScalarStyle, Text, Tree, TreeValue};
use crate::text::Span;

/// Returns the items of a list; the error is any other node, unchanged.
pub(crate) fn items(tree: Tree) -> Result<Vec<Tree>, Tree> {
    match tree.value {
        TreeValue::Sequence(items) => Ok(items),
        value @ (TreeValue::Scalar(_) | TreeValue::Mapping(_)) => Err(Tree { value, ..tree }),
    }
}

/// Returns the items of a list. A scalar is a list of one item, null an empty list.
pub(crate) fn texts(tree: Tree) -> Result<Vec<Tree>, Tree> {
    if tree.is_null() {
        return Ok(Vec::new());
    }
    if tree.as_scalar().is_some() { Ok(vec![tree]) } else { items(tree) }
}

/// Creates an omitted value.
pub(crate) fn nothing(span: Span) -> Tree {
    Tree::new(span, TreeValue::Scalar(Scalar { text: Text::default(), style: ScalarStyle::Omitted, template: None }))
}

fn entry(value: Tree) -> Entry {
    Entry { key: value.span, value }
}

/// Converts a list of names into a mapping to null or, with `waits`, to the defaults of `depends_on`.
pub(crate) fn names(tree: Tree, waits: bool) -> Tree {
    let TreeValue::Sequence(items) = &tree.value else { return tree };
    if items.iter().any(|item| item.as_text().is_none()) {
        return tree;
    }
    let mapping = items
        .iter()
        .filter_map(|item| {
            let value = if waits {
                let required = Scalar { text: "true".into(), style: ScalarStyle::Plain, template: None };
                let required = Tree::new(item.span, TreeValue::Scalar(required));
                let condition = Tree::string("service_started", item.span);
                let defaults = [("condition".to_owned(), entry(condition)), ("required".to_owned(), entry(required))];
                Tree::new(item.span, TreeValue::Mapping(Mapping::from(defaults)))
            } else {
                nothing(item.span)
            };
            Some((item.as_text()?.value.to_owned(), Entry { key: item.span, value }))
        })
        .collect();
    Tree { value: TreeValue::Mapping(mapping), ..tree }
}

/// Converts `build: DIR` into `build: {context: DIR}`.
pub(crate) fn build(tree: Tree) -> Tree {
    if tree.as_text().is_none() {
        return tree;
    }
    let (span, tag) = (tree.span, tree.tag);
    let context = Tree { tag: None, ..tree };
    Tree {
        span,
        tag,
        value: TreeValue::Mapping(Mapping::from([("context".to_owned(), Entry { key: span, value: context })])),
    }
}

/// Converts `gpus: all` and lists of `build.ssh` of earlier files into the long form. As in the official loader, the
/// short form of a later file cannot be merged into it.
pub(crate) fn settled(tree: &mut Tree) {
    let TreeValue::Mapping(top) = &mut tree.value else { return };
    let Some(TreeValue::Mapping(services)) = top.get_mut("services").map(|entry| &mut entry.value.value) else {
        return;
    };
    services.values_mut().for_each(|entry| settled_service(&mut entry.value));
}

/// Does the same as [`settled`] for one service of another file.
pub(crate) fn settled_service(tree: &mut Tree) {
    let TreeValue::Mapping(service) = &mut tree.value else { return };
    if let Some(gpus) = service.get_mut("gpus")
        && gpus.value.as_text().is_some()
    {
        let span = gpus.value.span;
        let count = std::mem::replace(&mut gpus.value, nothing(span));
        let request = Tree::new(span, TreeValue::Mapping(Mapping::from([("count".to_owned(), entry(count))])));
        gpus.value = Tree::new(span, TreeValue::Sequence(vec![request]));
    }
    if let Some(TreeValue::Mapping(build)) = service.get_mut("build").map(|entry| &mut entry.value.value)
        && let Some(ssh) = build.get_mut("ssh")
    {
        let list = std::mem::replace(&mut ssh.value, nothing(ssh.key));
        ssh.value = pairs_mapping(list);
    }
}

/// Converts a list of `NAME=VALUE` into a mapping, with null for a name without a value. Other nodes are returned
/// unchanged.
pub(crate) fn pairs_mapping(tree: Tree) -> Tree {
    let items = match tree.value {
        TreeValue::Sequence(items) if items.iter().all(|item| item.as_text().is_some()) => items,
        TreeValue::Scalar(scalar) if !scalar.is_null() => {
            vec![Tree { value: TreeValue::Scalar(scalar), span: tree.span, tag: None }]
        }
        value @ (TreeValue::Scalar(_) | TreeValue::Sequence(_) | TreeValue::Mapping(_)) => {
            return Tree { value, ..tree };
        }
    };
    let mapping = items
        .into_iter()
        .filter_map(|item| {
            let text = item.as_text()?.value;
            Some(match text.split_once('=') {
                Some((name, value)) => {
                    let mut value = Tree::string(value, item.span);
                    let template = item.as_scalar().and_then(|scalar| scalar.template.as_deref());
                    let template = template.map(|template| Box::new(template.of_value_after(name)));
                    if let TreeValue::Scalar(scalar) = &mut value.value {
                        scalar.template = template;
                    }
                    (name.to_owned(), Entry { key: item.span, value })
                }
                None => (text.to_owned(), Entry { key: item.span, value: nothing(item.span) }),
            })
        })
        .collect();
    Tree { span: tree.span, tag: tree.tag, value: TreeValue::Mapping(mapping) }
}

/// Converts a mapping of hosts into `HOST=ADDRESS` items, one per address.
pub(crate) fn hosts_list(tree: Tree) -> Tree {
    let TreeValue::Mapping(mapping) = &tree.value else { return tree };
    let mut items = Vec::new();
    for (host, entry) in mapping {
        let mut add = |address: &Tree| {
            let address = address.as_text().map_or_else(String::new, |text| format!("={}", text.value));
            items.push(Tree::string(format!("{host}{address}"), entry.key.to(entry.value.span)));
        };
        match &entry.value.value {
            TreeValue::Sequence(addresses) => addresses.iter().for_each(&mut add),
            TreeValue::Scalar(_) | TreeValue::Mapping(_) => add(&entry.value),
        }
    }
    Tree { span: tree.span, tag: tree.tag, value: TreeValue::Sequence(items) }
}
