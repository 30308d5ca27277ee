//! Reads a [`Tree`] as a Kubernetes object, as strictly as the API server.
//!
//! Invariant: an unknown field, and a value of the wrong type, is reported at its own location.
//!
//! The serde deserializer knows every location and receives the fields of every type (`deserialize_struct`). Each type
//! of k8s-openapi is compiled for it once; wrappers that record paths around a reader of JSON values tripled the
//! compiled code.

use std::cell::RefCell;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Visitor};
use serde::forward_to_deserialize_any;

use super::cursor::Cursor;
use crate::check::problem::Problem;
use crate::parse::scalars::{Plain, kubectl};
use crate::parse::{Mapping, Scalar, Tree, TreeValue};
use crate::report::{Report, did_you_mean};

/// Reads an object. Every unknown field and the first wrong type are reported.
pub(crate) fn read_object<T: DeserializeOwned>(tree: &Tree, report: &mut Report) -> Option<T> {
    let found = RefCell::new(Found::default());
    let read = T::deserialize(Reader { at: Cursor::root(tree), tree, path: &Path::Root, found: &found });
    let found = found.into_inner();
    found.unknown.into_iter().for_each(|problem| report.add(problem));
    match read {
        Ok(object) => Some(object),
        Err(error) => {
            report.add(found.wrong.unwrap_or_else(|| wrong(&error, &Path::Root, Cursor::root(tree))));
            None
        }
    }
}

/// Whether a node is the boolean `true` as kubectl reads it; an unquoted `yes` is.
pub(crate) fn is_true(tree: &Tree) -> bool {
    tree.as_scalar().is_some_and(|scalar| kubectl(scalar) == Plain::Bool(true))
}

/// The problems found in one object.
#[derive(Default)]
struct Found {
    unknown: Vec<Problem>,
    wrong: Option<Problem>,
}

/// The path of a node, from the object's root.
#[derive(Clone, Copy)]
enum Path<'p> {
    Root,
    Key(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Key(Path::Root, key) => formatter.write_str(key),
            Path::Key(parent, key) => write!(formatter, "{parent}.{key}"),
            Path::Item(parent, index) => write!(formatter, "{parent}[{index}]"),
        }
    }
}

fn wrong(error: &Error, path: &Path<'_>, at: Cursor<'_>) -> Problem {
    Problem::WrongType { field: path.to_string(), why: describe_type_error(&error.0), at: at.span() }
}

/// A node that is about to be read.
#[derive(Clone, Copy)]
struct Reader<'a> {
    tree: &'a Tree,
    at: Cursor<'a>,
    path: &'a Path<'a>,
    found: &'a RefCell<Found>,
}

impl Reader<'_> {
    /// Reads a node below this one. The innermost location of an error is reported.
    fn below<'t, S: DeserializeSeed<'t>>(
        &self,
        seed: S,
        tree: &Tree,
        at: Cursor<'_>,
        path: &Path<'_>,
    ) -> Result<S::Value, Error> {
        let read = seed.deserialize(Reader { tree, at, path, found: self.found });
        if let Err(error) = &read {
            self.found.borrow_mut().wrong.get_or_insert_with(|| wrong(error, path, at));
        }
        read
    }

    /// Reports a field that the type does not have, with a suggestion.
    fn unknown(&self, mapping: &Mapping, name: &str, fields: &[&'static str]) {
        let free = fields.iter().copied().filter(|field| !mapping.contains_key(field));
        self.found.borrow_mut().unknown.push(Problem::UnknownField {
            field: Path::Key(self.path, name).to_string(),
            at: self.at.key(name).name(),
            suggestion: did_you_mean(name, free),
        });
    }
}

impl<'de> de::Deserializer<'de> for Reader<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.tree.value {
            TreeValue::Scalar(scalar) => plain(scalar, visitor),
            TreeValue::Sequence(items) => visitor.visit_seq(Items { reader: self, list: items, next: 0 }),
            TreeValue::Mapping(mapping) => visitor.visit_map(Fields { reader: self, mapping, next: 0, known: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.tree.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.tree.value {
            TreeValue::Mapping(mapping) => {
                visitor.visit_map(Fields { reader: self, mapping, next: 0, known: Some(fields) })
            }
            TreeValue::Scalar(_) | TreeValue::Sequence(_) => self.deserialize_any(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map enum identifier
    }
}

/// A scalar with the type that kubectl gives it.
fn plain<'de, V: Visitor<'de>>(scalar: &Scalar, visitor: V) -> Result<V::Value, Error> {
    match kubectl(scalar) {
        Plain::Null => visitor.visit_unit(),
        Plain::Bool(truth) => visitor.visit_bool(truth),
        Plain::Int(number) => match (u64::try_from(number), i64::try_from(number)) {
            (Ok(number), _) => visitor.visit_u64(number),
            (Err(_), Ok(number)) => visitor.visit_i64(number),
            (Err(_), Err(_)) => visitor.visit_str(&scalar.text),
        },
        Plain::Float(number) if number.is_finite() => visitor.visit_f64(number),
        Plain::Float(_) | Plain::Timestamp | Plain::Text => visitor.visit_str(&scalar.text),
    }
}

/// The entries of a mapping, without the fields that the type does not have.
struct Fields<'a> {
    reader: Reader<'a>,
    mapping: &'a Mapping,
    next: usize,
    known: Option<&'static [&'static str]>,
}

impl<'de> de::MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        while let Some((name, _)) = self.mapping.get_index(self.next) {
            match self.known {
                Some(fields) if !fields.contains(&name) => self.reader.unknown(self.mapping, name, fields),
                Some(_) | None => return seed.deserialize(StrDeserializer::new(name)).map(Some),
            }
            self.next += 1;
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let Some((name, entry)) = self.mapping.get_index(self.next) else {
            return Err(de::Error::custom("a value was asked for where no key is left"));
        };
        self.next += 1;
        self.reader.below(seed, &entry.value, self.reader.at.key(name), &Path::Key(self.reader.path, name))
    }
}

struct Items<'a> {
    reader: Reader<'a>,
    list: &'a [Tree],
    next: usize,
}

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(item) = self.list.get(self.next) else { return Ok(None) };
        let (at, path) = (self.reader.at.item(self.next), Path::Item(self.reader.path, self.next));
        self.next += 1;
        self.reader.below(seed, item, at, &path).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        self.list.len().checked_sub(self.next)
    }
}

/// Why a value does not have the expected type, as serde words it.
#[derive(Debug)]
struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self(message.to_string())
    }
}

/// Rewords serde's message about a wrong type for users.
fn describe_type_error(why: &str) -> String {
    let numbers = ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "usize"];
    let why = why.strip_prefix("invalid type: ").or_else(|| why.strip_prefix("invalid value: ")).unwrap_or(why);
    let Some((given, wanted)) = why.rsplit_once(", expected ") else { return why.to_owned() };
    let wanted = if numbers.contains(&wanted) { "a whole number" } else { wanted };
    let wanted = if wanted == "f32" || wanted == "f64" { "a number" } else { wanted };
    format!("it is {given}, not {wanted}")
}

#[cfg(test)]
mod tests {
    use super::describe_type_error;

    #[test]
    fn wrong_types_are_reworded_for_users() {
        assert_eq!(
            describe_type_error("invalid type: string \"two\", expected i32"),
            "it is string \"two\", not a whole number"
        );
        assert_eq!(
            describe_type_error("invalid type: integer `8080`, expected a string"),
            "it is integer `8080`, not a string"
        );
        assert_eq!(describe_type_error("missing field `name`"), "missing field `name`");
    }
}
