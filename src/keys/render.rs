//! The table as people and programs read it: text, Markdown, JSON, and one key explained.
