"""The probe and the images that contain it."""

import platform
import shutil
import subprocess
from pathlib import Path

from .engines import HELPER
from .process import IMAGE, CannotCompare, complain, run

TARGET = f"{platform.machine()}-unknown-linux-musl"
VARIANTS = ("plain", "content", "settings", "shell")


made = []
"""Images of this run, which `remove` takes away again; BuildKit's cache makes the next build short."""


def build(repository: Path, work: Path) -> None:
    here = repository / "tests/conformance"
    target = repository / "target/conformance"
    manifest = here / "probe/Cargo.toml"
    command = ["cargo", "build", "--release", "--locked", "--quiet", "--manifest-path", manifest, "--target", TARGET, "--target-dir", target]
    run(command, seconds=600)
    context = work / "images"
    shutil.copytree(here / "images", context, dirs_exist_ok=True)
    shutil.copy2(target / TARGET / "release/conformance-probe", context / "probe")
    helper(work)
    for variant in VARIANTS:
        image = f"{IMAGE}:{variant}"
        run(["docker", "build", "--quiet", "--target", variant, "--tag", image, context], seconds=180)
        made.append(image)


def helper(work: Path) -> None:
    """The image of the output's init containers: pulled, or made of the host's own static busybox where that is impossible."""
    if exists(HELPER):
        return
    if run(["docker", "pull", "--quiet", HELPER], seconds=120, check=False).returncode == 0:
        return
    busybox = shutil.which("busybox")
    if not busybox:
        raise CannotCompare(f"{HELPER} cannot be pulled, and there is no busybox to make it of")
    folder = work / "helper"
    folder.mkdir()
    shutil.copy2(busybox, folder / "busybox")
    (folder / "Dockerfile").write_text(
        'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\n'
        'RUN ["/bin/busybox", "sh", "-c", "mkdir -p /tmp /etc && chmod 1777 /tmp && echo root:x:0:0:root:/:/bin/sh >/etc/passwd"]\nCMD ["sh"]\n'
    )
    run(["docker", "build", "--quiet", "--tag", HELPER, folder], seconds=120)
    made.append(HELPER)
    complain(f"note: {HELPER} cannot be pulled; it was made of {busybox}")


def remove() -> None:
    if made:
        run(["docker", "image", "rm", "--force", *made], check=False)
    made.clear()


def exists(image: str) -> bool:
    return run(["docker", "image", "inspect", image], check=False).returncode == 0


def node_image(pinned: str) -> str:
    """The node's image: the pinned one if it can be had, otherwise a local one, otherwise none."""
    if exists(pinned) or run(["docker", "pull", "--quiet", pinned], seconds=600, check=False).returncode == 0:
        return ""
    local = run(["docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "kindest/node"]).stdout.split()
    if not local:
        raise CannotCompare(f"the node's image {pinned} cannot be pulled, and there is no other kindest/node")
    complain(f"note: {pinned} cannot be pulled; the node is {local[0]}")
    return local[0]


def available(tool: str) -> bool:
    return shutil.which(tool) is not None


def target_installed() -> bool:
    library = run(["rustc", "--print", "target-libdir", "--target", TARGET], check=False).stdout.strip()
    return bool(library) and Path(library).is_dir()


def docker_answers() -> bool:
    try:
        return available("docker") and run(["docker", "info"], seconds=15, check=False).returncode == 0
    except (CannotCompare, OSError, subprocess.SubprocessError):
        return False
