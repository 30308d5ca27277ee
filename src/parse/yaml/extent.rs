//! How far a collection reaches.

use crate::text::Span;

/// A collection's extent: from its bracket or its first child to its bracket or its last child. Block collections
/// begin and end with events that cover nothing, the last one far below.
pub(super) struct Extent {
    pub(super) span: Span,
    open: bool,
}

impl Extent {
    pub(super) fn new(start: Span) -> Self {
        Self { span: start, open: start.start == start.end }
    }

    pub(super) fn child(&mut self, child: Span) {
        if self.open {
            self.span = child;
            self.open = false;
        } else if child.start >= self.span.start {
            self.span.end = self.span.end.max(child.end);
        }
    }

    pub(super) fn end(&mut self, end: Span) {
        if end.start < end.end {
            self.child(end);
        }
    }
}
