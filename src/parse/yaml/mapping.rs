//! Builds mappings: reports repeated keys and applies merge keys (`<<`).
//! <https://yaml.org/type/merge.html>

use granit_parser::Event;

use super::builder::{Builder, CountedNode, Next, Pending};
use super::extent::Extent;
use crate::maps::HashSet;
use crate::parse::problem::Problem;
use crate::parse::tree::{Entry, Mapping, ScalarStyle, Tag, Text, Tree, TreeValue};
use crate::report::Stopped;
use crate::text::Span;

impl<'text> Builder<'text> {
    /// Builds a mapping after its start event.
    pub(super) fn mapping(&mut self, tag: Option<Tag>, start: Span, depth: usize) -> Result<CountedNode, Stopped> {
        let first = self.pending.len();
        let (mut nodes, mut height) = (1, 0);
        let mut extent = Extent::new(start);
        loop {
            let next = self.next()?;
            if let Event::MappingEnd = next.0 {
                extent.end(next.1);
                let tree = Tree { span: extent.span, tag, value: TreeValue::Mapping(self.gathered(first)) };
                return Ok(CountedNode { tree, nodes, height: height + 1 });
            }
            let at = next.1;
            let key = self.key(next, depth)?;
            extent.child(at);
            let next = self.next()?;
            let place = next.1;
            let value = self.node(next, depth + 1)?;
            extent.child(if value.tree.span.start >= place.start { value.tree.span } else { place });
            nodes += 1 + value.nodes;
            height = height.max(value.height);
            if let Some((key, merges)) = key {
                self.pending.push(Pending { key, merges, at, value: value.tree });
            }
        }
    }

    /// Returns a key and whether it is a merge key; `None` if it is not a scalar, which was reported.
    fn key(&mut self, next: Next<'text>, depth: usize) -> Result<Option<(Text, bool)>, Stopped> {
        let (at, problems) = (next.1, self.problems.len());
        if let TreeValue::Scalar(key) = self.node(next, depth + 1)?.tree.value {
            let merges = key.text == "<<" && key.style == ScalarStyle::Plain;
            return Ok(Some((key.text, merges)));
        }
        // Problems inside such a key are not reported: `{{ a }}` is a mapping as the key of a mapping.
        self.problems.truncate(problems);
        self.problems.push(Problem::KeyNotSingle { at });
        Ok(None)
    }

    /// Returns the mapping of the pending keys from `first` on.
    fn gathered(&mut self, first: usize) -> Mapping {
        let mut pending = std::mem::take(&mut self.pending);
        let mut entries = Mapping::with_capacity(pending.len().saturating_sub(first));
        // Keys from `<<`, which are overridden by explicit keys before or after it.
        let mut lent: HashSet<Text> = HashSet::default();
        let mut merged_at: Option<Span> = None;
        for Pending { key, merges, at, value } in pending.drain(first..) {
            if merges {
                match merged_at {
                    Some(first) => self.problems.push(Problem::DuplicateKey { key: key.into(), at, first }),
                    None => merged_at = Some(at),
                }
                self.merge(value, at, &mut entries, &mut lent);
                continue;
            }
            match entries.get_mut(&key) {
                None => entries.push(key, Entry { key: at, value }),
                Some(known) if lent.remove(&key) => *known = Entry { key: at, value },
                Some(known) => {
                    let first = known.key;
                    self.problems.push(Problem::DuplicateKey { key: key.into(), at, first });
                }
            }
        }
        self.pending = pending;
        entries
    }

    /// Applies `<<: *a` and `<<: [*a, *b]`. Existing keys are kept, so that keys of `a` take precedence over keys of
    /// `b`.
    fn merge(&mut self, value: Tree, at: Span, entries: &mut Mapping, lent: &mut HashSet<Text>) {
        let kind = value.kind();
        let sources = match value.value {
            TreeValue::Mapping(mapping) => vec![mapping],
            TreeValue::Sequence(items) => {
                let mut mappings = Vec::new();
                for item in items {
                    let (kind, span) = (item.kind(), item.span);
                    match item.value {
                        TreeValue::Mapping(mapping) => mappings.push(mapping),
                        TreeValue::Scalar(_) | TreeValue::Sequence(_) => {
                            self.problems.push(Problem::MergeOfNoMapping { kind, at, value: span });
                        }
                    }
                }
                mappings
            }
            TreeValue::Scalar(_) => {
                self.problems.push(Problem::MergeOfNoMapping { kind, at, value: value.span });
                return;
            }
        };
        for (key, entry) in sources.into_iter().flatten() {
            if !entries.contains_key(&key) {
                lent.insert(key.clone());
                entries.push(key, entry);
            }
        }
    }
}
