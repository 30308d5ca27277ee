//! Builds nodes from parser events, with one call per node.
//!
//! Invariant: an alias is counted before it is expanded.

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle as ParserStyle, ScanError, StrInput};

use super::extent::Extent;
use super::limits::{ALIASED_AT_LEAST, DEEPEST};
use super::parser_errors;
use crate::maps::HashMap;
use crate::parse::problem::Problem;
use crate::parse::tree::{Scalar, ScalarStyle, Tag, Text, Tree, TreeValue};
use crate::report::Stopped;
use crate::text::{SourceId, Span};

/// A node with its number of nodes and its depth.
pub(super) struct CountedNode {
    pub(super) tree: Tree,
    pub(super) nodes: usize,
    pub(super) height: usize,
}

/// The parser and the nodes under construction.
pub(super) struct Builder<'text> {
    parser: Parser<'text, StrInput<'text>>,
    text: &'text str,
    length: u32,
    source: SourceId,
    anchors: HashMap<usize, CountedNode>,
    written: usize,
    aliased: usize,
    /// Items and keys of the open lists and mappings, innermost last, so that each collection is allocated with its
    /// exact size.
    items: Vec<Tree>,
    pub(super) pending: Vec<Pending>,
    pub(super) problems: Vec<Problem>,
}

/// A key and its value, until the end of their mapping.
pub(super) struct Pending {
    pub(super) key: Text,
    /// Whether the key is an unquoted `<<`.
    pub(super) merges: bool,
    pub(super) at: Span,
    pub(super) value: Tree,
}

pub(super) type Next<'text> = (Event<'text>, Span);

impl<'text> Builder<'text> {
    /// Creates a builder for a text of `length` bytes.
    pub(super) fn new(text: &'text str, length: u32, source: SourceId) -> Self {
        let options = granit_parser::options! {
            emit_comments: false,
            bom_inside_document_as_content: true,
            block_scalar_eof_without_line_feed: true,
        };
        Builder {
            parser: Parser::new_from_str_with_options(text, options),
            text,
            length,
            source,
            anchors: HashMap::default(),
            written: 0,
            aliased: 0,
            items: Vec::new(),
            pending: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Returns all documents.
    pub(super) fn stream(&mut self) -> Result<Vec<Tree>, Stopped> {
        let mut trees = Vec::new();
        loop {
            let (event, span) = self.next()?;
            #[allow(clippy::wildcard_enum_match_arm, reason = "the parser's events are an open enum")]
            match event {
                Event::StreamEnd => return Ok(trees),
                Event::StreamStart | Event::DocumentStart(..) => {}
                // Anchors are local to their document.
                Event::DocumentEnd => self.anchors.clear(),
                event => trees.push(self.node((event, span), 0)?.tree),
            }
        }
    }

    pub(super) fn next(&mut self) -> Result<Next<'text>, Stopped> {
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
        let explanation = parser_errors::explain(error.kind());
        self.stop(Problem::NotYaml { why: explanation.why, help: explanation.help.to_owned(), at })
    }

    /// Records a problem after which parsing stops.
    fn stop(&mut self, problem: Problem) -> Stopped {
        self.problems.push(problem);
        Stopped
    }

    fn span(&self, span: granit_parser::Span) -> Span {
        let range = span.byte_range().unwrap_or_default();
        let start = self.at(range.start).start;
        Span { source: self.source, start, end: self.at(range.end).start.max(start) }
    }

    /// Returns an empty span at the nearest character boundary.
    fn at(&self, offset: usize) -> Span {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let offset = u32::try_from(offset).unwrap_or(self.length);
        Span { source: self.source, start: offset, end: offset }
    }

    /// Returns the span of the character at an empty span, so that a label has something to underline.
    fn character_at(&self, place: Span) -> Span {
        let width =
            self.text.get(place.start as usize..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        Span { end: place.start.saturating_add(u32::try_from(width).unwrap_or(0)), ..place }
    }

    pub(super) fn node(&mut self, (event, span): Next<'text>, depth: usize) -> Result<CountedNode, Stopped> {
        #[allow(clippy::wildcard_enum_match_arm, reason = "the parser's events are an open enum")]
        let (node, anchor) = match event {
            Event::Alias(id) => return self.alias(id, span, depth),
            Event::Scalar(text, style, anchor, tag) => (self.scalar(text.into(), style, tag.as_deref(), span), anchor),
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
            self.anchors
                .insert(anchor, CountedNode { tree: node.tree.clone(), nodes: node.nodes, height: node.height });
        }
        Ok(node)
    }

    fn deeper(&mut self, depth: usize, at: Span) -> Result<(), Stopped> {
        if depth >= DEEPEST { Err(self.stop(Problem::TooDeep { limit: DEEPEST, at })) } else { Ok(()) }
    }

    fn alias(&mut self, id: usize, at: Span, depth: usize) -> Result<CountedNode, Stopped> {
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
        Ok(CountedNode { tree: node.tree.clone(), nodes: node.nodes, height: node.height })
    }

    #[allow(clippy::unused_self, reason = "beside its two siblings")]
    fn scalar(&self, text: Text, style: ParserStyle, tag: Option<&granit_parser::Tag>, span: Span) -> CountedNode {
        // The parser reports an omitted value as an empty plain `~`; a written `~` is one byte long.
        let (style, text) = match style {
            ParserStyle::Plain if span.start == span.end => (ScalarStyle::Omitted, Text::default()),
            ParserStyle::Plain => (ScalarStyle::Plain, text),
            ParserStyle::SingleQuoted | ParserStyle::DoubleQuoted => (ScalarStyle::Quoted, text),
            ParserStyle::Literal | ParserStyle::Folded => (ScalarStyle::Block, text),
        };
        let forced = tag.filter(|tag| tag.handle() == "tag:yaml.org,2002:").map(|tag| tag.suffix().to_owned());
        let style = match forced.as_deref() {
            Some("str") if matches!(style, ScalarStyle::Plain | ScalarStyle::Omitted) => ScalarStyle::Quoted,
            // `!!int "8"` is a number despite its quotes.
            Some("int" | "float" | "bool" | "null") => ScalarStyle::Plain,
            Some(_) | None => style,
        };
        let value = TreeValue::Scalar(Scalar { text, style, template: None });
        CountedNode { tree: Tree { span, tag: tag_of(tag), value }, nodes: 1, height: 0 }
    }

    fn sequence(&mut self, tag: Option<Tag>, start: Span, depth: usize) -> Result<CountedNode, Stopped> {
        let (first, mut nodes, mut height) = (self.items.len(), 1, 0);
        let mut extent = Extent::new(start);
        loop {
            let next = self.next()?;
            if let Event::SequenceEnd = next.0 {
                extent.end(next.1);
                let items = self.items.split_off(first);
                let tree = Tree { span: extent.span, tag, value: TreeValue::Sequence(items) };
                return Ok(CountedNode { tree, nodes, height: height + 1 });
            }
            let place = next.1;
            let item = self.node(next, depth + 1)?;
            extent.child(place);
            extent.child(if item.tree.span.start >= place.start { item.tree.span } else { place });
            nodes += item.nodes;
            height = height.max(item.height);
            self.items.push(item.tree);
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
