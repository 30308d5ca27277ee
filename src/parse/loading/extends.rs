//! `extends`: a service is based on another one, of the same file or of another file.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#extends>
//!
//! Input: an interpolated document with its includes. Output: the document with each service merged over its base,
//! without `extends`. Paths of a service of another file are rewritten relative to this file.

use std::path::PathBuf;

use super::loader::{Loader, Scope};
use crate::keys;
use crate::maps::HashSet;
use crate::parse::merging::{merge, relocate, short_forms};
use crate::parse::parsed::OverriddenLayer;
use crate::parse::problem::Problem;
use crate::parse::tree::{Mapping, Tag, Tree, TreeValue};
use crate::paths;
use crate::report::{Stopped, did_you_mean};
use crate::text::{Span, Spanned};

/// The maximum length of a chain of `extends`.
const LONGEST: usize = 100;

/// Applies every `extends` of a document.
pub(crate) fn apply(loader: &mut Loader<'_>, document: &mut Tree, scope: &Scope) -> Result<(), Stopped> {
    let TreeValue::Mapping(top) = &mut document.value else { return Ok(()) };
    let Some(services) = top.get_mut("services") else { return Ok(()) };
    if services.value.tag == Some(Tag::Reset) {
        return Ok(());
    }
    let kind = services.value.kind();
    let TreeValue::Mapping(mapping) = &mut services.value.value else {
        let problem = Problem::NoMapping { what: "`services`".to_owned(), kind, at: services.value.span };
        loader.report.add(problem);
        return Err(Stopped);
    };
    let extending: Vec<String> = mapping
        .iter()
        .filter(|(_, entry)| entry.value.get("extends").is_some())
        .map(|(name, _)| name.to_owned())
        .collect();
    if extending.is_empty() {
        return Ok(());
    }
    let here = ServiceSource {
        path: None,
        directory: scope.directory.clone(),
        services: std::mem::take(mapping),
        done: HashSet::default(),
    };
    let mut extends = Extends { loader, scope, places: vec![here], chain: Vec::new() };
    let mut outcome = Ok(());
    for name in extending {
        // Every broken `extends` is reported, but a cycle only once and not for each of its services.
        if extends.service(0, &name).is_err() {
            outcome = Err(Stopped);
        }
        for link in extends.chain.drain(..) {
            if let Some(place) = extends.places.get_mut(link.place) {
                place.done.insert(link.service);
            }
        }
    }
    if let Some(here) = extends.places.into_iter().next() {
        *mapping = here.services;
    }
    outcome
}

/// The services of one file.
struct ServiceSource {
    /// `None` for the current document.
    path: Option<PathBuf>,
    directory: PathBuf,
    services: Mapping,
    done: HashSet<String>,
}

struct Link {
    place: usize,
    service: String,
    /// The official loader's name for the file with the base: relative to the first file, and empty for that file
    /// itself.
    named: String,
    at: Span,
}

struct Extends<'l, 'run> {
    loader: &'l mut Loader<'run>,
    scope: &'l Scope,
    places: Vec<ServiceSource>,
    chain: Vec<Link>,
}

/// The reference of an `extends`.
struct ExtendsRef {
    service: Spanned<String>,
    file: Option<Spanned<String>>,
}

impl Extends<'_, '_> {
    /// Applies `extends` to one service.
    fn service(&mut self, place: usize, name: &str) -> Result<(), Stopped> {
        let Some(here) = self.places.get_mut(place) else { return Ok(()) };
        if here.done.contains(name) {
            return Ok(());
        }
        let Some(entry) = here.services.get(name) else { return Ok(()) };
        let reference = entry.value.as_mapping().and_then(|service| service.get("extends"));
        let Some(reference) = reference.filter(|reference| reference.value.tag != Some(Tag::Reset)) else {
            here.done.insert(name.to_owned());
            return Ok(());
        };
        let (key, value) = (reference.key, reference.value.clone());
        let reference = self.reference_of(&value, key)?;
        let named = self.named(place, &reference);
        self.chain_up(place, name, named, reference.service.span)?;
        let target = match &reference.file {
            Some(file) => self.open(place, file)?,
            None => place,
        };
        self.known(target, &reference)?;
        self.service(target, &reference.service.value)?;
        self.chain.pop();
        self.join(place, name, target, &reference.service.value);
        Ok(())
    }

    /// Merges a service over its base, whose own `extends` was applied.
    fn join(&mut self, place: usize, name: &str, target: usize, base: &str) {
        let Some((base, from)) = self
            .places
            .get(target)
            .and_then(|there| Some((there.services.get(base)?.value.clone(), there.directory.clone())))
        else {
            return;
        };
        let Some(here) = self.places.get_mut(place) else { return };
        here.done.insert(name.to_owned());
        let directory = here.directory.clone();
        let Some(entry) = here.services.get_mut(name) else { return };
        if let TreeValue::Mapping(service) = &mut entry.value.value {
            service.shift_remove("extends");
        }
        if base.is_null() {
            return;
        }
        let mut base = base;
        merge::settle(&mut base);
        if target != place {
            short_forms::settled_service(&mut base);
        }
        relocate::service(&mut base, &paths::relative(&directory, &from));
        let span = entry.value.span;
        let tag = entry.value.tag.take();
        let service = std::mem::replace(&mut entry.value, Tree::string("", span));
        let node = keys::root().child("services").and_then(keys::Node::name);
        entry.value = merge::merge(base, service, node, self.loader.report);
        entry.value.tag = tag;
    }

    fn reference_of(&mut self, value: &Tree, key: Span) -> Result<ExtendsRef, Stopped> {
        let own = |text: Spanned<&str>| text.map(str::to_owned);
        if let Some(service) = value.as_text() {
            return Ok(ExtendsRef { service: own(service), file: None });
        }
        let Some(mapping) = value.as_mapping() else {
            self.loader.report.add(Problem::ExtendsNothing { at: key });
            return Err(Stopped);
        };
        for (name, entry) in mapping {
            if name != "service" && name != "file" {
                let help = did_you_mean(name, ["service", "file"]);
                let problem = Problem::UnknownKey { key: name.to_owned(), of: "extends", at: entry.key, help };
                self.loader.report.add(problem);
            }
        }
        let Some(service) = value.get("service").and_then(Tree::as_text) else {
            self.loader.report.add(Problem::ExtendsNothing { at: key });
            return Err(Stopped);
        };
        Ok(ExtendsRef { service: own(service), file: value.get("file").and_then(Tree::as_text).map(own) })
    }

    /// Returns the official loader's name for the file with the base.
    fn named(&self, place: usize, reference: &ExtendsRef) -> String {
        let (Some(file), Some(here)) = (&reference.file, self.places.get(place)) else { return String::new() };
        if here.path.is_none() {
            return file.value.clone();
        }
        let path = paths::absolute(&here.directory, file.value.as_ref());
        paths::relative(&self.scope.directory, &path).display().to_string()
    }

    /// Adds a service to the chain; reports a cycle.
    fn chain_up(&mut self, place: usize, name: &str, named: String, at: Span) -> Result<(), Stopped> {
        let seen = self.chain.iter().position(|link| link.place == place && link.service == name);
        if let Some(seen) = seen {
            let links = self.chain.get(seen..).unwrap_or_default();
            let way = links.iter().map(|link| format!("`{}`", link.service)).collect::<Vec<_>>().join(" → ");
            let places = links.iter().map(|link| link.at).collect();
            self.loader.report.add(Problem::ExtendsCycle { way, name: name.to_owned(), at: places });
            return Err(Stopped);
        }
        // The official loader identifies a link by the file with the base and the name of the extending service, and
        // reports a cycle for the second of two such links.
        if let Some(like) = self.chain.iter().find(|link| link.named == named && link.service == name) {
            let problem = Problem::ExtendsAlike { name: name.to_owned(), at, first: like.at };
            self.loader.report.add(problem);
            return Err(Stopped);
        }
        if self.chain.len() >= LONGEST {
            self.loader.report.add(Problem::ExtendsTooLong { limit: LONGEST, at });
            return Err(Stopped);
        }
        self.chain.push(Link { place, service: name.to_owned(), named, at });
        Ok(())
    }

    /// Reports a base that does not exist.
    fn known(&mut self, target: usize, reference: &ExtendsRef) -> Result<(), Stopped> {
        let Some(there) = self.places.get(target) else {
            return Err(self.loader.report.internal("an `extends` of a file that was not read"));
        };
        if there.services.contains_key(&reference.service.value) {
            return Ok(());
        }
        let help = did_you_mean(&reference.service.value, there.services.keys());
        let file = reference.file.as_ref().map_or_else(|| "this file".to_owned(), |file| format!("`{}`", file.value));
        let problem = Problem::ExtendsUnknown {
            service: reference.service.value.clone(),
            file,
            at: reference.service.span,
            help,
        };
        self.loader.report.add(problem);
        Err(Stopped)
    }

    /// Returns the services of another file, which is read only once.
    fn open(&mut self, place: usize, file: &Spanned<String>) -> Result<usize, Stopped> {
        if paths::is_remote(&file.value) {
            self.loader.report.add(Problem::Remote { reference: file.value.clone(), at: Some(file.span) });
            return Err(Stopped);
        }
        let directory = self.places.get(place).map(|here| here.directory.clone()).unwrap_or_default();
        let path = paths::absolute(&directory, file.value.as_ref());
        if let Some(known) = self.places.iter().position(|place| place.path.as_ref() == Some(&path)) {
            return Ok(known);
        }
        let read = self.loader.read_named_by(&path, file.span)?;
        let mut merged: Option<Tree> = None;
        for mut document in read.documents {
            self.loader.prepare(&mut document, self.scope);
            if document.as_mapping().is_none() {
                return Err(Stopped);
            }
            merged = Some(match merged {
                Some(before) => merge::merge(before, document, Some(keys::root()), self.loader.report),
                None => document,
            });
        }
        self.loader.overridden_layers.extend(merged.clone().map(|tree| OverriddenLayer { tree, whole: false }));
        let services = merged.and_then(|tree| match tree.value {
            TreeValue::Mapping(mut top) => top.shift_remove("services"),
            TreeValue::Scalar(_) | TreeValue::Sequence(_) => None,
        });
        let Some(TreeValue::Mapping(services)) = services.map(|services| services.value.value) else {
            self.loader.report.add(Problem::ExtendsNoServices { file: file.value.clone(), at: file.span });
            return Err(Stopped);
        };
        let directory = path.parent().map(std::path::Path::to_path_buf).unwrap_or_default();
        self.places.push(ServiceSource { path: Some(path), directory, services, done: HashSet::default() });
        Ok(self.places.len() - 1)
    }
}
