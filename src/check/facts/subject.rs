//! [`Subject`]: which of several facts of a kind a fact is.
//!
//! Invariant: a subject has the size of a short text.

use crate::parse::Text;

/// The subject of a fact among others of its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The name of a variable, a path, a service. Empty if the kind has only one fact.
    Named(Text),
    /// A port of a service or of the host.
    Port(Box<PortSubject>),
    /// All of them: variables of an object that is not among the manifests.
    All,
}

/// A port as the subject of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortSubject {
    /// The DNS name at which the port is reached; `None` if the kind of fact has none.
    pub name: Option<Text>,
    /// The number.
    pub number: i32,
    /// The protocol, in lowercase letters.
    pub protocol: Text,
}

impl Subject {
    /// Returns a port at a DNS name.
    #[must_use]
    pub fn port_at(name: impl Into<Text>, number: impl Into<i32>, protocol: impl Into<Text>) -> Self {
        let (number, protocol) = (number.into(), protocol.into());
        Subject::Port(Box::new(PortSubject { name: Some(name.into()), number, protocol }))
    }

    /// Returns a port without a DNS name.
    #[must_use]
    pub fn port(number: impl Into<i32>, protocol: impl Into<Text>) -> Self {
        Subject::Port(Box::new(PortSubject { name: None, number: number.into(), protocol: protocol.into() }))
    }

    /// Whether the kind has only one fact.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.name() == Some("")
    }

    /// Returns the name: of a port, the DNS name at which it is reached.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Subject::Named(name) => Some(name),
            Subject::Port(port) => port.name.as_deref(),
            Subject::All => None,
        }
    }

    /// Returns the port, if the subject is one.
    #[must_use]
    pub fn as_port(&self) -> Option<&PortSubject> {
        match self {
            Subject::Port(port) => Some(port),
            Subject::Named(_) | Subject::All => None,
        }
    }
}

impl From<Text> for Subject {
    fn from(name: Text) -> Self {
        Subject::Named(name)
    }
}

impl From<&Text> for Subject {
    fn from(name: &Text) -> Self {
        Subject::Named(name.clone())
    }
}

impl From<String> for Subject {
    fn from(name: String) -> Self {
        Subject::Named(name.into())
    }
}

impl From<&String> for Subject {
    fn from(name: &String) -> Self {
        Subject::Named(name.into())
    }
}

impl From<&str> for Subject {
    fn from(name: &str) -> Self {
        Subject::Named(name.into())
    }
}

impl PartialEq<str> for Subject {
    fn eq(&self, name: &str) -> bool {
        matches!(self, Subject::Named(own) if own == name)
    }
}

impl PartialEq<&str> for Subject {
    fn eq(&self, name: &&str) -> bool {
        self == *name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_as_large_as_a_text() {
        assert_eq!(size_of::<Subject>(), size_of::<Text>());
    }
}
