"""The sample's service on a real node, with the real waitress: it answers, logs, is sandboxed, and stops at once.

Linked by hand here: what the sample is, not how it is deployed.
"""

from __future__ import annotations

import json
import re

import pytest

from lab import inventory
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import Node

FOLDER = f"/home/{inventory.OPERATOR}/ai-systems/greeter"
UNITS = [entry["src"].removeprefix("greeter/") for entry in inventory.SERVICES]
PATHS = " ".join(f"{FOLDER}/{unit}" for unit in UNITS)
ROLES = ["essential_packages", "packages", "operator_user", "repository", "python_venv"]
ASK = "curl -sS --max-time 10 http://127.0.0.1:8420"


@pytest.fixture(scope="module")
def node(lab_node: LabNodes) -> Node:
    node = lab_node("t-greeter")
    node.roles(ROLES, variables=inventory.greeters()).ok()
    node.root("useradd --system --user-group --no-create-home --shell /usr/sbin/nologin greeter").ok()
    node.root(f"systemctl enable {PATHS}").ok()
    return node


@pytest.fixture
def running(node: Node) -> Node:
    node.root("systemctl start greeter.service greeter-report.timer").ok()
    return node


def journal(node: Node, unit: str) -> str:
    return node.root(f"journalctl --sync; journalctl --no-pager -o cat -u {unit}").ok()


def test_systemd_has_nothing_to_say_of_the_units(node: Node) -> None:
    said = node.root(f"systemd-analyze verify {PATHS}")
    assert (said.rc, said.out, said.err) == (0, "", "")


@pytest.mark.parametrize("unit", ["greeter.service", "greeter-report.service"])
def test_the_sandbox_is_tight(node: Node, unit: str) -> None:
    # In tenths; by default a service has 9.6.
    said = node.root(f"systemd-analyze security --no-pager --threshold=15 {unit}")
    assert (said.rc, "Overall exposure level" in said.out) == (0, True), said.out + said.err


def test_started_means_that_it_answers(node: Node) -> None:
    # In one shell: no time passes between the start and the question.
    said = node.root(f"systemctl stop greeter && systemctl start greeter && {ASK}/").ok()
    answer = json.loads(said)
    assert (answer["service"], answer["greetings"]) == ("greeter", 1)


def test_each_request_is_a_line_in_the_journal(running: Node) -> None:
    running.root(f"{ASK}/hello%0Aworld").ok()
    assert r"127.0.0.1 asked 'GET /hello\nworld': 404 Not Found" in journal(running, "greeter").splitlines()


def test_it_runs_as_its_own_account_and_listens_on_loopback_alone(running: Node) -> None:
    process = "/proc/$(systemctl show -P MainPID greeter)"
    assert running.root(f"stat -c %U {process}").ok().strip() == "greeter"
    # Local address and port in hexadecimal; the state 0A is LISTEN, 20E4 is 8420.
    lines = running.root(f"cat {process}/net/tcp {process}/net/tcp6").ok().splitlines()
    listening = {fields[1] for line in lines if (fields := line.split())[3] == "0A"}
    assert {address for address in listening if address.endswith(":20E4")} == {"0100007F:20E4"}


def test_the_report_counts(running: Node) -> None:
    running.root(f"{ASK}/").ok()
    count = json.loads(running.root(f"{ASK}/count").ok())
    running.root("systemctl start greeter-report").ok()
    line = f"{count['greetings']} greetings since {count['running_since']}"
    assert line in journal(running, "greeter-report").splitlines()
    assert "greeter-report.service" in running.root("systemctl list-timers --no-pager greeter-report.timer").ok()


def test_it_stops_at_once_also_while_somebody_holds_a_connection(running: Node) -> None:
    held = "exec 3<>/dev/tcp/127.0.0.1/8420; printf 'GET / HTTP/1.1\\r\\nHost: x\\r\\n' >&3"
    running.root(f'bash -c "{held}; systemctl stop greeter"').ok()
    # By systemd's own clock, in microseconds: what it takes to get to the node and to ask for it is no part of it.
    stopping, stopped = (
        int(running.root(f"systemctl show -P {name}TimestampMonotonic greeter").ok())
        for name in ("ActiveExit", "InactiveEnter")
    )
    # waitress gives threads that do not end five seconds.
    assert 0 <= stopped - stopping < 4_500_000
    shown = running.root("systemctl show -p Result -p ExecMainStatus -p ActiveState greeter").ok()
    assert set(shown.split()) == {"Result=success", "ExecMainStatus=0", "ActiveState=inactive"}
    # The service's own words and systemd's reach the journal by two ways, in no order that anybody promises.
    assert [line for line in journal(running, "greeter").splitlines()[-4:] if line.startswith("stopped")]


def test_the_report_starts_no_greeter(running: Node) -> None:
    running.root("systemctl stop greeter").ok()
    assert running.root("systemctl start greeter-report").rc != 0
    assert running.root("systemctl show -P ActiveState greeter").ok().strip() == "inactive"
    assert not re.search(r"\S", running.root("systemctl --failed --no-legend --no-pager").ok())


def test_nothing_is_written_beside_the_code(running: Node) -> None:
    assert running.root(f"find {FOLDER} -user greeter").ok() == ""
    status = f"runuser -u {inventory.OPERATOR} -- git -C {FOLDER} status --porcelain --ignored"
    assert set(running.root(status).ok().split()) <= {"??", "!!", "greeter/.venv/", ".venv/"}
