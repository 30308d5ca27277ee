//! Values with their places, mappings of names, and reasons.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::text::{SourceId, Span, Spanned};

/// A value and the bytes it was written in; [`crate::overrides::reading`] fills the places in.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    start: u32,
    end: u32,
}

/// The name by which [`crate::overrides::reading`] knows that places are asked for.
pub(crate) const AT: &str = "At";

impl<T> At<T> {
    pub(crate) fn span(&self, source: SourceId) -> Span {
        Span { source, start: self.start, end: self.end }
    }
}

impl<T: Clone> At<T> {
    pub(crate) fn spanned(&self, source: SourceId) -> Spanned<T> {
        Spanned::new(self.value.clone(), self.span(source))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
            type Value = At<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a value with its place")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<At<T>, A::Error> {
                let missing = || A::Error::custom("the reader gives no places");
                let start = parts.next_element()?.ok_or_else(missing)?;
                let end = parts.next_element()?.ok_or_else(missing)?;
                let value = parts.next_element()?.ok_or_else(missing)?;
                Ok(At { value, start, end })
            }
        }
        deserializer.deserialize_tuple_struct(AT, 3, Parts(PhantomData))
    }
}

/// A mapping of names that the user chooses, in the order written.
#[derive(Debug, Clone)]
pub(crate) struct Named<T>(pub(crate) Vec<(At<String>, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Named<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Named<T>, A::Error> {
                let mut named = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    named.push(entry);
                }
                Ok(Named(named))
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// A reason: one sentence or more, never blank.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Because(pub(crate) String);

impl TryFrom<String> for Because {
    type Error = &'static str;

    fn try_from(reason: String) -> Result<Self, Self::Error> {
        // Folded text ends with a line break, which is none of the reason.
        let reason = reason.trim();
        if reason.is_empty() { Err("a reason is missing here") } else { Ok(Self(reason.to_owned())) }
    }
}
