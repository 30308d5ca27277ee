//! The key table: one line per key.
//!
//! The parts of a path are keys of the schema's objects, `*` for a user-defined name and `[]` for a list item. Every
//! named property of every object has a line. The published schema has 344, of which 92 are service keys; the official
//! loader (compose-go 2.13) supports nine more ([`Key::NEWER`]). The order is that of the loader's output: alphabetical
//! at the top level, the order of its structures below.
//!
//! The name of a variant is its path without `services.*`; top-level keys have the prefix `Top`.

use super::merge::Merge;
use super::shape::Shape;
use super::verdict::Verdict;

/// Returns the part after the last dot of a path.
const fn last_part(path: &str) -> &str {
    let mut before = path.as_bytes();
    while let [rest @ .., last] = before {
        if *last == b'.' {
            break;
        }
        before = rest;
    }
    path.split_at(before.len()).1
}

macro_rules! keys {
    ($($path:literal $name:ident $shape:ident $(($($argument:expr),+))? $merge:ident $verdict:ident $word:ident $sentence:literal;)+) => {
        /// A key path of the Compose Specification; `*` stands for a name, `[]` for an item.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "each variant's documentation is its line: path() and place()")]
        pub enum Key { $($name),+ }

        impl Key {
            /// Every key, in the order of the table.
            pub const ALL: &'static [Key] = &[$(Key::$name),+];

            /// `services.*.image`.
            #[must_use]
            pub fn path(self) -> &'static str {
                match self { $(Key::$name => $path),+ }
            }

            /// The last part of the path: `image`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Key::$name => const { last_part($path) }),+ }
            }

            /// Returns the shape of the value.
            #[must_use]
            pub fn shape(self) -> Shape {
                match self { $(Key::$name => Shape::$shape $(($($argument),+))?),+ }
            }

            /// Returns the merge rule.
            #[must_use]
            pub fn merge(self) -> Merge {
                match self { $(Key::$name => Merge::$merge),+ }
            }

            /// Returns the verdict.
            #[must_use]
            pub fn verdict(self) -> Verdict {
                match self { $(Key::$name => Verdict::$verdict),+ }
            }

            /// Where it goes in Kubernetes, what differs, what to do instead, or what used it up: words without a full
            /// stop, to follow [`Verdict::lead`].
            #[must_use]
            pub fn place(self) -> &'static str {
                match self { $(Key::$name => keys!(@sentence $verdict $word $sentence)),+ }
            }
        }
    };
    // A line whose sentence does not say what its verdict owes does not compile.
    (@sentence Mapped to $sentence:literal) => { $sentence };
    (@sentence Approximated differs $sentence:literal) => { $sentence };
    (@sentence NoEquivalent instead $sentence:literal) => { $sentence };
    (@sentence Consumed by $sentence:literal) => { $sentence };
}

keys! {
    // path                                          name, shape, merge                             verdict, sentence
    "configs"                                      TopConfigs Named Mapping                      Mapped to "a ConfigMap for each config that a service is granted";
    "configs.*.name"                               TopConfigsName Text Replace                   Mapped to "the name of the ConfigMap, for an external config";
    "configs.*.file"                               TopConfigsFile Text Replace                   Mapped to "the ConfigMap's data, made from the live file by the up script";
    "configs.*.environment"                        TopConfigsEnvironment Text Replace            Mapped to "the ConfigMap's data, from the variable as it is when the up script runs";
    "configs.*.content"                            TopConfigsContent Text Replace                Mapped to "the ConfigMap's data, after interpolation";
    "configs.*.external"                           TopConfigsExternal External ByKind            Mapped to "a ConfigMap that must be in the namespace already";
    "configs.*.external.name"                      TopConfigsExternalName Text Replace           Consumed by "the config's `name`, which replaced it";
    "configs.*.labels"                             TopConfigsLabels Pairs ByKind                 Approximated differs "metadata.annotations of the ConfigMap; one that the up script makes from a file or variable bears none";
    "configs.*.template_driver"                    TopConfigsTemplateDriver Text Replace         NoEquivalent instead "render the template yourself and give the result as `content` or `file`";
    "include"                                      TopInclude ItemsOrTexts Append                Consumed by "the loader, which merges the included files into the project";
    "include[].path"                               TopIncludePath TextOrUniqueTexts ByKind       Consumed by "the loader, as the files of the included project";
    "include[].project_directory"                  TopIncludeProjectDirectory Text Replace       Consumed by "the loader, as the start of the included files' relative paths";
    "include[].env_file"                           TopIncludeEnvFile TextOrUniqueTexts ByKind    Consumed by "the loader, as the variables of the included files' interpolation";
    "models"                                       TopModels Named Mapping                       NoEquivalent instead "run the model's server as a service and give its address to the others in `environment`";
    "models.*.name"                                TopModelsName Text Replace                    NoEquivalent instead "name the model in the configuration of a service that serves it";
    "models.*.model"                               TopModelsModel Text Replace                   NoEquivalent instead "name the model in the configuration of a service that serves it";
    "models.*.context_size"                        TopModelsContextSize StrictInteger Replace    NoEquivalent instead "set the context size in the configuration of a service that serves the model";
    "models.*.runtime_flags"                       TopModelsRuntimeFlags Texts Append            NoEquivalent instead "give the flags to a service that serves the model, in its `command`";
    "name"                                         TopName Text Replace                          Consumed by "the project's name: the namespace, and the names of images that are built here";
    "networks"                                     TopNetworks NamedOrNull Mapping               Approximated differs "the cluster has one network: services on different networks reach each other, unless `separation` in the overrides asks for NetworkPolicies";
    "networks.*.name"                              TopNetworksName Text Replace                  Consumed by "Docker's own list of networks; no program sees this name";
    "networks.*.driver"                            TopNetworksDriver Text Replace                Approximated differs "every network is the cluster's own: the drivers differ in nothing that a bridge shows";
    "networks.*.driver_opts"                       TopNetworksDriverOpts TextOrNumberMapping Mapping Approximated differs "options of Docker's network driver are not applied; MTU and bridge are the cluster's";
    "networks.*.ipam"                              TopNetworksIpam Mapping Mapping               Mapped to "the addresses of Services and pods";
    "networks.*.ipam.driver"                       TopNetworksIpamDriver Text Replace            Approximated differs "addresses are given by the cluster; those that the file fixes are kept";
    "networks.*.ipam.config"                       TopNetworksIpamConfig Items Subnets           Mapped to "the addresses of Services and pods";
    "networks.*.ipam.config[].subnet"              TopNetworksIpamConfigSubnet Text Replace      Mapped to "the prefix length of fixed addresses; where others dial them, a part of the Service subnet";
    "networks.*.ipam.config[].gateway"             TopNetworksIpamConfigGateway Text Replace     Approximated differs "the default route is the cluster's: nothing answers at this address";
    "networks.*.ipam.config[].ip_range"            TopNetworksIpamConfigIpRange Text Replace     Approximated differs "addresses that the file does not fix come from the cluster's pod subnet";
    "networks.*.ipam.config[].aux_addresses"       TopNetworksIpamConfigAuxAddresses TextMapping Mapping Consumed by "Docker's address allocation, which keeps these addresses free";
    "networks.*.ipam.options"                      TopNetworksIpamOptions TextMapping Mapping    Approximated differs "options of Docker's address driver are not applied";
    "networks.*.external"                          TopNetworksExternal External ByKind           Approximated differs "what is attached to the external network outside this project cannot be reached";
    "networks.*.external.name"                     TopNetworksExternalName Text Replace          Consumed by "the network's `name`, which replaced it";
    "networks.*.internal"                          TopNetworksInternal Flag Replace              Approximated differs "who is on internal networks alone gets out all the same, unless `separation` in the overrides asks for NetworkPolicies; its ports are not published, as in Docker";
    "networks.*.attachable"                        TopNetworksAttachable Flag Replace            Consumed by "Swarm alone: every pod of the namespace can join";
    "networks.*.labels"                            TopNetworksLabels Pairs Pairs                 Approximated differs "no object stands for a network, so its labels are written nowhere";
    "networks.*.enable_ipv4"                       TopNetworksEnableIpv4 Flag Replace            Approximated differs "the cluster's addresses are IPv4 whatever the network says";
    "networks.*.enable_ipv6"                       TopNetworksEnableIpv6 Flag Replace            Approximated differs "the cluster has IPv4 alone: automatic addresses of version 6 are missing";
    "secrets"                                      TopSecrets Named Mapping                      Mapped to "a Secret for each secret that a service is granted";
    "secrets.*.name"                               TopSecretsName Text Replace                   Mapped to "the name of the Secret, for an external secret";
    "secrets.*.file"                               TopSecretsFile Text Replace                   Mapped to "the Secret's data, made from the live file by the up script";
    "secrets.*.environment"                        TopSecretsEnvironment Text Replace            Mapped to "the Secret's data, from the variable as it is when the up script runs";
    "secrets.*.external"                           TopSecretsExternal External ByKind            Mapped to "a Secret that must be in the namespace already";
    "secrets.*.external.name"                      TopSecretsExternalName Text Replace           Consumed by "the secret's `name`, which replaced it";
    "secrets.*.labels"                             TopSecretsLabels Pairs ByKind                 Approximated differs "metadata.annotations of the Secret; one that the up script makes from a file or variable bears none";
    "secrets.*.driver"                             TopSecretsDriver Text Replace                 NoEquivalent instead "create the Secret from its store with that store's operator and declare it `external: true`";
    "secrets.*.driver_opts"                        TopSecretsDriverOpts TextOrNumberMapping Mapping NoEquivalent instead "create the Secret from its store with that store's operator and declare it `external: true`";
    "secrets.*.template_driver"                    TopSecretsTemplateDriver Text Replace         NoEquivalent instead "render the template yourself and give the result as `file`";
    "services"                                     TopServices Named Mapping                     Mapped to "a workload and Services for each";
    "services.*.profiles"                          Profiles UniqueTexts Unique                   Consumed by "the choice of services: one that is not chosen is written asleep, to be started on demand";
    "services.*.annotations"                       Annotations Pairs Pairs                       Mapped to "metadata.annotations of the pod";
    "services.*.attach"                            Attach Flag Replace                           Consumed by "what `docker compose up` prints; no program sees it";
    "services.*.build"                             Build MappingOrText Build                     Consumed by "the build: the up script runs `docker compose build` and loads the image into the cluster";
    "services.*.build.context"                     BuildContext Text Replace                     Consumed by "`docker compose build`, as the build context";
    "services.*.build.dockerfile"                  BuildDockerfile Text Replace                  Consumed by "`docker compose build`, as the Dockerfile";
    "services.*.build.dockerfile_inline"           BuildDockerfileInline Text Replace            Consumed by "`docker compose build`, as the Dockerfile's text";
    "services.*.build.entitlements"                BuildEntitlements Texts Append                Consumed by "`docker compose build`, as the builder's rights";
    "services.*.build.args"                        BuildArgs Pairs Pairs                         Consumed by "`docker compose build`, as the values of the Dockerfile's ARG lines";
    "services.*.build.provenance"                  BuildProvenance FlagText Replace              Consumed by "`docker compose build`, as an attestation beside the image";
    "services.*.build.sbom"                        BuildSbom FlagText Replace                    Consumed by "`docker compose build`, as an attestation beside the image";
    "services.*.build.ssh"                         BuildSsh Pairs ByKind                         Consumed by "`docker compose build`, as the keys that it may use";
    "services.*.build.labels"                      BuildLabels Pairs Pairs                       Consumed by "`docker compose build`, as the image's labels";
    "services.*.build.cache_from"                  BuildCacheFrom Texts Append                   Consumed by "`docker compose build`, as the caches that it reads";
    "services.*.build.cache_to"                    BuildCacheTo Texts Append                     Consumed by "`docker compose build`, as the caches that it writes";
    "services.*.build.no_cache"                    BuildNoCache Flag Replace                     Consumed by "`docker compose build`, which then reads no cache";
    "services.*.build.no_cache_filter"             BuildNoCacheFilter TextOrUniqueTexts ByKind   Consumed by "`docker compose build`, which then reads no cache for these stages";
    "services.*.build.additional_contexts"         BuildAdditionalContexts Pairs Pairs           Consumed by "`docker compose build`, as further build contexts";
    "services.*.build.pull"                        BuildPull Flag Replace                        Consumed by "`docker compose build`, which then pulls base images anew";
    "services.*.build.extra_hosts"                 BuildExtraHosts Hosts Hosts                   Consumed by "`docker compose build`, as names that the build can look up";
    "services.*.build.isolation"                   BuildIsolation Text Replace                   Consumed by "`docker compose build`, on Windows";
    "services.*.build.network"                     BuildNetwork Text Replace                     Consumed by "`docker compose build`, as the network of its steps";
    "services.*.build.target"                      BuildTarget Text Replace                      Consumed by "`docker compose build`, as the last stage";
    "services.*.build.secrets"                     BuildSecrets ItemsOrTexts Append              Consumed by "`docker compose build`, as secrets of its steps";
    "services.*.build.secrets[].source"            BuildSecretsSource Text Replace               Consumed by "`docker compose build`, as the secret that is meant";
    "services.*.build.secrets[].target"            BuildSecretsTarget Text Replace               Consumed by "`docker compose build`, as the secret's name in the build";
    "services.*.build.secrets[].uid"               BuildSecretsUid Text Replace                  Consumed by "`docker compose build`, as the file's owner";
    "services.*.build.secrets[].gid"               BuildSecretsGid Text Replace                  Consumed by "`docker compose build`, as the file's group";
    "services.*.build.secrets[].mode"              BuildSecretsMode FileMode Replace             Consumed by "`docker compose build`, as the file's mode";
    "services.*.build.shm_size"                    BuildShmSize WholeBytes Replace               Consumed by "`docker compose build`, as the size of /dev/shm";
    "services.*.build.tags"                        BuildTags Texts Unique                        Consumed by "`docker compose build`, as further names of the image";
    "services.*.build.ulimits"                     BuildUlimits Ulimits Mapping                  Consumed by "`docker compose build`, as the limits of its steps";
    "services.*.build.ulimits.*.soft"              BuildUlimitsSoft Integer Replace              Consumed by "`docker compose build`, as a soft limit";
    "services.*.build.ulimits.*.hard"              BuildUlimitsHard Integer Replace              Consumed by "`docker compose build`, as a hard limit";
    "services.*.build.platforms"                   BuildPlatforms Texts Append                   Consumed by "`docker compose build`, as the platforms to build for";
    "services.*.build.privileged"                  BuildPrivileged Flag Replace                  Consumed by "`docker compose build`, whose steps are then privileged";
    "services.*.develop"                           Develop MappingOrNull Mapping                 Consumed by "`docker compose watch`; bind mounts are live in the pods without it";
    "services.*.develop.watch"                     DevelopWatch Items Append                     Consumed by "`docker compose watch`; bind mounts are live in the pods without it";
    "services.*.develop.watch[].path"              DevelopWatchPath Text Replace                 Consumed by "`docker compose watch`, as the path to look at";
    "services.*.develop.watch[].action"            DevelopWatchAction Choice(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"]) Replace Consumed by "`docker compose watch`, as what to do on a change";
    "services.*.develop.watch[].target"            DevelopWatchTarget Text Replace               Consumed by "`docker compose watch`, as the path in the container";
    "services.*.develop.watch[].exec"              DevelopWatchExec Mapping Mapping              Consumed by "`docker compose watch`, as a command after the change";
    "services.*.develop.watch[].exec.command"      DevelopWatchExecCommand Words ByKind          Consumed by "`docker compose watch`, as a command after the change";
    "services.*.develop.watch[].exec.user"         DevelopWatchExecUser Text Replace             Consumed by "`docker compose watch`, as the command's user";
    "services.*.develop.watch[].exec.privileged"   DevelopWatchExecPrivileged Flag Replace       Consumed by "`docker compose watch`, as the command's rights";
    "services.*.develop.watch[].exec.working_dir"  DevelopWatchExecWorkingDir Text Replace       Consumed by "`docker compose watch`, as the command's directory";
    "services.*.develop.watch[].exec.environment"  DevelopWatchExecEnvironment Pairs ByKind      Consumed by "`docker compose watch`, as the command's variables";
    "services.*.develop.watch[].include"           DevelopWatchInclude TextOrUniqueTexts ByKind  Consumed by "`docker compose watch`, as the files that count";
    "services.*.develop.watch[].ignore"            DevelopWatchIgnore TextOrUniqueTexts ByKind   Consumed by "`docker compose watch`, as the files that do not count";
    "services.*.develop.watch[].initial_sync"      DevelopWatchInitialSync StrictFlag Replace    Consumed by "`docker compose watch`, at its start";
    "services.*.blkio_config"                      BlkioConfig Mapping Mapping                   NoEquivalent instead "remove the key: Kubernetes limits no disk; use a faster or a separate disk for the volume";
    "services.*.blkio_config.weight"               BlkioConfigWeight Integer Replace             NoEquivalent instead "remove the key: Kubernetes limits no disk";
    "services.*.blkio_config.weight_device"        BlkioConfigWeightDevice Items Append          NoEquivalent instead "remove the key: Kubernetes limits no disk";
    "services.*.blkio_config.weight_device[].path" BlkioConfigWeightDevicePath Text Replace      NoEquivalent instead "remove the key: Kubernetes limits no disk";
    "services.*.blkio_config.weight_device[].weight" BlkioConfigWeightDeviceWeight Integer Replace NoEquivalent instead "remove the key: Kubernetes limits no disk";
    "services.*.blkio_config.device_read_bps"      BlkioConfigDeviceReadBps Items Append         NoEquivalent instead "remove the key: Kubernetes limits no disk";
    "services.*.blkio_config.device_read_bps[].path" BlkioConfigDeviceReadBpsPath Text Replace   NoEquivalent instead "remove the key: Kubernetes limits no disk";
    "services.*.blkio_config.device_read_bps[].rate" BlkioConfigDeviceReadBpsRate Integer Replace NoEquivalent instead "remove the key: Kubernetes limits no disk";
    "services.*.blkio_config.device_read_iops"     BlkioConfigDeviceReadIops Items Append        NoEquivalent instead "remove the key: Kubernetes limits no disk";
    "services.*.blkio_config.device_read_iops[].path" BlkioConfigDeviceReadIopsPath Text Replace NoEquivalent instead "remove the key: Kubernetes limits no disk";
    "services.*.blkio_config.device_read_iops[].rate" BlkioConfigDeviceReadIopsRate Integer Replace NoEquivalent instead "remove the key: Kubernetes limits no disk";
    "services.*.blkio_config.device_write_bps"     BlkioConfigDeviceWriteBps Items Append        NoEquivalent instead "remove the key: Kubernetes limits no disk";
    "services.*.blkio_config.device_write_bps[].path" BlkioConfigDeviceWriteBpsPath Text Replace NoEquivalent instead "remove the key: Kubernetes limits no disk";
    "services.*.blkio_config.device_write_bps[].rate" BlkioConfigDeviceWriteBpsRate Integer Replace NoEquivalent instead "remove the key: Kubernetes limits no disk";
    "services.*.blkio_config.device_write_iops"    BlkioConfigDeviceWriteIops Items Append       NoEquivalent instead "remove the key: Kubernetes limits no disk";
    "services.*.blkio_config.device_write_iops[].path" BlkioConfigDeviceWriteIopsPath Text Replace NoEquivalent instead "remove the key: Kubernetes limits no disk";
    "services.*.blkio_config.device_write_iops[].rate" BlkioConfigDeviceWriteIopsRate Integer Replace NoEquivalent instead "remove the key: Kubernetes limits no disk";
    "services.*.cap_add"                           CapAdd UniqueTexts Unique                     Mapped to "securityContext.capabilities.add";
    "services.*.cap_drop"                          CapDrop UniqueTexts Unique                    Mapped to "securityContext.capabilities.drop";
    "services.*.cgroup_parent"                     CgroupParent Text Replace                     NoEquivalent instead "remove the key: the kubelet owns the cgroup tree";
    "services.*.cgroup"                            Cgroup Choice(&["host", "private"]) Replace   Approximated differs "`private` is what pods have; for `host` the container must be privileged and mount /sys/fs/cgroup";
    "services.*.cpu_count"                         CpuCount IntegerFrom(0) Replace               NoEquivalent instead "use `cpus`: this key is for Windows containers";
    "services.*.cpu_percent"                       CpuPercent IntegerWithin(0, 100) Replace      NoEquivalent instead "use `cpus`: this key is for Windows containers";
    "services.*.cpu_period"                        CpuPeriod Number Replace                      Approximated differs "resources.limits.cpu is `cpu_quota` divided by it; the kubelet's own period is 100 ms";
    "services.*.cpu_quota"                         CpuQuota Number Replace                       Mapped to "resources.limits.cpu, divided by `cpu_period`";
    "services.*.cpu_rt_period"                     CpuRtPeriod Number Replace                    NoEquivalent instead "remove the key: the kubelet schedules nothing in real time";
    "services.*.cpu_rt_runtime"                    CpuRtRuntime Number Replace                   NoEquivalent instead "remove the key: the kubelet schedules nothing in real time";
    "services.*.cpus"                              Cpus Number Replace                           Mapped to "resources.limits.cpu";
    "services.*.cpuset"                            Cpuset Text Replace                           NoEquivalent instead "remove the key, or use `cpus`: which processors a pod runs on is the kernel's choice";
    "services.*.cpu_shares"                        CpuShares Number Replace                      Approximated differs "no weight is given: the containers of the node share its processors alike";
    "services.*.command"                           Command Words Replace                         Mapped to "containers[].args";
    "services.*.configs"                           Configs ItemsOrTexts ByIdentity               Mapped to "a file from the ConfigMap, at the exact path";
    "services.*.configs[].source"                  ConfigsSource Text Replace                    Mapped to "the ConfigMap that is mounted";
    "services.*.configs[].target"                  ConfigsTarget Text Replace                    Mapped to "volumeMounts[].mountPath with subPath";
    "services.*.configs[].uid"                     ConfigsUid Text Replace                       Mapped to "an init container that gives a copy of the file that owner";
    "services.*.configs[].gid"                     ConfigsGid Text Replace                       Mapped to "an init container that gives a copy of the file that group";
    "services.*.configs[].mode"                    ConfigsMode FileMode Replace                  Mapped to "items[].mode of the ConfigMap's volume";
    "services.*.container_name"                    ContainerName ContainerName Replace           Mapped to "one more Service of that name";
    "services.*.credential_spec"                   CredentialSpec Mapping Mapping                NoEquivalent instead "remove the key: it is for Windows containers, and the cluster's node runs Linux";
    "services.*.credential_spec.config"            CredentialSpecConfig Text Replace             NoEquivalent instead "remove the key: it is for Windows containers, and the cluster's node runs Linux";
    "services.*.credential_spec.file"              CredentialSpecFile Text Replace               NoEquivalent instead "remove the key: it is for Windows containers, and the cluster's node runs Linux";
    "services.*.credential_spec.registry"          CredentialSpecRegistry Text Replace           NoEquivalent instead "remove the key: it is for Windows containers, and the cluster's node runs Linux";
    "services.*.depends_on"                        DependsOn Dependencies Names                  Mapped to "init containers that wait, and the phases of the up script";
    "services.*.depends_on.*.condition"            DependsOnCondition Choice(&["service_started", "service_healthy", "service_completed_successfully"]) Replace Mapped to "an init container that waits until `SERVICE-ready` resolves, or a phase of the up script";
    "services.*.depends_on.*.restart"              DependsOnRestart Flag Replace                 Approximated differs "a restart of the dependency does not restart this service";
    "services.*.depends_on.*.required"             DependsOnRequired StrictFlag Replace          Consumed by "the loader, which drops a dependency that is neither there nor required";
    "services.*.deploy"                            Deploy MappingOrNull Mapping                  Mapped to "replicas, resources and annotations of the workload";
    "services.*.deploy.mode"                       DeployMode Text Replace                       Mapped to "Deployment, DaemonSet or Job";
    "services.*.deploy.replicas"                   DeployReplicas Integer Replace                Mapped to "spec.replicas";
    "services.*.deploy.labels"                     DeployLabels Pairs Pairs                      Mapped to "metadata.annotations of the workload";
    "services.*.deploy.update_config"              DeployUpdateConfig Mapping Mapping            Consumed by "Swarm alone: `docker compose up` replaces a container at once, as strategy Recreate does";
    "services.*.deploy.update_config.parallelism"  DeployUpdateConfigParallelism Integer Replace Consumed by "Swarm alone; `docker compose up` does not read it";
    "services.*.deploy.update_config.delay"        DeployUpdateConfigDelay Duration Replace      Consumed by "Swarm alone; `docker compose up` does not read it";
    "services.*.deploy.update_config.failure_action" DeployUpdateConfigFailureAction Text Replace Consumed by "Swarm alone; `docker compose up` does not read it";
    "services.*.deploy.update_config.monitor"      DeployUpdateConfigMonitor Duration Replace    Consumed by "Swarm alone; `docker compose up` does not read it";
    "services.*.deploy.update_config.max_failure_ratio" DeployUpdateConfigMaxFailureRatio Number Replace Consumed by "Swarm alone; `docker compose up` does not read it";
    "services.*.deploy.update_config.order"        DeployUpdateConfigOrder Choice(&["start-first", "stop-first"]) Replace Consumed by "Swarm alone; `docker compose up` does not read it";
    "services.*.deploy.rollback_config"            DeployRollbackConfig Mapping Mapping          Consumed by "Swarm alone; `docker compose up` does not read it";
    "services.*.deploy.rollback_config.parallelism" DeployRollbackConfigParallelism Integer Replace Consumed by "Swarm alone; `docker compose up` does not read it";
    "services.*.deploy.rollback_config.delay"      DeployRollbackConfigDelay Duration Replace    Consumed by "Swarm alone; `docker compose up` does not read it";
    "services.*.deploy.rollback_config.failure_action" DeployRollbackConfigFailureAction Text Replace Consumed by "Swarm alone; `docker compose up` does not read it";
    "services.*.deploy.rollback_config.monitor"    DeployRollbackConfigMonitor Duration Replace  Consumed by "Swarm alone; `docker compose up` does not read it";
    "services.*.deploy.rollback_config.max_failure_ratio" DeployRollbackConfigMaxFailureRatio Number Replace Consumed by "Swarm alone; `docker compose up` does not read it";
    "services.*.deploy.rollback_config.order"      DeployRollbackConfigOrder Choice(&["start-first", "stop-first"]) Replace Consumed by "Swarm alone; `docker compose up` does not read it";
    "services.*.deploy.resources"                  DeployResources Mapping Mapping               Mapped to "containers[].resources";
    "services.*.deploy.resources.limits"           DeployResourcesLimits Mapping Mapping         Mapped to "resources.limits";
    "services.*.deploy.resources.limits.cpus"      DeployResourcesLimitsCpus Number Replace      Mapped to "resources.limits.cpu";
    "services.*.deploy.resources.limits.memory"    DeployResourcesLimitsMemory TextBytes Replace Mapped to "resources.limits.memory";
    "services.*.deploy.resources.limits.pids"      DeployResourcesLimitsPids Integer Replace     NoEquivalent instead "remove the key: the kubelet limits processes for all pods of the node alike (podPidsLimit)";
    "services.*.deploy.resources.reservations"     DeployResourcesReservations Mapping Mapping   Mapped to "resources.requests";
    "services.*.deploy.resources.reservations.cpus" DeployResourcesReservationsCpus Number Replace Mapped to "resources.requests.cpu";
    "services.*.deploy.resources.reservations.memory" DeployResourcesReservationsMemory TextBytes Replace Mapped to "resources.requests.memory";
    "services.*.deploy.resources.reservations.devices" DeployResourcesReservationsDevices Items Append NoEquivalent instead "name the device plugin of the cluster in the overrides file, under `device-plugins`: then devices are given by number";
    "services.*.deploy.resources.reservations.devices[].capabilities" DeployResourcesReservationsDevicesCapabilities UniqueTexts Append NoEquivalent instead "name the device plugin of the cluster in the overrides file, under `device-plugins`: then devices are given by number";
    "services.*.deploy.resources.reservations.devices[].driver" DeployResourcesReservationsDevicesDriver Text Replace NoEquivalent instead "name the device plugin of the cluster in the overrides file, under `device-plugins`: then devices are given by number";
    "services.*.deploy.resources.reservations.devices[].count" DeployResourcesReservationsDevicesCount Count Replace NoEquivalent instead "name the device plugin of the cluster in the overrides file, under `device-plugins`: then devices are given by number";
    "services.*.deploy.resources.reservations.devices[].device_ids" DeployResourcesReservationsDevicesDeviceIds UniqueTexts Append NoEquivalent instead "name the device plugin of the cluster in the overrides file, under `device-plugins`: then devices are given by number";
    "services.*.deploy.resources.reservations.devices[].options" DeployResourcesReservationsDevicesOptions Pairs ByKind NoEquivalent instead "remove the options, or accept their loss: a device plugin takes none from a pod";
    "services.*.deploy.resources.reservations.generic_resources" DeployResourcesReservationsGenericResources Items Append Consumed by "Swarm's scheduler alone; `docker compose up` does not read it";
    "services.*.deploy.resources.reservations.generic_resources[].discrete_resource_spec" DeployResourcesReservationsGenericResourcesDiscreteResourceSpec Mapping Mapping Consumed by "Swarm's scheduler alone; `docker compose up` does not read it";
    "services.*.deploy.resources.reservations.generic_resources[].discrete_resource_spec.kind" DeployResourcesReservationsGenericResourcesDiscreteResourceSpecKind Text Replace Consumed by "Swarm's scheduler alone; `docker compose up` does not read it";
    "services.*.deploy.resources.reservations.generic_resources[].discrete_resource_spec.value" DeployResourcesReservationsGenericResourcesDiscreteResourceSpecValue Number Replace Consumed by "Swarm's scheduler alone; `docker compose up` does not read it";
    "services.*.deploy.restart_policy"             DeployRestartPolicy Mapping Mapping           Approximated differs "a Deployment restarts after every exit, at once first and then at longer and longer intervals";
    "services.*.deploy.restart_policy.condition"   DeployRestartPolicyCondition Text Replace     Approximated differs "a Deployment restarts after every exit, whatever its status";
    "services.*.deploy.restart_policy.delay"       DeployRestartPolicyDelay Duration Replace     Approximated differs "the kubelet waits 10 s before the second restart and twice as long before each further one, up to 5 min";
    "services.*.deploy.restart_policy.max_attempts" DeployRestartPolicyMaxAttempts Integer Replace Approximated differs "a Deployment restarts without end";
    "services.*.deploy.restart_policy.window"      DeployRestartPolicyWindow Duration Replace    Approximated differs "the kubelet forgets earlier failures after 10 min of running";
    "services.*.deploy.placement"                  DeployPlacement Mapping Mapping               Consumed by "Swarm's scheduler alone: the cluster has one node";
    "services.*.deploy.placement.constraints"      DeployPlacementConstraints Texts Append       Consumed by "Swarm's scheduler alone: the cluster has one node";
    "services.*.deploy.placement.preferences"      DeployPlacementPreferences Items Append       Consumed by "Swarm's scheduler alone: the cluster has one node";
    "services.*.deploy.placement.preferences[].spread" DeployPlacementPreferencesSpread Text Replace Consumed by "Swarm's scheduler alone: the cluster has one node";
    "services.*.deploy.placement.max_replicas_per_node" DeployPlacementMaxReplicasPerNode Integer Replace Consumed by "Swarm's scheduler alone: the cluster has one node";
    "services.*.deploy.endpoint_mode"              DeployEndpointMode Text Replace               Consumed by "Swarm alone: a name leads to the pods' own addresses, as under `docker compose up`";
    "services.*.device_cgroup_rules"               DeviceCgroupRules UniqueTexts Append          NoEquivalent instead "set `privileged: true`, which allows every device";
    "services.*.devices"                           Devices ItemsOrTexts ByIdentity               NoEquivalent instead "set `privileged: true`, which grants every device of the node at its own path: none is granted alone";
    "services.*.devices[].source"                  DevicesSource Text Replace                    NoEquivalent instead "set `privileged: true`, which grants every device of the node at its own path: none is granted alone";
    "services.*.devices[].target"                  DevicesTarget Text Replace                    NoEquivalent instead "set `privileged: true`, which grants every device of the node at its own path: none is granted alone";
    "services.*.devices[].permissions"             DevicesPermissions Text Replace               NoEquivalent instead "set `privileged: true`, which grants every device of the node at its own path: none is granted alone";
    "services.*.dns"                               Dns TextOrUniqueTexts Unique                  Mapped to "a zone of the cluster's DNS, or dnsConfig.nameservers alone: the overrides choose";
    "services.*.dns_opt"                           DnsOpt UniqueTexts Unique                     Mapped to "dnsConfig.options";
    "services.*.dns_search"                        DnsSearch TextOrUniqueTexts Unique            Mapped to "dnsConfig.searches";
    "services.*.domainname"                        Domainname Text Replace                       Approximated differs "with `hostname` it makes the pod's whole host name; alone it changes nothing";
    "services.*.entrypoint"                        Entrypoint Words Replace                      Mapped to "containers[].command, which drops the image's own arguments too";
    "services.*.provider"                          Provider Mapping Mapping                      NoEquivalent instead "run what the provider would offer as a service, or give its address in `environment`";
    "services.*.provider.type"                     ProviderType Text Replace                     NoEquivalent instead "run what the provider would offer as a service, or give its address in `environment`";
    "services.*.provider.options"                  ProviderOptions Options Mapping               NoEquivalent instead "run what the provider would offer as a service, or give its address in `environment`";
    "services.*.environment"                       Environment Pairs Pairs                       Mapped to "containers[].env, every value as the text that was written";
    "services.*.env_file"                          EnvFile TextOrItems ByIdentity                Consumed by "the loader, which folds the file into `environment`";
    "services.*.env_file[].path"                   EnvFilePath Text Replace                      Consumed by "the loader, as the file to fold into `environment`";
    "services.*.env_file[].required"               EnvFileRequired Flag Replace                  Consumed by "the loader, which passes over a missing file that is not required";
    "services.*.env_file[].format"                 EnvFileFormat Text Replace                    Consumed by "the loader, as the way to read the file";
    "services.*.expose"                            Expose UniqueTextsOrNumbers ByIdentity        Mapped to "ports of the Service";
    "services.*.extends"                           Extends MappingOrText ByKind                  Consumed by "the loader, which copies the other service's keys";
    "services.*.extends.file"                      ExtendsFile Text Replace                      Consumed by "the loader, as the file of the other service";
    "services.*.extends.service"                   ExtendsService Text Replace                   Consumed by "the loader, as the other service";
    "services.*.external_links"                    ExternalLinks UniqueTexts Append              NoEquivalent instead "bring the container into the project as a service, or give its address in `extra_hosts`";
    "services.*.extra_hosts"                       ExtraHosts Hosts Hosts                        Mapped to "hostAliases";
    "services.*.group_add"                         GroupAdd UniqueTextsOrNumbers Append          Mapped to "securityContext.supplementalGroups, given as numbers";
    "services.*.gpus"                              Gpus Gpus ByKind                              NoEquivalent instead "name the device plugin of the cluster in the overrides file, under `device-plugins`: then devices are given by number";
    "services.*.gpus[].capabilities"               GpusCapabilities UniqueTexts Append           NoEquivalent instead "name the device plugin of the cluster in the overrides file, under `device-plugins`: then devices are given by number";
    "services.*.gpus[].driver"                     GpusDriver Text Replace                       NoEquivalent instead "name the device plugin of the cluster in the overrides file, under `device-plugins`: then devices are given by number";
    "services.*.gpus[].count"                      GpusCount Count Replace                       NoEquivalent instead "name the device plugin of the cluster in the overrides file, under `device-plugins`: then devices are given by number";
    "services.*.gpus[].device_ids"                 GpusDeviceIds UniqueTexts Append              NoEquivalent instead "name the device plugin of the cluster in the overrides file, under `device-plugins`: then devices are given by number";
    "services.*.gpus[].options"                    GpusOptions Pairs ByKind                      NoEquivalent instead "remove the options, or accept their loss: a device plugin takes none from a pod";
    "services.*.hostname"                          Hostname Text Replace                         Mapped to "spec.hostname of the pod";
    "services.*.healthcheck"                       Healthcheck Mapping Mapping                   Mapped to "readinessProbe and startupProbe";
    "services.*.healthcheck.test"                  HealthcheckTest TextOrTexts Replace           Mapped to "readinessProbe.exec and startupProbe.exec";
    "services.*.healthcheck.timeout"               HealthcheckTimeout Duration Replace           Approximated differs "timeoutSeconds counts whole seconds: a fraction is rounded up";
    "services.*.healthcheck.interval"              HealthcheckInterval Duration Replace          Approximated differs "readinessProbe.periodSeconds counts whole seconds: a fraction is rounded up";
    "services.*.healthcheck.retries"               HealthcheckRetries Number Replace             Mapped to "readinessProbe.failureThreshold";
    "services.*.healthcheck.start_period"          HealthcheckStartPeriod Duration Replace       Mapped to "a startupProbe that never ends the container; the up script keeps Compose's patience";
    "services.*.healthcheck.start_interval"        HealthcheckStartInterval Duration Replace     Approximated differs "startupProbe.periodSeconds counts whole seconds: a fraction is rounded up";
    "services.*.healthcheck.disable"               HealthcheckDisable Flag Replace               Mapped to "no probe";
    "services.*.image"                             Image Text Replace                            Mapped to "containers[].image, exactly the text after interpolation";
    "services.*.init"                              Init Flag Replace                             Approximated differs "the pod shares one process namespace, whose pause process takes the place of Docker's init";
    "services.*.ipc"                               Ipc Text Replace                              Approximated differs "`host` is hostIPC, `private` is what pods have; another container's can only be shared inside one pod";
    "services.*.isolation"                         Isolation Text Replace                        NoEquivalent instead "remove the key, or write `default`, which is nothing: the others are for Windows containers, and the cluster's node runs Linux";
    "services.*.labels"                            Labels Pairs Pairs                            Mapped to "metadata.annotations of the pod";
    "services.*.label_file"                        LabelFile TextOrTexts Texts                   Consumed by "the loader, which folds the file into `labels`";
    "services.*.links"                             Links UniqueTexts Unique                      Approximated differs "the alias is a Service, so that every pod of the namespace finds it";
    "services.*.logging"                           Logging Mapping Driver                        Approximated differs "the kubelet keeps the logs; `kubectl logs` and k8s-logs.sh read them";
    "services.*.logging.driver"                    LoggingDriver Text Replace                    Approximated differs "no logging driver is started: the kubelet keeps the logs as files";
    "services.*.logging.options"                   LoggingOptions OptionMapping Mapping          Approximated differs "size and number of log files are the kubelet's own for all containers";
    "services.*.mem_limit"                         MemLimit Bytes Replace                        Mapped to "resources.limits.memory";
    "services.*.mem_reservation"                   MemReservation WholeBytes Replace             Approximated differs "becomes resources.requests.memory, which the node sets aside; it is no soft limit";
    "services.*.memswap_limit"                     MemswapLimit Bytes Replace                    NoEquivalent instead "remove the key, or say that there is no swap (`memswap_limit` equal to `mem_limit`, `mem_swappiness: 0`): pods have none";
    "services.*.mem_swappiness"                    MemSwappiness WholeBytes Replace              NoEquivalent instead "remove the key, or say that there is no swap (`memswap_limit` equal to `mem_limit`, `mem_swappiness: 0`): pods have none";
    "services.*.mac_address"                       MacAddress Text Replace                       NoEquivalent instead "remove the key: the cluster's network gives the hardware addresses";
    "services.*.models"                            Models NamesOrNamed Names                     NoEquivalent instead "run the model's server as a service and give its address in `environment`";
    "services.*.models.*.endpoint_var"             ModelsEndpointVar Text Replace                NoEquivalent instead "set this variable in `environment` to the address of a service that serves the model";
    "services.*.models.*.model_var"                ModelsModelVar Text Replace                   NoEquivalent instead "set this variable in `environment` to the model's name";
    "services.*.network_mode"                      NetworkMode Text Replace                      Mapped to "no Service and a NetworkPolicy for `none`, hostNetwork for `host`, one pod for `service:`";
    "services.*.networks"                          Networks NamesOrNamed Names                   Mapped to "Services under the names of the service, and its fixed addresses";
    "services.*.networks.*.aliases"                NetworksAliases UniqueTexts Unique            Mapped to "one more Service for each alias";
    "services.*.networks.*.driver_opts"            NetworksDriverOpts TextOrNumberMapping Mapping Approximated differs "options of Docker's endpoint are not applied; sysctls can be given in `sysctls`";
    "services.*.networks.*.gw_priority"            NetworksGwPriority StrictNumber Replace       Approximated differs "the default route is the cluster's, whatever network comes first";
    "services.*.networks.*.interface_name"         NetworksInterfaceName Text Replace            NoEquivalent instead "remove the key: the interface of a pod is always called eth0";
    "services.*.networks.*.ipv4_address"           NetworksIpv4Address Text Replace              Mapped to "a ClusterIP and the pod's own lo, or the pod's eth0: the overrides choose by network";
    "services.*.networks.*.ipv6_address"           NetworksIpv6Address Text Replace              Approximated differs "the address is the pod's own: others reach the service by name or by IPv4";
    "services.*.networks.*.link_local_ips"         NetworksLinkLocalIps UniqueTexts Unique       NoEquivalent instead "remove the key, or let the others find the service by name";
    "services.*.networks.*.mac_address"            NetworksMacAddress Text Replace               NoEquivalent instead "remove the key: the cluster's network gives the hardware addresses";
    "services.*.networks.*.priority"               NetworksPriority StrictNumber Replace         Consumed by "the order in which Docker joins networks; a pod has one";
    "services.*.oom_kill_disable"                  OomKillDisable Flag Replace                   NoEquivalent instead "remove the key, and raise `mem_limit` so that memory suffices";
    "services.*.oom_score_adj"                     OomScoreAdj IntegerWithin(-1000, 1000) Replace NoEquivalent instead "remove the key: the kubelet sets the score from requests and limits";
    "services.*.pid"                               Pid TextOrNull Replace                        Approximated differs "`host` is hostPID; another container's can only be shared inside one pod";
    "services.*.pids_limit"                        PidsLimit Number Replace                      NoEquivalent instead "remove the key: the kubelet limits processes for all pods of the node alike (podPidsLimit)";
    "services.*.platform"                          Platform Text Replace                         Mapped to "nodeSelector kubernetes.io/os and kubernetes.io/arch";
    "services.*.ports"                             Ports Ports ByIdentity                        Mapped to "hostPort of the pod, and extraPortMappings of the kind cluster";
    "services.*.ports[].name"                      PortsName Text Replace                        Mapped to "the name of the Service's port";
    "services.*.ports[].mode"                      PortsMode Text Replace                        Consumed by "Swarm alone; `docker compose up` does not read it";
    "services.*.ports[].host_ip"                   PortsHostIp Text Replace                      Mapped to "extraPortMappings[].listenAddress";
    "services.*.ports[].target"                    PortsTarget Integer Replace                   Mapped to "containerPort";
    "services.*.ports[].published"                 PortsPublished IntegerOrText Replace          Mapped to "hostPort, and the same number in extraPortMappings";
    "services.*.ports[].protocol"                  PortsProtocol Text Replace                    Mapped to "the protocol of the port";
    "services.*.ports[].app_protocol"              PortsAppProtocol Text Replace                 Mapped to "appProtocol of the Service's port";
    "services.*.privileged"                        Privileged Flag Replace                       Mapped to "securityContext.privileged";
    "services.*.pull_policy"                       PullPolicy PullPolicy Replace                 Approximated differs "Always, IfNotPresent or Never: an image is not pulled again because of its age";
    "services.*.pull_refresh_after"                PullRefreshAfter Duration Replace             Approximated differs "an image is not pulled again because of its age";
    "services.*.read_only"                         ReadOnly Flag Replace                         Mapped to "securityContext.readOnlyRootFilesystem";
    "services.*.restart"                           Restart Text Replace                          Approximated differs "a Deployment restarts after every exit, so that neither `no` nor a number of attempts holds";
    "services.*.runtime"                           Runtime Text Replace                          Approximated differs "becomes runtimeClassName: the cluster must have a RuntimeClass of that name";
    "services.*.scale"                             Scale Integer Replace                         Mapped to "spec.replicas";
    "services.*.secrets"                           Secrets ItemsOrTexts ByIdentity               Mapped to "a file from the Secret, at the exact path";
    "services.*.secrets[].source"                  SecretsSource Text Replace                    Mapped to "the Secret that is mounted";
    "services.*.secrets[].target"                  SecretsTarget Text Replace                    Mapped to "volumeMounts[].mountPath with subPath";
    "services.*.secrets[].uid"                     SecretsUid Text Replace                       Mapped to "an init container that gives a copy of the file that owner";
    "services.*.secrets[].gid"                     SecretsGid Text Replace                       Mapped to "an init container that gives a copy of the file that group";
    "services.*.secrets[].mode"                    SecretsMode FileMode Replace                  Mapped to "items[].mode of the Secret's volume";
    "services.*.security_opt"                      SecurityOpt UniqueTexts Append                Mapped to "seccompProfile (the folder of a profile's file is mounted in the node), appArmorProfile, seLinuxOptions, allowPrivilegeEscalation";
    "services.*.shm_size"                          ShmSize Bytes Replace                         Mapped to "an emptyDir in memory on /dev/shm";
    "services.*.stdin_open"                        StdinOpen Flag Replace                        Mapped to "containers[].stdin";
    "services.*.stop_grace_period"                 StopGracePeriod Duration Replace              Mapped to "terminationGracePeriodSeconds, in whole seconds";
    "services.*.stop_signal"                       StopSignal Text Replace                       Approximated differs "lifecycle.stopSignal, which the cluster must be told to know: it is an alpha feature";
    "services.*.storage_opt"                       StorageOpt AnyMapping Mapping                 Approximated differs "`size` is resources.limits.ephemeral-storage: a pod that writes more is ended and made anew";
    "services.*.sysctls"                           Sysctls Pairs Pairs                           Mapped to "securityContext.sysctls of the pod; unsafe ones are allowed in the cluster's kubelet";
    "services.*.tmpfs"                             Tmpfs TextOrUniqueTexts Unique                Mapped to "an emptyDir in memory";
    "services.*.tty"                               Tty Flag Replace                              Mapped to "containers[].tty";
    "services.*.ulimits"                           Ulimits Ulimits ReplaceEach                   NoEquivalent instead "call `ulimit` in the entrypoint, which can lower a limit; what all pods start with is containerd's on the node";
    "services.*.ulimits.*.soft"                    UlimitsSoft Integer Replace                   NoEquivalent instead "call `ulimit` in the entrypoint, which can lower a limit; what all pods start with is containerd's on the node";
    "services.*.ulimits.*.hard"                    UlimitsHard Integer Replace                   NoEquivalent instead "call `ulimit` in the entrypoint, which can lower a limit; what all pods start with is containerd's on the node";
    "services.*.use_api_socket"                    UseApiSocket StrictFlag Replace               NoEquivalent instead "remove the key, or mount the machine's /var/run/docker.sock with `volumes`: no Docker runs in the cluster";
    "services.*.user"                              User Text Replace                             Mapped to "securityContext.runAsUser and runAsGroup; a name gets its numbers in the overrides";
    "services.*.userns_mode"                       UsernsMode Text Replace                       Approximated differs "`host` is what pods have; for another user namespace there is hostUsers: false alone";
    "services.*.uts"                               Uts Text Replace                              NoEquivalent instead "remove the key, or use `network_mode: host`, which brings the node's host name along";
    "services.*.volumes"                           Volumes UniqueItemsOrTexts ByIdentity         Mapped to "volumes and volumeMounts";
    "services.*.volumes[].type"                    VolumesType Choice(&["bind", "volume", "tmpfs", "cluster", "npipe", "image"]) Replace Mapped to "hostPath, claim, emptyDir or image";
    "services.*.volumes[].source"                  VolumesSource Text Replace                    Mapped to "the path on the node, the claim, or the image";
    "services.*.volumes[].target"                  VolumesTarget Text Replace                    Mapped to "volumeMounts[].mountPath";
    "services.*.volumes[].read_only"               VolumesReadOnly Flag Replace                  Mapped to "volumeMounts[].readOnly";
    "services.*.volumes[].consistency"             VolumesConsistency Text Replace               Consumed by "Docker Desktop's file sharing alone";
    "services.*.volumes[].bind"                    VolumesBind Mapping Mapping                   Mapped to "the hostPath volume and its mount";
    "services.*.volumes[].bind.selinux"            VolumesBindSelinux Choice(&["z", "Z"]) Replace Consumed by "labels on the host's files, which the cluster's node does not ask for";
    "services.*.volumes[].bind.propagation"        VolumesBindPropagation Text Replace           Mapped to "volumeMounts[].mountPropagation";
    "services.*.volumes[].bind.create_host_path"   VolumesBindCreateHostPath Flag Replace        Mapped to "the up script, which makes a missing folder or refuses to";
    "services.*.volumes[].bind.recursive"          VolumesBindRecursive Choice(&["enabled", "disabled", "writable", "readonly"]) Replace Approximated differs "mounts below the source are always seen, and stay writable";
    "services.*.volumes[].volume"                  VolumesVolume Mapping Mapping                 Mapped to "the claim and its mount";
    "services.*.volumes[].volume.labels"           VolumesVolumeLabels Pairs Pairs               Approximated differs "an anonymous volume is an emptyDir, which bears no labels";
    "services.*.volumes[].volume.nocopy"           VolumesVolumeNocopy Flag Replace              Mapped to "what Kubernetes does anyway: files of the image are never copied into a volume";
    "services.*.volumes[].volume.subpath"          VolumesVolumeSubpath Text Replace             Mapped to "volumeMounts[].subPath";
    "services.*.volumes[].tmpfs"                   VolumesTmpfs Mapping Mapping                  Mapped to "an emptyDir in memory";
    "services.*.volumes[].tmpfs.size"              VolumesTmpfsSize WholeBytesFromZero Replace   Mapped to "emptyDir.sizeLimit";
    "services.*.volumes[].tmpfs.mode"              VolumesTmpfsMode FileMode Replace             Mapped to "an init container that sets the mode of the emptyDir";
    "services.*.volumes[].image"                   VolumesImage Mapping Mapping                  Mapped to "volumes[].image";
    "services.*.volumes[].image.subpath"           VolumesImageSubpath Text Replace              Mapped to "volumeMounts[].subPath";
    "services.*.volumes_from"                      VolumesFrom UniqueTexts Append                Mapped to "the same volumes, mounted at the same paths";
    "services.*.working_dir"                       WorkingDir Text Replace                       Mapped to "containers[].workingDir";
    "services.*.pre_start"                         PreStart Items Append                         Approximated differs "init containers: they run again whenever a pod is made anew, and once for each replica";
    "services.*.pre_start[].command"               PreStartCommand Words ByKind                  Mapped to "command of the init container";
    "services.*.pre_start[].image"                 PreStartImage Text Replace                    Mapped to "image of the init container; otherwise the service's own";
    "services.*.pre_start[].user"                  PreStartUser Text Replace                     Mapped to "securityContext.runAsUser and runAsGroup of the init container";
    "services.*.pre_start[].privileged"            PreStartPrivileged Flag Replace               Mapped to "securityContext.privileged of the init container";
    "services.*.pre_start[].working_dir"           PreStartWorkingDir Text Replace               Mapped to "workingDir of the init container";
    "services.*.pre_start[].environment"           PreStartEnvironment Pairs ByKind              Mapped to "env of the init container, after the service's own";
    "services.*.pre_start[].per_replica"           PreStartPerReplica Flag Replace               Approximated differs "an init container runs once for each replica, whatever this says";
    "services.*.post_start"                        PostStart Items Append                        Approximated differs "lifecycle.postStart: its commands run as one, and the kubelet ends a container whose hook fails";
    "services.*.post_start[].command"              PostStartCommand Words ByKind                 Mapped to "lifecycle.postStart.exec";
    "services.*.post_start[].user"                 PostStartUser Text Replace                    NoEquivalent instead "run the command as the service's own user, or let it change the user itself";
    "services.*.post_start[].privileged"           PostStartPrivileged Flag Replace              NoEquivalent instead "give the service itself `privileged: true`, or remove the key";
    "services.*.post_start[].working_dir"          PostStartWorkingDir Text Replace              Mapped to "a `cd` before the hook's command";
    "services.*.post_start[].environment"          PostStartEnvironment Pairs ByKind             Mapped to "an `env` before the hook's command";
    "services.*.pre_stop"                          PreStop Items Append                          Approximated differs "lifecycle.preStop: its commands run as one, within the grace period";
    "services.*.pre_stop[].command"                PreStopCommand Words ByKind                   Mapped to "lifecycle.preStop.exec";
    "services.*.pre_stop[].user"                   PreStopUser Text Replace                      NoEquivalent instead "run the command as the service's own user, or let it change the user itself";
    "services.*.pre_stop[].privileged"             PreStopPrivileged Flag Replace                NoEquivalent instead "give the service itself `privileged: true`, or remove the key";
    "services.*.pre_stop[].working_dir"            PreStopWorkingDir Text Replace                Mapped to "a `cd` before the hook's command";
    "services.*.pre_stop[].environment"            PreStopEnvironment Pairs ByKind               Mapped to "an `env` before the hook's command";
    "version"                                      TopVersion Text Replace                       Consumed by "nothing: Compose does not read it either";
    "volumes"                                      TopVolumes NamedOrNull Mapping                Mapped to "a PersistentVolumeClaim for each; a volume in memory, NFS or hostPath where its options ask for that";
    "volumes.*.name"                               TopVolumesName Text Replace                   Consumed by "Docker's own list of volumes; no program sees this name";
    "volumes.*.driver"                             TopVolumesDriver Text Replace                 Approximated differs "`local` alone: a claim of the cluster's default class";
    "volumes.*.driver_opts"                        TopVolumesDriverOpts TextOrNumberMapping Mapping Mapped to "an emptyDir in memory, an NFS volume or a hostPath, as `type` says";
    "volumes.*.external"                           TopVolumesExternal External ByKind            Approximated differs "the claim starts empty: what Docker's own volume holds is not copied";
    "volumes.*.external.name"                      TopVolumesExternalName Text Replace           Consumed by "the volume's `name`, which replaced it";
    "volumes.*.labels"                             TopVolumesLabels Pairs Pairs                  Mapped to "metadata.annotations of the claim";
}

impl Key {
    /// Keys that the official loader reads and the published specification does not have yet.
    pub const NEWER: &'static [Key] = &[
        Key::BuildNoCacheFilter,
        Key::PreStart,
        Key::PreStartCommand,
        Key::PreStartImage,
        Key::PreStartUser,
        Key::PreStartPrivileged,
        Key::PreStartWorkingDir,
        Key::PreStartEnvironment,
        Key::PreStartPerReplica,
    ];

    /// Keys without which the mapping that they stand in is wrong.
    pub const REQUIRED: &'static [Key] = &[
        Key::BuildUlimitsSoft,
        Key::BuildUlimitsHard,
        Key::DevelopWatchPath,
        Key::DevelopWatchAction,
        Key::DevelopWatchExecCommand,
        Key::DependsOnCondition,
        Key::DeployResourcesReservationsDevicesCapabilities,
        Key::DevicesSource,
        Key::ProviderType,
        Key::EnvFilePath,
        Key::ExtendsService,
        Key::UlimitsSoft,
        Key::UlimitsHard,
        Key::VolumesType,
        Key::PostStartCommand,
        Key::PreStopCommand,
        Key::TopModelsModel,
    ];

    /// Keys whose mapping, or whose items' mapping, takes no `x-` extensions.
    pub(super) const WITHOUT_EXTENSIONS: &'static [Key] = &[
        Key::TopInclude,
        Key::BlkioConfig,
        Key::BlkioConfigWeightDevice,
        Key::BlkioConfigDeviceReadBps,
        Key::BlkioConfigDeviceReadIops,
        Key::BlkioConfigDeviceWriteBps,
        Key::BlkioConfigDeviceWriteIops,
        Key::EnvFile,
        Key::Extends,
    ];

    /// Keys whose mapping, or whose items' mapping, may hold keys that the specification does not name.
    pub(super) const OPEN: &'static [Key] = &[Key::Gpus, Key::TopSecretsExternal, Key::TopConfigsExternal];
}
