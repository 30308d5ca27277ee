//! YAML text to [`Tree`]s: the only module that knows the YAML parser.
//!
//! In: one source. Out: a tree per document, anchors expanded, merge keys (`<<`) merged, every node and key with its
//! place. It serves Compose files, overrides and Kubernetes manifests alike, so it knows no Compose word beyond the two
//! tags `!reset` and `!override`.
//!
//! Invariant: no text makes it panic, run without end, or build more than [`ALIASED_AT_LEAST`] nodes (or ten times what
//! was written) out of aliases.
//! Invariant: scalars stay as written; the two tables of [`super::scalars`] say what they are.

use std::collections::{HashMap, HashSet};

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StrInput};
use indexmap::map::Entry as Slot;

use super::problem::Problem;
use super::tree::{Entry, Mapping, Scalar, Style, Tag, Tree, Value};
use super::yaml_words;
use crate::report::{Report, Stopped};
use crate::text::{SourceId, Sources, Span};

/// How deep lists and mappings may lie in each other. Go's YAML, which Docker Compose reads with, stops far later, but
/// no file that a person wrote comes near; the bound keeps every later stage's recursion within the stack.
pub const DEEPEST: usize = 255;

/// So many nodes may come out of aliases in any document; from there on at most ten times the nodes written. Go's YAML
/// draws its line ("excessive aliasing") at 400 000 as well.
pub const ALIASED_AT_LEAST: usize = 400_000;

/// Every document of a source, in order; none for a text of blanks and comments.
///
/// # Errors
/// Everything wrong with it was added to the report: broken YAML, keys given twice, keys that are no single value,
/// merge keys without a mapping, nesting or aliases without measure.
pub fn documents(source: SourceId, sources: &Sources, report: &mut Report) -> Result<Vec<Tree>, Stopped> {
    let text = sources.get(source).map_or("", |source| &source.text);
    let Ok(length) = u32::try_from(text.len()) else {
        let at = Span { source, start: 0, end: 0 };
        report.add(Problem::TooLarge { limit: "4 GiB".to_owned(), at: Some(at), path: String::new() });
        return Err(Stopped);
    };
    let options = granit_parser::options! {
        emit_comments: false,
        bom_inside_document_as_content: true,
        block_scalar_eof_without_line_feed: true,
    };
    let mut builder = Builder {
        parser: Parser::new_from_str_with_options(text, options),
        text,
        length,
        source,
        anchors: HashMap::new(),
        written: 0,
        aliased: 0,
        problems: Vec::new(),
    };
    let trees = builder.stream();
    let complete = builder.problems.is_empty();
    for problem in builder.problems {
        report.add(problem);
    }
    match trees {
        Ok(trees) if complete => Ok(trees),
        Ok(_) | Err(Stopped) => Err(Stopped),
    }
}

/// The only document of a source that must hold one: overrides, a preset. An empty source is an omitted scalar.
///
/// # Errors
/// As [`documents`], and when there is a second document.
pub fn document(source: SourceId, sources: &Sources, report: &mut Report) -> Result<Tree, Stopped> {
    let mut trees = documents(source, sources, report)?.into_iter();
    let first = trees.next();
    if let Some(second) = trees.next() {
        report.add(Problem::SecondDocument { at: second.span });
        return Err(Stopped);
    }
    Ok(first.unwrap_or_else(|| omitted(Span { source, start: 0, end: 0 })))
}

fn omitted(span: Span) -> Tree {
    Tree::new(span, Value::Scalar(Scalar { text: String::new(), style: Style::Omitted, template: None }))
}

/// A finished node with its measures: nodes in it, and how deep it goes.
struct Node {
    tree: Tree,
    nodes: usize,
    height: usize,
}

struct Builder<'text> {
    parser: Parser<'text, StrInput<'text>>,
    text: &'text str,
    length: u32,
    source: SourceId,
    anchors: HashMap<usize, Node>,
    written: usize,
    aliased: usize,
    problems: Vec<Problem>,
}

type Next<'text> = (Event<'text>, Span);

impl<'text> Builder<'text> {
    fn stream(&mut self) -> Result<Vec<Tree>, Stopped> {
        let mut trees = Vec::new();
        loop {
            let (event, span) = self.next()?;
            #[allow(clippy::wildcard_enum_match_arm, reason = "the parser's events are an open enum")]
            match event {
                Event::StreamEnd => return Ok(trees),
                Event::StreamStart | Event::DocumentStart(..) => {}
                // The aliases of a document see its own anchors only.
                Event::DocumentEnd => self.anchors.clear(),
                event => trees.push(self.node((event, span), 0)?.tree),
            }
        }
    }

    fn next(&mut self) -> Result<Next<'text>, Stopped> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, self.span(span))),
            Some(Err(error)) => Err(self.broken(&error)),
            None => Ok((Event::StreamEnd, self.at(self.length as usize))),
        }
    }

    fn broken(&mut self, error: &ScanError) -> Stopped {
        let at = self.character_at(self.at(error.marker().byte_offset().unwrap_or_default()));
        if *error.kind() == ErrorKind::RecursionLimitExceeded {
            return self.stop(Problem::TooDeep { limit: DEEPEST, at });
        }
        let words = yaml_words::of(error.kind());
        self.stop(Problem::NotYaml { why: words.why, help: words.help.to_owned(), at })
    }

    /// Notes a problem after which nothing more can be read.
    fn stop(&mut self, problem: Problem) -> Stopped {
        self.problems.push(problem);
        Stopped
    }

    fn span(&self, span: granit_parser::Span) -> Span {
        let range = span.byte_range().unwrap_or_default();
        let start = self.at(range.start).start;
        Span { source: self.source, start, end: self.at(range.end).start.max(start) }
    }

    /// A place between two characters, never past the end and never inside a character.
    fn at(&self, offset: usize) -> Span {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let offset = u32::try_from(offset).unwrap_or(self.length);
        Span { source: self.source, start: offset, end: offset }
    }

    /// The character at a place, so that a label has something to stand under.
    fn character_at(&self, place: Span) -> Span {
        let width =
            self.text.get(place.start as usize..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        Span { end: place.start.saturating_add(u32::try_from(width).unwrap_or(0)), ..place }
    }

    fn node(&mut self, (event, span): Next<'text>, depth: usize) -> Result<Node, Stopped> {
        #[allow(clippy::wildcard_enum_match_arm, reason = "the parser's events are an open enum")]
        let (node, anchor) = match event {
            Event::Alias(id) => return self.alias(id, span, depth),
            Event::Scalar(text, style, anchor, tag) => {
                (self.scalar(text.into_owned(), style, tag.as_deref(), span), anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.deeper(depth, span)?;
                (self.sequence(tag_of(tag.as_deref()), span, depth)?, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.deeper(depth, span)?;
                (self.mapping(tag_of(tag.as_deref()), span, depth)?, anchor)
            }
            _ => {
                let why = "something other than a value stands here".to_owned();
                return Err(self.stop(Problem::NotYaml { why, help: String::new(), at: span }));
            }
        };
        self.written += 1;
        if anchor > 0 {
            self.anchors.insert(anchor, Node { tree: node.tree.clone(), nodes: node.nodes, height: node.height });
        }
        Ok(node)
    }

    fn deeper(&mut self, depth: usize, at: Span) -> Result<(), Stopped> {
        if depth >= DEEPEST { Err(self.stop(Problem::TooDeep { limit: DEEPEST, at })) } else { Ok(()) }
    }

    fn alias(&mut self, id: usize, at: Span, depth: usize) -> Result<Node, Stopped> {
        let Some(node) = self.anchors.get(&id) else {
            let name = self.text.get(at.start as usize..at.end as usize).unwrap_or_default().to_owned();
            return Err(self.stop(Problem::AliasInItself { name, at }));
        };
        self.aliased += node.nodes;
        if self.aliased > ALIASED_AT_LEAST.max(self.written.saturating_mul(10)) {
            return Err(self.stop(Problem::TooManyAliases { at }));
        }
        if depth + node.height > DEEPEST {
            return Err(self.stop(Problem::TooDeep { limit: DEEPEST, at }));
        }
        Ok(Node { tree: node.tree.clone(), nodes: node.nodes, height: node.height })
    }

    #[allow(clippy::unused_self, reason = "beside its two siblings")]
    fn scalar(&self, text: String, style: ScalarStyle, tag: Option<&granit_parser::Tag>, span: Span) -> Node {
        // An omitted value arrives as a plain `~` that covers nothing; a written one covers a byte.
        let (style, text) = match style {
            ScalarStyle::Plain if span.start == span.end => (Style::Omitted, String::new()),
            ScalarStyle::Plain => (Style::Plain, text),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => (Style::Quoted, text),
            ScalarStyle::Literal | ScalarStyle::Folded => (Style::Block, text),
        };
        let forced = tag.filter(|tag| tag.handle() == "tag:yaml.org,2002:").map(|tag| tag.suffix().to_owned());
        let style = match forced.as_deref() {
            Some("str") if matches!(style, Style::Plain | Style::Omitted) => Style::Quoted,
            // `!!int "8"` is a number for all its quotes.
            Some("int" | "float" | "bool" | "null") => Style::Plain,
            Some(_) | None => style,
        };
        let value = Value::Scalar(Scalar { text, style, template: None });
        Node { tree: Tree { span, tag: tag_of(tag), value }, nodes: 1, height: 0 }
    }

    fn sequence(&mut self, tag: Option<Tag>, start: Span, depth: usize) -> Result<Node, Stopped> {
        let (mut items, mut nodes, mut height) = (Vec::new(), 1, 0);
        let mut extent = Extent::new(start);
        loop {
            let next = self.next()?;
            if let Event::SequenceEnd = next.0 {
                extent.end(next.1);
                let tree = Tree { span: extent.span, tag, value: Value::Sequence(items) };
                return Ok(Node { tree, nodes, height: height + 1 });
            }
            let place = next.1;
            let item = self.node(next, depth + 1)?;
            extent.child(place);
            extent.child(if item.tree.span.start >= place.start { item.tree.span } else { place });
            nodes += item.nodes;
            height = height.max(item.height);
            items.push(item.tree);
        }
    }

    fn mapping(&mut self, tag: Option<Tag>, start: Span, depth: usize) -> Result<Node, Stopped> {
        let mut entries = Mapping::default();
        // Keys that came through `<<` and give way to one written here, wherever it stands.
        let mut lent: HashSet<String> = HashSet::new();
        let mut merged_at: Option<Span> = None;
        let (mut nodes, mut height) = (1, 0);
        let mut extent = Extent::new(start);
        loop {
            let next = self.next()?;
            if let Event::MappingEnd = next.0 {
                extent.end(next.1);
                let tree = Tree { span: extent.span, tag, value: Value::Mapping(entries) };
                return Ok(Node { tree, nodes, height: height + 1 });
            }
            let key_span = next.1;
            let problems = self.problems.len();
            let key = self.node(next, depth + 1)?;
            let key = if let Value::Scalar(key) = key.tree.value {
                Some(key)
            } else {
                // What is wrong inside such a key matters no more: `{{ a }}` is a mapping as the key of a mapping.
                self.problems.truncate(problems);
                self.problems.push(Problem::KeyNotSingle { at: key_span });
                None
            };
            extent.child(key_span);
            let next = self.next()?;
            let place = next.1;
            let value = self.node(next, depth + 1)?;
            extent.child(if value.tree.span.start >= place.start { value.tree.span } else { place });
            nodes += 1 + value.nodes;
            height = height.max(value.height);
            let Some(key) = key else { continue };
            if key.text == "<<" && key.style == Style::Plain {
                match merged_at {
                    Some(first) => {
                        self.problems.push(Problem::DuplicateKey { key: key.text, at: key_span, first });
                    }
                    None => merged_at = Some(key_span),
                }
                self.merge(value.tree, key_span, &mut entries, &mut lent);
                continue;
            }
            match entries.entry(key.text) {
                Slot::Occupied(mut slot) if lent.remove(slot.key()) => {
                    slot.insert(Entry { key: key_span, value: value.tree });
                }
                Slot::Occupied(slot) => {
                    let problem =
                        Problem::DuplicateKey { key: slot.key().clone(), at: key_span, first: slot.get().key };
                    self.problems.push(problem);
                }
                Slot::Vacant(slot) => {
                    slot.insert(Entry { key: key_span, value: value.tree });
                }
            }
        }
    }

    /// `<<: *a` and `<<: [*a, *b]`: what is already there stays, so a key of `a` wins over the same of `b`.
    /// <https://yaml.org/type/merge.html>
    fn merge(&mut self, value: Tree, at: Span, entries: &mut Mapping, lent: &mut HashSet<String>) {
        let kind = value.kind();
        let sources = match value.value {
            Value::Mapping(mapping) => vec![mapping],
            Value::Sequence(items) => {
                let mut mappings = Vec::new();
                for item in items {
                    let (kind, span) = (item.kind(), item.span);
                    match item.value {
                        Value::Mapping(mapping) => mappings.push(mapping),
                        Value::Scalar(_) | Value::Sequence(_) => {
                            self.problems.push(Problem::MergeOfNoMapping { kind, at, value: span });
                        }
                    }
                }
                mappings
            }
            Value::Scalar(_) => {
                self.problems.push(Problem::MergeOfNoMapping { kind, at, value: value.span });
                return;
            }
        };
        for mapping in sources {
            for (key, entry) in mapping {
                if let Slot::Vacant(slot) = entries.entry(key) {
                    lent.insert(slot.key().clone());
                    slot.insert(entry);
                }
            }
        }
    }
}

fn tag_of(tag: Option<&granit_parser::Tag>) -> Option<Tag> {
    match tag?.parts() {
        ("!", "reset") => Some(Tag::Reset),
        ("!", "override") => Some(Tag::Override),
        ("tag:yaml.org,2002:", "str") => Some(Tag::Text),
        _ => None,
    }
}

/// A collection's extent: from its bracket or its first child to its bracket or its last child. Block collections
/// begin and end with events that cover nothing, the last one far below.
struct Extent {
    span: Span,
    open: bool,
}

impl Extent {
    fn new(start: Span) -> Self {
        Self { span: start, open: start.start == start.end }
    }

    fn child(&mut self, child: Span) {
        if self.open {
            self.span = child;
            self.open = false;
        } else if child.start >= self.span.start {
            self.span.end = self.span.end.max(child.end);
        }
    }

    fn end(&mut self, end: Span) {
        if end.start < end.end {
            self.child(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Result<Vec<Tree>, Stopped>, Vec<String>) {
        let (mut sources, mut report) = (Sources::new(), Report::new());
        let source = sources.add("a.yaml", None, text);
        let trees = documents(source, &sources, &mut report);
        (trees, report.problems().iter().map(|problem| crate::report::short(problem, &sources)).collect())
    }

    /// Flow form with `text@span`, so that a test shows values and places at once.
    fn show(tree: &Tree) -> String {
        let tag = tree.tag.map_or(String::new(), |tag| format!("{tag:?} "));
        match &tree.value {
            Value::Scalar(scalar) => format!("{tag}{:?}/{:?}", scalar.text, scalar.style),
            Value::Sequence(items) => format!("{tag}[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
            Value::Mapping(mapping) => {
                let entries: Vec<_> =
                    mapping.iter().map(|(key, entry)| format!("{key}: {}", show(&entry.value))).collect();
                format!("{tag}{{{}}}", entries.join(", "))
            }
        }
    }

    fn shown(text: &str) -> String {
        let (trees, problems) = read(text);
        assert_eq!(problems, Vec::<String>::new(), "{text:?}");
        trees.unwrap().iter().map(show).collect::<Vec<_>>().join(" --- ")
    }

    fn refused(text: &str) -> Vec<String> {
        let (trees, problems) = read(text);
        assert_eq!(trees, Err(Stopped), "{text:?}");
        problems
    }

    #[test]
    fn scalars_keep_text_and_style() {
        assert_eq!(
            shown("a: 1\nb: \"1\\n\"\nc: '1'\nd: |\n  x\n  y\ne:\nf: ~\ng: ''\n"),
            "{a: \"1\"/Plain, b: \"1\\n\"/Quoted, c: \"1\"/Quoted, d: \"x\\ny\\n\"/Block, e: \"\"/Omitted, \
             f: \"~\"/Plain, g: \"\"/Quoted}"
        );
    }

    #[test]
    fn a_block_text_that_ends_the_file_without_a_line_break_has_none() {
        assert_eq!(shown("a: |\n  x"), "{a: \"x\"/Block}");
    }

    #[test]
    fn tags_are_seen_on_every_kind_of_node_and_unknown_ones_ignored() {
        assert_eq!(
            shown("a: !reset null\nb: !override\n  c: 1\nd: !!str 1\ne: !reset []\nf: !mine 1\ng: ! 1\nh: !!int \"8\""),
            "{a: Reset \"null\"/Plain, b: Override {c: \"1\"/Plain}, d: Text \"1\"/Quoted, e: Reset [], \
             f: \"1\"/Plain, g: \"1\"/Plain, h: \"8\"/Plain}"
        );
    }

    #[test]
    fn aliases_are_expanded_and_merge_keys_merged() {
        assert_eq!(
            shown("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: [*a, *b], z: 5}\nd: {w: 0, <<: *b}\ne: *a"),
            "{a: {x: \"1\"/Plain, y: \"2\"/Plain}, b: {y: \"3\"/Plain, z: \"4\"/Plain}, \
             c: {x: \"1\"/Plain, y: \"2\"/Plain, z: \"5\"/Plain}, d: {w: \"0\"/Plain, y: \"3\"/Plain, z: \"4\"/Plain}, \
             e: {x: \"1\"/Plain, y: \"2\"/Plain}}"
        );
        assert_eq!(
            shown("a: &a [{x: 1}, {y: 2}]\nb: {<<: *a}").split_once("b: ").unwrap().1,
            "{x: \"1\"/Plain, y: \"2\"/Plain}}"
        );
        assert_eq!(shown("a: {\"<<\": 1}"), "{a: {<<: \"1\"/Plain}}");
    }

    #[test]
    fn a_scalar_alias_may_be_a_key() {
        assert_eq!(shown("a: &k name\n*k : 1"), "{a: \"name\"/Plain, name: \"1\"/Plain}");
    }

    #[test]
    fn documents_come_one_by_one_and_blank_texts_have_none() {
        assert_eq!(shown("a: 1\n---\n- 2\n"), "{a: \"1\"/Plain} --- [\"2\"/Plain]");
        assert_eq!(shown("# only a comment\n\n"), "");
        assert_eq!(shown(""), "");
        assert_eq!(shown("---\n"), "\"\"/Omitted");
    }

    #[test]
    fn a_byte_order_mark_and_windows_line_breaks_are_fine() {
        assert_eq!(shown("\u{feff}a: 1\r\nb:\r\n  - x\r\n"), "{a: \"1\"/Plain, b: [\"x\"/Plain]}");
    }

    #[test]
    fn places_cover_scalars_keys_and_collections() {
        let text = "é:\n  b: [1, 2]\n  c:\n    - 'x'\n    - |\n      y\nd: &x {}\ne: *x\n";
        let (mut sources, mut report) = (Sources::new(), Report::new());
        let source = sources.add("a.yaml", None, text);
        let tree = document(source, &sources, &mut report).unwrap();
        let e = tree.get("é").unwrap();
        assert_eq!(sources.text(e.span), "b: [1, 2]\n  c:\n    - 'x'\n    - |\n      y\n");
        assert_eq!(sources.text(e.get("b").unwrap().span), "[1, 2]");
        assert_eq!(sources.text(e.get("c").unwrap().as_sequence().unwrap()[0].span), "'x'");
        assert_eq!(sources.text(tree.get("e").unwrap().span), "{}");
        let keys: Vec<_> = tree.as_mapping().unwrap().values().map(|entry| sources.text(entry.key)).collect();
        assert_eq!(keys, ["é", "d", "e"]);
    }

    #[test]
    fn refusals_have_places() {
        assert_eq!(refused("a: 1\n\"a\": 2"), ["a.yaml:2:1: error[parse::duplicate_key]: the key `a` is given twice"]);
        assert_eq!(refused("1: 1\n'1': 2").len(), 1);
        assert_eq!(refused("a: &a {}\nb: {<<: *a, <<: *a}").len(), 1);
        assert_eq!(
            refused("a: {{ x }}"),
            ["a.yaml:1:5: error[parse::key_not_single]: a list or a mapping is used as a key"]
        );
        assert_eq!(refused("a: {<<: 1}").len(), 1);
        assert_eq!(
            refused("a: &a [*a]"),
            ["a.yaml:1:8: error[parse::alias_in_itself]: the alias `*a` lies inside what it stands for"]
        );
        assert_eq!(refused("a: *b").len(), 1);
        assert_eq!(
            refused("a: \"x\nb: 1\n"),
            ["a.yaml:1:4: error[parse::not_yaml]: this is not YAML: this quote is never closed"]
        );
        assert_eq!(refused("a:\n\t- b\n").len(), 1);
        assert_eq!(refused("a: [1\nb: 2").len(), 1);
        assert_eq!(refused("a: 1\na: 2\nb: 1\nb: 2").len(), 2, "all that can be found is");
    }

    #[test]
    fn depth_has_a_limit_with_a_place() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(&nested(DEEPEST)).0.is_ok());
        assert_eq!(refused(&nested(DEEPEST + 1)).len(), 1);
        let through_aliases = format!("- &a {}\n- {}*a{}", nested(200), "[".repeat(100), "]".repeat(100));
        assert!(refused(&through_aliases)[0].contains("parse::too_deep"));
    }

    #[test]
    fn aliases_of_aliases_end_early() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let alias = format!("*a{}", level - 1);
            bomb = format!("{bomb}a{level}: &a{level} [{}]\n", [alias.as_str(); 9].join(", "));
        }
        let problems = refused(&bomb);
        assert!(problems[0].contains("parse::too_many_aliases"), "{problems:?}");
    }

    #[test]
    fn a_second_document_is_refused_where_one_is_meant() {
        let (mut sources, mut report) = (Sources::new(), Report::new());
        let source = sources.add("a.yaml", None, "a: 1\n---\nb: 2\n");
        assert_eq!(document(source, &sources, &mut report), Err(Stopped));
        let source = sources.add("b.yaml", None, "");
        assert!(document(source, &sources, &mut report).unwrap().is_null());
    }
}
