//! Variables that are reported once per run.

use indexmap::IndexMap;

use super::template::Use;
use crate::parse::problem::Problem;
use crate::report::Report;
use crate::text::Span;

/// Variables that are reported once per run and not per use.
#[derive(Debug, Default)]
pub(crate) struct VariableUsage {
    unset: IndexMap<String, Span>,
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

    /// Reports one warning for all unset variables, and one note for all variables with a different value in the process
    /// environment.
    pub(crate) fn report(self, report: &mut Report) {
        if let (Some((first, at)), count) = (self.unset.first(), self.unset.len()) {
            let names: Vec<_> = self.unset.keys().map(|name| format!("`{name}`")).collect();
            let (first, at) = (first.clone(), *at);
            let names = if count == 1 {
                format!("the variable {} is not set and is replaced with an empty string", names.concat())
            } else {
                format!("{count} variables are not set and are replaced with empty strings: {}", names.join(", "))
            };
            report.add(Problem::UnsetVariable { names, first, at });
        }
        if !self.elsewhere.is_empty() {
            let names: Vec<_> = self.elsewhere.keys().map(|name| format!("`{name}`")).collect();
            let options: Vec<_> = self.elsewhere.keys().map(|name| format!("-e {name}")).collect();
            let at = self.elsewhere.values().copied().collect();
            report.add(Problem::ShellVariables { names: names.join(", "), options: options.join(" "), at });
        }
    }
}
