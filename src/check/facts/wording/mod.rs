//! The wording of facts: the only place that renders values, subjects and sentences.
//!
//! Invariant: nothing reads these texts back; what is compared are the values.

mod settings;
pub(crate) mod unclear;

use std::borrow::Cow;
use std::fmt;

use super::fact::Fact;
use super::kinds::Kind;
use super::setting::{Interface, PulledImage};
use super::storage::{Access, FileKind, MountedStorage, Propagation, StorageOrigin};
use super::subject::{PortSubject, Subject};
use super::value::{HookCommand, HttpRequest, Listener, PublishedPort, ServiceState, StartProbe, Value};
use crate::parse::Text;
use crate::sensitive::REDACTED;

impl Value {
    /// Returns the value as text.
    #[must_use]
    pub fn rendered(&self) -> Cow<'_, str> {
        match self {
            Value::Text(text) => Cow::Borrowed(text),
            Value::Sensitive(_) => Cow::Borrowed(REDACTED),
            Value::Any => Cow::Borrowed("*"),
            Value::Flag(true) => Cow::Borrowed("yes"),
            Value::Flag(false) => Cow::Borrowed("no"),
            Value::Number(_)
            | Value::Bytes(_)
            | Value::MilliCpu(_)
            | Value::FileMode(_)
            | Value::Setting(_)
            | Value::Qualified(_)
            | Value::ReplicaRange(_)
            | Value::PulledImage(_)
            | Value::Interface(_)
            | Value::Servers(_)
            | Value::SearchDomains(_)
            | Value::Ownership(_)
            | Value::Argv(_)
            | Value::Arguments(_)
            | Value::Commands(_)
            | Value::HttpRequest(_)
            | Value::StartProbe(_)
            | Value::PublishedPort(_)
            | Value::Mount(_)
            | Value::State(_)
            | Value::Answers(_) => Cow::Owned(self.to_string()),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(_) | Value::Sensitive(_) | Value::Any | Value::Flag(_) => out.write_str(&self.rendered()),
            Value::Number(number) => write!(out, "{number}"),
            Value::Bytes(bytes) => out.write_str(&bytes_in_units(*bytes)),
            Value::MilliCpu(thousandths) => out.write_str(&processors(*thousandths)),
            Value::FileMode(mode) => write!(out, "{mode:o}"),
            Value::Setting(setting) => setting.fmt(out),
            Value::Qualified(qualified) => qualified.fmt(out),
            Value::ReplicaRange(range) => write!(out, "{} to {}", range.least, range.most),
            Value::PulledImage(image) => {
                let PulledImage { image, policy } = &**image;
                write!(out, "{image}, fetched {policy}")
            }
            Value::Interface(interface) => {
                let Interface { device, prefix } = &**interface;
                write!(out, "{device} with prefix {prefix}")
            }
            Value::Servers(servers) => comma_list(out, servers),
            Value::SearchDomains(domains) if domains.is_empty() => out.write_str("none"),
            Value::SearchDomains(domains) => comma_list(out, domains),
            Value::Ownership(ownership) => ownership.fmt(out),
            Value::Argv(words) => json_list(out, words.iter().map(Text::as_str)),
            Value::Arguments(words) => json_list(out, std::iter::once("…").chain(words.iter().map(Text::as_str))),
            Value::Commands(commands) => {
                for (index, command) in commands.iter().enumerate() {
                    write!(out, "{}{command}", if index > 0 { "; " } else { "" })?;
                }
                Ok(())
            }
            Value::HttpRequest(request) => request.fmt(out),
            Value::StartProbe(probe) => {
                let StartProbe { check, period, timeout } = &**probe;
                write!(out, "{check} every {period} seconds, {timeout} to answer")
            }
            Value::PublishedPort(port) => port.fmt(out),
            Value::Mount(storage) => storage.fmt(out),
            Value::State(state) => state.fmt(out),
            Value::Answers(program) => write!(out, "answering {program}"),
        }
    }
}

impl fmt::Display for HookCommand {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HookCommand { words, directory, variables } = self;
        json_list(out, words.iter().map(String::as_str))?;
        if let Some(directory) = directory {
            write!(out, " in {directory}")?;
        }
        if !variables.is_empty() {
            write!(out, " with {}", variables.join(" "))?;
        }
        Ok(())
    }
}

impl fmt::Display for HttpRequest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HttpRequest { scheme, path, port } = self;
        write!(out, "a request for {path} at port {port}")?;
        if scheme == "http" { Ok(()) } else { write!(out, " over {scheme}") }
    }
}

impl fmt::Display for PublishedPort {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let destination = self.destination();
        match &self.listener {
            Listener::Host(address) => write!(out, "{address} to {destination}"),
            Listener::NodeOnly => write!(out, "the node alone, to {destination}"),
            Listener::HostAndNode { host, node } => write!(out, "{host} and the node's {node} to {destination}"),
        }
    }
}

impl PublishedPort {
    /// Returns the port of the container as text, and whether connections are denied.
    #[must_use]
    pub fn destination(&self) -> String {
        let denied = if self.denied { ", where a policy lets nobody in" } else { "" };
        format!("{}{denied}", self.target)
    }
}

impl fmt::Display for MountedStorage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MountedStorage { origin, subpath, file, on_disk, access, propagation } = self;
        write!(out, "{origin}{}", if *on_disk { " on the node's disk" } else { "" })?;
        if let Some(subpath) = subpath {
            write!(out, "/{subpath}")?;
        }
        out.write_str(match access {
            Some(Access::ReadOnly) => ", read-only",
            Some(Access::Writable) => ", writable",
            None => "",
        })?;
        out.write_str(match propagation {
            Propagation::Private => "",
            Propagation::FromHost => ", propagating inward",
            Propagation::Bidirectional => ", propagating both ways",
        })?;
        file.as_ref().map_or(Ok(()), |file| write!(out, ", `{file}` in it"))
    }
}

impl fmt::Display for StorageOrigin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StorageOrigin::Own => out.write_str("storage of its own"),
            StorageOrigin::Empty => out.write_str("empty storage"),
            StorageOrigin::Memory(None) => out.write_str("memory"),
            StorageOrigin::Memory(Some(bytes)) => write!(out, "memory of at most {}", bytes_in_units(*bytes)),
            StorageOrigin::Volume(key) => write!(out, "the volume `{key}`"),
            StorageOrigin::SharedMemory(key) => write!(out, "the volume `{key}` in memory"),
            StorageOrigin::Claim(name) => write!(out, "the claim `{name}`"),
            StorageOrigin::Host(path) => out.write_str(path),
            StorageOrigin::Node(path) => write!(out, "{path} of the node"),
            StorageOrigin::Image { reference, pull: None } => write!(out, "the image {reference}"),
            StorageOrigin::Image { reference, pull: Some(pull) } => {
                write!(out, "the image {reference}, fetched {pull}")
            }
            StorageOrigin::Nfs { server, path } => write!(out, "{server}:{path} of the network"),
            StorageOrigin::CopyOf(path) => write!(out, "a copy of {path}"),
            StorageOrigin::DirectoryWithCopy(path) => write!(out, "a folder that has a copy of {path}"),
            StorageOrigin::EntryBesideCopy { entry, path, file } => {
                write!(out, "`{entry}` of a folder that has a copy of {path} as `{file}`")
            }
            StorageOrigin::File(kind, key) => write!(out, "the {kind} `{key}`"),
            StorageOrigin::DirectoryWith(kind, key) => write!(out, "a folder with the {kind} `{key}`"),
            StorageOrigin::EntryOf(kind, key, entry) => write!(out, "`{entry}` of the {kind} `{key}`"),
            StorageOrigin::NothingOf(kind, key) => write!(out, "nothing of the {kind} `{key}`"),
            StorageOrigin::Object { kind, name, entry: None } => write!(out, "the {kind} `{name}`"),
            StorageOrigin::Object { kind, name, entry: Some(entry) } => write!(out, "the {kind} `{name}`, {entry}"),
            StorageOrigin::SeveralObjects => out.write_str("several ConfigMaps and Secrets in one"),
            StorageOrigin::DownwardApi => out.write_str("what the cluster knows of the pod"),
            StorageOrigin::Driver => out.write_str("storage of a driver of its own"),
            StorageOrigin::Undefined(name) => write!(out, "`{name}`, which is no volume of the pod"),
            StorageOrigin::OtherType(name) => out.write_str(name),
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            FileKind::Config => "config",
            FileKind::Secret => "secret",
        })
    }
}

impl fmt::Display for ServiceState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            ServiceState::Started => "started",
            ServiceState::StartedLater => "started later",
            ServiceState::NotStarted => "started, which nobody does",
            ServiceState::Healthy => "healthy",
            ServiceState::ProbablyHealthy => "something like healthy",
            ServiceState::Completed => "completed",
            ServiceState::Reachable => "reachable",
            ServiceState::NeverFound => "found, which it never is",
        })
    }
}

/// Returns bytes in the largest unit that leaves no remainder.
fn bytes_in_units(bytes: u64) -> String {
    let units: [(u64, &str); 6] =
        [(1 << 30, "Gi"), (1 << 20, "Mi"), (1_000_000_000, "G"), (1_000_000, "M"), (1 << 10, "Ki"), (1000, "k")];
    let whole = units.into_iter().find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit));
    whole.map_or_else(|| bytes.to_string(), |(unit, name)| format!("{}{name}", bytes / unit))
}

/// Returns thousandths of a processor as processors.
fn processors(thousandths: u64) -> String {
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Writes values with commas between them.
fn comma_list<T: fmt::Display>(out: &mut fmt::Formatter<'_>, values: &[T]) -> fmt::Result {
    for (index, value) in values.iter().enumerate() {
        write!(out, "{}{value}", if index > 0 { ", " } else { "" })?;
    }
    Ok(())
}

/// Writes a list of strings as JSON.
fn json_list<'a>(out: &mut fmt::Formatter<'_>, words: impl Iterator<Item = &'a str>) -> fmt::Result {
    let words: Vec<&str> = words.collect();
    out.write_str(&serde_json::to_string(&words).unwrap_or_default())
}

impl Subject {
    /// Returns the subject as text.
    #[must_use]
    pub fn rendered(&self) -> Cow<'_, str> {
        match self {
            Subject::Named(name) => Cow::Borrowed(name),
            Subject::Port(port) => Cow::Owned(port.to_string()),
            Subject::All => Cow::Borrowed("*"),
        }
    }
}

impl fmt::Display for PortSubject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PortSubject { name, number, protocol } = self;
        if let Some(name) = name {
            write!(out, "{name}:")?;
        }
        write!(out, "{number}/{protocol}")
    }
}

impl Kind {
    /// The verb that follows [`Fact::topic_phrase`].
    #[must_use]
    pub fn verb(self) -> &'static str {
        let many = matches!(self, Kind::NameServers | Kind::SearchDomains | Kind::ServiceVariables | Kind::Credentials);
        if many { "are" } else { "is" }
    }
}

impl Fact {
    /// Returns the value in the form in which it may be shown.
    #[must_use]
    pub fn shown_value(&self) -> Cow<'_, str> {
        match &self.hidden {
            Some(instead) => Cow::Borrowed(instead),
            None => self.value.rendered(),
        }
    }

    /// Returns the service, or the service and its `pre_start` command; nothing if the fact is about the cluster.
    #[must_use]
    pub fn owner(&self) -> Cow<'_, str> {
        match self.pre_start {
            Some(index) => Cow::Owned(format!("{}, pre-start-{}", self.service, index + 1)),
            None => Cow::Borrowed(&self.service),
        }
    }

    /// Returns the fact as a sentence without a full stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        let owner = if self.service.is_empty() { "the cluster".to_owned() } else { format!("`{}`", self.owner()) };
        format!("{owner} {}", self.filled(self.kind.sentence_pattern()))
    }

    /// Returns a noun phrase for what the fact is about, without its value: "the variable `X` of `web`".
    #[must_use]
    pub fn topic_phrase(&self) -> String {
        let what = self.filled(self.kind.noun_pattern());
        if self.service.is_empty() {
            format!("{what} of the cluster")
        } else if let Some(question) = what.strip_prefix("whether it ") {
            format!("whether `{}` {question}", self.owner())
        } else {
            format!("{what} of `{}`", self.owner())
        }
    }

    fn filled(&self, pattern: &str) -> String {
        fill(pattern, &self.subject.rendered(), &self.shown_value())
    }
}

/// Returns a value in backticks, unless it has some of its own; an empty one is two quotation marks.
pub(crate) fn in_backticks(text: &str) -> Cow<'_, str> {
    if text.is_empty() {
        return Cow::Borrowed("`\"\"`");
    }
    if text.contains('`') { Cow::Borrowed(text) } else { Cow::Owned(format!("`{text}`")) }
}

/// Puts the subject for `{subject}` and the value for `{value}` in a pattern.
fn fill(pattern: &str, subject: &str, value: &str) -> String {
    // One pass, so that a value that holds `{subject}` stays as it is.
    let mut filled = String::with_capacity(pattern.len() + subject.len() + value.len());
    let mut rest = pattern;
    while let Some(at) = rest.find('{') {
        let (before, after) = rest.split_at(at);
        filled.push_str(before);
        if let Some(after) = after.strip_prefix("{subject}") {
            filled.push_str(&in_backticks(subject));
            rest = after;
        } else if let Some(after) = after.strip_prefix("{value}") {
            filled.push_str(&in_backticks(value));
            rest = after;
        } else {
            filled.push('{');
            rest = after.get(1..).unwrap_or_default();
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::facts::{Ownership, OwnershipChange, ServerAddress};

    #[test]
    fn a_value_that_looks_like_a_pattern_is_left_alone() {
        assert_eq!(fill("has {subject} = {value}", "{value}", "{subject}"), "has `{value}` = `{subject}`");
        assert_eq!(fill("{x} {of", "a", "b"), "{x} {of");
        assert_eq!(fill("{value}", "", "the config `a`"), "the config `a`");
    }

    #[test]
    fn values_are_rendered() {
        assert_eq!(Value::arguments(["a \"b\""]).rendered(), r#"["…","a \"b\""]"#);
        let servers = [ServerAddress::Address("10.0.0.1".into()), ServerAddress::Cluster];
        assert_eq!(Value::servers(servers).rendered(), "10.0.0.1, the cluster");
        assert_eq!(Value::search_domains([]).rendered(), "none");
        let mode = Ownership { owner: None, mode: Some(OwnershipChange::To("755".into())) };
        assert_eq!(Value::from(mode.clone()).rendered(), "mode 755");
        let both = Ownership { owner: Some(OwnershipChange::NotPermitted), ..mode };
        assert_eq!(Value::from(both).rendered(), "nobody new: the rights for it are missing, mode 755");
        assert_eq!(Subject::port_at("web", 80, "tcp").rendered(), "web:80/tcp");
        let port = PublishedPort { listener: Listener::NodeOnly, target: Value::Number(80), denied: true };
        assert_eq!(port.to_string(), "the node alone, to 80, where a policy lets nobody in");
    }
}
