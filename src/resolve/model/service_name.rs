//! The names of a project's services.

use std::sync::Arc;

use crate::maps::IndexMap;

/// The name of a service that exists in the project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceName(Arc<str>);

impl ServiceName {
    /// Creates a name for the tests of later stages.
    #[cfg(test)]
    pub(crate) fn in_test(name: &str) -> Self {
        Self(name.into())
    }

    /// Returns the name as written in the Compose file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ServiceName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for ServiceName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The names of all services of a project. Only this type creates a [`ServiceName`].
#[derive(Debug)]
pub(crate) struct ServiceNames {
    all: IndexMap<String, ServiceName>,
}

impl ServiceNames {
    /// Collects the names of a project's services, in file order.
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self { all: names.map(|name| (name.to_owned(), ServiceName(name.into()))).collect() }
    }

    /// Returns the service with this name.
    pub(crate) fn find(&self, name: &str) -> Option<&ServiceName> {
        self.all.get(name)
    }

    /// Iterates over the names, in file order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.all.keys().map(String::as_str)
    }
}
