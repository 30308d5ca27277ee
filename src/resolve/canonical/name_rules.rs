//! Rules of the official schema for names.

use crate::keys::Key;

/// How user-defined names are checked.
pub(super) enum NamePolicy {
    /// Invalid names are errors. Contains the kind of resource for the message.
    Strict(&'static str),
    /// Invalid names are kept, and their values are not checked.
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

/// Whether a name is valid below its owner.
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

/// Whether a string contains a valid container name: the pattern of the official schema is not anchored.
pub(super) fn is_container_name(text: &str) -> bool {
    let follows = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-');
    text.chars().zip(text.chars().skip(1)).any(|(first, second)| first.is_ascii_alphanumeric() && follows(second))
}

/// Whether a string contains a pull policy: the pattern of the official schema is not anchored.
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
