"""A case: a folder with compose.yaml, case.toml and whatever files the project needs."""

import hashlib
import re
import shutil
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from .process import IMAGE


class CaseError(Exception):
    """case.toml has something that the runner does not know."""


ACTIONS = {"up", "look", "run", "exec", "host", "wait", "edit", "down", "sleep"}


@dataclass
class Case:
    name: str
    folder: Path
    title: str
    ci: bool = False
    quarantined: str = ""
    environment: dict = field(default_factory=dict)
    look: dict = field(default_factory=dict)
    order: list = field(default_factory=list)
    steps: list = field(default_factory=list)
    unobservable: list = field(default_factory=list)

    @property
    def compose(self) -> str:
        return (self.folder / "compose.yaml").read_text()

    @property
    def services(self) -> list:
        return list(service_lines(self.compose))

    def files_to(self, project: Path) -> None:
        """Puts the case's files into the project folder, which itself stays: the cluster's node has it mounted."""
        for entry in self.folder.iterdir():
            if entry.is_dir():
                shutil.copytree(entry, project / entry.name, symlinks=True)
            else:
                shutil.copy2(entry, project / entry.name)
        for file in [project / "compose.yaml", *project.rglob("Dockerfile")]:
            file.write_text(file.read_text().replace("conformance/probe:", f"{IMAGE}:"))
        # Containers of any user append their events there.
        (project / "out").mkdir(exist_ok=True)
        (project / "out").chmod(0o777)

    def digest(self) -> str:
        """Changes with any file of the case."""
        digest = hashlib.sha256()
        for file in sorted(self.folder.rglob("*")):
            if file.is_file():
                digest.update(str(file.relative_to(self.folder)).encode() + b"\0" + file.read_bytes() + b"\0")
        return digest.hexdigest()[:16]


def load(folder: Path) -> Case:
    with (folder / "case.toml").open("rb") as file:
        values = tomllib.load(file)
    try:
        case = Case(name=folder.name, folder=folder, **values)
    except TypeError as error:
        raise CaseError(f"{folder.name}/case.toml: {error}") from error
    case.steps = case.steps or [{"do": "up"}, {"do": "look"}]
    for step in case.steps:
        if step.get("do") not in ACTIONS:
            raise CaseError(f"{folder.name}/case.toml: there is no action {step.get('do')!r}")
    for entry in case.unobservable:
        if not entry.get("because"):
            raise CaseError(f"{folder.name}/case.toml: `unobservable` needs `because`")
    return case


def load_all(folder: Path) -> list:
    return [load(entry) for entry in sorted(folder.iterdir()) if (entry / "case.toml").exists()]


def service_lines(text: str) -> dict:
    """The services of a Compose file, and the range of lines (from 1) that each takes: cases indent by two spaces."""
    services, section, current = {}, "", None
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if re.match(r"[^\s#]", line):
            section, current = line.split(":")[0], None
        elif section == "services" and (found := re.match(r"  ([\w.-]+):", line)):
            current = found.group(1)
            services[current] = (number, number)
        elif current and line.strip():
            services[current] = (services[current][0], number)
    return services
