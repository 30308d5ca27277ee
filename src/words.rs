//! Small text functions that several stages need: lists in a sentence, shell quoting, Kubernetes name rules, hashing.

/// Returns `a, b and c`.
#[must_use]
pub(crate) fn join_with_and<S: AsRef<str>>(items: &[S]) -> String {
    join_with("and", items)
}

/// Returns `a, b or c`.
#[must_use]
pub(crate) fn join_with_or<S: AsRef<str>>(items: &[S]) -> String {
    join_with("or", items)
}

fn join_with<S: AsRef<str>>(conjunction: &str, items: &[S]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} {conjunction} {}", first.join(", "), last.as_ref())
        }
    }
}

/// The number of names that a message lists.
const LISTED: usize = 10;

/// Returns names in backticks; of a long list the first ones, and the number of the others.
#[must_use]
pub(crate) fn quoted_list(names: impl Iterator<Item = impl std::fmt::Display>) -> String {
    let mut names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let others = names.len().saturating_sub(LISTED);
    // One more name is as short as its number.
    if others <= 1 {
        return names.join(", ");
    }
    names.truncate(LISTED);
    format!("{} and {others} others", names.join(", "))
}

/// Quotes a word for a POSIX shell. A word of letters, digits and `-_./=:,@%+` stays as it is.
#[must_use]
pub(crate) fn shell_quote(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./=:,@%+".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Whether a name is an RFC 1123 label: 1 to 63 lowercase letters, digits and inner `-`.
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names>
#[must_use]
pub(crate) fn is_dns_label(name: &str) -> bool {
    name.len() <= 63 && has_label_form(name)
}

/// Whether a name is an RFC 1123 subdomain as Kubernetes validates it: labels with dots between them, at most 253
/// characters. Kubernetes does not limit the length of one label here.
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names>
#[must_use]
pub(crate) fn is_dns_subdomain(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(has_label_form)
}

fn has_label_form(label: &str) -> bool {
    !label.is_empty()
        && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Whether a name is a port name of a Service (RFC 6335): at most 15 lowercase letters, digits and single inner `-`, with
/// at least one letter.
#[must_use]
pub(crate) fn is_port_name(name: &str) -> bool {
    name.len() <= 15
        && has_label_form(name)
        && name.bytes().any(|byte| byte.is_ascii_lowercase())
        && !name.contains("--")
}

/// Whether a text is the name part of a label, an annotation or an extended resource: 1 to 63 letters, digits, `-`, `_`
/// and `.`, with a letter or digit at both ends.
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>
#[must_use]
pub(crate) fn is_qualified_name_part(name: &str) -> bool {
    let is_end = |character: char| character.is_ascii_alphanumeric();
    (1..=63).contains(&name.len())
        && name.chars().all(|character| is_end(character) || matches!(character, '-' | '_' | '.'))
        && name.starts_with(is_end)
        && name.ends_with(is_end)
}

/// Returns the 32-bit FNV-1a hash. It is stable across versions and hosts, unlike the hashers of std.
#[must_use]
pub(crate) fn fnv1a_32(bytes: impl IntoIterator<Item = u8>) -> u32 {
    bytes.into_iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Returns the 64-bit FNV-1a hash. It is stable across versions and hosts, unlike the hashers of std.
#[must_use]
pub(crate) fn fnv1a_64(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(quoted_list(["a", "b"].iter()), "`a`, `b`");
        assert!(quoted_list(1..=11).ends_with("`10`, `11`"));
        assert!(quoted_list(1..=12).ends_with("`9`, `10` and 2 others"));
    }

    #[test]
    fn lists_read_as_in_a_sentence() {
        assert_eq!(join_with_and::<&str>(&[]), "");
        assert_eq!(join_with_and(&["a"]), "a");
        assert_eq!(join_with_and(&["a", "b", "c"]), "a, b and c");
        assert_eq!(join_with_or(&["a", "b"]), "a or b");
    }

    #[test]
    fn a_shell_word_is_quoted_only_if_necessary() {
        assert_eq!(shell_quote("a/b-c.yml"), "a/b-c.yml");
        assert_eq!(shell_quote("it's here"), r"'it'\''s here'");
        assert_eq!(shell_quote(""), "''");
    }

    #[test]
    fn names_follow_the_rules_of_kubernetes() {
        let long = "a".repeat(64);
        assert!(is_dns_label("a-1") && is_dns_label("1") && !is_dns_label("a_1") && !is_dns_label("A"));
        assert!(!is_dns_label("-a") && !is_dns_label("a-") && !is_dns_label("") && !is_dns_label(&long));
        assert!(is_dns_subdomain("a.b-c") && is_dns_subdomain(&long) && !is_dns_subdomain("a..b"));
        assert!(is_port_name("dns-udp") && !is_port_name("1234") && !is_port_name("a--b"));
        assert!(!is_port_name("sixteen-letters-") && !is_port_name(""));
        assert!(is_qualified_name_part("a_B.c") && !is_qualified_name_part("_a") && !is_qualified_name_part(&long));
    }

    #[test]
    fn hashes_are_fnv_1a() {
        // Test vectors of the algorithm's authors: <http://www.isthe.com/chongo/tech/comp/fnv/>
        assert_eq!(fnv1a_32(*b"foobar"), 0xbf9c_f968);
        assert_eq!(fnv1a_64(*b"foobar"), 0x8594_4171_f739_67e8);
    }
}
