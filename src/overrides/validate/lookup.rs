//! Lookup of the names in an overrides file.

use crate::maps::IndexMap;
use crate::overrides::model::Reasoned;
use crate::overrides::problem::Problem;
use crate::overrides::written::spanned::{At, Because};
use crate::report::{Code, Report, did_you_mean};
use crate::resolve::{Project, Service, ServiceName};
use crate::text::{SourceId, Span, Spanned};

/// The context of validation.
pub(crate) struct Check<'a> {
    pub(crate) source: SourceId,
    pub(crate) project: &'a Project,
    pub(crate) code_named: fn(&str) -> Option<Code>,
    pub(crate) report: &'a mut Report,
    /// Names in the file that the project does not have, with the first location and a similar name.
    pub(crate) absent: IndexMap<String, (Span, Option<String>)>,
}

impl<'a> Check<'a> {
    pub(crate) fn wrong<T>(&mut self, problem: Problem) -> Option<T> {
        self.report.add(problem);
        None
    }

    /// Records an entry about something that the project does not have.
    pub(crate) fn add_absent<T>(&mut self, what: String, at: Span, suggestion: Option<String>) -> Option<T> {
        self.absent.entry(what).or_insert((at, suggestion));
        None
    }

    /// Reports all entries about absent things in one note, since an edit of the project leaves them behind.
    pub(crate) fn report_absent(&mut self) {
        let Some((_, (at, _))) = self.absent.first() else { return };
        let at = *at;
        let names: Vec<&str> = self.absent.keys().map(String::as_str).collect();
        let suggestion = self.absent.values().find_map(|(_, suggestion)| suggestion.clone());
        self.report.add(Problem::UnknownName { names: names.join(", "), suggestion, at });
    }

    /// Looks up a service.
    pub(crate) fn looked_up(&mut self, name: &At<String>) -> Option<(Spanned<ServiceName>, &'a Service)> {
        let at = name.span(self.source);
        let project = self.project;
        if let Some((known, service)) = project.services.get_key_value(name.value.as_str()) {
            return Some((Spanned::new(known.clone(), at), service));
        }
        let suggestion = did_you_mean(&name.value, project.services.keys().map(ServiceName::as_str));
        self.add_absent(format!("service `{}`", name.value), at, suggestion)
    }

    /// Looks up the key of a network or volume.
    pub(crate) fn known<T>(
        &mut self,
        kind: &'static str,
        key: &At<String>,
        all: &IndexMap<String, T>,
    ) -> Option<Spanned<String>> {
        if all.contains_key(&key.value) {
            return Some(key.spanned(self.source));
        }
        let suggestion = did_you_mean(&key.value, all.keys().map(String::as_str));
        self.add_absent(format!("{kind} `{}`", key.value), key.span(self.source), suggestion)
    }

    pub(crate) fn named(
        &mut self,
        name: &At<String>,
        fits: fn(&str) -> bool,
        wanted: &'static str,
    ) -> Option<Spanned<String>> {
        if fits(&name.value) {
            return Some(name.spanned(self.source));
        }
        self.wrong(Problem::NotAName { text: name.value.clone(), wanted, at: name.span(self.source) })
    }

    /// Reports repeated entries.
    pub(crate) fn once(&mut self, things: impl Iterator<Item = (String, Span)>) {
        let mut seen: IndexMap<String, Span> = IndexMap::default();
        for (what, at) in things {
            if let Some(first) = seen.get(&what) {
                self.report.add(Problem::GivenTwice { what, at, first: *first });
            } else {
                seen.insert(what, at);
            }
        }
    }

    /// Validates a path in a container, and removes slashes at its end.
    pub(crate) fn absolute(&mut self, path: &At<String>) -> Option<Spanned<String>> {
        let clean = path.value.trim_end_matches('/');
        if clean.starts_with('/') && !clean.split('/').skip(1).any(|part| matches!(part, "" | "." | "..")) {
            return Some(Spanned::new(clean.to_owned(), path.span(self.source)));
        }
        let wanted = "a path that begins with `/` and has neither `.` nor `..` in it";
        self.wrong(Problem::MisplacedPath { path: path.value.clone(), wanted, at: path.span(self.source) })
    }
}

pub(crate) fn reasoned<T>(value: T, because: Because) -> Reasoned<T> {
    Reasoned { value, because: because.0 }
}
