"""Tests of the comparison itself, and the lints of the probe. No engine is needed."""

import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

from .case import service_lines
from .compare import Accounts, known_entries
from .engines import with_cluster, without_section
from .normalise import equal, normalise
from .process import run

COMPOSE = """\
services:
  web:
    image: probe
    init: true
  db:
    image: probe
    networks:
      fixed: {ipv4_address: 10.5.0.5}
"""
PROBLEM = {
    "code": "lower::approximated",
    "message": "`init` of `web` is approximated",
    "places": [{"line": 4, "column": 5, "end_line": 4, "end_column": 9}],
}
ANNOUNCEMENT = '[[announcement]]\ncode = "lower::approximated"\nat = "init"\nkeys = ["process.*"]\n'


class Comparison(unittest.TestCase):
    def compare(self, docker, kind, problems=(), known="", unobservable=()):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "announcements.toml").write_text(ANNOUNCEMENT)
            (Path(folder) / "KNOWN.md").write_text(known)
            self.accounts = Accounts(Path(folder))
        case = SimpleNamespace(name="case", compose=COMPOSE, services=["web", "db"], unobservable=list(unobservable))
        return self.accounts.compare(case, docker, kind, list(problems))

    def test_equal_observations_are_equal(self):
        self.assertEqual(self.compare({"web/user.uid": "0"}, {"web/user.uid": "0"}).verdict, "equal")

    def test_a_difference_without_a_diagnostic_fails(self):
        result = self.compare({"web/user.uid": "0"}, {"web/user.uid": "1"})
        self.assertEqual(result.verdict, "different")
        self.assertIn("unannounced: web/user.uid", result.failures[0])

    def test_a_missing_observation_is_a_difference(self):
        self.assertEqual(self.compare({"web/user.uid": "0"}, {}).verdict, "different")

    def test_a_diagnostic_announces_a_difference_of_its_service_and_key(self):
        result = self.compare({"web/process.id": "1"}, {"web/process.id": "7"}, [PROBLEM])
        self.assertEqual(result.verdict, "differs as announced")

    def test_a_diagnostic_announces_nothing_of_another_service(self):
        result = self.compare({"db/process.id": "1"}, {"db/process.id": "7"}, [PROBLEM])
        self.assertEqual(result.verdict, "different")

    def test_a_diagnostic_announces_no_other_key(self):
        result = self.compare({"web/user.uid": "0"}, {"web/user.uid": "1"}, [PROBLEM])
        self.assertEqual(len(result.failures), 2)

    def test_the_label_of_a_step_is_not_taken_for_a_service(self):
        result = self.compare({"again/web/process.id": "1"}, {"again/web/process.id": "7"}, [PROBLEM])
        self.assertEqual((result.verdict, result.differences[0].service), ("differs as announced", "web"))

    def test_a_diagnostic_without_a_difference_fails_unless_the_case_says_why(self):
        self.assertIn("announced and not observed", self.compare({}, {}, [PROBLEM]).failures[0])
        excused = {"code": "lower::approximated", "at": "init", "because": "it is invisible"}
        self.assertEqual(self.compare({}, {}, [PROBLEM], unobservable=[excused]).verdict, "equal")

    def test_a_known_difference_has_both_values(self):
        row = "| case | `web/limit.*` | `0 *` | `unlimited` | limits |\n"
        one, other = {"web/limit.core": "0 unlimited"}, {"web/limit.core": "unlimited"}
        self.assertEqual(self.compare(one, other, known=row).verdict, "known difference")
        self.assertEqual(self.compare(one, {"web/limit.core": "1"}, known=row).verdict, "different")

    def test_a_known_difference_that_has_gone_is_reported(self):
        self.compare({}, {}, known="| case | `web/x` | `1` | `2` | topic |\n")
        self.assertIn("remove the row", self.accounts.unused({"case"})[0])

    def test_headings_of_the_table_are_no_entries(self):
        self.assertEqual(known_entries("| Case | Observation | Docker Compose | kind | Topic |\n|---|---|---|---|---|\n"), [])


class Normalisation(unittest.TestCase):
    def test_generated_addresses_become_their_service_and_written_ones_stay(self):
        seen = {
            "web/network.addresses": "127.0.0.1 172.18.0.2",
            "db/network.addresses": "127.0.0.1 10.5.0.5",
            "db/tcp.web:80": "connected, seen as 10.5.0.5",
            "web/resolve.web": "172.18.0.2",
        }
        result = normalise(seen, COMPOSE)
        self.assertEqual(result["web/resolve.web"], "<web>")
        self.assertEqual(result["db/tcp.web:80"], "connected, seen as 10.5.0.5")

    def test_the_order_of_addresses_in_an_answer_does_not_matter(self):
        seen = {"web/network.addresses": "127.0.0.1 172.18.0.3", "db/network.addresses": "127.0.0.1 172.18.0.2"}
        one = normalise(seen | {"web/resolve.both": "172.18.0.3 172.18.0.2"}, COMPOSE)
        other = normalise(seen | {"web/resolve.both": "172.18.0.2 172.18.0.3"}, COMPOSE)
        self.assertEqual(one["web/resolve.both"], other["web/resolve.both"])

    def test_processes_of_the_container_runtime_do_not_count(self):
        result = normalise({"web/process.visible": "probe runc:[2:INIT]"}, COMPOSE)
        self.assertEqual(result["web/process.visible"], "probe")

    def test_generated_names_of_both_engines_are_the_same(self):
        for name in ("0123456789ab", "web-5f6b7c8d9-x2x4z", "web-0"):
            self.assertEqual(normalise({"web/host.name": name}, COMPOSE)["web/host.name"], "<generated>")
        self.assertEqual(normalise({"web/host.name": "web"}, COMPOSE)["web/host.name"], "web")

    def test_times_have_a_tolerance_and_other_values_do_not(self):
        self.assertTrue(equal("web/stop.grace", "10.0 s", "10.4 s"))
        self.assertFalse(equal("web/stop.grace", "10.0 s", "30.0 s"))
        self.assertFalse(equal("web/user.uid", "0", "1"))


class Texts(unittest.TestCase):
    def test_each_service_has_its_lines(self):
        self.assertEqual(service_lines(COMPOSE), {"web": (2, 4), "db": (5, 8)})

    def test_a_section_of_the_overrides_is_left_out(self):
        self.assertEqual(without_section("accept:\n  - code: x\nnotes:\n  - y\n", "accept"), "notes:\n  - y\n")

    def test_the_cluster_has_one_name(self):
        self.assertIn("cluster:\n  name: one\n  service-subnet: x", with_cluster("cluster:\n  service-subnet: x\n", "one", ""))
        self.assertIn("name: one", with_cluster("", "one", "node:1"))


def self_test(repository: Path) -> bool:
    manifest = repository / "tests/conformance/probe/Cargo.toml"
    target = repository / "target/conformance"
    run(["cargo", "fmt", "--check", "--manifest-path", manifest])
    run(["cargo", "clippy", "--quiet", "--locked", "--manifest-path", manifest, "--target-dir", target, "--", "-D", "warnings"], seconds=600)
    suite = unittest.defaultTestLoader.loadTestsFromModule(__import__(__name__, fromlist=["*"]))
    return unittest.TextTestRunner(verbosity=0).run(suite).wasSuccessful()
