//! The kinds of further DNS names of a service.

use crate::keys::Key;

/// The Compose key that defines a further DNS name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AliasKind {
    /// `networks.*.aliases`.
    Network,
    /// `container_name`.
    Container,
    /// `hostname`, which Docker's DNS also resolves.
    Host,
    /// `links: SERVICE:ALIAS`.
    Link,
}

impl AliasKind {
    /// Returns the Compose key.
    pub(crate) fn key(self) -> Key {
        match self {
            AliasKind::Network => Key::NetworksAliases,
            AliasKind::Container => Key::ContainerName,
            AliasKind::Host => Key::Hostname,
            AliasKind::Link => Key::Links,
        }
    }

    /// Returns the noun in diagnostics.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            AliasKind::Network => "alias",
            AliasKind::Container => "container name",
            AliasKind::Host => "host name",
            AliasKind::Link => "link",
        }
    }
}
