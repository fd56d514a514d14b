# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runbook 5.2 on real nodes: what is isolated lets no packet through but the operators', and nobody is locked out."""

from __future__ import annotations

import json
import pathlib
import subprocess
import time
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._guarded import all_states
from ansible_collections.ai_systems.runbook.plugins.module_utils._isolation_switch import GUARD
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, ROOT, Node, kill_all_of
from tests.nodes.isolated_node import CONFIGURATION, IPV6, RULES, TABLE, Fleet, background

DROP_INS = "/etc/systemd/system/nftables.service.d"
ANEW = "systemctl daemon-reload"
HONEST = "Filtered by the node itself; a hostile root can undo this: pull the cable"


@pytest.fixture(scope="module")
def prepared(lab_node: LabNodes) -> Fleet:
    out, second, station = lab_node("t-out"), lab_node("t-second"), lab_node("t-station")
    for node in (out, second):
        node.refresh_inventory()
    fleet = Fleet(out, second, station)
    fleet.prepare()
    return fleet


@pytest.fixture
def fleet(prepared: Fleet) -> Fleet:
    """Both nodes are open, and nothing is on record."""
    prepared.reset()
    return prepared


def test_four_runs_and_back(fleet: Fleet) -> None:
    """Between two operators, by IPv4 and IPv6, and a host that is none of them."""
    operators = [fleet.controller, *fleet.stations]
    assert fleet.dials_from_sshds_port()
    before = fleet.held()
    foretold = fleet.isolate(check=True, isolate_operators=operators).ok()
    assert fleet.held() == before
    assert fleet.recorded() == ""
    for operator in operators:
        assert f"saddr {operator} tcp dport 22 accept" in foretold.output
    done = fleet.isolate(isolate_operators=operators).ok()
    assert done.actions == foretold.actions
    assert {subject for _clause, subject, _action in done.actions} == {
        "table runbook_isolation",
        RULES,
        CONFIGURATION,
        "nftables.service",
    }
    sentence = done.rows(fleet.out.name)["5.2"]["sentence"]
    assert sentence == (
        f"Only {', '.join(operators)} reaches the node, at port 22. t-second reached it before and no longer does. "
        f"{HONEST}."
    )
    fleet.is_cut_off()
    fleet.station_gets_in()
    assert not fleet.dials_from_sshds_port()
    assert fleet.recorded() == "isolated"
    for check in (True, False):
        again = fleet.isolate(check=check, isolate_operators=operators).ok()
        assert again.actions == set()
        assert HONEST in again.rows(fleet.out.name)["5.2"]["sentence"]

    foretold = fleet.lift(check=True).ok()
    fleet.is_cut_off()
    done = fleet.lift().ok()
    assert done.actions == foretold.actions
    assert len(done.actions) == 4
    assert fleet.held() == before
    fleet.is_open()
    assert fleet.recorded() == ""
    for check in (True, False):
        assert fleet.lift(check=check).ok().actions == set()


SERVER = """python3 -c '
import socket, time
peer = socket.create_server(("", {port}), family=socket.AF_INET6, dualstack_ipv6=True).accept()[0]
while True:
    peer.send(b"x")
    time.sleep(0.1)'"""
CLIENT = """python3 -c '
import socket
peer = socket.create_connection(("{address}", {port}))
while True:
    with open("/tmp/got", "ab", 0) as file:
        file.write(peer.recv(1))'"""


def got(node: Node) -> int:
    """Return how many bytes a client of a node has received by now."""
    return int(node.root("stat -c %s /tmp/got 2>/dev/null || echo 0").ok())


def test_connections_that_stood_before_are_cut(fleet: Fleet) -> None:
    # One in each direction: somebody's on the node, and the node's to somebody, by IPv6.
    background(fleet.out, SERVER.format(port=7001)).ok()
    background(fleet.second, SERVER.format(port=7002)).ok()
    wait_until(lambda: fleet.out.root("ss -Hltn sport = :7001").ok() != "")
    wait_until(lambda: fleet.second.root("ss -Hltn sport = :7002").ok() != "")
    background(fleet.second, CLIENT.format(address=fleet.address, port=7001)).ok()
    background(fleet.out, CLIENT.format(address=IPV6["second"], port=7002)).ok()
    try:
        for node in (fleet.out, fleet.second):
            wait_until(lambda node=node: got(node) > 0)  # type: ignore[misc]
            first = got(node)
            wait_until(lambda node=node, first=first: got(node) > first)  # type: ignore[misc]
        fleet.isolate().ok()
        for node in (fleet.out, fleet.second):
            first = got(node)
            time.sleep(2)
            assert got(node) == first
    finally:
        for node in (fleet.out, fleet.second):
            node.root("pkill -f create_; rm -f /tmp/got")


def test_nothing_is_passed_on(fleet: Fleet) -> None:
    """As a router of IPv4, from a network namespace behind the node to the second host; and over a bridge, of IPv6."""
    other = str(fleet.second.variables["ansible_host"])
    fleet.out.root(
        "ip netns add behind && ip link add r0 type veth peer name r1 netns behind"
        " && ip address add 10.99.0.1/24 dev r0 && ip link set r0 up"
        " && ip -n behind address add 10.99.0.2/24 dev r1 && ip -n behind link set r1 up"
        " && ip -n behind route add default via 10.99.0.1"
        " && ip link add br0 type bridge && ip link set br0 up"
        " && ip netns add left && ip link add l0 type veth peer name l1 netns left && ip link set l0 master br0 up"
        " && ip netns add right && ip link add q0 type veth peer name q1 netns right && ip link set q0 master br0 up"
        " && ip -n left address add fd00:98::1/64 dev l1 nodad && ip -n left link set l1 up"
        " && ip -n right address add fd00:98::2/64 dev q1 nodad && ip -n right link set q1 up"
        " && ip -n left address add 10.98.0.1/24 dev l1 && ip -n right address add 10.98.0.2/24 dev q1"
    ).ok()
    fleet.second.root(f"ip route add 10.99.0.0/24 via {fleet.address}").ok()
    try:
        routed = f"ip netns exec behind ping -c 1 -W 2 {other}"
        bridged = "ip netns exec left ping -c 1 -W 2 fd00:98::2"
        # A host may show bridged packets to the filter of routed ones, too; no frame but a packet's is.
        asked = (
            "ip -n left neigh flush all; ip netns exec left ping -c 1 -W 1 10.98.0.2; ip -n left neigh show 10.98.0.2"
        )
        # A link that was made a moment ago may lose the first packet.
        wait_until(lambda: fleet.out.root(f"{routed} && {bridged}").rc == 0)
        wait_until(lambda: "lladdr" in fleet.out.root(asked).out)
        fleet.isolate().ok()
        assert fleet.out.root(routed).rc == 1
        assert fleet.out.root(bridged).rc == 1
        assert "lladdr" not in fleet.out.root(asked).out
    finally:
        fleet.out.root("for n in behind left right; do ip netns del $n; done; ip link del br0")
        fleet.second.root("ip route del 10.99.0.0/24")


def test_it_survives_a_reboot_and_other_rules_come_and_go(fleet: Fleet) -> None:
    fleet.isolate().ok()
    fleet.reboot()
    fleet.is_cut_off()
    # What Debian's own unit does when somebody starts it anew.
    fleet.out.root("systemctl restart nftables.service").ok()
    fleet.is_cut_off()
    assert fleet.isolate().ok().actions == set()
    fleet.lift().ok()
    fleet.reboot()
    fleet.is_open()


def test_rules_of_the_operator_are_given_back(fleet: Fleet) -> None:
    fleet.out.root(
        f"printf '#!/usr/sbin/nft -f\\nflush ruleset\\ntable inet mine {{ }}' > {CONFIGURATION}"
        f" && chmod 640 {CONFIGURATION} && systemctl enable nftables.service"
    ).ok()
    before = fleet.held()
    fleet.isolate().ok()
    fleet.is_cut_off()
    fleet.lift().ok()
    # A line that had no end has one.
    assert fleet.held().replace("table inet mine { }\n", "table inet mine { }") == before
    fleet.is_open()


def test_whom_the_node_does_not_see_among_the_operators_is_told_before_anything_is_touched(fleet: Fleet) -> None:
    before = fleet.held()
    fleet.isolate(isolate_operators=["192.0.2.0/24", "2001:db8::1"]).failed(
        f"the node sees this connection come from {fleet.controller}, which isolate_operators (192.0.2.0/24, "
        f"2001:db8::1) does not hold, so you would be cut off: add {fleet.controller} or its network",
        "Nothing was changed",
        f"ISOLATION: {fleet.out.name} is to be isolated",
    )
    assert fleet.held() == before
    fleet.is_open()
    assert fleet.recorded() == "pending"
    fleet.lift().ok()
    assert fleet.recorded() == ""


@pytest.mark.parametrize(
    ("operators", "said"),
    [
        ([], "isolate_operators is empty: write the addresses"),
        (["0.0.0.0/0"], "isolate_operators has '0.0.0.0/0', which is nearly everybody"),
        (["10.0.0.1/24"], "is an address with a prefix length: write 10.0.0.1 or 10.0.0.0/24"),
        (["10.0.0.1; } flush ruleset"], "has '10.0.0.1; } flush ruleset', which is no address or network"),
        (["\x1b[2J\n"], "which is no address or network"),
        ("desk", "isolate_operators has 'desk', which is no address or network"),
    ],
)
def test_operators_that_are_none(fleet: Fleet, operators: t.Any, said: str) -> None:
    before = fleet.held()
    fleet.isolate(isolate_operators=operators).failed(said)
    assert fleet.held() == before


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("nobody", "isolate_second_host 'nobody' is no other node of the inventory"),
        ("t-out", "isolate_second_host 't-out' is no other node of the inventory"),
    ],
)
def test_a_second_host_that_is_none(fleet: Fleet, second: str, said: str) -> None:
    before = fleet.held()
    fleet.isolate(isolate_second_host=second).failed(said, "Nothing was changed")
    assert fleet.held() == before


def test_a_second_host_among_the_operators_proves_nothing(fleet: Fleet) -> None:
    network = [f"{fleet.controller}/32", fleet.second.variables["ansible_host"], *fleet.stations]
    fleet.isolate(isolate_operators=network, isolate_second_host="t-second").failed("which isolate_operators lets in")
    done = fleet.isolate(isolate_operators=network).ok()
    assert "No second host could be asked" in done.rows(fleet.out.name)["5.2"]["sentence"]
    assert fleet.reaches(f"{fleet.address}/22")
    assert not fleet.pings(fleet.address)


def test_a_node_without_nftables(fleet: Fleet) -> None:
    fleet.out.root("mv /usr/sbin/nft /usr/sbin/nft.away").ok()
    try:
        fleet.isolate().failed("nothing is installed in the middle of an incident: pull its cable")
    finally:
        fleet.out.root("mv /usr/sbin/nft.away /usr/sbin/nft").ok()


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (
            "ln -sf /dev/null /etc/systemd/system/nftables.service && systemctl daemon-reload",
            "nftables.service is masked",
        ),
        (f"echo 'table inet x {{ nonsense }}' >> {CONFIGURATION}", f"nft does not take what is in {CONFIGURATION}"),
        (f"rm {CONFIGURATION} && ln -s /root/nftables.conf {CONFIGURATION}", f"{CONFIGURATION} is a link on the node"),
        (
            (
                f"mkdir -p {DROP_INS} && {ANEW}"
                f" && printf '[Service]\\nExecStart=\\nExecStart=/bin/true\\n' > {DROP_INS}/x.conf && {ANEW}"
            ),
            f"nftables.service does not load {CONFIGURATION}",
        ),
    ],
)
def test_what_a_boot_would_open_is_refused(fleet: Fleet, broken: str, said: str) -> None:
    fleet.out.root(broken).ok()
    try:
        fleet.isolate().failed(said, "pull its cable")
        assert fleet.out.root(f"nft list table {TABLE}").rc == 1
    finally:
        fleet.out.root("rm -rf /etc/systemd/system/nftables.service*; systemctl daemon-reload")


def test_the_node_opens_itself_where_the_operator_is_out_all_the_same(fleet: Fleet) -> None:
    """Another rule on the node cuts the operator off the moment that ours is in force."""
    before = fleet.held()
    cut = (
        "'add table inet cut; add chain inet cut in { type filter hook input priority 0; };"
        " add rule inet cut in tcp dport 22 drop'"
    )
    when_it_waits(fleet, f"nft {cut}; sleep 12; nft delete table inet cut")
    fleet.isolate(isolate_proof_timeout=4).failed("pull its cable")
    wait_until(lambda: fleet.guarded() == "undone")
    wait_until(fleet.operator_gets_in)
    assert fleet.held() == before
    fleet.is_open()
    assert fleet.recorded() == "pending"


def test_a_run_that_is_killed_before_its_proof(fleet: Fleet, tmp_path: pathlib.Path) -> None:
    before = fleet.held()
    stopped, wrapper = tmp_path / "stopped", tmp_path / "ssh"
    wrapper.write_text(f"""#!/bin/sh
case "$*" in *isolation.*.proof*) touch {stopped}; exec sleep 60;; esac
exec ssh "$@"
""")
    wrapper.chmod(0o700)
    # Long enough for the run to come to its proof, and for a look at the node before that is over.
    variables = {"isolate_proof_timeout": 20, "ansible_ssh_executable": str(wrapper)}
    argv, env, _steps = fleet.out.command(PLAYBOOKS / "isolate.yml", variables=variables)
    process = subprocess.Popen(argv, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(stopped.exists, seconds=300, pause=0.1)
    assert fleet.out.root(f"nft list table {TABLE}").rc == 0
    kill_all_of(process.pid)
    process.wait()
    wait_until(lambda: fleet.guarded() == "undone", seconds=120)
    assert fleet.held() == before
    fleet.is_open()
    assert fleet.recorded() == "pending"
    fleet.isolate().ok()
    fleet.is_cut_off()
    assert fleet.recorded() == "isolated"


def test_a_node_that_does_not_answer_is_named_until_it_is_done(fleet: Fleet) -> None:
    dies(fleet)
    try:
        fleet.isolate().failed(
            f"Pull the cable of {fleet.out.name}, or switch its port off: it is not under our control, so it was not "
            "isolated; it is noted as pending"
        )
    finally:
        fleet.out.root("systemctl start ssh.service").ok()
    assert fleet.recorded() == "pending"
    # A run that has nothing to do with it, on another node.
    other = fleet.second.role("hostname").ok()
    assert f"ISOLATION: {fleet.out.name} is to be isolated (since 20" in other.output
    assert "nothing proves that it is: pull its cable, or switch its port off" in " ".join(other.output.split())
    fleet.isolate().ok()
    assert "ISOLATION" not in fleet.second.role("hostname").ok().output


def test_a_dry_run_notes_nothing(fleet: Fleet) -> None:
    dies(fleet)
    try:
        run = fleet.isolate(check=True).failed(f"Pull the cable of {fleet.out.name}")
        assert "noted as pending" not in run.output
    finally:
        fleet.out.root("systemctl start ssh.service").ok()
    assert fleet.recorded() == ""


def test_what_others_undid_is_found_and_done_again(fleet: Fleet) -> None:
    fleet.isolate().ok()
    audit = audited(fleet)
    assert audit == {("info", "isolation")}
    for broken, subject in (
        (f"nft insert rule {TABLE} input accept", "table runbook_isolation"),
        (f"sed -i /include/d {CONFIGURATION}", CONFIGURATION),
        (f"sed -i s/dport/sport/ {RULES}", RULES),
    ):
        fleet.out.root(broken).ok()
        assert ("violation", subject) in audited(fleet), broken
        assert fleet.isolate().ok().actions
    assert audited(fleet) == {("info", "isolation")}
    fleet.is_cut_off()


def test_other_procedures_say_that_it_is_isolated_and_keep_it_so(fleet: Fleet) -> None:
    fleet.isolate().ok()
    held = fleet.held()
    for playbook, said in (
        ("provision.yml", "2.5 System update failed refreshing the package lists failed: the node does not reach its"),
        ("services.yml", "2.9 Repository failed git is not installed on the node; essential_packages (2.6) comes"),
    ):
        run = fleet.out.play(PLAYBOOKS / playbook).failed(said)
        beginning = " ".join(run.output.partition("1 | Log in]")[0].split())
        assert f"{fleet.out.name} is isolated since " in beginning
        assert "nothing but SSH gets through, so what needs packages or another host fails" in beginning
        # What needs nobody else is done.
        assert run.rows(fleet.out.name)["1"]["state"] == "ok"
        assert fleet.held() == held
    fleet.out.role("guardrails", variables={"guardrails_remove": ["nftables"]})
    assert fleet.held() == held
    fleet.is_cut_off()


def test_a_fleet_is_never_cut_off_by_a_word_that_was_left_out(fleet: Fleet) -> None:
    argv, env, _steps = fleet.out.command(PLAYBOOKS / "isolate.yml")
    at = argv.index("--limit")
    done = subprocess.run([*argv[:at], *argv[at + 2 :]], env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no --limit was given; nothing was done" in done.stdout
    assert not fleet.record.exists()
    fleet.is_open()


def dies(fleet: Fleet) -> None:
    """Have the node let nobody in any more, not over a connection that stands either."""
    fleet.out.root("systemctl stop ssh.service ssh.socket; pkill -x sshd-session; true").ok()


def audited(fleet: Fleet) -> set[tuple[str, str]]:
    """Return verdict and subject of what an audit says of 5.2."""
    run = fleet.out.play("playbooks/audit.yml", variables={"audit_clauses": ["5.2"]})
    line = next(line for line in run.output.splitlines() if line.startswith("Report: "))
    report = line.split()[1].replace("audit.html", "audit.json")
    nodes = json.loads(pathlib.Path(report).read_text(encoding="utf-8"))["nodes"]
    one = nodes[fleet.out.name] if isinstance(nodes, dict) else nodes[0]
    return {(found["verdict"], found["subject"]) for found in one["findings"]}


def when_it_waits(fleet: Fleet, act: str) -> None:
    """Have the node itself do something the moment that the rules are in force on trial."""
    states = all_states(GUARD)
    script = f"for i in $(seq 15000); do grep -qs '\"waiting\"' {states} && break; sleep 0.02; done; {act}"
    quoted = "'" + script.replace("'", "'\\''") + "'"
    fleet.out.root(f"rm -f {states}; setsid sh -c {quoted} >/dev/null 2>&1 </dev/null &")


def wait_until(what: t.Callable[[], bool], *, seconds: float = 60, pause: float = 0.5) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(pause)
