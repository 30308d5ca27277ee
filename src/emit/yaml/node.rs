//! The value of a YAML document, built by serde, with its keys in order.
//!
//! The field names of typed objects are borrowed from the program and short strings are stored inline, which makes it
//! several times cheaper than `serde_json::Value`.

use std::borrow::Cow;

use compact_str::{CompactString, ToCompactString};
use serde::ser::{Error as _, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer};
use serde_json::{Error, Number};

use crate::emit::problem::Problem;

/// The value of a document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum YamlNode {
    Null,
    Bool(bool),
    Number(Number),
    Text(CompactString),
    Items(Vec<YamlNode>),
    /// Keys are unique, as serde guarantees.
    Fields(Vec<(YamlKey, YamlNode)>),
}

pub(crate) type YamlKey = Cow<'static, str>;

impl YamlNode {
    /// Serializes an object. Errors name the document as `name`.
    ///
    /// # Errors
    /// Returns an error for values without a JSON or YAML representation: bytes, and keys that are not strings.
    pub(crate) fn serialize(name: &str, object: &(impl Serialize + ?Sized)) -> Result<Self, Problem> {
        object.serialize(Maker).map_err(|error| Problem::unfaithful(name, error.to_string()))
    }

    /// Returns the value as JSON, with keys in the same order.
    ///
    /// # Errors
    /// Serialization of these values does not fail.
    pub(crate) fn json(&self, name: &str) -> Result<Box<[u8]>, Problem> {
        let json = serde_json::to_vec(self).map_err(|error| Problem::unfaithful(name, error.to_string()))?;
        Ok(json.into_boxed_slice())
    }

    /// Whether its keys or items are on separate lines; `{}` and `[]` are on the line of their key.
    pub(crate) fn is_nested(&self) -> bool {
        match self {
            YamlNode::Fields(fields) => !fields.is_empty(),
            YamlNode::Items(items) => !items.is_empty(),
            YamlNode::Null | YamlNode::Bool(_) | YamlNode::Number(_) | YamlNode::Text(_) => false,
        }
    }
}

impl Serialize for YamlNode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            YamlNode::Null => serializer.serialize_unit(),
            YamlNode::Bool(truth) => serializer.serialize_bool(*truth),
            YamlNode::Number(number) => number.serialize(serializer),
            YamlNode::Text(text) => serializer.serialize_str(text),
            YamlNode::Items(items) => serializer.collect_seq(items),
            YamlNode::Fields(fields) => serializer.collect_map(fields.iter().map(|(key, value)| (key, value))),
        }
    }
}

/// The serializer.
struct Maker;

/// Integers of all widths.
macro_rules! whole {
    ($($name:ident $number:ty)*) => {
        $(fn $name(self, number: $number) -> Result<YamlNode, Error> {
            Ok(YamlNode::Number(number.into()))
        })*
    };
}

impl Serializer for Maker {
    type Ok = YamlNode;
    type Error = Error;
    type SerializeSeq = Items;
    type SerializeTuple = Impossible<YamlNode, Error>;
    type SerializeTupleStruct = Impossible<YamlNode, Error>;
    type SerializeTupleVariant = Impossible<YamlNode, Error>;
    type SerializeMap = Fields;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Impossible<YamlNode, Error>;

    whole! {
        serialize_i8 i8 serialize_i16 i16 serialize_i32 i32 serialize_i64 i64
        serialize_u8 u8 serialize_u16 u16 serialize_u32 u32 serialize_u64 u64
    }

    fn serialize_bool(self, truth: bool) -> Result<YamlNode, Error> {
        Ok(YamlNode::Bool(truth))
    }

    fn serialize_f32(self, number: f32) -> Result<YamlNode, Error> {
        self.serialize_f64(number.into())
    }

    fn serialize_f64(self, number: f64) -> Result<YamlNode, Error> {
        Ok(Number::from_f64(number).map_or(YamlNode::Null, YamlNode::Number))
    }

    fn serialize_char(self, letter: char) -> Result<YamlNode, Error> {
        Ok(YamlNode::Text(letter.to_compact_string()))
    }

    fn serialize_str(self, text: &str) -> Result<YamlNode, Error> {
        Ok(YamlNode::Text(text.into()))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<YamlNode, Error> {
        Err(without_words("bytes"))
    }

    fn serialize_none(self) -> Result<YamlNode, Error> {
        Ok(YamlNode::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<YamlNode, Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<YamlNode, Error> {
        Ok(YamlNode::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<YamlNode, Error> {
        Ok(YamlNode::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<YamlNode, Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<YamlNode, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<YamlNode, Error> {
        Ok(YamlNode::Fields(vec![(variant.into(), value.serialize(self)?)]))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items, Error> {
        Ok(Items(Vec::with_capacity(length.unwrap_or_default())))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Error> {
        Err(without_words("tuples"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Error> {
        Err(without_words("tuples"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        Err(without_words("tuples"))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Fields, Error> {
        Ok(Fields { fields: Vec::with_capacity(length.unwrap_or_default()), key: None })
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Fields, Error> {
        self.serialize_map(Some(length))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        Err(without_words("variants with fields"))
    }
}

fn without_words(what: &str) -> Error {
    Error::custom(format_args!("there is no way to write {what}"))
}

struct Items(Vec<YamlNode>);

impl SerializeSeq for Items {
    type Ok = YamlNode;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
        self.0.push(item.serialize(Maker)?);
        Ok(())
    }

    fn end(self) -> Result<YamlNode, Error> {
        Ok(YamlNode::Items(self.0))
    }
}

struct Fields {
    fields: Vec<(YamlKey, YamlNode)>,
    /// The key of a map whose value follows.
    key: Option<YamlKey>,
}

impl SerializeMap for Fields {
    type Ok = YamlNode;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        let YamlNode::Text(key) = key.serialize(Maker)? else { return Err(without_words("keys that are no texts")) };
        self.key = Some(YamlKey::Owned(key.into_string()));
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = self.key.take().ok_or_else(|| without_words("values without keys"))?;
        self.fields.push((key, value.serialize(Maker)?));
        Ok(())
    }

    fn end(self) -> Result<YamlNode, Error> {
        Ok(YamlNode::Fields(self.fields))
    }
}

impl SerializeStruct for Fields {
    type Ok = YamlNode;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        self.fields.push((YamlKey::Borrowed(key), value.serialize(Maker)?));
        Ok(())
    }

    fn end(self) -> Result<YamlNode, Error> {
        Ok(YamlNode::Fields(self.fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_survive_a_round_trip_through_json() {
        let value =
            json!({"b": [1, -2, 0.5, true, null, "x", [], {}], "a": {"c": "a text that is longer than others"}});
        let node = YamlNode::serialize("x", &value).unwrap();
        assert_eq!(String::from_utf8(node.json("x").unwrap().into()).unwrap(), value.to_string());
    }

    struct Bytes;

    impl Serialize for Bytes {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(b"x")
        }
    }

    #[test]
    fn values_without_a_yaml_representation_are_rejected() {
        let keys = std::collections::BTreeMap::from([(vec![1], 2)]);
        assert!(YamlNode::serialize("x", &keys).is_err());
        assert!(YamlNode::serialize("x", &("a", 1)).is_err());
        assert!(YamlNode::serialize("x", &Bytes).is_err());
    }
}
