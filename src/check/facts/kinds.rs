//! [`Kind`]: the closed list of what is compared. Each kind has a name, a topic and its wording in sentences.

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $topic:ident $name:ident $word:literal $what:literal, $phrase:literal;)+) => {
        /// The kinds of facts. The documentation of each one describes its value.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($(#[doc = $doc])+ $name),+ }

        impl Kind {
            /// Every kind, topic by topic.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),+];

            /// The stable name, in JSON and in `compose2k8s explain facts`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Kind::$name => $word),+ }
            }

            /// The topic: `process`, `networks`, `volumes`, `order` or `health`.
            #[must_use]
            pub fn topic(self) -> &'static str {
                match self { $(Kind::$name => stringify!($topic)),+ }
            }

            /// A sentence about the value.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Kind::$name => concat!($($doc),+)),+ }
            }

            pub(super) fn noun_pattern(self) -> &'static str {
                match self { $(Kind::$name => $what),+ }
            }

            pub(super) fn sentence_pattern(self) -> &'static str {
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
    process Variable "variable" "the variable {subject}", "has the variable {subject} = {value}";
    /// The folder in which the process starts.
    process WorkingDirectory "working-directory" "the working directory", "starts in {value}";
    /// The user, `uid` or `uid:gid`.
    process User "user" "the user", "runs as {value}";
    /// A further group.
    process Group "group" "the group {subject}", "is in the group {subject}";
    /// Whether it is in the groups that the image's /etc/group gives its user.
    process ImageGroups "image-groups" "the groups of the image", "is in the groups that the image gives its user: {value}";
    /// Whether it has a terminal.
    process Terminal "terminal" "the terminal", "has a terminal: {value}";
    /// Whether its standard input stays open.
    process Stdin "stdin" "the standard input", "keeps its standard input open: {value}";
    /// Whether it may do everything the machine can.
    process Privileged "privileged" "the privilege", "is privileged: {value}";
    /// Whether its root file system is read-only.
    process ReadOnlyRoot "read-only-root" "the root file system", "has a read-only root file system: {value}";
    /// A capability, `added` or `dropped`.
    process Capability "capability" "the capability {subject}", "has the capability {subject} {value}";
    /// What else confines it: `seccomp`, `apparmor`, `selinux`, `no-new-privileges`.
    process Security "security" "the confinement by {subject}", "is confined by {subject}: {value}";
    /// A kernel parameter of its own network or IPC namespace.
    process Sysctl "sysctl" "the kernel parameter {subject}", "has the kernel parameter {subject} = {value}";
    /// A namespace that it shares: `processes`, `ipc`, `users`; with `the machine` or another container.
    process Shares "shares" "the {subject} namespace", "shares {subject} with {value}";
    /// The most it may use of `cpu`, of `memory` in the largest unit without remainder, of `processes`.
    process Limit "limit" "the limit of {subject}", "may use at most {value} of {subject}";
    /// What is set aside for it.
    process Reservation "reservation" "the reservation of {subject}", "has {value} of {subject} set aside";
    /// The signal that asks it to end.
    process StopSignal "stop-signal" "the stop signal", "is asked to end by {value}";
    /// Seconds from being asked to end to being killed.
    process StopGrace "stop-grace" "the grace period", "is killed {value} seconds after it was asked to end";
    /// A command run beside it, `after start` or `before stop`, as a JSON list.
    process Hook "hook" "the command {subject}", "has run in it {subject}: {value}";
    /// A device of the machine.
    process Device "device" "the device {subject}", "has the device {subject}: {value}";
    /// The platform it runs on: `os` or `architecture`.
    process Platform "platform" "the platform's {subject}", "runs on the {subject} {value}";
    /// The container runtime.
    process Runtime "runtime" "the runtime", "runs under {value}";
    /// A label that others read: its name and text.
    process Label "label" "the label {subject}", "carries the label {subject} = {value}";
    /// Variables with the addresses of other services, which nobody wrote.
    process ServiceVariables "service-variables" "the variables about other services", "has variables about other services: {value}";
    /// Credentials of the cluster's API in its files.
    process Credentials "credentials" "the cluster's credentials", "has the cluster's credentials mounted: {value}";
    /// A container of no service beside it; the image.
    process Beside "beside" "the further container {subject}", "has the container {subject} beside it, of image {value}";
    /// A command of no known purpose that runs before it.
    process Before "before" "the preparation {subject}", "has {subject} run before it: {value}";
    /// The image of the containers that prepare its start.
    process HelperImage "helper-image" "the helper image", "is prepared by the image {value}";
    /// A name by which others find it.
    networks Name "name" "the name {subject}", "is found under the name {subject}";
    /// A name that works while its health is not yet known, too.
    networks NameUnready "name-unready" "whether it is found under {subject} before it is healthy", "is found under {subject} before it is healthy: {value}";
    /// A name under which every port answers, listed or not.
    networks NameOpen "name-open" "whether it answers on unlisted ports under {subject}", "answers on every port under the name {subject}: {value}";
    /// An address at which others reach it.
    networks Dialled "dialled" "the address {subject}", "is reached at the address {subject}";
    /// An address that its own processes may bind: the interface and the prefix length.
    networks Address "address" "the own address {subject}", "has the address {subject} for itself on {value}";
    /// A port listed under a name, `NAME:PORT/PROTOCOL`; the value is the port it leads to.
    networks Port "port" "the port {subject}", "is reached at {subject}, which leads to its port {value}";
    /// A port of the host, `PORT/PROTOCOL`; the value is `ADDRESS to PORT`.
    networks Published "published" "the published port {subject}", "is published on the host's port {subject}: {value}";
    /// A name that only it knows, and the address.
    networks Host "host" "the address of {subject}", "finds the name {subject} at {value}";
    /// Its own host name.
    networks HostName "host-name" "the host name", "calls its host {value}";
    /// Whom it asks for names: `the cluster`, `the machine`, or addresses. `the project` is a resolver that answers the
    /// project's names and asks those after it for all others.
    networks NameServers "name-servers" "the name servers", "asks {value} for names";
    /// The servers that answer queries to the address of Docker's own, as in `name-servers`.
    networks DockerDns "docker-dns" "the server at {subject}", "has queries to {subject} answered by {value}";
    /// Domains tried behind a short name; `its own` is where the project's names live.
    networks SearchDomains "search-domains" "the search domains", "completes names with {value}";
    /// An option of its resolver.
    networks ResolverOption "resolver-option" "the resolver option {subject}", "has the resolver option {subject} = {value}";
    /// Who talks to it: `nobody` when it has no network.
    networks Isolated "isolated" "the isolation", "is reached by, and reaches, {value}";
    /// The services that cannot reach it, because they share no network with it.
    networks OutOfReach "out-of-reach" "the separation", "is out of reach for {value}";
    /// A port of it that services cannot reach which reach others.
    networks PortOutOfReach "port-out-of-reach" "the separation of its port {subject}", "keeps its port {subject} out of reach for {value}";
    /// How much it reaches outside the project's networks, where that is not everything: `nothing`, or `not everything`.
    networks Outward "outward" "the way out", "reaches {value} outside its networks";
    /// It lives in another's network: `the machine` or a service.
    networks SharesNetwork "shares-network" "the shared network", "lives in the network of {value}";
    /// The addresses of services.
    networks ServiceRange "service-range" "the range of service addresses", "gives services addresses of {value}";
    /// The addresses of containers.
    networks PodRange "pod-range" "the range of container addresses", "gives containers addresses of {value}";
    /// What becomes of a connection to a service's undeclared port: `nftables` refuses, `iptables` is silent.
    networks ProxyMode "proxy-mode" "the service proxy", "leads to services by {value}";
    /// The image of the machine that the cluster runs on.
    networks NodeImage "node-image" "the node's image", "has nodes of the image {value}";

    /// What lies at a path and whether it may be written.
    volumes Mount "mount" "the mount at {subject}", "sees at {subject}: {value}";
    /// The mode of a config's or secret's file, in octal digits.
    volumes MountMode "mount-mode" "the mode of {subject}", "sees at {subject} a file of the mode {value}";
    /// What the host must have there for a mount, or gets: `File`, `DirectoryOrCreate` and their like.
    volumes HostType "host-type" "what the host must have for {subject}", "has at {subject} of the host a {value}";
    /// Owner and mode that it gives a shared volume.
    volumes VolumeOwner "volume-owner" "the owner of the volume {subject}", "gives the volume {subject} to {value}";
    /// A shared volume that it empties before it starts.
    volumes VolumeEmptied "volume-emptied" "the emptying of the volume {subject}", "finds the volume {subject} empty: {value}";
    /// The files that a new volume at the path starts with.
    volumes FirstContent "first-content" "the first content of {subject}", "has at {subject}, where the volume is empty, {value}";
    /// A folder of the host as the node sees it.
    volumes NodeMount "node-mount" "the node's {subject}", "has at {subject} the host's {value}";

    /// Another service that must have come so far before it starts: `healthy` or `completed`.
    order WaitsFor "waits-for" "the wait for {subject}", "waits until {subject} is {value}";
    /// Another service that the scripts have come so far before they start it: `started`, `healthy` or `completed`.
    order StartsAfter "starts-after" "the start after {subject}", "starts after {subject} is {value}";
    /// How many of it run.
    order Replicas "replicas" "the number of copies", "runs {value} times";
    /// Whether it starts with the others or only when asked for.
    order Started "started" "the start", "starts {value}";
    /// When its next version starts: `after its end`, or `while it still runs`.
    order Renewal "renewal" "the start of the next version", "has its next version started {value}";
    /// The longest time between two starts of a container that ends again and again.
    order RestartLimit "restart-limit" "the time between restarts", "waits at most {value} before it starts a container again";
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
    /// Whether the image decides the value if the Compose file has none.
    #[must_use]
    pub fn image_may_say(self) -> bool {
        matches!(self, Kind::Argv | Kind::WorkingDirectory | Kind::User | Kind::StopSignal | Kind::Probe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let mut words: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Kind::ALL.len());
    }
}
