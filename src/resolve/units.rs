//! Durations and sizes of Compose.
//! <https://github.com/compose-spec/compose-spec/blob/main/11-extension.md#specifying-durations>

/// A duration (`1m30s`, `100ms`) in nanoseconds, as in Go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub u64);

const SECOND: i64 = 1_000_000_000;

impl Duration {
    /// Returns whole seconds, rounded up: probes and grace periods of Kubernetes have no fractions.
    #[must_use]
    pub fn seconds_up(self) -> u64 {
        self.0.div_ceil(SECOND.unsigned_abs())
    }

    /// Parses a duration of Compose. Negative durations become 0.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        nanoseconds(text).map(|nanoseconds| Self(u64::try_from(nanoseconds).unwrap_or(0)))
    }
}

/// A size in bytes (`64m`, `1gb`); Compose's units are powers of 1024.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

/// Parses a duration into nanoseconds: Go's units and Compose's `d` and `w`, with sign and fractions, or a plain `0`.
pub(super) fn nanoseconds(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0_i64;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = after.strip_prefix('.').map_or(("", after), digits);
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let length = after.find(|character: char| character == '.' || character.is_ascii_digit());
        let (unit, after) = after.split_at(length.unwrap_or(after.len()));
        let unit = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3_600 * SECOND,
            "d" => 24 * 3_600 * SECOND,
            "w" => 168 * 3_600 * SECOND,
            _ => return None,
        };
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        total = total.checked_add(whole.checked_mul(unit)?)?.checked_add(part_of(fraction, unit))?;
        rest = after;
    }
    Some(if negative { -total } else { total })
}

/// Multiplies the digits of a fraction by a unit, truncated to nanoseconds.
fn part_of(fraction: &str, unit: i64) -> i64 {
    // 18 digits are enough for nanoseconds, and their product with a week fits into 128 bits.
    let kept = fraction.get(..fraction.len().min(18)).unwrap_or(fraction);
    let digits: i128 = kept.parse().unwrap_or(0);
    let scale = 10_i128.pow(u32::try_from(kept.len()).unwrap_or(0));
    i64::try_from(digits * i128::from(unit) / scale).unwrap_or(0)
}

fn digits(text: &str) -> (&str, &str) {
    let length = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(length)
}

/// Formats a duration as Go does: `1m30s`, `1.5s`, `100ms`, `0s`.
pub(super) fn go_duration(nanoseconds: i64) -> String {
    let size = nanoseconds.unsigned_abs();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let second = SECOND.unsigned_abs();
    let with_fraction = |unit: u64| {
        let width = unit.ilog10() as usize;
        let fraction = format!("{:0width$}", size % unit);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() || unit == 1 { "" } else { "." };
        (size / unit, format!("{point}{}", if unit == 1 { "" } else { fraction }))
    };
    if size == 0 {
        return "0s".to_owned();
    }
    if size < second {
        let (unit, name) = match size {
            ..1_000 => (1, "ns"),
            1_000..1_000_000 => (1_000, "µs"),
            _ => (1_000_000, "ms"),
        };
        let (whole, fraction) = with_fraction(unit);
        return format!("{sign}{whole}{fraction}{name}");
    }
    let (seconds, fraction) = with_fraction(second);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{seconds}{fraction}s"),
        (0, _) => format!("{sign}{minutes}m{seconds}{fraction}s"),
        (_, _) => format!("{sign}{hours}h{minutes}m{seconds}{fraction}s"),
    }
}

/// A size in bytes: a whole number, perhaps negative (`-1` is "no limit"), or a number with one of the units
/// `b k m g t p`, in either case, perhaps followed by `b` or `ib`; all powers of 1024.
pub(super) fn size(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<i64>() {
        return Some(number);
    }
    let last = text.rfind(|character: char| character.is_ascii_digit() || matches!(character, '.' | ' '))?;
    let (number, suffix) = text.split_at_checked(last + 1)?;
    let number: f64 = number.strip_suffix(' ').unwrap_or(number).parse().ok()?;
    if number < 0.0 {
        return None;
    }
    let suffix = suffix.to_ascii_lowercase();
    let factor = match suffix.strip_suffix("ib").or(suffix.strip_suffix('b')).unwrap_or(&suffix) {
        "" if suffix == "ib" => return None,
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        _ => return None,
    };
    #[allow(clippy::cast_possible_truncation, reason = "Docker cuts the fraction of a byte in the same way")]
    Some((number * 1024_f64.powi(factor)) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_parsed_as_in_go_with_days_and_weeks() {
        for (text, expected) in [
            ("0", "0s"),
            ("30s", "30s"),
            ("90s", "1m30s"),
            ("1m30s", "1m30s"),
            ("1.5h", "1h30m0s"),
            ("2d", "48h0m0s"),
            ("1w1d", "192h0m0s"),
            ("100ms", "100ms"),
            ("1500ms", "1.5s"),
            ("1us", "1µs"),
            ("15ns", "15ns"),
            ("1.000000001s", "1.000000001s"),
            ("-2m", "-2m0s"),
            ("+.5s", "500ms"),
            ("1h0m0.25s", "1h0m0.25s"),
            ("2562047h47m16.854775807s", "2562047h47m16.854775807s"),
        ] {
            assert_eq!(nanoseconds(text).map(go_duration).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "-", "10", "s", ".s", "1x", "1 s", "1s ", "9999999999h", "1h2"] {
            assert_eq!(nanoseconds(text), None, "{text:?}");
        }
        assert_eq!(Duration::parse("1500ms").map(Duration::seconds_up), Some(2));
    }

    #[test]
    fn sizes_are_powers_of_1024() {
        for (text, expected) in [
            ("-1", -1),
            ("0", 0),
            ("1024", 1024),
            ("64m", 64 << 20),
            ("64 MB", 64 << 20),
            ("1gib", 1 << 30),
            ("1.5G", 3 << 29),
            ("5b", 5),
            ("2K", 2048),
            ("1p", 1 << 50),
        ] {
            assert_eq!(size(text), Some(expected), "{text}");
        }
        for text in ["", "m", "1x", "-1m", "1ib", "1mbb", "1 m b", "x1"] {
            assert_eq!(size(text), None, "{text:?}");
        }
    }
}
