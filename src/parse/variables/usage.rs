//! Variables that are reported once per run.

use std::collections::BTreeSet;

use super::template::Use;
use crate::maps::IndexMap;
use crate::parse::problem::Problem;
use crate::report::Report;
use crate::text::Span;

/// Variables that are reported once per run and not per use.
#[derive(Debug, Default)]
pub(crate) struct VariableUsage {
    unset: IndexMap<String, Span>,
    /// Unset variables that were reported at the places where they are used.
    reported: BTreeSet<String>,
    elsewhere: IndexMap<String, Span>,
}

impl VariableUsage {
    /// Records a use of a variable. `differs` tells whether the unused process environment has a different value.
    pub(crate) fn used(&mut self, used: &Use<'_>, value: Option<&str>, differs: bool, at: Span) {
        if value.is_none() && used.bare && !self.unset.contains_key(used.name) {
            self.unset.insert(used.name.to_owned(), at);
        }
        if differs && !self.elsewhere.contains_key(used.name) {
            self.elsewhere.insert(used.name.to_owned(), at);
        }
    }

    /// Records that an unset variable was reported at the place where it is used.
    pub(crate) fn reported(&mut self, name: &str) {
        self.reported.insert(name.to_owned());
    }

    /// Reports one warning for all other unset variables, and one note for all variables with a different value in the process
    /// environment.
    pub(crate) fn report(mut self, report: &mut Report) {
        self.unset.retain(|name, _| !self.reported.contains(name));
        if let (Some((first, at)), count) = (self.unset.first(), self.unset.len()) {
            let names: Vec<_> = self.unset.keys().map(|name| format!("`{name}`")).collect();
            let (name, at) = (first.clone(), *at);
            let message = if count == 1 {
                format!("the variable {} is not set and is replaced with an empty string", names.concat())
            } else {
                format!("{count} variables are not set and are replaced with empty strings: {}", names.join(", "))
            };
            report.add(Problem::UnsetVariable { message, name, at });
        }
        if !self.elsewhere.is_empty() {
            let names: Vec<_> = self.elsewhere.keys().map(|name| format!("`{name}`")).collect();
            let options: Vec<_> = self.elsewhere.keys().map(|name| format!("-e {name}")).collect();
            let at = self.elsewhere.values().copied().collect();
            report.add(Problem::ShellVariables { names: names.join(", "), options: options.join(" "), at });
        }
    }
}
