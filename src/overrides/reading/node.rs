//! The serde deserializer over a [`Tree`]. Every mistake has the location of the innermost node that was read.

use serde::de::value::{StrDeserializer, U32Deserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::mistake::{Step, What, Wrong};
use crate::overrides::written::spanned::{AT, ONE_OR_MORE};
use crate::parse::scalars::{self, Plain};
use crate::parse::tree::{Tree, TreeValue};
use crate::report::did_you_mean;
use crate::text::Span;

/// A node of the tree.
#[derive(Clone, Copy)]
pub(crate) struct NodeDeserializer<'t> {
    pub(crate) tree: &'t Tree,
}

impl NodeDeserializer<'_> {
    fn instead(self, wanted: &str) -> Wrong {
        let found = match &self.tree.value {
            TreeValue::Scalar(scalar) => scalars::compose(scalar).kind(),
            TreeValue::Sequence(_) | TreeValue::Mapping(_) => self.tree.kind(),
        };
        Wrong::new(What::Unsuitable { why: format!("{found} stands where {wanted} is expected") }).at(self.tree.span)
    }

    fn string(self) -> Result<String, Wrong> {
        match &self.tree.value {
            TreeValue::Scalar(scalar) if scalars::compose(scalar) == Plain::Text => Ok(scalar.text.to_string()),
            TreeValue::Scalar(scalar) if scalar.is_null() => Err(self.instead("a string")),
            TreeValue::Scalar(_) => Err(self.instead("a string (in quotes)")),
            TreeValue::Sequence(_) | TreeValue::Mapping(_) => Err(self.instead("a string")),
        }
    }

    /// Reads an integer from 0 to `greatest`.
    fn number(self, greatest: u32) -> Result<u32, Wrong> {
        let number = match &self.tree.value {
            TreeValue::Scalar(scalar) => match scalars::compose(scalar) {
                Plain::Int(number) => number,
                Plain::Null | Plain::Bool(_) | Plain::Float(_) | Plain::Timestamp | Plain::Text => {
                    return Err(self.instead("a whole number"));
                }
            },
            TreeValue::Sequence(_) | TreeValue::Mapping(_) => return Err(self.instead("a whole number")),
        };
        u32::try_from(number).ok().filter(|number| *number <= greatest).ok_or_else(|| {
            let why = format!("{number} stands where a whole number from 0 to {greatest} is expected");
            Wrong::new(What::Unsuitable { why }).at(self.tree.span)
        })
    }

    fn boolean(self) -> Result<bool, Wrong> {
        match &self.tree.value {
            TreeValue::Scalar(scalar) => match scalars::compose(scalar) {
                Plain::Bool(flag) => Ok(flag),
                Plain::Null | Plain::Int(_) | Plain::Float(_) | Plain::Timestamp | Plain::Text => {
                    Err(self.instead("`true` or `false`"))
                }
            },
            TreeValue::Sequence(_) | TreeValue::Mapping(_) => Err(self.instead("`true` or `false`")),
        }
    }

    fn choice(word: &str, variants: &'static [&'static str], span: Span) -> Result<(), Wrong> {
        if variants.contains(&word) {
            return Ok(());
        }
        let choices = variants.iter().map(|variant| format!("`{variant}`")).collect::<Vec<_>>().join(", ");
        let suggestion = did_you_mean(word, variants.iter().copied());
        Err(Wrong::new(What::UnknownChoice { word: word.to_owned(), choices, suggestion }).at(span))
    }
}

impl<'de> Deserializer<'de> for NodeDeserializer<'_> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.string().and_then(|text| visitor.visit_string(text)).map_err(|wrong: Wrong| wrong.at(self.tree.span))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_bool(self.boolean()?)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_u32(self.number(u32::from(u16::MAX))?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_u32(self.number(u32::MAX)?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self).map_err(|wrong| wrong.at(self.tree.span))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match &self.tree.value {
            TreeValue::Sequence(items) => visitor.visit_seq(Items { items, next: 0 }),
            TreeValue::Scalar(_) | TreeValue::Mapping(_) => Err(self.instead("a list")),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        if name == AT {
            visitor.visit_seq(Places { span: self.tree.span, value: self, next: 0 })
        } else if name == ONE_OR_MORE && !matches!(self.tree.value, TreeValue::Sequence(_)) {
            visitor.visit_seq(Items { items: std::slice::from_ref(self.tree), next: 0 })
        } else {
            self.deserialize_seq(visitor)
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match &self.tree.value {
            TreeValue::Mapping(mapping) => visitor
                .visit_map(Entries { entries: mapping.iter(), current: None })
                .map_err(|wrong| wrong.at(self.tree.span)),
            TreeValue::Scalar(_) | TreeValue::Sequence(_) => Err(self.instead("a mapping")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let unknown = self.tree.as_mapping().and_then(|mapping| mapping.iter().find(|(key, _)| !fields.contains(key)));
        if let Some((key, entry)) = unknown {
            let suggestion = did_you_mean(key, fields.iter().copied());
            return Err(Wrong::new(What::UnknownKey { key: key.to_owned(), suggestion })
                .at(entry.key)
                .below(Step::Key(key.to_owned())));
        }
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let choice = match &self.tree.value {
            TreeValue::Scalar(_) => {
                let word = self.string()?;
                NodeDeserializer::choice(&word, variants, self.tree.span)?;
                Choice { word, whole: self, below: None }
            }
            TreeValue::Mapping(mapping) => match mapping.iter().next() {
                Some((word, entry)) if mapping.len() == 1 => {
                    NodeDeserializer::choice(word, variants, entry.key)?;
                    Choice { word: word.to_owned(), whole: self, below: Some(NodeDeserializer { tree: &entry.value }) }
                }
                Some(_) | None => return Err(self.instead("one choice")),
            },
            TreeValue::Sequence(_) => return Err(self.instead("one choice")),
        };
        visitor.visit_enum(choice).map_err(|wrong| wrong.at(self.tree.span))
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u64 u128 f32 f64 char str bytes byte_buf unit unit_struct tuple identifier ignored_any
    }
}

/// The three parts of an `At`: start, end, value.
struct Places<D> {
    span: Span,
    value: D,
    next: u8,
}

impl<'de, D: Deserializer<'de, Error = Wrong> + Copy> SeqAccess<'de> for Places<D> {
    type Error = Wrong;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Wrong> {
        self.next += 1;
        match self.next {
            1 => seed.deserialize(U32Deserializer::new(self.span.start)).map(Some),
            2 => seed.deserialize(U32Deserializer::new(self.span.end)).map(Some),
            3 => seed.deserialize(self.value).map(Some),
            _ => Ok(None),
        }
    }
}

/// A key of a mapping.
#[derive(Clone, Copy)]
struct Key<'t> {
    text: &'t str,
    span: Span,
}

impl<'de> Deserializer<'de> for Key<'_> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_str(self.text).map_err(|wrong: Wrong| wrong.at(self.span))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_seq(Places { span: self.span, value: self, next: 0 })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple map struct enum identifier ignored_any
    }
}

struct Entries<'t> {
    entries: crate::parse::EntryIter<'t>,
    current: Option<(&'t str, &'t Tree)>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Wrong;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Wrong> {
        let Some((key, entry)) = self.entries.next() else { return Ok(None) };
        self.current = Some((key, &entry.value));
        seed.deserialize(Key { text: key, span: entry.key }).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Wrong> {
        let Some((key, tree)) = self.current.take() else { return Err(Wrong::custom("a value without a key")) };
        seed.deserialize(NodeDeserializer { tree })
            .map_err(|wrong| wrong.at(tree.span).below(Step::Key(key.to_owned())))
    }
}

struct Items<'t> {
    items: &'t [Tree],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Wrong;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Wrong> {
        let Some(tree) = self.items.get(self.next) else { return Ok(None) };
        let at = self.next;
        self.next += 1;
        seed.deserialize(NodeDeserializer { tree }).map(Some).map_err(|wrong| wrong.at(tree.span).below(Step::Item(at)))
    }
}

/// A variant of an enum, perhaps with contents (`configmap: file`).
struct Choice<'t> {
    word: String,
    whole: NodeDeserializer<'t>,
    below: Option<NodeDeserializer<'t>>,
}

impl<'de> EnumAccess<'de> for Choice<'_> {
    type Error = Wrong;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Wrong> {
        let word: StrDeserializer<'_, Wrong> = self.word.as_str().into_deserializer();
        let variant = seed.deserialize(word)?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Choice<'_> {
    type Error = Wrong;

    fn unit_variant(self) -> Result<(), Wrong> {
        if self.below.is_some() {
            return Err(self.whole.instead(&format!("the word `{}` alone", self.word)));
        }
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Wrong> {
        if let Some(below) = self.below {
            return seed.deserialize(below).map_err(|wrong| wrong.at(below.tree.span));
        }
        let why = format!("`{}` needs a choice of its own below it", self.word);
        Err(Wrong::new(What::Unsuitable { why }).at(self.whole.tree.span))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Wrong> {
        Err(self.whole.instead("one choice"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Wrong> {
        Err(self.whole.instead("one choice"))
    }
}
