//! What Kubernetes cannot do, or does differently.

use crate::report::problems;
use crate::text::Span;

problems! { lower
    /// Kubernetes does not support the key. `compose2k8s explain KEY` shows the severity: it is an error if the service could
    /// not start or would be less restricted than in Docker Compose, and a warning if the service runs without the setting.
    error(acceptable) no_equivalent NoEquivalent { key: String, owner: String, advice: String, at: Vec<Span> }
        "`{key}` of {owner} is not supported by Kubernetes",
        [at "not supported"],
        help advice;
    /// The key is translated, but its effect differs from Docker Compose. `compose2k8s explain KEY` shows the severity: it is a
    /// warning if a setting is not honoured, and an error if the service would be less isolated than in Docker Compose.
    advice(acceptable) approximated Approximated { key: String, owner: String, difference: String, advice: Option<String>, at: Vec<Span> }
        "`{key}` of {owner} differs in Kubernetes: {difference}",
        [at "differs"],
        help advice;
    /// The project's name would be that of a namespace that Kubernetes keeps for itself.
    error namespace_reserved NamespaceReserved { name: String, at: Option<Span> }
        "the project's name gives the namespace `{name}`, which Kubernetes keeps for itself",
        [at "the project's name"],
        help "give the project another name: `-p NAME`, `name:` in the Compose file, or `project:` in the overrides file";
    /// Two things would be one object in Kubernetes, because their names differ only in what an object's name cannot hold.
    error name_collision NameCollision { name: String, first: String, second: String, at: Span, first_at: Span }
        "{second} and {first} would both be the object `{name}`",
        [at "falls together", first_at "with this one"],
        help "rename one of the two: object names are lower case letters, digits and dashes";
    /// Docker has one container of a name at a time.
    error container_name_twice ContainerNameTwice { name: String, first: String, second: String, at: Span, first_at: Span }
        "`{second}` and `{first}` would both be the container `{name}`",
        [at "given again here", first_at "first given here"],
        help "name one of the two otherwise, or let both have it as a network alias, which several services may share";
    /// A ClusterIP forwards listed ports only. Without `addresses: service` in the overrides, the address would be a route.
    error fixed_address_without_ports FixedAddressWithoutPorts { service: String, address: String, at: Span }
        "`{service}` has the fixed address `{address}` and no known port, and the overrides make it a ClusterIP",
        [at "reached by no port"],
        help format!("list the image's ports in the overrides file: `services: {{{service}: {{ports: [{{port: NUMBER}}]}}}}`, or remove `addresses: service`");
    /// Docker refuses an address outside the network's subnets too.
    error address_outside_network AddressOutsideNetwork { address: String, service: String, network: String, at: Span, subnets: Vec<Span> }
        "`{address}` of `{service}` lies in no subnet of `{network}`",
        [at "lies outside", subnets "the network's subnet"],
        help "give an address inside the subnet, or change the subnet";
    /// Two services have one address.
    error address_twice AddressTwice { what: String, at: Span, first_at: Span }
        "{what}",
        [at "given again here", first_at "first given here"],
        help "give one of the two another address";
    /// The cluster's own DNS and API stand at the tenth and the first address of the service subnet.
    error address_reserved AddressReserved { address: String, service: String, whose: String, subnet: String, at: Span, subnet_at: Span }
        "`{address}` of `{service}` is where {whose} stands in `{subnet}`",
        [at "taken by the cluster", subnet_at "because of this subnet"],
        help "choose a `service-subnet` in the overrides file whose first and tenth addresses no service has";
    /// An address that others dial must lie in the service subnet, from which ClusterIPs come.
    error address_outside_services AddressOutsideServices { address: String, service: String, subnet: String, at: Span, subnet_at: Span }
        "`{address}` of `{service}` lies outside the service subnet `{subnet}`",
        [at "lies outside", subnet_at "the service subnet"],
        help "widen the service subnet, or let this network's addresses be `interface`";
    /// Pods and Services need subnets that have no address in common.
    error subnets_overlap SubnetsOverlap { pods: String, services: String, at: Span }
        "the pod subnet `{pods}` overlaps the service subnet `{services}`",
        [at "overlaps"],
        help "choose another pod subnet in the overrides file";
    /// No subnet that Kubernetes takes holds all fixed addresses without putting one of them where the cluster's own DNS or
    /// API stands: its tenth and its first address.
    error no_service_subnet NoServiceSubnet { address: String, service: String, why: String, at: Span, others: Vec<Span> }
        "no service subnet holds the fixed addresses, because `{address}` of `{service}` {why}",
        [at "in the way", others "too far from this one"],
        help "change this address, or let the network's addresses be `interface` in the overrides file";
    /// The service subnet that the fixed addresses ask for is one that Docker's own networks usually have; the node would lose its way.
    warning(acceptable) subnet_of_docker SubnetOfDocker { services: String, docker: String, at: Span }
        "the service subnet `{services}` overlaps `{docker}`, which Docker's own networks usually have",
        [at "asks for it"],
        help "give the Docker network `kind` another subnet first (`docker network create --subnet 192.168.250.0/24 kind`), or the project other addresses";
    /// Docker's embedded DNS server queries a server of `dns` on the loopback device of the container. The project resolver
    /// cannot, so the pod queries the servers of `dns` directly.
    advice(acceptable) loopback_dns LoopbackDns { service: String, at: Span }
        "names of other services do not resolve in `{service}`, because its `dns` has a server in its own container",
        [at "loopback address"],
        help "nothing to do, unless the program looks up other services: then remove the loopback addresses from `dns`";
    /// Docker answers DNS queries at this address in every container. A pod redirects them to the project resolver, which a pod
    /// with a name server of its own does not use.
    warning(acceptable) docker_dns DockerDns { service: String, at: Span }
        "`{service}` names Docker's DNS server 127.0.0.11, and nothing answers at this address in its pod, because its `dns` has a server in its own container",
        [at "named here"],
        help "remove the loopback addresses from `dns`";
    /// Docker answers DNS queries at 127.0.0.11 in every container. In a pod this takes a change of its network.
    advice(acceptable) redirected_dns RedirectedDns { service: String, at: Span }
        "a privileged init container redirects queries of `{service}` to Docker's DNS server 127.0.0.11 to the project resolver",
        [at "queried here"],
        help "nothing to do; `docker-dns: false` for the service in the overrides file leaves the container out";
    /// Every distinct list of servers under `dns` needs a fixed address of the service subnet.
    error no_resolver_address NoResolverAddress { subnet: String, at: Option<Span> }
        "the service subnet `{subnet}` has no free address for the project resolver",
        [at "needs an address"],
        help "set a wider `service-subnet` under `cluster` in the overrides file";
    /// Kubernetes' hostAliases and Services take domain names only: letters, digits, dashes, dots.
    error unbearable_host_name UnbearableHostName { service: String, key: String, name: String, at: Span }
        "`{name}` in `{key}` of `{service}` is no host name for Kubernetes",
        [at "not a domain name"],
        help "use letters, digits, dashes and dots";
    /// A port of the host can be forwarded to one container port. The service that starts first keeps it; under Docker Compose the
    /// other one fails to start.
    warning(acceptable) port_published_twice PortPublishedTwice { port: String, first: String, second: String, at: Span, first_at: Span }
        "the host's port {port} is published by {first} and {second}, and is forwarded to {first} only",
        [at "not published", first_at "published here"],
        help "publish one of the two on another port of the host";
    /// Pods of one node cannot share a port of the node, and a pod does not choose another from a range as a container does.
    warning(acceptable) replicas_share_a_port ReplicasShareAPort { service: String, at: Span, replicas: Span }
        "`{service}` has several replicas and one published port: only one of them starts",
        [at "published here", replicas "several replicas"],
        help "run one replica, or give no port of the host: then all replicas are reached from inside the cluster";
    /// Docker chooses a port of the host for each start. kind's port mappings are fixed when the cluster is made.
    warning(acceptable) port_not_published PortNotPublished { service: String, at: Vec<Span> }
        "`{service}` has a port without a number on the host: it is reached from inside the cluster only",
        [at "no number"],
        help "give the port of the host: `HOST:CONTAINER`";
    /// Docker publishes no port of a container without a network, or on internal networks only.
    advice(acceptable) port_of_internal_network PortOfInternalNetwork { service: String, why: &'static str, at: Vec<Span> }
        "no port of `{service}` is published, as in Docker: the service {why}",
        [at "not published"],
        help "remove the port; or, if it should be published, add the service to a network that is not `internal`";
    /// Neither Docker nor the kubelet accepts the reference, so no container could start.
    error image_reference ImageReference { service: String, image: String, fault: &'static str, written: Option<String>, at: Span }
        "the image `{image}` of `{service}` is not a valid reference: {fault}",
        [at "{fault}"],
        help match written {
            Some(written) => format!("set the variables in `{written}`, or give them a default: `${{NAME:-VALUE}}`"),
            None => "write `[HOST[:PORT]/]NAME[:TAG][@DIGEST]`".to_owned(),
        };
    /// The image's own CMD would run without its ENTRYPOINT, and only the image knows that CMD.
    error cleared_entrypoint ClearedEntrypoint { service: String, at: Span }
        "`{service}` takes the image's entrypoint away and states no `command`",
        [at "cleared here"],
        help "state the `command`: Kubernetes cannot run an image's own command without its entrypoint";
    /// The health check of the dependency is disabled, so it never becomes healthy, in Docker Compose either.
    error health_unknown HealthUnknown { service: String, on: String, at: Span, asked: Span }
        "`{service}` waits for `{on}` to be healthy, whose health check is disabled",
        [at "waits here", asked "disabled here"],
        help "remove `disable`, or wait with `condition: service_started`";
    /// The Compose file does not contain the HEALTHCHECK of an image, and Kubernetes does not read it.
    warning(acceptable) health_of_image HealthOfImage { service: String, on: String, at: Span, asked: Span }
        "`{service}` waits only until `{on}` has started, because the health check of its image is not in the Compose file",
        [at "waits here", asked "no `healthcheck`"],
        help format!("write the image's HEALTHCHECK to `healthcheck` of `{on}`, or to `health` of its image in the overrides file");
    /// A container that Docker starts anew after every end has none that could be waited for. In Kubernetes it is a Job, which
    /// runs once.
    warning(acceptable) end_never_comes EndNeverComes { service: String, on: String, at: Span, restart: Span }
        "`{service}` waits for the end of `{on}`, which Docker starts anew for ever",
        [at "waits here", restart "never ends"],
        help "remove `restart`, or give `on-failure`; or accept in the overrides file that it runs once";
    /// Pods that wait for each other never start. A pod waits for all that its containers wait for.
    error dependency_cycle DependencyCycle { cycle: String, at: Vec<Span> }
        "pods wait for each other: {cycle}",
        [at "in the circle"],
        help "take out one of the dependencies of these services, or of those that share their network";
    /// A container that shares another's network stands in its pod and starts with it, although what it depends on comes
    /// after that pod.
    warning(acceptable) started_too_early StartedTooEarly { service: String, home: String, on: String, at: Span }
        "`{service}` starts with the pod of `{home}`, before `{on}`, which waits for that pod",
        [at "does not wait"],
        help format!("let the program of `{service}` try again until `{on}` answers");
    /// A pod without a network can ask nobody whether another is healthy: its place in the order of `k8s-up.sh` is all.
    advice(acceptable) waits_by_phase WaitsByPhase { service: String, on: String, at: Span, mute: Span }
        "`{service}` has no network to ask for the health of `{on}`: only k8s-up.sh starts it after that one",
        [at "waits here", mute "no network"],
        help "nothing to do, as long as k8s-up.sh starts both; a pod that is started anew later does not wait";
    /// Docker forwards IPv6 addresses of the host to an IPv6 address of the kind node, where the pods of an IPv4 cluster are not
    /// reachable.
    warning(acceptable) port_on_ipv6 PortOnIpv6 { service: String, address: String, at: Span }
        "`{address}` of `{service}` is not published: the ports of a kind cluster answer on IPv4 addresses of the host only",
        [at "not published"],
        help "publish the port on an IPv4 address of the host";
    /// Kubernetes deletes the pod of a Job that is retried in place once the last attempt has failed. Docker keeps the container.
    advice(acceptable) log_deleted LogDeleted { service: String, times: u32, at: Span }
        "Kubernetes deletes the pod of `{service}` and its log if {times} restarts fail; Docker keeps the container",
        [at "limited"],
        help "nothing to do, unless you need that log: then collect the logs of the cluster";
    /// Every pod has an interface of the cluster's network.
    advice(acceptable) interface_without_network InterfaceWithoutNetwork { service: String, at: Span }
        "the pod of `{service}` has a network interface, on which a NetworkPolicy denies all connections; in Docker it has none",
        [at "no network"],
        help "nothing to do, unless a program looks at its interfaces";
    /// The kubelet writes `/etc/hosts` and mounts it writable.
    advice(acceptable) hosts_file_writable HostsFileWritable { service: String, at: Span }
        "root can write to `/etc/hosts` in `{service}` despite `read_only`, because the kubelet mounts the file",
        [at "except `/etc/hosts`"],
        help "set a `user` that is not root";
    /// Without `restart`, Docker Compose leaves a container stopped after it exits, but most services are meant to run, so they
    /// become Deployments, which restart it.
    advice(acceptable) restarted_anyway RestartedAnyway { services: String, at: Vec<Span> }
        "Kubernetes restarts {services} after every exit; Docker Compose does not, because `restart` is missing (with `restart: \"no\"` it is a Job)",
        [at "no restart given"],
        help "nothing to do for a server; a program that shall run once is a Job where another service waits for it with `condition: service_completed_successfully`, or with a profile";
    /// The dependency is a Job, and the up script alone knows that another service comes after its end.
    advice(acceptable) waits_for_job WaitsForJob { service: String, on: String, at: Span }
        "only k8s-up.sh lets `{service}` wait until `{on}` has completed",
        [at "waits here"],
        help "nothing to do, as long as k8s-up.sh starts both; a pod that is started anew later does not wait";
    /// `network_mode: container:NAME` names a container outside the project.
    error(acceptable) foreign_container ForeignContainer { service: String, container: String, at: Span }
        "`{service}` shares the network of the container `{container}`, which is not of this project",
        [at "another project's"],
        help "bring the container into the project and write `network_mode: service:NAME`; or accept the loss in the overrides file";
    /// Other pods reach a ClusterIP through address translation, which a program can notice.
    advice(acceptable) fixed_address FixedAddress { service: String, at: Vec<Span> }
        "others reach the fixed address of `{service}` by way of a ClusterIP",
        [at "a ClusterIP"],
        help "the program must listen on every address, not on this one alone, for others to reach it; they see its connections come from the pod's address";
    /// A ClusterIP forwards listed ports only, so an address without known ports is a route on the node. NetworkPolicies know
    /// pods by the addresses that the cluster assigns.
    advice(acceptable) routed_address RoutedAddress { service: String, at: Vec<Span> }
        "the fixed address of `{service}` is a route on the node, set by a privileged init container: NetworkPolicies do not cover it, and the name resolves to the pod's own address",
        [at "a route on the node"],
        help "nothing to do, unless a NetworkPolicy must cover the address: then list the ports of all services with an address on this network, under `expose` or in the overrides file";
    /// The address is on the pod's own interface, where the program can bind it; other pods have no route to it.
    advice(acceptable) own_address OwnAddress { service: String, at: Vec<Span> }
        "only `{service}` itself reaches this address of its own",
        [at "the pod's own"],
        help "let the network's addresses be `service` in the overrides file if others dial them";
    /// One service subnet cannot hold the fixed addresses of all networks.
    warning(acceptable) network_not_dialled NetworkNotDialled { network: String, at: Vec<Span> }
        "the fixed addresses of `{network}` do not fit into the service subnet: only their own pods reach them",
        [at "its own pod's"],
        help "say for every network in the overrides file what its addresses are: `service` or `interface`";
    /// The cluster has one network. Services that Docker keeps apart reach each other.
    warning(acceptable) networks_not_separated NetworksNotSeparated { one: String, other: String, at: Vec<Span> }
        "`{one}` and `{other}`, which share no network, reach each other in the cluster",
        [at "kept apart in Docker"],
        help "nothing to do, unless a program relies on not being reached: then write `separation: {by: network-policies, because: ...}` in the overrides file";
    /// The containers of a kind cluster run in a container of Docker, the node, whose namespaces take the place of the host's.
    advice(acceptable) host_is_node HostIsNode { service: String, mode: String, at: Span }
        "`{mode}` of `{service}` shares the namespace of the kind node, which is a container, not that of the host",
        [at "the node's"],
        help "nothing to do, unless the program must see the processes or the network of the host";
    /// A program on the node's network is reached from the host only by ports that the kind cluster leads to it.
    warning(acceptable) host_network HostNetwork { service: String, at: Span }
        "`{service}` is on the network of the node, not of this machine, and no port of it is known",
        [at "the node's network"],
        help format!("list its ports in the overrides file (`services: {{{service}: {{ports: [{{port: NUMBER}}]}}}}`): they are then led from the machine to the node");
    /// Host names in Kubernetes are lower case letters, digits, dashes, at most 63 in all.
    warning(acceptable) host_name HostName { service: String, name: String, instead: String, advice: String, at: Span }
        "the host name `{name}` of `{service}` is not one that a pod can have: {instead}",
        [at "no pod's name"],
        help advice;
    /// `docker compose up` does not look at services of profiles that are not chosen, so what is wrong with one does not stop the
    /// translation. The service is not in the output. Choose its profile to see the error itself.
    warning left_out LeftOut { service: String, why: String, at: Vec<Span> }
        "`{service}`, which no chosen profile starts, is left out of the output: {why}",
        [at "left out"],
        help "nothing to do, unless you start its profile: then fix this first";
    /// Docker's DNS answers a container's host name too, with all containers that have it. A name of the cluster's leads to one
    /// Service.
    advice(acceptable) host_name_of_other HostNameOfOther { service: String, what: &'static str, name: String, other: String, at: Span, first_at: Span }
        "the {what} `{name}` of `{service}` does not resolve to it, because {other} has the name",
        [at "does not resolve", first_at "has the name"],
        help format!("choose another {what} if other services use this one");
    /// Kubernetes starts a container with numbers, not names: without them the image's own user runs.
    warning(acceptable) user_by_name UserByName { service: String, user: String, at: Span }
        "`user: {user}` of `{service}` is a name and is not set: the program runs as the user of the image",
        [at "a name"],
        help format!("give its numbers in the overrides file: `services: {{{service}: {{user: {{uid: NUMBER, gid: NUMBER, because: ...}}}}}}`, or write them here");
    /// Kubernetes identifies groups by number. The user's number is set, and the group is that of the user in the image.
    warning(acceptable) users_group_by_name UsersGroupByName { service: String, user: String, group: String, at: Span }
        "the group `{group}` in `user: {user}` of `{service}` is a name and is not set: the group of the image's user applies",
        [at "group by name"],
        help "write the group's number";
    /// Kubernetes knows groups by number only.
    warning(acceptable) group_by_name GroupByName { service: String, group: String, at: Span }
        "the group `{group}` in `group_add` of `{service}` is a name and is not set: the program is not a member of it",
        [at "a name"],
        help "write the group's number";
    /// User and group numbers have 31 bits, in Docker as in Kubernetes.
    error id_out_of_range IdOutOfRange { key: String, service: String, number: String, at: Span }
        "`{number}` in `{key}` of `{service}` is no number that a user or group can have",
        [at "out of range"],
        help "give a number from 0 to 2147483647";
    /// A security option that Kubernetes has no field for, or that the API server refuses together with other rights.
    error(acceptable about "security_opt") security_option SecurityOption { service: String, option: String, at: Span }
        "the security option `{option}` of `{service}` has no equivalent in Kubernetes",
        [at "would be lost"],
        help "remove it, or accept the loss in the overrides file, with a `because`";
    /// The file of a seccomp profile is read by Docker Compose when it makes the container, and by the node's runtime when it
    /// makes the pod's.
    error no_profile NoProfile { service: String, path: String, why: String, at: Span }
        "the seccomp profile `{path}` of `{service}` {why}",
        [at "named here"],
        help "make the file, or correct its path: a relative one begins at the project directory";
    /// Docker puts a filter together from the keys of its own form: rules for some capabilities, kernels and architectures.
    /// The runtime of the node reads the form of the OCI alone and overlooks the others.
    warning(acceptable) profile_of_docker ProfileOfDocker { service: String, path: String, keys: String, at: Span }
        "the seccomp profile `{path}` of `{service}` has {keys}, which Docker alone understands",
        [at "overlooked on the node"],
        help "write the profile in the form of the OCI: `names` in each rule, `architectures`, and the rules for the capabilities that the container has";
    /// The kubelet and the API server refuse it, as Docker does: it is a setting of the machine, or of a namespace that the
    /// container shares with it.
    error sysctl_of_node SysctlOfNode { service: String, sysctl: String, why: String, at: Span }
        "`{sysctl}` of `{service}` is a setting of the node: {why}",
        [at "the node's setting"],
        help "remove it here, and set it on the machine: `sysctl -w`";
    /// The API server refuses a user namespace of the pod's own beside another one that the pod shares with the node.
    error(acceptable about "userns_mode") user_namespace_of_node UserNamespaceOfNode { service: String, mode: String, what: String, at: Span }
        "`userns_mode: {mode}` of `{service}` cannot be had together with {what}",
        [at "no users of its own"],
        help "remove it, or remove what shares the node's; or accept the loss in the overrides file";
    /// Docker does not start such a container, and the API server rejects such a pod.
    warning(acceptable) reservation_above_limit ReservationAboveLimit { service: String, what: String, at: Span, limit: Span }
        "`{service}` reserves more {what} than its limit, with which Docker would not start it: the pod reserves the limit",
        [at "the reservation", limit "the limit"],
        help "raise the limit, or lower the reservation";
    /// The variable has no value in the file or the given environment: the program does not see it.
    advice(acceptable) variable_unset VariableUnset { service: String, names: String, at: Vec<Span> }
        "{names} of `{service}` has no value and stays unset",
        [at "no value"],
        help "give a value with `-e NAME=VALUE`, in `.env` or in the Compose file";
    /// The name is too long for an annotation, or has other signs than letters, digits, `-`, `_`, `.`.
    advice(acceptable) label_name LabelName { service: String, at: Vec<Span> }
        "`{service}` has labels whose names no annotation can bear: they stand together in `compose2k8s/labels`",
        [at "no annotation's name"],
        help "nothing to do, unless a program reads the label from Kubernetes";
    /// A value from outside the Compose files must not be committed, and Kubernetes cannot read it from a Secret at this place.
    warning(acceptable) outside_value OutsideValue { key: String, service: String, variables: String, outcome: &'static str, help: &'static str, at: Span }
        "`{key}` of `{service}` contains the value of {variables}, which Kubernetes cannot read from a Secret there: {outcome}",
        [at "value of a variable"],
        help format!("{help}");
    /// `kubectl exec` runs a command as it is. Docker would run it through the image's entrypoint, which the Compose file does not show.
    warning(acceptable) entrypoint_of_image EntrypointOfImage { run: String, service: String, at: Span }
        "the run `{run}` starts its command without the entrypoint of the image of `{service}`",
        [at "no entrypoint known"],
        help "write the image's entrypoint into the Compose file as `entrypoint`; or begin the run's command with it and accept this in the overrides file";
    /// An `accept` entry without `service` accepts differences of the project as a whole, and this one is of a service.
    advice acceptance_without_service AcceptanceWithoutService { code: String, service: String, at: Span }
        "this entry does not accept `{code}` of `{service}`, because it names no service",
        [at "no service"],
        help format!("add `service: {service}`, a list of services, or `service: \"*\"` for every service");
    /// An accepted difference that is not there: it was mended, or the entry is misspelt.
    advice unused_acceptance UnusedAcceptance { code: String, about: String, suggestion: Option<String>, at: Span }
        "`{code}` is accepted for {about}, where there is no such difference to accept",
        [at "accepts nothing"],
        help suggestion.unwrap_or_else(|| "remove the entry, or correct its code, service or key".to_owned());
}
