//! Diagnostics about volumes, mounts, configs and secrets.

use crate::report::problems;
use crate::text::Span;

problems! { lower
    /// Only privileged containers may propagate mounts to the host. The API server rejects others.
    warning(acceptable) unprivileged_propagation UnprivilegedPropagation { service: String, mode: String, at: Span }
        "mounts that `{service}` makes are not propagated to the host (`propagation: {mode}`), because it is not privileged; those of the host appear in it",
        [at "not propagated to the host"],
        help "set `privileged: true`, or `propagation: rslave` if the service makes no mounts there";
    /// Mounts need an absolute path in the container.
    error relative_target RelativeTarget { service: String, target: String, at: Span }
        "`{service}` mounts something at `{target}`, where Kubernetes takes an absolute path without `:`",
        [at "no such path"],
        help "begin the path with `/`, and write no `:` in it";
    /// Two mounts at one path.
    error target_twice TargetTwice { service: String, target: String, at: Span, first_at: Span }
        "`{service}` mounts two things at `{target}`",
        [at "mounted again here", first_at "first mounted here"],
        help "remove one of the two";
    /// ConfigMaps and Secrets hold at most 1 MiB.
    error config_too_large ConfigTooLarge { kind: String, name: String, bytes: usize, at: Span, granted: Span }
        "the {kind} `{name}` has {bytes} bytes: more than the 1 MiB that Kubernetes takes",
        [at "too large", granted "needed here"],
        help "mount it as a file with `volumes`";
    /// A config or secret with `file` is a bind mount, whose owner and mode are those of the host.
    warning(acceptable) owner_of_file OwnerOfFile { kind: String, name: String, service: String, keys: String, at: Vec<Span> }
        "{keys} of the {kind} `{name}` in `{service}` is not applied, as in Docker Compose: it is mounted from a file of the host, whose owner and mode count",
        [at "not applied"],
        help "change the owner and mode of the file on the host, or give the text as `content`";
    /// The overrides keep a path in a claim where the Compose file mounts something.
    error data_over_mount DataOverMount { service: String, path: String, at: Span, data: Span }
        "`data` of `{service}` covers `{path}`, where the Compose file mounts something",
        [data "kept here", at "mounted here"],
        help "remove one of the two: a named volume keeps its data without `data`";
    /// A volume with a driver other than `local`, or of a type that Kubernetes does not have, becomes a claim of the cluster's
    /// default storage class.
    warning(acceptable) volume_driver VolumeDriver { volume: String, driver: String, at: Span }
        "the volume `{volume}` is empty at first and stored in the cluster, because {driver} is not available there",
        [at "not in the cluster"],
        help "remove `driver` and `driver_opts`, or copy the data into the volume before the services start";
    /// Volumes of a pod take no mount options.
    warning(acceptable) mount_options MountOptions { volume: String, options: String, at: Span }
        "the volume `{volume}` is mounted without its options {options}",
        [at "not applied"],
        help "remove them, if the volume serves as well without them";
    /// An emptyDir in memory takes a size; owner and mode come from an init container. It takes no mount options.
    warning(acceptable) tmpfs_options TmpfsOptions { service: String, options: String, at: Span }
        "a tmpfs of `{service}` is mounted without its options {options}",
        [at "not applied"],
        help "nothing to do, unless a program relies on being refused there";
    /// An emptyDir in memory has neither the options of Docker's tmpfs nor its lifetime.
    advice(acceptable) tmpfs_of_pod TmpfsOfPod { service: String, paths: String, at: Vec<Span> }
        "a tmpfs of `{service}` keeps its files when only the container restarts, and has none of the options `noexec`, `nosuid` and `nodev`: {paths}",
        [at "as long as the pod"],
        help "if a file there must not survive a restart, such as a PID file, remove it before the program starts";
    /// Several pods use a volume in memory, and the overrides do not say who owns it.
    warning(acceptable) writer_guessed WriterGuessed { volume: String, writer: String, at: Span }
        "`{writer}` is taken for the owner of the volume `{volume}`, which several services share in memory",
        [at "shared in memory"],
        help "name the service that writes first in the overrides file, under `volumes`";
    /// Named pipes and cluster volumes have no twin.
    error(acceptable about "volumes") foreign_mount ForeignMount { service: String, kind: String, at: Span }
        "`{service}` has a mount of type `{kind}`, which has no equivalent in Kubernetes",
        [at "would be lost"],
        help "use a bind mount or a volume; or accept the loss in the overrides file";
    /// `volumes_from: container:NAME` names a container outside the project.
    error(acceptable about "volumes") foreign_volumes ForeignVolumes { service: String, container: String, at: Span }
        "`{service}` takes the volumes of the container `{container}`, which is not of this project",
        [at "another project's"],
        help "mount the volumes by name; or accept the loss in the overrides file";
    /// External configs and secrets are not made by the kit.
    warning(acceptable) material_must_exist MaterialMustExist { kind: String, name: String, entry: String, service: String, at: Span }
        "`{service}` needs the {kind} `{name}`, which the kit does not make",
        [at "external"],
        help format!("create it in the namespace before the service starts, with what shall be in the file under the key `{entry}`");
    /// Docker's socket and its directories are those of the host. Docker lists the kind node there, not the pods.
    warning(acceptable) docker_socket DockerSocket { service: String, path: String, at: Span }
        "`{service}` finds the host's Docker at `{path}`, which runs the cluster's node and none of this project's containers",
        [at "Docker of the host"],
        help "remove the mount, or read the pods from the Kubernetes API instead";
    /// No init container runs before an ephemeral container, so nothing fills a new volume.
    advice(acceptable) volume_starts_empty VolumeStartsEmpty { service: String, path: String, owner: String, at: Span }
        "the volume at `{path}` of `{service}` starts empty: the image's files are not copied in, because `{service}` runs in the pod of `{owner}`",
        [at "starts empty"],
        help "if the image has files there, let its entrypoint copy them";
    /// Docker keeps what an image declares with VOLUME while the container exists, and a Compose file does not show it.
    advice(acceptable) image_volumes ImageVolumes { services: String, at: Vec<Span> }
        "what an image keeps by its own VOLUME ends with the pod: {services}",
        [at "no data kept"],
        help "name the path under `data` in the overrides file where data must outlive the pod";
    /// One of two services that belong together would keep its data while the other's is lost with the pod.
    warning(acceptable) data_beside_none DataBesideNone { service: String, others: String, at: Span, others_at: Vec<Span> }
        "`{service}` keeps its data, and {others} beside it keep none: after a restart they may disagree",
        [at "keeps data", others_at "keeps none"],
        help "give the others `data` too, or accept this in the overrides file with a `because`";
}
