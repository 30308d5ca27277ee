//! [`Value`]: what a fact states, in a form that is compared without reading text. `wording/` renders it.
//!
//! Invariant: a value has the size of a short text. A project has many facts, and most of their values are short texts. A
//! variant with more than 16 bytes of its own would need a tag beside the text.

use super::setting::{
    Interface, Ownership, PullPolicy, PulledImage, Qualified, Qualifier, ReplicaRange, SearchDomain, ServerAddress,
    Setting,
};
use super::storage::MountedStorage;
use crate::parse::Text;
use crate::sensitive::{Sensitive, UNKNOWN_MARK};

/// The value of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text from the Compose file or the manifests: an image reference, a path, the value of a variable.
    Text(Text),
    /// A value from outside the Compose files, or of a Secret. It is compared with texts, but never shown.
    Sensitive(Box<Sensitive>),
    /// Any value. Only an alternative is one.
    Any,
    /// Yes or no.
    Flag(bool),
    /// A count, a port, or a duration in seconds.
    Number(i64),
    /// A number of bytes.
    Bytes(u64),
    /// Thousandths of a processor.
    MilliCpu(u64),
    /// The mode of a file.
    FileMode(u32),
    /// A value from a closed set.
    Setting(Setting),
    /// A text with an addition.
    Qualified(Box<Qualified>),
    /// The limits of a `HorizontalPodAutoscaler`.
    ReplicaRange(Box<ReplicaRange>),
    /// An image with a pull policy.
    PulledImage(Box<PulledImage>),
    /// An address of a network interface.
    Interface(Box<Interface>),
    /// Name servers, or the addresses of a name.
    Servers(Box<[ServerAddress]>),
    /// Search domains; none if the list is empty.
    SearchDomains(Box<[SearchDomain]>),
    /// The owner and the mode of a volume.
    Ownership(Box<Ownership>),
    /// A command with its arguments.
    Argv(Box<[Text]>),
    /// Arguments that follow the entrypoint of the image.
    Arguments(Box<[Text]>),
    /// Commands that run one after the other.
    Commands(Box<[HookCommand]>),
    /// An HTTP request of a probe.
    HttpRequest(Box<HttpRequest>),
    /// A probe that runs until the program has started.
    StartProbe(Box<StartProbe>),
    /// How a port of the host reaches a service.
    PublishedPort(Box<PublishedPort>),
    /// What is mounted at a path.
    Mount(Box<MountedStorage>),
    /// The state of another service.
    State(ServiceState),
    /// Another service answers this program.
    Answers(&'static str),
}

/// The state of a service that another one waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceState {
    /// It has started.
    Started,
    /// The scripts start it only later.
    StartedLater,
    /// The scripts do not start it.
    NotStarted,
    /// Its health check succeeds.
    Healthy,
    /// An init container waits for a name that resolves when the service is healthy, but does not check the address.
    ProbablyHealthy,
    /// It has run to completion.
    Completed,
    /// It accepts connections.
    Reachable,
    /// An init container waits for a name that never resolves.
    NeverFound,
}

/// A command with the directory and the variables that only it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookCommand {
    /// The command and its arguments.
    pub words: Vec<String>,
    /// The working directory.
    pub directory: Option<String>,
    /// The variables, as `NAME=VALUE`.
    pub variables: Vec<String>,
}

/// An HTTP request of a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `http` or `https`.
    pub scheme: Text,
    /// The path, with its leading slash.
    pub path: Text,
    /// The number or the name of the port.
    pub port: Text,
}

/// A probe that runs until the program has started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartProbe {
    /// The command or the request.
    pub check: Value,
    /// Seconds between two checks.
    pub period: i64,
    /// Seconds until a check fails.
    pub timeout: i64,
}

/// How a port of the host reaches a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedPort {
    /// Where connections are accepted.
    pub listener: Listener,
    /// The port of the container: a number, or a name that no container defines.
    pub target: Value,
    /// Whether a NetworkPolicy denies connections from outside the cluster.
    pub denied: bool,
}

/// Where connections to a published port are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listener {
    /// At an address of the host.
    Host(Text),
    /// Only at the node: no port of the host is mapped to it.
    NodeOnly,
    /// At an address of the host, and then at an address of the node.
    HostAndNode {
        /// The address of the host.
        host: Text,
        /// The address of the node.
        node: Text,
    },
}

impl Value {
    /// Returns a command with its arguments.
    #[must_use]
    pub fn argv(words: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        Value::Argv(words.into_iter().map(Into::into).collect())
    }

    /// Returns arguments that follow the entrypoint of the image.
    #[must_use]
    pub fn arguments(words: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        Value::Arguments(words.into_iter().map(Into::into).collect())
    }

    /// Returns a text with an addition.
    #[must_use]
    pub fn qualified(text: impl Into<Text>, qualifier: Qualifier) -> Self {
        Value::Qualified(Box::new(Qualified { text: text.into(), qualifier }))
    }

    /// Returns name servers, or the addresses of a name.
    #[must_use]
    pub fn servers(servers: impl IntoIterator<Item = ServerAddress>) -> Self {
        Value::Servers(servers.into_iter().collect())
    }

    /// Returns search domains.
    #[must_use]
    pub fn search_domains(domains: impl IntoIterator<Item = SearchDomain>) -> Self {
        Value::SearchDomains(domains.into_iter().collect())
    }

    /// Returns a number; one that does not fit is the largest that does.
    #[must_use]
    pub fn number(number: impl TryInto<i64>) -> Self {
        Value::Number(number.try_into().unwrap_or(i64::MAX))
    }

    /// Whether a word of a command contains a value that is not known.
    #[must_use]
    pub fn has_unknown_word(&self) -> bool {
        let is_unknown = |word: &str| word.contains(UNKNOWN_MARK);
        match self {
            Value::Argv(words) | Value::Arguments(words) => words.iter().any(|word| is_unknown(word)),
            Value::Commands(commands) => commands
                .iter()
                .any(|command| command.words.iter().chain(&command.variables).any(|word| is_unknown(word))),
            Value::StartProbe(probe) => probe.check.has_unknown_word(),
            Value::Text(_)
            | Value::Sensitive(_)
            | Value::Any
            | Value::Flag(_)
            | Value::Number(_)
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
            | Value::HttpRequest(_)
            | Value::PublishedPort(_)
            | Value::Mount(_)
            | Value::State(_)
            | Value::Answers(_) => false,
        }
    }

    /// Returns the port of the host, if the value is one.
    #[must_use]
    pub fn as_published_port(&self) -> Option<&PublishedPort> {
        if let Value::PublishedPort(port) = self { Some(port) } else { None }
    }

    /// Returns the storage that is mounted, if the value is that.
    #[must_use]
    pub fn as_mount(&self) -> Option<&MountedStorage> {
        if let Value::Mount(storage) = self { Some(storage) } else { None }
    }

    /// Returns the addresses of a name, or name servers; none of another value.
    #[must_use]
    pub fn as_servers(&self) -> &[ServerAddress] {
        if let Value::Servers(servers) = self { servers } else { &[] }
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Value::Text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text.into())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Value::Text(text.into())
    }
}

impl From<&Text> for Value {
    fn from(text: &Text) -> Self {
        Value::Text(text.clone())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.into())
    }
}

impl From<Sensitive> for Value {
    fn from(value: Sensitive) -> Self {
        Value::Sensitive(Box::new(value))
    }
}

impl From<MountedStorage> for Value {
    fn from(storage: MountedStorage) -> Self {
        Value::Mount(Box::new(storage))
    }
}

impl From<ServiceState> for Value {
    fn from(state: ServiceState) -> Self {
        Value::State(state)
    }
}

impl From<Setting> for Value {
    fn from(setting: Setting) -> Self {
        Value::Setting(setting)
    }
}

impl From<PullPolicy> for Value {
    fn from(policy: PullPolicy) -> Self {
        match policy {
            PullPolicy::Always => Value::Setting(Setting::Always),
            PullPolicy::Never => Value::Setting(Setting::Never),
            PullPolicy::WhenAbsent => Value::Setting(Setting::WhenAbsent),
            PullPolicy::Unknown(text) => Value::Text(text),
        }
    }
}

impl From<Ownership> for Value {
    fn from(ownership: Ownership) -> Self {
        Value::Ownership(Box::new(ownership))
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Flag(flag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_as_large_as_a_text() {
        assert_eq!(size_of::<Value>(), size_of::<Text>());
    }
}
