//! Small Compose texts, and what becomes of them.
