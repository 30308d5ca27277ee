//! Values with locations, mappings of names, and reasons.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::text::{SourceId, Span, Spanned};

/// A value with the byte range of its text, which [`crate::overrides::reading`] fills in.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    start: u32,
    end: u32,
}

/// The struct name by which [`crate::overrides::reading`] recognizes that a location is needed.
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

/// One value, or a list of values.
#[derive(Debug, Clone)]
pub(crate) struct OneOrMore<T>(pub(crate) Vec<At<T>>);

/// The struct name by which [`crate::overrides::reading`] recognizes that a single value is a list of one.
pub(crate) const ONE_OR_MORE: &str = "OneOrMore";

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Values<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Values<T> {
            type Value = OneOrMore<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a value or a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<OneOrMore<T>, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = items.next_element()? {
                    values.push(value);
                }
                Ok(OneOrMore(values))
            }
        }
        deserializer.deserialize_tuple_struct(ONE_OR_MORE, 0, Values(PhantomData))
    }
}

/// A mapping with names chosen by the user, in their order.
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

/// A reason: at least one sentence.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Because(pub(crate) String);

impl TryFrom<String> for Because {
    type Error = &'static str;

    fn try_from(reason: String) -> Result<Self, Self::Error> {
        // A folded block ends with a line break, which is not part of the reason.
        let reason = reason.trim();
        if reason.is_empty() { Err("a reason is missing here") } else { Ok(Self(reason.to_owned())) }
    }
}
