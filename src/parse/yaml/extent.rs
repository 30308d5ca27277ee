//! The source range of a list or mapping.

use crate::text::Span;

/// The range of a list or mapping, from its bracket or first child to its bracket or last child. Block collections
/// start and end with empty events, the last of which may be far below.
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
