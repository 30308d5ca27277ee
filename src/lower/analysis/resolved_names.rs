//! The names that the project resolver answers, and the names of its objects.

use std::collections::BTreeMap;

use super::alias_kind::AliasKind;
use super::names::{Alias, Names, TakenNames, UsedName, service_name};
use crate::lower::findings::Findings;
use crate::lower::objects::Name;
use crate::resolve::ServiceName;
use crate::text::Span;
use crate::vocabulary::TOOL;

impl Names {
    /// Returns whether a DNS name requires the project resolver: no Service can have the name, or several services share it.
    pub(crate) fn needs_resolver(&self) -> bool {
        !self.renames.is_empty() || self.aliases.values().any(|alias| alias.services.len() > 1)
    }

    /// Returns the DNS names of the project in lower case and alphabetical order, each with the Service that it resolves to.
    pub(crate) fn dns_names(&self) -> Vec<(String, Name)> {
        let aliases = self.aliases.values().map(|alias| (alias.dns_name.as_str(), alias.name.clone()));
        let renames = self.renames.iter().map(|(name, service)| (name.as_str(), service.clone()));
        let services = self.named.iter().map(|service| (service.as_str(), self.name_of(service)));
        let mut names: BTreeMap<String, Name> = BTreeMap::new();
        // A service name that is also an alias of another service resolves to both.
        for (name, service) in aliases.chain(renames).chain(services) {
            names.entry(name.to_ascii_lowercase()).or_insert(service);
        }
        names.into_iter().collect()
    }

    /// Returns the name of the Service of a further endpoint of the project resolver.
    pub(crate) fn further_resolver(&self, number: usize) -> Name {
        Name::checked(format!("{}-{number}", self.resolver))
    }

    /// Returns another service whose own name is this DNS name.
    pub(super) fn named_otherwise(&self, dns_name: &str, service: &ServiceName) -> Option<ServiceName> {
        self.named.get(dns_name).filter(|other| *other != service).cloned()
    }

    /// Adds an alias that is the name of another service, the last of `services`. It resolves to both, by the Service object
    /// of the other one, or by one of its own if that has a fixed address.
    pub(super) fn share_service_name(
        &mut self,
        dns_name: &str,
        kind: AliasKind,
        services: Vec<ServiceName>,
        at: Span,
        used: &mut TakenNames,
        findings: &mut Findings,
    ) {
        let [service, other] = services.as_slice() else { return };
        let mut name = self.name_of(other);
        if self.addressed.contains(other) {
            name = service_name(&format!("{name}-alias"));
            let claim = UsedName { what: format!("alias `{dns_name}` of `{service}`"), at, active: true };
            if used.reserve(name.as_str(), claim, findings).is_none() {
                return;
            }
            used.owners.insert(name.clone(), service.clone());
        }
        for one in &services {
            self.of_service.entry(one.clone()).or_default().push(dns_name.to_owned());
        }
        self.aliases.insert(dns_name.to_owned(), Alias { dns_name: dns_name.to_owned(), name, kind, services });
    }

    /// Returns the alias of other services that is the name of this service, if the service's own Service object carries it.
    pub(crate) fn shared_name(&self, service: &ServiceName) -> Option<&Alias> {
        self.aliases.get(service.as_str()).filter(|alias| alias.name == self.name_of(service))
    }
}

impl TakenNames {
    /// Returns a name that is neither in use nor the beginning of a name in use.
    pub(super) fn free_name(&self, wanted: &str) -> Name {
        let is_used =
            |name: &String| self.by_name.keys().any(|used| used == name || used.starts_with(&format!("{name}-")));
        let others = (2..).map(|number| format!("{TOOL}-{wanted}-{number}"));
        let mut candidates = [wanted.to_owned(), format!("{TOOL}-{wanted}")].into_iter().chain(others);
        Name::checked(candidates.find(|name| !is_used(name)).unwrap_or_else(|| wanted.to_owned()))
    }
}
