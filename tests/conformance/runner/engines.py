"""Docker Compose and the generated output on kind, behind the same few actions."""

import json
import os
import re
import shutil
from pathlib import Path

from .process import IMAGE, RUN, CannotCompare, complain, run, tail

HELPER = "busybox:1.37.0"
# The image of the output's privileged init containers. The node pulls it by its digest.
PINNED = re.compile(r"image: (busybox:[0-9.]+@(sha256:[0-9a-f]{64}))")
PROBE = f"{IMAGE}:plain"


class Engine:
    """What both have in common: the project folder, and the environment of its commands."""

    name = ""

    def __init__(self, work: Path):
        self.work = work
        self.project = work / "project"
        self.project.mkdir(parents=True, exist_ok=True)
        self.case = None
        self.failures = []
        # Further folders of programs, before those of PATH.
        self.folders = []

    def begin(self, case) -> None:
        self.case = case
        self.failures = []
        self.empty_project()
        case.files_to(self.project)

    def empty_project(self) -> None:
        # Containers run as root and leave files of root there: a container removes them.
        try:
            for entry in self.project.iterdir():
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()
        except PermissionError:
            run(["docker", "run", "--rm", "--network", "none", "-v", f"{self.project}:/project", PROBE, "empty", "/project"])

    @property
    def environment(self) -> dict:
        own = {
            "HOME": os.environ.get("HOME", "/"),
            "PATH": ":".join([*map(str, self.folders), os.environ["PATH"]]),
            "KUBECONFIG": str(self.work / "kubeconfig"),
            "XDG_STATE_HOME": str(self.work / "state"),
            "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
        }
        own |= {name: value for name, value in os.environ.items() if name.startswith(("DOCKER_", "KIND_"))}
        return own | (self.case.environment if self.case else {})

    def edited(self) -> None:
        """A file of the project has changed."""


class Docker(Engine):
    name = "docker"

    def __init__(self, work: Path):
        super().__init__(work)
        self.volumes = set()

    def compose(self, *words, **options):
        command = ["docker", "compose", "-p", f"{project_name(self.case)}-{RUN}", "-f", "compose.yaml", *words]
        return run(command, cwd=self.project, env=self.environment, **options)

    def up(self, services) -> bool:
        result = self.compose("up", "-d", "--quiet-pull", "--quiet-build", *services, seconds=120, check=False)
        if result.returncode:
            self.failures.append(f"docker compose up: {tail(result.stderr)}")
        if result.returncode and not self.compose("ps", "-aq").stdout.strip():
            raise CannotCompare(f"docker compose up: {tail(result.stderr)}")
        return result.returncode == 0

    def logs(self, services) -> dict:
        found = {}
        for service in services:
            text = self.compose("logs", "--no-log-prefix", "--no-color", service).stdout
            found[service] = [line.rstrip("\r") for line in text.splitlines()]
        return found

    def execute(self, service, words) -> list:
        return self.compose("exec", "-T", service, *words).stdout.splitlines()

    def one_off(self, service, words):
        result = self.compose("run", "--rm", "-T", "--quiet-pull", service, *words, seconds=120, check=False)
        return result.returncode, result.stdout.splitlines()

    def remember_volumes(self) -> None:
        """Compose leaves anonymous volumes behind when it replaces or removes a container."""
        containers = self.compose("ps", "--all", "--quiet").stdout.split()
        if containers:
            mounts = "{{range .Mounts}}{{if eq .Type \"volume\"}}{{println .Name}}{{end}}{{end}}"
            self.volumes |= set(run(["docker", "inspect", "--format", mounts, *containers]).stdout.split())

    def edited(self) -> None:
        self.remember_volumes()

    def down(self) -> None:
        self.remember_volumes()
        self.compose("down", seconds=90)

    def end(self) -> None:
        self.remember_volumes()
        self.compose("down", "--volumes", "--remove-orphans", "--rmi", "local", "--timeout", "1", seconds=90)
        if self.volumes:
            run(["docker", "volume", "rm", "--force", *self.volumes])
        self.volumes = set()
        self.empty_project()


class Kind(Engine):
    """The generated output with its own scripts. All projects have one cluster name, so that projects with the same
    kind-config.yaml follow each other in one cluster."""

    name = "kind"
    cluster = os.environ.get("CONFORMANCE_CLUSTER", f"conformance-{RUN}")

    def __init__(self, work: Path, program: Path, node_image: str):
        super().__init__(work)
        self.program = program
        self.node_image = node_image
        self.exists = False
        self.had_network = run(["docker", "network", "inspect", "kind"], check=False).returncode == 0
        self.server_version = self.containerd_version = ""

    @property
    def kubeconfig(self) -> Path:
        return self.work / "state/compose2k8s" / self.cluster / "kubeconfig"

    def begin(self, case) -> None:
        super().begin(case)
        self.write_output()

    def write_output(self) -> None:
        given = self.project / "overrides.yaml"
        overrides = self.project / "overrides" / f"{project_name(self.case)}.yaml"
        overrides.parent.mkdir(exist_ok=True)
        overrides.write_text(with_cluster(given.read_text() if given.exists() else "", self.cluster, self.node_image))
        self.translate(overrides, "-o", "k8s", "--quiet")

    def edited(self) -> None:
        self.write_output()

    def translate(self, overrides, *words):
        variables = [word for name, value in self.case.environment.items() for word in ("-e", f"{name}={value}")]
        command = [self.program, "compose.yaml", "-p", project_name(self.case), "--overrides", overrides, *variables]
        return run([*command, *words], cwd=self.project, env=self.environment)

    def diagnostics(self) -> list:
        """What the translation prints when nothing is accepted."""
        given = self.project / "overrides.yaml"
        plain = self.work / "overrides-that-accept-nothing.yaml"
        text = given.read_text() if given.exists() else ""
        plain.write_text(with_cluster(without_section(text, "accept"), self.cluster, self.node_image))
        command = [self.program, "compose.yaml", "-p", project_name(self.case), "--overrides", plain, "-o", "-", "--format", "json"]
        command += [word for name, value in self.case.environment.items() for word in ("-e", f"{name}={value}")]
        result = run(command, cwd=self.project, env=self.environment, check=False)
        text = result.stderr if result.stderr.lstrip().startswith("{") else result.stdout
        # The manifests may contain braces too, but not alone on a line.
        start = re.search(r"^\{$", text, re.MULTILINE)
        if not start and result.returncode == 0 and not result.stderr.strip():
            return []
        try:
            return json.JSONDecoder().raw_decode(text[start.start() if start else 0 :])[0]["problems"]
        except (ValueError, KeyError) as error:
            raise CannotCompare(f"compose2k8s printed no diagnostics: {tail(result.stderr)}") from error

    def kind_config(self) -> str:
        lines = (self.project / "k8s/cluster/kind-config.yaml").read_text().splitlines()
        return "\n".join(line for line in lines if line.strip() and not line.strip().startswith("#"))

    def script(self, name, *words, **options):
        return run([self.project / "k8s/scripts" / name, *words], cwd=self.project, env=self.environment, **options)

    def up(self, services) -> bool:
        self.exists = True
        self.provide_pinned()
        result = self.script("k8s-up.sh", *services, seconds=420, check=False)
        if result.returncode:
            self.failures.append(f"k8s-up.sh: {tail(result.stderr)}")
        if result.returncode and "phase " not in result.stderr:
            raise CannotCompare(f"k8s-up.sh: {tail(result.stderr)}")
        return result.returncode == 0

    def provide_pinned(self) -> None:
        """Where the pinned image cannot be pulled, the helper image has its name on the node, as soon as there is one."""
        texts = [path.read_text() for path in sorted((self.project / "k8s/manifests").glob("*.yaml"))]
        pinned = next((found for text in texts if (found := PINNED.search(text))), None)
        if not pinned or self.folders or run(["docker", "pull", "--quiet", pinned[1]], seconds=120, check=False).returncode == 0:
            return
        kind, folder = shutil.which("kind"), self.work / "kind-with-helper"
        folder.mkdir()
        name = f"docker.io/library/busybox@{pinned[2]}"
        node = f"{self.cluster}-control-plane"
        if run(["docker", "inspect", node], check=False).returncode == 0:
            run([kind, "load", "docker-image", HELPER, "--name", self.cluster], seconds=120)
            run(["docker", "exec", node, "ctr", "--namespace", "k8s.io", "images", "tag", "--force", f"docker.io/library/{HELPER}", name])
        (folder / "kind").write_text(
            f'#!/bin/sh\n{kind} "$@" || exit\n[ "$1 $2" = "create cluster" ] || exit 0\n'
            f"{kind} load docker-image {HELPER} --name {self.cluster} >/dev/null 2>&1\n"
            f"exec docker exec {self.cluster}-control-plane ctr --namespace k8s.io images tag docker.io/library/{HELPER} {name} >/dev/null\n"
        )
        (folder / "kind").chmod(0o755)
        self.folders = [folder]
        complain(f"note: {pinned[1]} cannot be pulled; on the node it is {HELPER}")

    def kubectl(self, *words, **options):
        command = ["kubectl", "--kubeconfig", self.kubeconfig, "--namespace", project_name(self.case), *words]
        return run(command, env=self.environment, **options)

    def logs(self, services) -> dict:
        """Lines `SERVICE | …`, or `SERVICE (CONTAINER) | …` for a container that shares the pod of a service."""
        found = {service: [] for service in services}
        for line in self.script("k8s-logs.sh", check=False).stdout.splitlines():
            if match := re.match(r"(\S+)(?: \((\S+)\))? +\| (.*?)\r?$", line):
                owner, container, text = match.groups()
                service = next((service for service in services if object_name(service) == container), None)
                if container is None or service:
                    found.setdefault(service or owner, []).append(text)
        return found

    def execute(self, service, words) -> list:
        pods = json.loads(self.kubectl("get", "pods", "-o", "json").stdout)["items"]
        for pod in sorted(pods, key=lambda pod: pod["metadata"]["creationTimestamp"], reverse=True):
            annotations = pod["metadata"].get("annotations", {})
            labels = pod["metadata"].get("labels", {})
            names = {annotations.get("compose2k8s/service"), labels.get("app.kubernetes.io/name")}
            containers = [container["name"] for container in pod["spec"]["containers"]]
            if pod["metadata"].get("deletionTimestamp"):
                continue
            if service in names or object_name(service) in containers:
                container = object_name(service) if object_name(service) in containers else containers[0]
                command = ["exec", pod["metadata"]["name"], "--container", container, "--", *words]
                return self.kubectl(*command).stdout.splitlines()
        raise CannotCompare(f"{service} has no pod")

    def one_off(self, service, words):
        self.exists = True
        result = self.script("k8s-run.sh", "-T", service, *words, seconds=420, check=False)
        return result.returncode, result.stdout.splitlines()

    def down(self) -> None:
        self.script("k8s-down.sh", seconds=120)

    def end(self) -> None:
        # Without waiting: the next case has a namespace of its own, and the cluster is deleted after the last.
        if self.exists and self.kubeconfig.exists():
            project = project_name(self.case)
            self.kubectl("delete", "namespace", project, "--ignore-not-found", "--wait=false")
            # The service proxy rejects addresses of a range that no Service has, also those of the next case.
            self.kubectl("delete", "servicecidrs", "--selector", f"app.kubernetes.io/part-of={project}", "--wait=false")
        # k8s-up.sh has Docker Compose build what the project builds.
        built = run(["docker", "image", "ls", "--quiet", "--filter", f"reference={project_name(self.case)}-*"]).stdout.split()
        if built:
            run(["docker", "image", "rm", "--force", *built], check=False)
        self.empty_project()

    def remember_versions(self) -> None:
        text = run(["kubectl", "--kubeconfig", self.kubeconfig, "get", "nodes", "-o", "json"], env=self.environment).stdout
        info = json.loads(text)["items"][0]["status"]["nodeInfo"]
        self.server_version = info["kubeletVersion"].removeprefix("v")
        self.containerd_version = info["containerRuntimeVersion"].removeprefix("containerd://")

    def delete_cluster(self) -> None:
        """By kind itself, so that it also works when the output is not there."""
        run(["kind", "delete", "cluster", "--name", self.cluster, "--kubeconfig", self.kubeconfig], env=self.environment, seconds=120)
        shutil.rmtree(self.work / "state", ignore_errors=True)
        self.exists = False

    def remove_network(self) -> None:
        """kind leaves its network behind. It is removed if it was not there before and no other cluster uses it."""
        if not self.had_network:
            run(["docker", "network", "rm", "kind"], check=False)


def project_name(case) -> str:
    return f"conformance-{case.name}"


def object_name(service: str) -> str:
    return service.lower().replace("_", "-")


def without_section(text: str, name: str) -> str:
    """The YAML text without one of its top-level keys."""
    kept, inside = [], False
    for line in text.splitlines(keepends=True):
        if re.match(r"[^\s#-]", line):
            inside = line.startswith(f"{name}:")
        if not inside:
            kept.append(line)
    return "".join(kept)


def with_cluster(text: str, name: str, node_image: str) -> str:
    """Adds the cluster's name and the node's image: the overrides file is the documented place for both."""
    own = f"  name: {name}\n" + (f"  node-image: {node_image}\n" if node_image else "")
    if re.search(r"^cluster:\s*$", text, re.MULTILINE):
        return re.sub(r"^cluster:\s*\n", lambda _: f"cluster:\n{own}", text, flags=re.MULTILINE)
    return text + f"cluster:\n{own}  because: All cases with the same kind-config.yaml share one cluster.\n"
