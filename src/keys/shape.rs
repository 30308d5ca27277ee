//! The values that a key accepts: the part of the key table that follows from the schema.

use crate::words::join_with_or;

/// A set of kinds of YAML values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds(u8);

impl Kinds {
    /// A string.
    pub const TEXT: Kinds = Kinds(1);
    /// `true` or `false`.
    pub const FLAG: Kinds = Kinds(2);
    /// An integer.
    pub const INTEGER: Kinds = Kinds(4);
    /// Any number, including [`Kinds::INTEGER`].
    pub const NUMBER: Kinds = Kinds(8 | 4);
    /// Null.
    pub const NULL: Kinds = Kinds(16);
    /// A list.
    pub const LIST: Kinds = Kinds(32);
    /// A mapping.
    pub const MAPPING: Kinds = Kinds(64);
    /// A date or time without quotes, which Docker Compose accepts below extension keys only.
    pub const DATE: Kinds = Kinds(128);
    /// Anything.
    pub const ANY: Kinds = Kinds(255);

    /// Whether the set contains all of `other`.
    #[must_use]
    pub const fn contains(self, other: Kinds) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns the union of both sets.
    #[must_use]
    pub const fn or(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    /// Describes the kinds for messages: `a string, a list or a mapping`.
    #[must_use]
    pub fn description(self) -> String {
        let number =
            if self.contains(Kinds::NUMBER) { (Kinds::NUMBER, "a number") } else { (Kinds::INTEGER, "a whole number") };
        let named = [
            (Kinds::TEXT, "a string"),
            number,
            (Kinds::FLAG, "true or false"),
            (Kinds::LIST, "a list"),
            (Kinds::MAPPING, "a mapping"),
            (Kinds::NULL, "nothing"),
        ];
        let words: Vec<&str> = named.iter().filter(|(kind, _)| self.contains(*kind)).map(|(_, word)| *word).collect();
        if words.is_empty() { "nothing".to_owned() } else { join_with_or(&words) }
    }
}

/// The values that a key accepts.
///
/// The kinds are those of the specification's schema. Strings with a format of their own, such as durations and sizes,
/// have their own shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A string.
    Text,
    /// A string or nothing.
    TextOrNull,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A string with a letter or digit followed by one or more letters, digits, `_`, `.`, `-` in it.
    ContainerName,
    /// A string that holds one of `always`, `never`, `build`, `if_not_present`, `missing`, `refresh`, `daily`, `weekly`
    /// or `every_` with a duration.
    PullPolicy,
    /// `1m30s`, as a string.
    Duration,
    /// A size such as `64m`, only as a string.
    TextBytes,
    /// A size: a number of bytes or a string with a unit.
    Bytes,
    /// As [`Shape::Bytes`], but only integers.
    WholeBytes,
    /// As [`Shape::WholeBytes`], not negative.
    WholeBytesFromZero,
    /// A boolean, or a string for one.
    Flag,
    /// A boolean.
    StrictFlag,
    /// A string; booleans count as strings.
    FlagText,
    /// An integer, or a string of one.
    Integer,
    /// As [`Shape::Integer`], at least this.
    IntegerFrom(i64),
    /// As [`Shape::Integer`], from the first to the second.
    IntegerWithin(i64, i64),
    /// An integer.
    StrictInteger,
    /// A number, or a string of one.
    Number,
    /// A number.
    StrictNumber,
    /// A string; integers count as strings.
    IntegerOrText,
    /// An integer or `all`.
    Count,
    /// The mode of a file: a number, or a string in octal.
    FileMode,

    /// A command: a list of arguments, a string to be split, or null.
    Words,
    /// A list of strings.
    Texts,
    /// A list of unique strings.
    UniqueTexts,
    /// A list of unique strings or numbers.
    UniqueTextsOrNumbers,
    /// A string, or a list of strings.
    TextOrTexts,
    /// A string, or a list of unique strings.
    TextOrUniqueTexts,

    /// A mapping of names to scalars, or a list of unique `NAME=VALUE`.
    Pairs,
    /// A mapping of names to one or more addresses, or a list of unique `NAME=ADDRESS` or `NAME:ADDRESS`.
    Hosts,
    /// A mapping of names to strings.
    TextMapping,
    /// A mapping of names to strings or numbers.
    TextOrNumberMapping,
    /// A mapping of names to strings, numbers or null.
    OptionMapping,
    /// A mapping of names to scalars or lists of scalars.
    Options,
    /// A mapping of names to anything.
    AnyMapping,

    /// A mapping whose keys have their own lines in the table.
    Mapping,
    /// As [`Shape::Mapping`], or null.
    MappingOrNull,
    /// As [`Shape::Mapping`], or a string as its short form.
    MappingOrText,
    /// A boolean, a string for one, or the old form: a mapping with `name`.
    External,

    /// A list of mappings whose keys have their own lines in the table.
    Items,
    /// As [`Shape::Items`]; items may have a short form, a string.
    ItemsOrTexts,
    /// As [`Shape::ItemsOrTexts`], with unique items.
    UniqueItemsOrTexts,
    /// As [`Shape::ItemsOrTexts`], or a string instead of the list.
    TextOrItems,
    /// As [`Shape::UniqueItemsOrTexts`]; items may be numbers.
    Ports,
    /// As [`Shape::Items`], or the word `all`.
    Gpus,

    /// A mapping of names to mappings whose keys have their own lines in the table.
    Named,
    /// As [`Shape::Named`]; values may be null.
    NamedOrNull,
    /// As [`Shape::NamedOrNull`], or a list of unique names.
    NamesOrNamed,
    /// As [`Shape::Named`], or a list of unique names.
    Dependencies,
    /// A mapping of names of lowercase letters to a limit or to a mapping with `soft` and `hard`.
    Ulimits,
}

impl Shape {
    /// Returns the kinds of the value itself.
    #[must_use]
    pub const fn accepts(self) -> Kinds {
        use Kinds as K;
        match self {
            Shape::Text
            | Shape::Choice(_)
            | Shape::ContainerName
            | Shape::PullPolicy
            | Shape::Duration
            | Shape::TextBytes => K::TEXT,
            Shape::TextOrNull => K::TEXT.or(K::NULL),
            Shape::Flag | Shape::FlagText => K::TEXT.or(K::FLAG),
            Shape::StrictFlag => K::FLAG,
            Shape::Integer
            | Shape::IntegerFrom(_)
            | Shape::IntegerWithin(..)
            | Shape::IntegerOrText
            | Shape::Count
            | Shape::WholeBytes
            | Shape::WholeBytesFromZero => K::TEXT.or(K::INTEGER),
            Shape::StrictInteger => K::INTEGER,
            Shape::Number | Shape::Bytes | Shape::FileMode => K::TEXT.or(K::NUMBER),
            Shape::StrictNumber => K::NUMBER,
            Shape::Words => K::TEXT.or(K::LIST).or(K::NULL),
            Shape::Texts
            | Shape::UniqueTexts
            | Shape::UniqueTextsOrNumbers
            | Shape::Items
            | Shape::ItemsOrTexts
            | Shape::UniqueItemsOrTexts
            | Shape::Ports => K::LIST,
            Shape::TextOrTexts | Shape::TextOrUniqueTexts | Shape::TextOrItems | Shape::Gpus => K::TEXT.or(K::LIST),
            Shape::Pairs | Shape::Hosts | Shape::NamesOrNamed | Shape::Dependencies => K::LIST.or(K::MAPPING),
            Shape::TextMapping
            | Shape::TextOrNumberMapping
            | Shape::OptionMapping
            | Shape::Options
            | Shape::AnyMapping
            | Shape::Mapping
            | Shape::Named
            | Shape::NamedOrNull
            | Shape::Ulimits => K::MAPPING,
            Shape::MappingOrNull => K::MAPPING.or(K::NULL),
            Shape::MappingOrText => K::MAPPING.or(K::TEXT),
            Shape::External => K::FLAG.or(K::TEXT).or(K::MAPPING),
        }
    }

    /// Returns the kinds of an item, if the value may be a list.
    #[must_use]
    pub const fn item(self) -> Option<Kinds> {
        use Kinds as K;
        match self {
            Shape::Words
            | Shape::Texts
            | Shape::UniqueTexts
            | Shape::TextOrTexts
            | Shape::TextOrUniqueTexts
            | Shape::Pairs
            | Shape::Hosts
            | Shape::NamesOrNamed
            | Shape::Dependencies => Some(K::TEXT),
            Shape::UniqueTextsOrNumbers => Some(K::TEXT.or(K::NUMBER)),
            Shape::Items | Shape::Gpus => Some(K::MAPPING),
            Shape::ItemsOrTexts | Shape::UniqueItemsOrTexts | Shape::TextOrItems => Some(K::TEXT.or(K::MAPPING)),
            Shape::Ports => Some(K::TEXT.or(K::NUMBER).or(K::MAPPING)),
            Shape::Text
            | Shape::TextOrNull
            | Shape::Choice(_)
            | Shape::ContainerName
            | Shape::PullPolicy
            | Shape::Duration
            | Shape::TextBytes
            | Shape::Bytes
            | Shape::WholeBytes
            | Shape::WholeBytesFromZero
            | Shape::Flag
            | Shape::StrictFlag
            | Shape::FlagText
            | Shape::Integer
            | Shape::IntegerFrom(_)
            | Shape::IntegerWithin(..)
            | Shape::StrictInteger
            | Shape::Number
            | Shape::StrictNumber
            | Shape::IntegerOrText
            | Shape::Count
            | Shape::FileMode
            | Shape::TextMapping
            | Shape::TextOrNumberMapping
            | Shape::OptionMapping
            | Shape::Options
            | Shape::AnyMapping
            | Shape::Mapping
            | Shape::MappingOrNull
            | Shape::MappingOrText
            | Shape::External
            | Shape::Named
            | Shape::NamedOrNull
            | Shape::Ulimits => None,
        }
    }

    /// Returns the kinds of the value of a user-defined name, if the value may be a mapping of such names.
    #[must_use]
    pub const fn entry(self) -> Option<Kinds> {
        use Kinds as K;
        match self {
            Shape::Pairs => Some(K::TEXT.or(K::NUMBER).or(K::FLAG).or(K::NULL)),
            Shape::Hosts => Some(K::TEXT.or(K::LIST)),
            Shape::TextMapping => Some(K::TEXT),
            Shape::TextOrNumberMapping => Some(K::TEXT.or(K::NUMBER)),
            Shape::OptionMapping => Some(K::TEXT.or(K::NUMBER).or(K::NULL)),
            Shape::Options => Some(K::TEXT.or(K::NUMBER).or(K::FLAG).or(K::LIST)),
            Shape::AnyMapping => Some(K::ANY),
            Shape::Named | Shape::Dependencies => Some(K::MAPPING),
            Shape::NamedOrNull | Shape::NamesOrNamed => Some(K::MAPPING.or(K::NULL)),
            Shape::Ulimits => Some(K::TEXT.or(K::INTEGER).or(K::MAPPING)),
            Shape::Text
            | Shape::TextOrNull
            | Shape::Choice(_)
            | Shape::ContainerName
            | Shape::PullPolicy
            | Shape::Duration
            | Shape::TextBytes
            | Shape::Bytes
            | Shape::WholeBytes
            | Shape::WholeBytesFromZero
            | Shape::Flag
            | Shape::StrictFlag
            | Shape::FlagText
            | Shape::Integer
            | Shape::IntegerFrom(_)
            | Shape::IntegerWithin(..)
            | Shape::StrictInteger
            | Shape::Number
            | Shape::StrictNumber
            | Shape::IntegerOrText
            | Shape::Count
            | Shape::FileMode
            | Shape::Words
            | Shape::Texts
            | Shape::UniqueTexts
            | Shape::UniqueTextsOrNumbers
            | Shape::TextOrTexts
            | Shape::TextOrUniqueTexts
            | Shape::Mapping
            | Shape::MappingOrNull
            | Shape::MappingOrText
            | Shape::External
            | Shape::Items
            | Shape::ItemsOrTexts
            | Shape::UniqueItemsOrTexts
            | Shape::TextOrItems
            | Shape::Ports
            | Shape::Gpus => None,
        }
    }

    /// Returns the kinds of an item of a list that is the value of a user-defined name.
    #[must_use]
    pub fn entry_item(self) -> Option<Kinds> {
        match self.entry() {
            Some(_) if self == Shape::Hosts => Some(Kinds::TEXT),
            Some(_) if self == Shape::Options => Some(Kinds::TEXT.or(Kinds::NUMBER).or(Kinds::FLAG)),
            Some(_) | None => None,
        }
    }

    /// Whether the items of a list must be unique.
    #[must_use]
    pub fn unique(self) -> bool {
        matches!(
            self,
            Shape::UniqueTexts
                | Shape::UniqueTextsOrNumbers
                | Shape::TextOrUniqueTexts
                | Shape::Pairs
                | Shape::Hosts
                | Shape::UniqueItemsOrTexts
                | Shape::Ports
                | Shape::NamesOrNamed
                | Shape::Dependencies
        )
    }

    /// Returns the accepted strings, if only certain strings are accepted.
    #[must_use]
    pub fn choices(self) -> Option<&'static [&'static str]> {
        if let Shape::Choice(words) = self { Some(words) } else { (self == Shape::Gpus).then_some(&["all"]) }
    }

    /// Returns the smallest and the largest accepted integer, if there are limits.
    #[must_use]
    pub fn bounds(self) -> Option<(i64, i64)> {
        if let Shape::IntegerWithin(least, greatest) = self {
            Some((least, greatest))
        } else if let Shape::IntegerFrom(least) = self {
            Some((least, i64::MAX))
        } else {
            (self == Shape::WholeBytesFromZero).then_some((0, i64::MAX))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_described_in_words() {
        assert_eq!(Shape::Text.accepts().description(), "a string");
        assert_eq!(Shape::Bytes.accepts().description(), "a string or a number");
        assert_eq!(Shape::Integer.accepts().description(), "a string or a whole number");
        assert_eq!(Shape::Words.accepts().description(), "a string, a list or nothing");
        assert_eq!(Shape::Pairs.accepts().description(), "a list or a mapping");
    }

    #[test]
    fn numbers_include_integers() {
        assert!(Kinds::NUMBER.contains(Kinds::INTEGER));
        assert!(!Kinds::INTEGER.contains(Kinds::NUMBER));
    }
}
