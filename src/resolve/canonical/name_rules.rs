//! Which names the official schema accepts.

use crate::keys::Key;

/// What is asked of names that the user chose.
pub(super) enum NamePolicy {
    /// Others are errors; what the thing is called.
    Strict(&'static str),
    /// Others are kept, and nothing is asked of what stands there.
    Lax,
}

pub(super) fn name_policy(owner: Option<Key>) -> NamePolicy {
    match owner {
        Some(Key::TopServices | Key::DependsOn) => NamePolicy::Strict("service"),
        Some(Key::TopVolumes) => NamePolicy::Strict("volume"),
        Some(Key::TopConfigs) => NamePolicy::Strict("config"),
        Some(Key::TopSecrets) => NamePolicy::Strict("secret"),
        Some(Key::Networks) => NamePolicy::Strict("network"),
        Some(_) | None => NamePolicy::Lax,
    }
}

/// Whether a name is one of those that the official schema asks something of.
pub(super) fn is_name(name: &str, owner: Option<Key>) -> bool {
    let named = |allowed: fn(char) -> bool| !name.is_empty() && name.chars().all(allowed);
    match owner {
        Some(
            Key::TopServices
            | Key::TopVolumes
            | Key::TopConfigs
            | Key::TopSecrets
            | Key::TopNetworks
            | Key::TopModels
            | Key::DependsOn
            | Key::Networks
            | Key::Models,
        ) => named(|character| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-')),
        Some(_) | None => true,
    }
}

/// Whether a container's name is in it: the official pattern is not bound to the whole text.
pub(super) fn is_container_name(text: &str) -> bool {
    let follows = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-');
    text.chars().zip(text.chars().skip(1)).any(|(first, second)| first.is_ascii_alphanumeric() && follows(second))
}

/// Whether a pull policy is in it: the official pattern is not bound to the whole text.
pub(super) fn is_pull_policy(text: &str) -> bool {
    ["always", "never", "build", "if_not_present", "missing", "refresh", "daily", "weekly"]
        .iter()
        .any(|word| text.contains(word))
        || text.match_indices("every_").any(|(at, word)| {
            let rest = text.get(at + word.len()..).unwrap_or_default();
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            digits > 0 && rest.get(digits..).is_some_and(|rest| rest.starts_with(['w', 'd', 'h', 'm', 's']))
        })
}
