#!/usr/bin/python3
"""Stands in for the programs of Boulder's containers that a machine without a registry cannot have. The name it is called by says
which one it is. It listens where that one listens, waits for what that one waits for, and tells whoever connects what it sees.
"""

import http.server
import os
import re
import shlex
import signal
import socket
import socketserver
import struct
import sys
import threading
import time

NAME = os.path.basename(sys.argv[0])
STARTED = time.time()
extra = []  # what this program alone has to tell, kept by its own threads


def seen(caller=None):
    """The facts about this container, one a line."""
    yield f"runs {shlex.join([NAME, *sys.argv[1:]])}"
    yield f"user {os.getuid()}"
    yield f"directory {os.getcwd()}"
    for name, value in sorted(os.environ.items()):
        if name not in ("PATH", "HOME", "HOSTNAME", "PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE") and not name.startswith("KUBERNETES_"):
            yield f"environment {name}={value}"
    with open("/proc/net/fib_trie") as file:  # the line before "/32 host LOCAL" has the address
        before = ""
        owned = set()
        for line in file:
            if "/32 host LOCAL" in line and not before.startswith("127."):
                owned.add(before)
            before = line.split()[-1]
    yield from sorted(f"owns {address}" for address in owned)
    with open("/proc/self/mountinfo") as file:
        for fields in map(str.split, file):
            where, options = fields[4], fields[5].split(",")
            if where != "/" and not where.startswith(("/proc", "/sys", "/dev", "/etc/")):
                yield f"mount {where} {'read-only' if 'ro' in options else 'writable'}"
    if caller in owned:
        yield "is called by itself"
    yield from extra


class Teller(socketserver.StreamRequestHandler):
    def handle(self):
        caller = self.client_address[0] if self.client_address else None
        self.wfile.write("".join(f"{line}\n" for line in seen(caller)).encode())


class Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class Page(http.server.BaseHTTPRequestHandler):
    """The web servers: the health check's page, what is seen, when this began."""

    def do_GET(self):
        texts = {
            "/boulder-mtc-tiles/index.html": lambda: "tiles\n",
            "/seen": lambda: "".join(f"{line}\n" for line in seen()),
            "/started": lambda: f"{STARTED}\n",
        }
        text = texts.get(self.path)
        self.send_response(200 if text else 404)
        self.end_headers()
        if text:
            self.wfile.write(text().encode())

    def do_POST(self):  # pkimetal was asked to look at a certificate, and has found nothing
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, *_):
        pass


class Both(Page):
    """Whoever asks nothing at once is told what is seen; a request is answered as one."""

    def handle(self):
        self.connection.settimeout(0.3)
        try:
            asked = self.connection.recv(3, socket.MSG_PEEK)
        except TimeoutError:
            asked = b""
        self.connection.settimeout(None)
        if asked in (b"GET", b"POS"):
            super().handle()
        else:
            Teller.handle(self)


def serve(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()


def tell_at(*ports, address="0.0.0.0"):
    for port in ports:
        serve(Tcp((address, port), Teller))


def wait():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    print(f"{NAME}: up", flush=True)
    threading.Event().wait()


def proxysql():
    with open("/test/proxysql/proxysql.log", "a") as log:
        print("started", *sys.argv[1:], file=log)
    with open("/test/proxysql/proxysql.cnf") as config:
        config.read()
    while True:  # Compose's bare depends_on promises no more than that the database's container has started
        try:
            socket.create_connection(("boulder-mariadb", 3306), 2).close()
            break
        except OSError:
            time.sleep(0.2)
    extra.append("reaches boulder-mariadb:3306")
    tell_at(6032, 6033, 6080)


def jaeger():
    tell_at(4317, 16686)


def minio():
    # The second start finds what the first one wrote, if the data outlives the pod.
    marks = os.path.join(sys.argv[-1], "starts")
    with open(marks, "a") as file:
        file.write("start\n")
    time.sleep(2)  # not healthy at once, or no gate would ever be seen to hold
    serve(http.server.ThreadingHTTPServer(("0.0.0.0", 9000), Page))


def vttestserver():
    time.sleep(3)
    tell_at(33574, 33577)


def mysql():
    """The health check's client: there is a server, or there is not."""
    words = sys.argv[1:]
    host, port = words[words.index("-h") + 1], int(words[words.index("-P") + 1])
    try:
        socket.create_connection((host, port), 2).close()
    except OSError as error:
        sys.exit(f"cannot connect to {host}:{port}: {error}")
    sys.exit(0)


def isolated():
    """With no network nothing can be reached: not by name, not Consul's address."""
    reached = []
    try:
        socket.gethostbyname("boulder-mariadb")
        reached.append("a name")
    except OSError:
        pass
    try:
        socket.create_connection(("10.77.77.10", 53), 3).close()
        reached.append("an address")
    except OSError:
        pass
    extra.append(f"reaches {' and '.join(reached) or 'nothing'}")


def pkimetal():
    with open("/config/config.yaml") as config:
        path = re.search(r"^\s*webserverPath:\s*(\S+)", config.read(), re.M).group(1)
    isolated()

    class Unix(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True

    server = Unix(path, Both)
    os.chmod(path, 0o777)
    serve(server)


def encoded(name):
    return b"".join(bytes([len(word)]) + word.encode() for word in name.split(".")) + b"\0"


def answer(question, services):
    """A and SRV records of the zone consul, in Consul's manner; what lies outside is refused, what is missing has no answer."""
    at, words = 12, []
    while question[at]:
        words.append(question[at + 1 : at + 1 + question[at]].decode().lower())
        at += 1 + question[at]
    kind = struct.unpack_from("!H", question, at + 1)[0]
    name = ".".join(words)
    found = []
    if words[-2:] == ["service", "consul"]:
        found = [(address, port) for service, address, port in services if service == words[0].lstrip("_")]
    elif words[1:] == ["addr", "dc1", "consul"]:
        found = [(socket.inet_ntoa(bytes.fromhex(words[0])), 0)]
    code = 0 if found or name == "consul" else 3 if words[-1] == "consul" else 5
    records = []
    for address, port in dict.fromkeys(found):
        if kind == 1:
            records.append(struct.pack("!2HIH", 1, 1, 0, 4) + socket.inet_aton(address))
        elif kind == 33:
            target = encoded(f"{socket.inet_aton(address).hex()}.addr.dc1.consul")
            records.append(struct.pack("!2HIH3H", 33, 1, 0, 6 + len(target), 1, 1, port) + target)
    records = list(dict.fromkeys(records))
    header = question[:2] + struct.pack("!5H", 0x8400 | (question[2] & 1) << 8 | code, 1, len(records), 0, 0)
    return header + question[12 : at + 5] + b"".join(b"\xc0\x0c" + record for record in records)


def check(address, port):
    """Asks for a service's health for ever, and says so when the answer changes."""
    was = None
    while True:
        try:
            socket.create_connection((address, port), 1).close()
            now = "passing"
        except OSError:
            now = "failing"
        if now != was:
            print(f"check of {address}:{port}: {now}", flush=True)
        was = now
        time.sleep(1)


def consul():
    config = next(word.split("=", 1)[1] for word in sys.argv if word.startswith("-config-file="))
    with open(config) as file:
        text = file.read()
    for key in ("ca_file", "cert_file", "key_file"):  # relative to the working directory, and none may be missing
        with open(re.search(rf'\b{key}\s*=\s*"([^"]+)"', text).group(1)) as file:
            file.read()
    services = []
    for block in re.split(r"^services\s*\{", text, flags=re.M)[1:]:
        pairs = re.findall(r'^\s*(\w+)\s*=\s*"?([^"\n]+?)"?$', block, re.M)
        values = dict(reversed(pairs))  # a check further down has a name of its own
        services.append((values["name"], values["address"], int(values.get("port", 0))))
        if "grpc" in values:
            host, port = values["grpc"].split("/")[0].split(":")  # what follows the slash is the service's name in gRPC
            threading.Thread(target=check, args=(host, int(port)), daemon=True).start()
    bound = re.search(r'\bbind_addr\s*=\s*"([^"]+)"', text).group(1)
    if not any(service == "consul" for service, _, _ in services):  # it finds itself without being told
        services.append(("consul", bound, 8300))
    tell_at(8300, address=bound)
    extra.append(f"binds {bound}:8300")
    tell_at(8502, 8503)

    serve(http.server.ThreadingHTTPServer(("0.0.0.0", 8500), Both))

    class Udp(socketserver.BaseRequestHandler):
        def handle(self):
            self.request[1].sendto(answer(self.request[0], services), self.client_address)

    class Stream(socketserver.StreamRequestHandler):
        def handle(self):
            size = self.rfile.read(2)
            if len(size) == 2:
                reply = answer(self.rfile.read(struct.unpack("!H", size)[0]), services)
                self.wfile.write(struct.pack("!H", len(reply)) + reply)

    serve(socketserver.ThreadingUDPServer(("0.0.0.0", 53), Udp))
    serve(Tcp(("0.0.0.0", 53), Stream))


PROGRAMS = {
    "proxysql": proxysql,
    "all-in-one": jaeger,
    "minio": minio,
    "vttestserver": vttestserver,
    "mysql": mysql,
    "pkimetal": pkimetal,
    "consul": consul,
}
program = PROGRAMS.get(NAME)
if program is None:
    sys.exit(f"{NAME}: no such stand-in (there are: {' '.join(PROGRAMS)})")
program()
wait()
