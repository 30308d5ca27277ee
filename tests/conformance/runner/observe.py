"""The steps of a case on one engine, and what its containers report."""

import re
import socket
import time

from .process import CannotCompare, bounded, until

REPORT_END = "probe end = of the report"


def observe(case, engine) -> dict:
    """Takes the steps and gives the observations: `STEP/SERVICE/KEY` or `SERVICE/KEY` → value."""
    seen = {}
    for step in case.steps:
        label = step.get("as", "")
        {
            "up": _up,
            "look": _look,
            "run": _run,
            "exec": _exec,
            "host": _host,
            "wait": _wait,
            "edit": _edit,
            "down": _down,
            "sleep": _sleep,
        }[step["do"]](case, engine, step, f"{label}/" if label else "", seen)
    _events(engine, seen)
    _order(case, seen)
    return {key: value for key, value in sorted(seen.items()) if "/time." not in f"/{key}"}


def _up(case, engine, step, prefix, seen):
    # Whether it succeeds is part of the behaviour: a failed dependency ends it.
    seen[f"{prefix}project/up"] = "succeeds" if engine.up(step.get("services", [])) else "fails"


def _down(case, engine, step, prefix, seen):
    engine.down()


def _sleep(case, engine, step, prefix, seen):
    # Not stretched: it is the engines' own timers that are waited for.
    time.sleep(step["seconds"])


def _edit(case, engine, step, prefix, seen):
    file = engine.project / step["file"]
    text = file.read_text()
    if step["from"] not in text:
        raise CannotCompare(f"{step['file']} does not contain {step['from']!r}")
    file.write_text(text.replace(step["from"], step["to"]))
    engine.edited()


def _look(case, engine, step, prefix, seen):
    services = step.get("services", case.services)
    reports = {}

    def complete():
        reports.update(engine.logs(services))
        return all(REPORT_END in reports.get(service, []) for service in services)

    try:
        # A service that could not be started reports nothing however long one waits.
        until("every service reports", 60 if seen.get(f"{prefix}project/up") == "succeeds" else 10, complete)
    except CannotCompare:
        for service in services:
            if REPORT_END not in reports.get(service, []):
                seen[f"{prefix}{service}/report"] = "none: it did not start"
        services = [service for service in services if REPORT_END in reports.get(service, [])]
    if not services:
        raise CannotCompare("no service reports")
    for service in services:
        lines = reports[service]
        # After a restart the last report counts.
        end = len(lines) - 1 - lines[::-1].index(REPORT_END)
        start = max((index for index, line in enumerate(lines[:end]) if line.startswith("probe argument.count = ")), default=0)
        _take(lines[start:end] + lines[end + 1 :], f"{prefix}{service}/", seen)
    for service, options in case.look.items():
        if service in services:
            _take(engine.execute(service, ["/probe", "look", *options]), f"{prefix}{service}/", seen)


def _take(lines, prefix, seen):
    for line in lines:
        if found := re.match(r"probe (\S.*?) = (.*)$", line):
            seen[prefix + found.group(1)] = found.group(2)


def _run(case, engine, step, prefix, seen):
    status, lines = engine.one_off(step["service"], step["words"])
    seen[f"{prefix}{step['service']}/status"] = str(status)
    _take(lines, f"{prefix}{step['service']}/", seen)


def _exec(case, engine, step, prefix, seen):
    engine.execute(step["service"], step["words"])


def _host(case, engine, step, prefix, seen):
    """Connections from the host, as a user's program makes them."""
    for peer in step.get("tcp", []):
        seen[f"{prefix}host/tcp.{peer}"] = _patiently(_host_tcp, peer)
    for peer in step.get("udp", []):
        seen[f"{prefix}host/udp.{peer}"] = _patiently(_host_udp, peer)


def _patiently(ask, peer) -> str:
    # The engine has just set the rule up.
    answer = ""
    end = time.monotonic() + bounded(8)
    while time.monotonic() < end:
        answer = ask(peer)
        if "seen as" in answer:
            break
        time.sleep(0.3)
    return answer


def _target(peer):
    host, port = peer.rsplit(":", 1)
    return host.strip("[]"), int(port)


def _host_tcp(peer) -> str:
    try:
        with socket.create_connection(_target(peer), timeout=bounded(3)) as connection:
            answer = connection.recv(200).decode().strip()
            return f"connected, seen as {answer}" if answer else "connected, no answer"
    except ConnectionRefusedError:
        return "refused"
    except OSError as error:
        return f"fails: {type(error).__name__}"


def _host_udp(peer) -> str:
    family = socket.AF_INET6 if peer.startswith("[") else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as datagrams:
        datagrams.settimeout(bounded(1))
        try:
            datagrams.connect(_target(peer))
            datagrams.send(b"probe")
            return f"answered, seen as {datagrams.recv(200).decode().strip()}"
        except ConnectionRefusedError:
            return "refused"
        except OSError:
            return "no answer"


def _log(engine, service) -> list:
    file = engine.project / "out" / f"{service}.log"
    try:
        return [line.split(" ", 1) for line in file.read_text().splitlines() if " " in line]
    except FileNotFoundError:
        return []


def _wait(case, engine, step, prefix, seen):
    """Until a service has started so many times, and then has not for a while."""
    service, count = step["service"], step["starts"]

    def starts():
        return sum(1 for _, event in _log(engine, service) if event == "start")

    end = time.monotonic() + bounded(step.get("within", 60))
    while starts() < count and time.monotonic() < end:
        time.sleep(0.2)
    time.sleep(step.get("quiet", 0))
    at_least = step.get("at-least", False)
    number = starts()
    # How many more depends on the moment.
    more = f"{count} or more" if at_least and number >= count else f"more than {count}"
    seen[f"{prefix}{service}/starts"] = more if number > count or at_least and number == count else str(number)


def _events(engine, seen):
    """Signals, and how long a program went on that ignores them."""
    for file in sorted((engine.project / "out").glob("*.log")):
        events = _log(engine, file.stem)
        signals = [(int(time), event.split()[1]) for time, event in events if event.startswith("signal ")]
        if not signals:
            continue
        seen[f"{file.stem}/stop.signals"] = " ".join(name for _, name in signals)
        alive = [int(time) for time, event in events if event == "alive"]
        if alive:
            seen[f"{file.stem}/stop.grace"] = f"{(alive[-1] - signals[0][0]) / 1000:.1f} s"


def _order(case, seen):
    """`[first, event, second]`: whether the second started after that event of the first."""
    for first, event, second in case.order:
        before, after = seen.get(f"{first}/time.{event}"), seen.get(f"{second}/time.started")
        key = f"{second}/starts-after.{first}.{event}"
        if before and after:
            seen[key] = "yes" if int(after) >= int(before) else "no"
        else:
            seen[key] = f"unknown: {first} {event} {before or 'never'}, {second} started {after or 'never'}"
