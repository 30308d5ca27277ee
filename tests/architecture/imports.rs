//! The import graph of `src/`: an item imports only what stands before it, in files and in folders.

use std::collections::{BTreeMap, BTreeSet};

/// A module's path from the crate root: empty for `lib.rs`, `["check", "facts"]` for `check/facts/mod.rs`.
type Module = Vec<String>;

/// The modules of the library and what each one imports.
pub(super) struct ImportGraph {
    imports: BTreeMap<Module, BTreeSet<Module>>,
}

impl ImportGraph {
    /// Reads the graph from sources (path below `src/` to text). Unit tests are not part of it.
    pub(super) fn new(sources: &BTreeMap<String, String>) -> Self {
        let tests = test_modules(sources);
        let program: BTreeMap<Module, String> = sources
            .iter()
            .filter(|(file, _)| file.ends_with(".rs") && *file != "main.rs")
            .map(|(file, text)| (module_of(file), program_text(text)))
            .filter(|(module, _)| !tests.iter().any(|test| module.starts_with(test)))
            .collect();
        let imports = program
            .iter()
            .map(|(module, text)| {
                let found = paths_in(text).into_iter().filter_map(|path| target(module, &path, &program));
                (module.clone(), found.filter(|other| other != module).collect())
            })
            .collect();
        Self { imports }
    }

    /// The groups of children of one folder that import each other in a circle, by the folder's module path.
    ///
    /// Each child, file or folder, is one node; the folder's own `mod.rs` is the node `mod`. A cycle of files shows up
    /// in the folder that holds them all, so that a graph without these groups has no cycle of files either.
    pub(super) fn cycles(&self) -> BTreeMap<String, Vec<Vec<String>>> {
        let mut folders: BTreeMap<Module, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
        for (module, others) in &self.imports {
            for other in others {
                let shared = module.iter().zip(other).take_while(|(a, b)| a == b).count();
                let node = |path: &Module| path.get(shared).cloned().unwrap_or_else(|| "mod".to_owned());
                let nodes = folders.entry(module[..shared].to_vec()).or_default();
                nodes.entry(node(module)).or_default().insert(node(other));
                nodes.entry(node(other)).or_default();
            }
        }
        folders
            .into_iter()
            .map(|(folder, nodes)| (folder.join("::"), circles(&nodes)))
            .filter(|(_, circles)| !circles.is_empty())
            .collect()
    }
}

/// The nodes that reach each other, in groups of more than one.
fn circles(nodes: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reached = |start: &String| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![start]);
        while let Some(next) = open.pop() {
            open.extend(nodes[next].iter().filter(|other| seen.insert((*other).clone())));
        }
        seen
    };
    let reach: BTreeMap<&String, BTreeSet<String>> = nodes.keys().map(|node| (node, reached(node))).collect();
    let groups: BTreeSet<Vec<String>> = nodes
        .keys()
        .filter(|node| reach[node].contains(*node))
        .map(|node| reach[node].iter().filter(|other| reach[other].contains(node)).cloned().collect())
        .collect();
    groups.into_iter().collect()
}

fn module_of(file: &str) -> Module {
    let path = file.strip_suffix(".rs").unwrap_or(file);
    let mut module: Module = path.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod" || last == "lib") {
        module.pop();
    }
    module
}

/// The modules that are compiled for tests only: `#[cfg(test)] mod name;`.
fn test_modules(sources: &BTreeMap<String, String>) -> BTreeSet<Module> {
    let mut found = BTreeSet::new();
    for (file, text) in sources {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for pair in lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]") {
            let name = pair[1].trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ");
            if let Some(name) = name.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) {
                let mut module = module_of(file);
                module.push(name.to_owned());
                found.insert(module);
            }
        }
    }
    found
}

/// A source without its comments and without the unit tests at its end.
fn program_text(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let end = lines
        .windows(2)
        .position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{'))
        .unwrap_or(lines.len());
    let code = lines[..end].iter().map(|line| line.split("//").next().unwrap_or_default());
    code.collect::<Vec<_>>().join("\n")
}

/// Every path of the text, those of a `use` with braces written out.
fn paths_in(text: &str) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic() || c == '_') {
        rest = &rest[start..];
        let (path, length) = path_at(rest);
        let after = &rest[length..];
        if let Some(group) = after.strip_prefix("::{") {
            expand(&path, &after[2..], &mut found);
            rest = group;
        } else {
            if path.len() > 1 {
                found.insert(path);
            }
            rest = after;
        }
        rest = rest.trim_start_matches(is_name);
    }
    found
}

/// The path that the text begins with, and how many bytes it has.
fn path_at(text: &str) -> (Vec<String>, usize) {
    let mut path = Vec::new();
    let mut length = 0;
    loop {
        let name: String = text[length..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        if name.is_empty() {
            return (path, length.saturating_sub(2));
        }
        length += name.len();
        path.push(name);
        if !text[length..].starts_with("::") {
            return (path, length);
        }
        length += 2;
    }
}

/// Adds the paths of a group in braces, each behind what stands before the group.
fn expand(before: &[String], group: &str, found: &mut BTreeSet<Vec<String>>) {
    let mut depth = 0;
    let mut start = 1;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if (c == ',' && depth == 1) || depth == 0 {
            let item = group[start..at].trim();
            let (path, length) = path_at(item);
            let whole: Vec<String> = before.iter().cloned().chain(path).collect();
            if item[length..].starts_with("::{") {
                expand(&whole, &item[length + 2..], found);
            } else {
                found.insert(whole);
            }
            start = at + 1;
        }
        if depth == 0 {
            return;
        }
    }
}

/// The module that a path written in `module` leads to, if it is one of this crate's.
fn target(module: &Module, path: &[String], program: &BTreeMap<Module, String>) -> Option<Module> {
    let mut base = module.clone();
    let mut rest = path;
    match path.first().map(String::as_str) {
        Some("crate") => {
            base.clear();
            rest = &rest[1..];
        }
        Some("self" | "super") => {
            while let Some(first) = rest.first().filter(|first| *first == "self" || *first == "super") {
                if first == "super" {
                    base.pop()?;
                }
                rest = &rest[1..];
            }
        }
        Some(first) => {
            base.push(first.to_owned());
            if path.len() < 2 || !program.contains_key(&base) {
                return None;
            }
            base.pop();
        }
        None => return None,
    }
    let longest = (0..=rest.len()).rev().map(|length| [&base[..], &rest[..length]].concat());
    longest.into_iter().find(|candidate| program.contains_key(candidate))
}

#[test]
fn a_graph_with_a_cycle_is_found() {
    let sources = |beta: &str| -> BTreeMap<String, String> {
        [
            ("lib.rs", "mod alpha;\nmod beta;\npub use beta::run;\n"),
            ("alpha/mod.rs", "mod one;\nmod two;\n"),
            ("alpha/one.rs", "use super::two::{self, Deep};\n// use super::three;\n"),
            ("alpha/two.rs", "pub struct Deep;\n#[cfg(test)]\nmod tests {\n    use super::super::one;\n}\n"),
            ("beta.rs", beta),
        ]
        .map(|(file, text)| (file.to_owned(), text.to_owned()))
        .into()
    };
    assert!(ImportGraph::new(&sources("use crate::alpha::two::Deep;\n")).cycles().is_empty());
    // A function of the crate root that a module below it uses is a cycle, too.
    let found = ImportGraph::new(&sources("use std::fs;\nfn f() { crate::run() }\n")).cycles();
    assert_eq!(found[""], [["beta", "mod"]]);
    let mut circular = sources("");
    circular.insert("alpha/two.rs".to_owned(), "use crate::alpha::{one::{X, Y}};\n".to_owned());
    assert_eq!(ImportGraph::new(&circular).cycles()["alpha"], [["one", "two"]]);
}
