//! Command strings: how Compose splits them into words, and which parts of the words are values from outside.

pub(super) mod command_split;
pub(super) mod outside_words;
