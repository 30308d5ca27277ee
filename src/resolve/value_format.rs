//! How the value of a key is parsed, and when the canonical form contains it.
//!
//! Most formats follow from the shape in the key table. The exceptions are those of the official loader's structures.

use super::units::{nanoseconds, size};
use crate::keys::{Key, Shape};
use crate::parse::scalars::{self, Plain};
use crate::parse::{Tag, Tree};

/// The format of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueFormat {
    /// A string; omitted if empty.
    Text,
    /// A string; never omitted.
    TextAlways,
    /// A path on the host, as a string; omitted if empty.
    Path(PathKind),
    /// A boolean; omitted if false.
    Flag,
    /// A boolean; omitted if missing.
    FlagGiven,
    /// A boolean with the default true; never omitted.
    FlagAlways,
    /// A boolean with the default true; omitted if true.
    OptOut,
    /// An integer between two bounds; omitted if 0.
    Whole(i128, i128),
    /// As [`ValueFormat::Whole`]; omitted if missing.
    WholeGiven(i128, i128),
    /// As [`ValueFormat::Whole`]; never omitted.
    WholeAlways(i128, i128),
    /// As [`ValueFormat::Whole`]; strings are refused.
    WholeBare(i128, i128),
    /// A 32-bit number; omitted if 0.
    Float,
    /// A size in bytes, as a string; omitted if 0.
    Bytes,
    /// A size in bytes, as a string; never omitted.
    BytesAlways,
    /// A duration, formatted as in Go; omitted if missing.
    Duration,
    /// A duration, formatted as in Go; omitted if 0.
    DurationUnlessZero,
    /// A file mode, in octal; omitted if missing.
    Mode,
    /// A number of devices, -1 for all; omitted if 0.
    Count,
    /// A value that is ignored.
    Hidden,
}

/// What a path may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathKind {
    /// A path; an empty one stays empty.
    Path,
    /// A path, also of Windows; an empty one is the project directory.
    Unix,
    /// A path, a repository URL or `service:NAME`.
    Context,
    /// A path whose first symbolic link is resolved, because file watching needs the real path.
    Watched,
}

const I64: (i128, i128) = (i64::MIN as i128, i64::MAX as i128);

impl ValueFormat {
    /// Returns the format of a key with a single value; `None` for lists and mappings.
    #[allow(clippy::wildcard_enum_match_arm, reason = "what is no exception follows from the shape")]
    pub(super) fn for_key(key: Key) -> Option<ValueFormat> {
        let (least, most) = I64;
        let exception = match key {
            Key::BuildContext => ValueFormat::Path(PathKind::Context),
            Key::TopConfigsFile | Key::TopSecretsFile => ValueFormat::Path(PathKind::Unix),
            Key::EnvFilePath => ValueFormat::Path(PathKind::Path),
            Key::DevelopWatchPath => ValueFormat::Path(PathKind::Watched),
            Key::BlkioConfigWeightDevicePath
            | Key::BlkioConfigDeviceReadBpsPath
            | Key::BlkioConfigDeviceReadIopsPath
            | Key::BlkioConfigDeviceWriteBpsPath
            | Key::BlkioConfigDeviceWriteIopsPath
            | Key::DevelopWatchAction
            | Key::DeployResourcesReservationsGenericResourcesDiscreteResourceSpecKind => ValueFormat::TextAlways,
            Key::Attach | Key::Init | Key::TopNetworksEnableIpv4 | Key::TopNetworksEnableIpv6 => ValueFormat::FlagGiven,
            Key::DependsOnRequired => ValueFormat::FlagAlways,
            Key::VolumesBindCreateHostPath | Key::EnvFileRequired => ValueFormat::OptOut,
            Key::BlkioConfigWeight => ValueFormat::WholeBare(0, u16::MAX.into()),
            Key::BlkioConfigWeightDeviceWeight => ValueFormat::WholeAlways(0, u16::MAX.into()),
            Key::BlkioConfigDeviceReadBpsRate
            | Key::BlkioConfigDeviceReadIopsRate
            | Key::BlkioConfigDeviceWriteBpsRate
            | Key::BlkioConfigDeviceWriteIopsRate => ValueFormat::BytesAlways,
            Key::Scale | Key::DeployReplicas => ValueFormat::WholeGiven(least, most),
            Key::HealthcheckRetries
            | Key::DeployUpdateConfigParallelism
            | Key::DeployRollbackConfigParallelism
            | Key::DeployRestartPolicyMaxAttempts => ValueFormat::WholeGiven(0, u64::MAX.into()),
            Key::DeployPlacementMaxReplicasPerNode => ValueFormat::Whole(0, u64::MAX.into()),
            Key::DeployResourcesReservationsGenericResourcesDiscreteResourceSpecValue => {
                ValueFormat::WholeAlways(least, most)
            }
            Key::PortsTarget => ValueFormat::Whole(0, u32::MAX.into()),
            Key::VolumesTmpfsMode => ValueFormat::WholeBare(0, u32::MAX.into()),
            Key::Cpus
            | Key::DeployResourcesLimitsCpus
            | Key::DeployResourcesReservationsCpus
            | Key::DeployUpdateConfigMaxFailureRatio
            | Key::DeployRollbackConfigMaxFailureRatio => ValueFormat::Float,
            Key::DeployUpdateConfigDelay
            | Key::DeployUpdateConfigMonitor
            | Key::DeployRollbackConfigDelay
            | Key::DeployRollbackConfigMonitor => ValueFormat::DurationUnlessZero,
            Key::PullRefreshAfter => ValueFormat::Hidden,
            _ => return ValueFormat::for_shape(key.shape()),
        };
        Some(exception)
    }

    fn for_shape(shape: Shape) -> Option<ValueFormat> {
        let (least, most) = I64;
        Some(match shape {
            Shape::Text
            | Shape::TextOrNull
            | Shape::Choice(_)
            | Shape::ContainerName
            | Shape::PullPolicy
            | Shape::FlagText
            | Shape::IntegerOrText => ValueFormat::Text,
            Shape::Duration => ValueFormat::Duration,
            Shape::TextBytes | Shape::Bytes | Shape::WholeBytes | Shape::WholeBytesFromZero => ValueFormat::Bytes,
            Shape::Flag | Shape::StrictFlag | Shape::External => ValueFormat::Flag,
            Shape::IntegerFrom(least) => ValueFormat::Whole(least.into(), most),
            Shape::IntegerWithin(least, most) => ValueFormat::Whole(least.into(), most.into()),
            Shape::Integer | Shape::StrictInteger | Shape::Number | Shape::StrictNumber => {
                ValueFormat::Whole(least, most)
            }
            Shape::Count => ValueFormat::Count,
            Shape::FileMode => ValueFormat::Mode,
            Shape::Words
            | Shape::Texts
            | Shape::UniqueTexts
            | Shape::UniqueTextsOrNumbers
            | Shape::TextOrTexts
            | Shape::TextOrUniqueTexts
            | Shape::Pairs
            | Shape::Hosts
            | Shape::TextMapping
            | Shape::TextOrNumberMapping
            | Shape::OptionMapping
            | Shape::Options
            | Shape::AnyMapping
            | Shape::Mapping
            | Shape::MappingOrNull
            | Shape::MappingOrText
            | Shape::Items
            | Shape::ItemsOrTexts
            | Shape::UniqueItemsOrTexts
            | Shape::TextOrItems
            | Shape::Ports
            | Shape::Gpus
            | Shape::Named
            | Shape::NamedOrNull
            | Shape::NamesOrNamed
            | Shape::Dependencies
            | Shape::Ulimits => return None,
        })
    }

    /// Parses a scalar; the error describes the expected value.
    #[allow(clippy::wildcard_enum_match_arm, reason = "what is not of a form's own kinds is asked as text")]
    pub(super) fn parse(self, tree: &Tree) -> Result<ScalarValue, String> {
        let plain = plain(tree);
        let text = tree.as_scalar().map_or("", |scalar| scalar.text.as_str());
        match self {
            ValueFormat::Text | ValueFormat::TextAlways | ValueFormat::Path(_) | ValueFormat::Hidden => {
                Ok(ScalarValue::Text(scalar_string(tree)))
            }
            ValueFormat::Flag | ValueFormat::FlagGiven | ValueFormat::FlagAlways | ValueFormat::OptOut => match plain {
                Plain::Bool(flag) => Ok(ScalarValue::Flag(flag)),
                _ => flag(text).map(ScalarValue::Flag).ok_or_else(|| "true or false".to_owned()),
            },
            ValueFormat::WholeBare(least, most) if plain == Plain::Text => {
                Err(format!("a whole number from {least} to {most} without quotes"))
            }
            ValueFormat::Whole(least, most)
            | ValueFormat::WholeBare(least, most)
            | ValueFormat::WholeGiven(least, most)
            | ValueFormat::WholeAlways(least, most) => whole(plain, text)
                .filter(|number| (least..=most).contains(number))
                .map(ScalarValue::Whole)
                .ok_or_else(|| match (least, most) {
                    (0, most) if most > i128::from(u32::MAX) => "a whole number of 0 or more".to_owned(),
                    I64 => "a whole number".to_owned(),
                    _ => format!("a whole number from {least} to {most}"),
                }),
            ValueFormat::Float => match plain {
                #[allow(clippy::cast_precision_loss, reason = "Compose keeps 32 bits of it")]
                Plain::Int(number) => Ok(ScalarValue::Float(number as f32)),
                #[allow(clippy::cast_possible_truncation, reason = "Compose keeps 32 bits of it")]
                Plain::Float(number) => Ok(ScalarValue::Float(number as f32)),
                _ => text.parse().map(ScalarValue::Float).map_err(|_| "a number".to_owned()),
            },
            ValueFormat::Bytes | ValueFormat::BytesAlways => match plain {
                Plain::Int(number) => i64::try_from(number).ok(),
                // Compose reads a size with a fraction and no unit as 0.
                Plain::Float(_) => Some(0),
                _ => size(text),
            }
            .map(ScalarValue::Bytes)
            .ok_or_else(|| "a size such as `64m`".to_owned()),
            ValueFormat::Duration | ValueFormat::DurationUnlessZero => {
                nanoseconds(text).map(ScalarValue::Duration).ok_or_else(|| "a duration such as `1m30s`".to_owned())
            }
            ValueFormat::Mode => match plain {
                Plain::Int(number) => i64::try_from(number).ok(),
                Plain::Text => i64::from_str_radix(text, 8).ok(),
                _ => None,
            }
            .map(ScalarValue::Mode)
            .ok_or_else(|| "a file's mode in octal such as `0440`".to_owned()),
            ValueFormat::Count if text.eq_ignore_ascii_case("all") => Ok(ScalarValue::Whole(-1)),
            ValueFormat::Count => {
                whole(plain, text).map(ScalarValue::Whole).ok_or_else(|| "`all` or a whole number".to_owned())
            }
        }
    }
}

/// A parsed scalar.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ScalarValue {
    Text(String),
    /// A boolean.
    Flag(bool),
    /// An integer.
    Whole(i128),
    /// A number.
    Float(f32),
    /// Bytes.
    Bytes(i64),
    /// Nanoseconds.
    Duration(i64),
    /// A file mode.
    Mode(i64),
}

/// Returns the YAML type of a scalar; a list or mapping counts as a string.
pub(super) fn plain(tree: &Tree) -> Plain {
    match tree.as_scalar() {
        Some(scalar) if tree.tag != Some(Tag::Text) && scalar.template.is_none() => scalars::compose(scalar),
        Some(_) | None => Plain::Text,
    }
}

/// Returns a scalar as the official loader converts it to a string: numbers as Go formats them, null as an empty
/// string.
pub(super) fn scalar_string(tree: &Tree) -> String {
    match plain(tree) {
        Plain::Null => String::new(),
        Plain::Bool(flag) => flag.to_string(),
        Plain::Int(number) => number.to_string(),
        Plain::Float(number) => go_float(number),
        Plain::Timestamp | Plain::Text => tree.as_scalar().map_or_else(String::new, |scalar| scalar.text.to_string()),
    }
}

/// Formats a 64-bit number as Go's `%v` does: the shortest digits that round-trip, with an exponent from 1e6 and below
/// 1e-4.
pub(super) fn go_float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let size = number.abs();
    if size != 0.0 && !(1e-4..1e6).contains(&size) {
        let scientific = format!("{number:e}");
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
        return format!("{mantissa}e{sign}{digits:0>2}");
    }
    number.to_string()
}

/// Parses the words that Compose accepts as booleans.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "y" | "yes" | "on" => Some(true),
        "false" | "n" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Whether a value is true, as a boolean or as one of the words for it.
pub(super) fn is_true(tree: Option<&Tree>) -> bool {
    tree.is_some_and(|tree| match plain(tree) {
        Plain::Bool(value) => value,
        Plain::Text => tree.as_scalar().and_then(|scalar| flag(&scalar.text)).unwrap_or(false),
        Plain::Null | Plain::Int(_) | Plain::Float(_) | Plain::Timestamp => false,
    })
}

/// Returns an integer, the integer part of a number, or a string of digits as a number.
fn whole(plain: Plain, text: &str) -> Option<i128> {
    match plain {
        Plain::Int(number) => Some(number),
        #[allow(clippy::cast_possible_truncation, reason = "Compose cuts the fraction in the same way")]
        Plain::Float(number) => number.is_finite().then_some(number as i128),
        Plain::Text | Plain::Timestamp => text.parse().ok(),
        Plain::Null | Plain::Bool(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_formatted_as_in_go() {
        for (number, expected) in [
            (1.0, "1"),
            (1.10, "1.1"),
            (0.1, "0.1"),
            (1e3, "1000"),
            (100_000.0, "100000"),
            (1e6, "1e+06"),
            (1_234_567.5, "1.2345675e+06"),
            (1e21, "1e+21"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-2.5, "-2.5"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(go_float(number), expected);
        }
    }

    #[test]
    fn every_scalar_key_has_a_format() {
        use crate::keys::Kinds;
        for key in Key::ALL {
            let kinds = key.shape().accepts();
            let collection = kinds.contains(Kinds::LIST) || kinds.contains(Kinds::MAPPING);
            assert_eq!(
                ValueFormat::for_key(*key).is_none(),
                collection && key.shape() != Shape::External,
                "{}",
                key.path()
            );
        }
    }
}
