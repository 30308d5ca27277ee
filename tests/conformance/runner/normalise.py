"""What an engine generates is replaced by what it stands for. Nothing else is: every entry has its reason."""

import ipaddress
import re

from .case import service_lines

# Reason of each replacement, printed by `run --normalised`.
REASONS = {
    "address": "each engine gives addresses from its own range; a service's generated address becomes <SERVICE>",
    "host-address": "the address by which an engine's network shows the host is generated; it becomes <host>",
    "name": "without `hostname`, the container's ID and the pod's name are generated; both become <generated>",
    "nameserver": "the engine's own name server, which forwards to those of `dns`, has an address of its own; it becomes <engine>",
    "repeated": "Docker gives a container one address for each network; repeated names in one answer are one",
    "order": "a name server may answer the addresses of a name in any order",
    "runtime": "a look starts beside the main process with a process of the container runtime, which is there for a moment",
    "timing": "times are compared within the tolerance of their key, for a busy host",
}
# Key pattern → tolerated distance, in the unit of the value.
TOLERANCES = (
    (re.compile(r"stop\.grace$"), 1.0),
    (re.compile(r"health\.interval\."), 350.0),
)
DOCKER_DNS = "127.0.0.11"
IPV4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
GENERATED_NAME = re.compile(r"[0-9a-f]{12}$")


def normalise(seen: dict, compose: str) -> dict:
    written = set(IPV4.findall(compose))
    subnets = [ipaddress.ip_network(subnet, strict=False) for subnet in re.findall(r"[\d.]+/\d+", compose)]
    services = service_lines(compose)
    owners = _owners(seen, written, services)
    names = _generated_names(seen, compose, services)

    def replace_address(found):
        address = found.group(0)
        if address in owners:
            # The address of a container that has ended is given to the next one.
            return f"<{service if service in owners[address] else owners[address][0]}>"
        if address in written or address.startswith("127.") or address in ("0.0.0.0", "255.255.255.255"):
            return address
        if any(ipaddress.ip_address(address) in subnet for subnet in subnets) and not address.endswith(".1"):
            return address
        return "<host>" if ipaddress.ip_address(address).is_private else address

    result = {}
    for key, value in seen.items():
        for name in names:
            value = value.replace(name, "<generated>")
            key = key.replace(f"hosts.{name}", "hosts.<generated>")
        _, service, own = split(key, services)
        if own == "resolver.nameserver" and len(value.split()) == 1 and (value == DOCKER_DNS or value not in written):
            value = "<engine>"
        elif own.startswith(("resolve.", "query.", "tcp.", "udp.", "network.addresses", "hosts.", "argument.", "environment.")):
            value = IPV4.sub(replace_address, value)
            if own.startswith(("resolve.", "query.", "hosts.")):
                value = " ".join(dict.fromkeys(value.split(" ")))
            if own.startswith(("resolve.", "query.")):
                value = _sorted_addresses(value)
            if own == "network.addresses":
                value = " ".join(sorted(value.split(" ")))
        elif own == "process.visible":
            value = " ".join(name for name in value.split(" ") if not name.startswith("runc:["))
        result[key] = value
    return result


def _sorted_addresses(value: str) -> str:
    words = value.split(" ")
    addresses = [word for word in words if word.startswith("<") or IPV4.fullmatch(word)]
    return " ".join([word for word in words if word not in addresses] + sorted(addresses))


def split(key: str, services) -> tuple:
    """Step, service and the probe's name of an observation: `again/web/mount./data`, `web/mount./data`.

    A process that was started beside the main process observes the same things as that one.
    """
    first, rest = key.split("/", 1)
    if first in services or first in ("project", "host"):
        return "", first, rest.removeprefix("beside.")
    service, rest = rest.split("/", 1)
    return first, service, rest.removeprefix("beside.")


def _owners(seen, written, services) -> dict:
    owners = {}
    for key, value in seen.items():
        _, service, own = split(key, services)
        if own == "network.addresses":
            for address in IPV4.findall(value):
                if not address.startswith("127.") and address not in written:
                    owners.setdefault(address, []).append(service)
    return owners


def _generated_names(seen, compose, services) -> list:
    names = set()
    given = set(re.findall(r"^\s+hostname:\s*[\"']?([^\s\"']+)", compose, re.MULTILINE))
    for key, value in seen.items():
        _, service, own = split(key, services)
        if own == "host.name":
            service = service.lower().replace("_", "-")
            pod = re.match(rf"{re.escape(service)}(-run)?(-[a-z0-9]+)*(-\d+)?$", value)
            if value not in given and value != service and (GENERATED_NAME.match(value) or pod):
                names.add(value)
    return sorted(names, key=len, reverse=True)


def equal(key: str, one, other) -> bool:
    if one == other:
        return True
    for pattern, distance in TOLERANCES:
        if pattern.search(key) and one and other:
            try:
                return abs(float(one.split()[0]) - float(other.split()[0])) <= distance
            except ValueError:
                return False
    return False
