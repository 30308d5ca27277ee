//! [`Fact`]: a claim about a service, in the words of neither side.
//!
//! The list of [`Kind`]s is closed: what is not on it is not compared. `compose2k8s facts` prints both sides' facts, so
//! that a person can compare them by eye.
//!
//! Invariant: a sentence is built from a fact alone; it names neither a Compose key nor a Kubernetes field.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::text::Span;

/// One claim about a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The Compose service; empty for a claim about the cluster as a whole.
    pub service: String,
    /// What sort of claim.
    pub kind: Kind,
    /// Which one of the sort: a variable's name, a path, a port. Empty where there can be but one.
    pub of: String,
    /// What is claimed, in the kind's own words (see [`Kind::about`]).
    pub value: String,
    /// Other values that mean the same, `*` for every value; only the Compose side has some.
    pub also: Vec<String>,
    /// What follows when the other side is silent.
    pub force: Force,
    /// Why the value cannot be held against another one, where it cannot.
    pub unclear: Option<String>,
    /// What stands in sentences instead of the value, where the value is nobody's business.
    pub hidden: Option<String>,
    /// The bytes that lie there, as far as they are known: they decide, not the words for them.
    pub held: Option<Held>,
    /// Where it is said.
    pub span: Span,
}

/// Bytes behind a claim. They are compared and never shown: they may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// A file's.
    File(Vec<u8>),
    /// Those of a folder's files, by their paths below it.
    Folder(BTreeMap<String, Vec<u8>>),
    /// Those of a file or folder of the host, read when they are needed.
    OnDisk(PathBuf),
}

/// What follows when the other side says nothing of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Force {
    /// A finding.
    Must,
    /// Nobody wrote it: it is what Compose, or Kubernetes, does unasked. A finding in manifests that claim to be this
    /// program's, which neutralise such defaults; nothing in others, whose authors never thought of it.
    Default,
    /// Nothing: the claim only counts where both sides make it.
    May,
}

impl Force {
    /// Its word in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Force::Must => "must",
            Force::Default => "default",
            Force::May => "may",
        }
    }
}

impl Fact {
    /// A claim that the other side must make too.
    #[must_use]
    pub fn must(kind: Kind, of: impl Into<String>, value: impl Into<String>, span: Span) -> Self {
        let (of, value) = (of.into(), value.into());
        Self {
            service: String::new(),
            kind,
            of,
            value,
            also: Vec::new(),
            force: Force::Must,
            unclear: None,
            hidden: None,
            held: None,
            span,
        }
    }

    /// A claim that nobody wrote.
    #[must_use]
    pub fn default(kind: Kind, of: impl Into<String>, value: impl Into<String>, span: Span) -> Self {
        Self { force: Force::Default, ..Self::must(kind, of, value, span) }
    }

    /// A claim that counts only where the other side makes one too.
    #[must_use]
    pub fn may(kind: Kind, of: impl Into<String>, value: impl Into<String>, span: Span) -> Self {
        Self { force: Force::May, ..Self::must(kind, of, value, span) }
    }

    /// The same claim with another value that means the same.
    #[must_use]
    pub fn or(mut self, value: impl Into<String>) -> Self {
        self.also.push(value.into());
        self
    }

    /// The same claim, whose value cannot be compared.
    #[must_use]
    pub fn unclear(mut self, why: impl Into<String>) -> Self {
        self.unclear = Some(why.into());
        self
    }

    /// The same claim with another force.
    #[must_use]
    pub fn with(mut self, force: Force) -> Self {
        self.force = force;
        self
    }

    /// The same claim, with the bytes behind it.
    #[must_use]
    pub fn holding(mut self, held: Option<Held>) -> Self {
        self.held = held;
        self
    }

    /// The value as people are shown it.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.hidden.as_deref().unwrap_or(&self.value)
    }

    /// The claim as one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let subject = if self.service.is_empty() { "the cluster".to_owned() } else { format!("`{}`", self.service) };
        format!("{subject} {}", fill(self.kind.phrase(), &self.of, self.shown()))
    }

    /// What the claim is about, without its value: `the variable X of web`.
    #[must_use]
    pub fn subject(&self) -> String {
        let what = fill(self.kind.what(), &self.of, self.shown());
        if self.service.is_empty() {
            format!("{what} of the cluster")
        } else if let Some(question) = what.strip_prefix("whether it ") {
            format!("whether `{}` {question}", self.service)
        } else {
            format!("{what} of `{}`", self.service)
        }
    }
}

impl Kind {
    /// The verb that follows [`Fact::subject`].
    #[must_use]
    pub fn verb(self) -> &'static str {
        let many = matches!(self, Kind::NameServers | Kind::SearchDomains | Kind::ServiceVariables | Kind::Credentials);
        if many { "are" } else { "is" }
    }
}

/// A value in backticks, unless it has some of its own; an empty one as two quotes.
pub(super) fn quoted(text: &str) -> Cow<'_, str> {
    if text.is_empty() {
        return Cow::Borrowed("`\"\"`");
    }
    if text.contains('`') { Cow::Borrowed(text) } else { Cow::Owned(format!("`{text}`")) }
}

fn fill(pattern: &str, of: &str, value: &str) -> String {
    // One pass, so that a value that holds `{of}` stays as it is.
    let mut filled = String::with_capacity(pattern.len() + of.len() + value.len());
    let mut rest = pattern;
    while let Some(at) = rest.find('{') {
        let (before, after) = rest.split_at(at);
        filled.push_str(before);
        if let Some(after) = after.strip_prefix("{of}") {
            filled.push_str(&quoted(of));
            rest = after;
        } else if let Some(after) = after.strip_prefix("{value}") {
            filled.push_str(&quoted(value));
            rest = after;
        } else {
            filled.push('{');
            rest = after.get(1..).unwrap_or_default();
        }
    }
    filled.push_str(rest);
    filled
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $topic:ident $name:ident $word:literal $what:literal, $phrase:literal;)+) => {
        /// The sorts of claims. Each one's documentation says what its value is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($(#[doc = $doc])+ $name),+ }

        impl Kind {
            /// Every kind, topic by topic.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),+];

            /// Its stable name, in JSON and in `compose2k8s explain facts`.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Kind::$name => $word),+ }
            }

            /// Which of the five topics it belongs to.
            #[must_use]
            pub fn topic(self) -> &'static str {
                match self { $(Kind::$name => stringify!($topic)),+ }
            }

            /// What the claim and its value mean.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Kind::$name => concat!($($doc),+)),+ }
            }

            fn what(self) -> &'static str {
                match self { $(Kind::$name => $what),+ }
            }

            fn phrase(self) -> &'static str {
                match self { $(Kind::$name => $phrase),+ }
            }
        }
    };
}

kinds! {
    /// The image's reference, as a template where variables stand in it.
    process Image "image" "the image", "runs the image {value}";
    /// The image's reference with its variables, evaluated anew at every start.
    process ImageTemplate "image-template" "the image's template", "is given the image {value} when it starts";
    /// When the image is fetched: `always`, `never` or `when absent`.
    process Pull "pull" "the pulling", "fetches its image {value}";
    /// The command line as a JSON list; `…` at its front or end stands for the image's own entrypoint or command.
    process Argv "argv" "the command line", "runs {value}";
    /// An environment variable and its text.
    process Variable "variable" "the variable {of}", "has the variable {of} = {value}";
    /// The folder in which the process starts.
    process WorkingDirectory "working-directory" "the working directory", "starts in {value}";
    /// The user, `uid` or `uid:gid`.
    process User "user" "the user", "runs as {value}";
    /// A further group.
    process Group "group" "the group {of}", "is in the group {of}";
    /// Whether it has a terminal.
    process Terminal "terminal" "the terminal", "has a terminal: {value}";
    /// Whether its standard input stays open.
    process Stdin "stdin" "the standard input", "keeps its standard input open: {value}";
    /// Whether it may do everything the machine can.
    process Privileged "privileged" "the privilege", "is privileged: {value}";
    /// Whether its root file system is read-only.
    process ReadOnlyRoot "read-only-root" "the root file system", "has a read-only root file system: {value}";
    /// A capability, `added` or `dropped`.
    process Capability "capability" "the capability {of}", "has the capability {of} {value}";
    /// What else confines it: `seccomp`, `apparmor`, `selinux`, `no-new-privileges`.
    process Security "security" "the confinement by {of}", "is confined by {of}: {value}";
    /// A kernel parameter of its own network or IPC namespace.
    process Sysctl "sysctl" "the kernel parameter {of}", "has the kernel parameter {of} = {value}";
    /// A namespace that it shares: `processes`, `ipc`, `users`; with `the machine` or another container.
    process Shares "shares" "the {of} namespace", "shares {of} with {value}";
    /// The most it may use of `cpu`, of `memory` in the largest unit without remainder, of `processes`.
    process Limit "limit" "the limit of {of}", "may use at most {value} of {of}";
    /// What is set aside for it.
    process Reservation "reservation" "the reservation of {of}", "has {value} of {of} set aside";
    /// The signal that asks it to end.
    process StopSignal "stop-signal" "the stop signal", "is asked to end by {value}";
    /// Seconds from being asked to end to being killed.
    process StopGrace "stop-grace" "the grace period", "is killed {value} seconds after it was asked to end";
    /// A command run beside it, `after start` or `before stop`, as a JSON list.
    process Hook "hook" "the command {of}", "has run in it {of}: {value}";
    /// A device of the machine.
    process Device "device" "the device {of}", "has the device {of}: {value}";
    /// The platform it runs on: `os` or `architecture`.
    process Platform "platform" "the platform's {of}", "runs on the {of} {value}";
    /// The container runtime.
    process Runtime "runtime" "the runtime", "runs under {value}";
    /// A label that others read: its name and text.
    process Label "label" "the label {of}", "carries the label {of} = {value}";
    /// Variables with the addresses of other services, which nobody wrote.
    process ServiceVariables "service-variables" "the variables about other services", "has variables about other services: {value}";
    /// Credentials of the cluster's API in its files.
    process Credentials "credentials" "the cluster's credentials", "has the cluster's credentials mounted: {value}";
    /// A container of no service beside it; the image.
    process Beside "beside" "the further container {of}", "has the container {of} beside it, of image {value}";
    /// A command of no known purpose that runs before it.
    process Before "before" "the preparation {of}", "has {of} run before it: {value}";
    /// The image of the containers that prepare its start.
    process HelperImage "helper-image" "the helper image", "is prepared by the image {value}";
    /// A name by which others find it.
    networks Name "name" "the name {of}", "is found under the name {of}";
    /// A name that works while its health is not yet known, too.
    networks NameUnready "name-unready" "whether it is found under {of} before it is healthy", "is found under {of} before it is healthy: {value}";
    /// A name under which every port answers, listed or not.
    networks NameOpen "name-open" "whether it answers on unlisted ports under {of}", "answers on every port under the name {of}: {value}";
    /// An address at which others reach it.
    networks Dialled "dialled" "the address {of}", "is reached at the address {of}";
    /// An address that its own processes may bind: the interface and the prefix length.
    networks Address "address" "the own address {of}", "has the address {of} for itself on {value}";
    /// A port listed under a name, `NAME:PORT/PROTOCOL`; the value is the port it leads to.
    networks Port "port" "the port {of}", "is reached at {of}, which leads to its port {value}";
    /// A port of the host, `PORT/PROTOCOL`; the value is `ADDRESS to PORT`.
    networks Published "published" "the published port {of}", "is published on the host's port {of}: {value}";
    /// A name that only it knows, and the address.
    networks Host "host" "the address of {of}", "finds the name {of} at {value}";
    /// Its own host name.
    networks HostName "host-name" "the host name", "calls its host {value}";
    /// Whom it asks for names: `the cluster`, `the machine`, or addresses.
    networks NameServers "name-servers" "the name servers", "asks {value} for names";
    /// Domains tried behind a short name; `its own` is where the project's names live.
    networks SearchDomains "search-domains" "the search domains", "completes names with {value}";
    /// An option of its resolver.
    networks ResolverOption "resolver-option" "the resolver option {of}", "has the resolver option {of} = {value}";
    /// Who talks to it: `nobody` when it has no network.
    networks Isolated "isolated" "the isolation", "is reached by, and reaches, {value}";
    /// The services that cannot reach it, because they share no network with it.
    networks OutOfReach "out-of-reach" "the separation", "is out of reach for {value}";
    /// A port of it that services cannot reach which reach others.
    networks PortOutOfReach "port-out-of-reach" "the separation of its port {of}", "keeps its port {of} out of reach for {value}";
    /// It lives in another's network: `the machine` or a service.
    networks SharesNetwork "shares-network" "the shared network", "lives in the network of {value}";
    /// A zone of names and who answers for it.
    networks Zone "zone" "the zone {of}", "has names below {of} answered by {value}";
    /// The addresses of services.
    networks ServiceRange "service-range" "the range of service addresses", "gives services addresses of {value}";
    /// The addresses of containers.
    networks PodRange "pod-range" "the range of container addresses", "gives containers addresses of {value}";
    /// What becomes of a connection to a service's undeclared port: `nftables` refuses, `iptables` is silent.
    networks ProxyMode "proxy-mode" "the service proxy", "leads to services by {value}";
    /// The image of the machine that the cluster runs on.
    networks NodeImage "node-image" "the node's image", "has nodes of the image {value}";

    /// What lies at a path and whether it may be written.
    volumes Mount "mount" "the mount at {of}", "sees at {of}: {value}";
    /// The mode of a config's or secret's file, in octal digits.
    volumes MountMode "mount-mode" "the mode of {of}", "sees at {of} a file of the mode {value}";
    /// What the host must have there for a mount, or gets: `File`, `DirectoryOrCreate` and their like.
    volumes HostType "host-type" "what the host must have for {of}", "has at {of} of the host a {value}";
    /// Owner and mode that it gives a shared volume.
    volumes VolumeOwner "volume-owner" "the owner of the volume {of}", "gives the volume {of} to {value}";
    /// A shared volume that it empties before it starts.
    volumes VolumeEmptied "volume-emptied" "the emptying of the volume {of}", "finds the volume {of} empty: {value}";
    /// A folder of the host as the node sees it.
    volumes NodeMount "node-mount" "the node's {of}", "has at {of} the host's {value}";

    /// Another service that must have come so far before it starts: `healthy` or `completed`.
    order WaitsFor "waits-for" "the wait for {of}", "waits until {of} is {value}";
    /// Another service that the scripts have come so far before they start it: `started`, `healthy` or `completed`.
    order StartsAfter "starts-after" "the start after {of}", "starts after {of} is {value}";
    /// How many of it run.
    order Replicas "replicas" "the number of copies", "runs {value} times";
    /// Whether it starts with the others or only when asked for.
    order Started "started" "the start", "starts {value}";
    /// When its next version starts: `after its end`, or `while it still runs`.
    order Renewal "renewal" "the start of the next version", "has its next version started {value}";
    /// What follows when its process ends: `always`, `on failure`, `never`.
    order Restart "restart" "the restart", "is started again {value}";

    /// The command that asks for its health, as a JSON list.
    health Probe "probe" "the health check", "is asked for its health by {value}";
    /// Seconds between two questions.
    health ProbeInterval "probe-interval" "the interval of the health check", "is asked for its health every {value} seconds";
    /// Seconds that an answer may take.
    health ProbeTimeout "probe-timeout" "the timeout of the health check", "has {value} seconds to answer the health check";
    /// Failures in a row that make it unhealthy.
    health ProbeRetries "probe-retries" "the number of failures that count as unhealthy", "is unhealthy after {value} failures";
    /// The question while it starts: command, seconds between two of them, seconds to answer.
    health ProbeStart "probe-start" "the health check at the start", "is asked for its health while it starts by {value}";
    /// Seconds at its start in which nothing is asked.
    health ProbeDelay "probe-delay" "the delay of the health check", "is not asked for its health in its first {value} seconds";
    /// Good answers in a row that make it healthy.
    health ProbeSuccesses "probe-successes" "the number of answers that count as healthy", "is healthy after {value} good answers";
    /// When bad health ends it.
    health Killed "killed" "the end by bad health", "is killed {value}";
}

impl Kind {
    /// Whether an image says it where a Compose file is silent, so that nothing can be known from the file alone.
    #[must_use]
    pub fn image_may_say(self) -> bool {
        matches!(self, Kind::Argv | Kind::WorkingDirectory | Kind::User | Kind::StopSignal | Kind::Probe)
    }
}

/// A list of words as JSON, the form in which facts show command lines.
#[must_use]
pub fn words(list: &[String]) -> String {
    serde_json::to_string(list).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_word_of_its_own() {
        let mut words: Vec<_> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Kind::ALL.len());
    }

    #[test]
    fn a_value_that_looks_like_a_pattern_is_left_alone() {
        assert_eq!(fill("has {of} = {value}", "{value}", "{of}"), "has `{value}` = `{of}`");
        assert_eq!(fill("{x} {of", "a", "b"), "{x} {of");
        assert_eq!(fill("{value}", "", "the config `a`"), "the config `a`");
    }
}
