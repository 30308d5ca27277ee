"""Differences between both engines, and what accounts for each of them."""

import fnmatch
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from .case import service_lines
from .normalise import equal, normalise, split


HOST = "depends on the host"
"""A row of KNOWN.md with these words in its topic may be unused: on another host both engines are the same there."""


@dataclass
class Difference:
    service: str
    key: str
    docker: str
    kind: str
    by: str = ""
    """The diagnostic or the known difference that accounts for it."""
    sort: str = "unannounced"


@dataclass
class Diagnostic:
    code: str
    at: str
    """The text of the Compose file that its first place shows: a key, a service's name, a value; empty for the project."""
    services: set
    message: str
    used: bool = False

    def __str__(self):
        return f"{self.code} at `{self.at}`" if self.at else self.code


@dataclass
class Result:
    case: object
    differences: list = field(default_factory=list)
    failures: list = field(default_factory=list)
    observations: int = 0
    diagnostics: list = field(default_factory=list)

    @property
    def verdict(self) -> str:
        if self.failures:
            return "different"
        sorts = {difference.sort for difference in self.differences}
        if "known" in sorts:
            return "known difference"
        return "differs as announced" if "announced" in sorts else "equal"


def diagnostics_of(problems, compose: str) -> list:
    """The diagnostics of a translation, each with the services in whose part of the Compose file it stands."""
    lines, ranges = compose.splitlines(), service_lines(compose)
    found = []
    for problem in problems:
        services, at = set(), ""
        for place in problem["places"]:
            line = lines[place["line"] - 1] if place["line"] <= len(lines) else ""
            if not at:
                end = place["end_column"] - 1 if place["end_line"] == place["line"] else None
                at = line[place["column"] - 1 : end].strip()
            services |= {name for name, (first, last) in ranges.items() if first <= place["line"] <= last}
        found.append(Diagnostic(problem["code"], at, services, problem["message"]))
    return found


def shown(value) -> str:
    return "(missing)" if value is None else "(empty)" if value == "" else value


class Accounts:
    """announcements.toml and KNOWN.md."""

    def __init__(self, folder: Path):
        with (folder / "announcements.toml").open("rb") as file:
            self.announcements = tomllib.load(file)["announcement"]
        entries = [dict(entry, used=False) for entry in known_entries((folder / "KNOWN.md").read_text())]
        # A row of one case comes before one of every project.
        self.known = sorted(entries, key=lambda entry: entry["case"] == "*")

    def compare(self, case, docker: dict, kind: dict, problems: list) -> Result:
        result = Result(case, diagnostics=diagnostics_of(problems, case.compose))
        docker, kind = normalise(docker, case.compose), normalise(kind, case.compose)
        # Of a service that did not start, only that is compared.
        silent = {key.removesuffix("report") for key in docker.keys() ^ kind.keys() if key.endswith("/report")}
        for key in sorted(docker.keys() | kind.keys()):
            if any(key.startswith(start) and key != f"{start}report" for start in silent):
                continue
            result.observations += 1
            one, other = docker.get(key), kind.get(key)
            if equal(key, one, other):
                continue
            _, service, own = split(key, case.services)
            difference = Difference(service, key, shown(one), shown(other))
            self._account(case, difference, own, result)
            result.differences.append(difference)
        for difference in result.differences:
            if difference.sort == "unannounced":
                result.failures.append(
                    f"unannounced: {difference.key} is `{difference.docker}` under Docker Compose and `{difference.kind}` on kind"
                )
        for diagnostic in result.diagnostics:
            if not diagnostic.used and not self._need_not_show(case, diagnostic):
                result.failures.append(f"announced and not observed: {diagnostic}: {diagnostic.message}")
        return result

    def _account(self, case, difference, own_key, result):
        for diagnostic in result.diagnostics:
            for rule in self.announcements:
                if rule["code"] != diagnostic.code or not _fits(rule.get("at"), diagnostic.at):
                    continue
                if not any(fnmatch.fnmatchcase(own_key, pattern) for pattern in rule.get("keys", [])):
                    continue
                own = not diagnostic.services or difference.service in diagnostic.services
                named = any(name in own_key for name in {diagnostic.at, *diagnostic.services})
                if not own and not (rule.get("seen-by-peers") and named):
                    continue
                diagnostic.used = True
                difference.by, difference.sort = str(diagnostic), "announced"
                if rule.get("everywhere"):
                    difference.sort = "everywhere"
                return
        for entry in self.known:
            if entry["case"] not in ("*", case.name):
                continue
            if not fnmatch.fnmatchcase(f"{difference.service}/{own_key}", entry["observation"]):
                continue
            if _value(entry["docker"], difference.docker) and _value(entry["kind"], difference.kind):
                entry["used"] = True
                difference.by, difference.sort = entry["topic"], "everywhere" if entry["case"] == "*" else "known"
                return

    def _need_not_show(self, case, diagnostic) -> bool:
        excused = [rule for rule in self.announcements if rule.get("unobservable") or rule.get("everywhere")]
        for entry in [*case.unobservable, *excused]:
            if entry["code"] == diagnostic.code and _fits(entry.get("at"), diagnostic.at):
                return True
        return False

    def unused(self, names) -> list:
        """Known differences of these cases that are no longer there: the list may only shrink."""
        return [
            f"KNOWN.md lists {entry['observation']} of {entry['case']}, which was not observed: remove the row"
            for entry in self.known
            if not entry["used"] and (entry["case"] in names or entry["case"] == "*") and HOST not in entry["topic"]
        ]


def _fits(pattern, at) -> bool:
    return pattern is None or fnmatch.fnmatchcase(at, pattern)


def _value(pattern, value) -> bool:
    # `*` is the only special character: values contain brackets.
    parts = pattern.split("*")
    if len(parts) == 1:
        return pattern == value
    if not value.startswith(parts[0]) or not value.endswith(parts[-1]):
        return False
    position = len(parts[0])
    for part in parts[1:-1]:
        position = value.find(part, position)
        if position < 0:
            return False
        position += len(part)
    return position <= len(value) - len(parts[-1])


def known_entries(text: str) -> list:
    """The rows of the table in KNOWN.md: case, observation, Docker Compose, kind, topic."""
    rows = []
    for line in text.splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("| ") and len(cells) == 5 and cells[0] not in ("Case", "---"):
            rows.append(dict(zip(("case", "observation", "docker", "kind", "topic"), cells)))
    return rows
