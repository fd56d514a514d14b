"""Runbook 2.4 on real nodes: an address is verified, or set so that nothing can cut the operator off."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import ipaddress
import json
import pathlib
import subprocess
import time
import typing as t

import pytest
import yaml

from ansible_collections.ai_systems.runbook.plugins.module_utils._guarded import all_states
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import Node, Run, kill_all_of

# Long enough for a login on a busy machine; where none can come, no longer than needed.
PROOF_SECONDS = 60
SHORT_SECONDS = 6
# Where the run is killed meanwhile: long enough to look at the node before it goes back, and no longer.
LOOK_SECONDS = 20
OUR_FILE = "/etc/systemd/network/01-runbook-eth0.network"
ASIDE = "/var/lib/ai-systems-runbook/moved-aside"
GUARD = "network"
STATES = all_states(GUARD)

# Stands for ssh on the controller: it stops where the test wants to kill the run.
SSH = """\
#!/bin/sh
case " $* " in
*" {address} "*)
    case "$(cat {folder}/stop)" in
    before) : > {folder}/reached; exec sleep 300 ;;
    after) ssh "$@"; : > {folder}/reached; exec sleep 300 ;;
    esac ;;
esac
exec ssh "$@"
"""


@dataclasses.dataclass
class Subject:
    """A node under test, and what its inventory says of it."""

    node: Node
    variables: dict[str, t.Any]

    @classmethod
    def of(cls, node: Node) -> Subject:
        keys = ("ansible_host", "network_address", "network_gateway", "network_dns")
        subject = cls(node, {key: node.variables[key] for key in keys})
        subject.declare(network_proof_timeout=PROOF_SECONDS)
        return subject

    def declare(self, **variables: t.Any) -> None:
        """Write the node's own file of variables, which goes before what the lab's inventory says."""
        self.variables |= variables
        folder = self.node.inventory.parent / "host_vars"
        folder.mkdir(exist_ok=True)
        (folder / f"{self.node.name}.yml").write_text(yaml.safe_dump(self.variables), encoding="utf-8")

    def run(self, *, check: bool = False) -> Run:
        return self.node.role("network", check=check)

    def sentence(self, run: Run) -> str:
        return str(run.rows(self.node.name)["2.4"]["sentence"])

    def ip(self, arguments: str) -> list[dict[str, t.Any]]:
        found: list[dict[str, t.Any]] = json.loads(self.node.root(f"ip -j -4 {arguments}").ok())
        return found

    def addresses(self) -> list[str]:
        return [
            f"{a['local']}/{a['prefixlen']}" for link in self.ip("address show dev eth0") for a in link["addr_info"]
        ]

    def gateways(self) -> list[str]:
        return [route["gateway"] for route in self.ip("route show default")]

    def configuration(self) -> str:
        """Everything below /etc that says something about the network, with its content."""
        folders = "/etc/systemd/network /etc/NetworkManager/system-connections /etc/network /etc/resolv.conf"
        return self.node.root(f"find {folders} -type f -exec sha256sum {{}} + 2>/dev/null | sort -k2; true").ok()

    def state(self) -> str:
        return str(self.node.guard(GUARD).get("state", ""))

    def until(self, what: str, holds: t.Callable[[], bool], *, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds:g} s: {what} ({self.addresses()}, {self.state()})")
            time.sleep(0.1)

    def other(self, last: int, *, third: int = 0) -> str:
        """Return a free address of the lab's subnet, or of the one ``third`` subnets further."""
        mine = ipaddress.IPv4Interface(self.variables["network_address"])
        return f"{mine.network.network_address + 256 * third + last}/{mine.network.prefixlen}"

    def drop_records(self) -> None:
        self.node.root(f"rm -rf {STATES} {ASIDE}").ok()


def plain(address: str) -> str:
    return address.partition("/")[0]


def four_runs(subject: Subject, *, new: str) -> set[tuple[str, str, str]]:
    """Check, run, check, run: the first two agree, the last two change nothing."""
    subject.declare(network_mode="static", network_address=new)
    predicted = subject.run(check=True).ok()
    assert subject.addresses() != [new]
    done = subject.run().ok()
    assert done.actions == predicted.actions
    assert done.actions
    assert f"write ansible_host: {plain(new)} into its inventory" in " ".join(done.output.split())
    subject.declare(ansible_host=plain(new))
    for check in (True, False):
        again = subject.run(check=check).ok()
        assert again.actions == set()
        assert again.rows(subject.node.name)["2.4"]["state"] == "ok"
        assert "is set for good" in subject.sentence(again)
    assert subject.addresses() == [new]
    assert subject.gateways() == [subject.variables["network_gateway"]]
    return done.actions


def falls_back(subject: Subject) -> None:
    """Where the controller cannot reach the declared address, the node goes back and nothing is written."""
    old, before = subject.addresses(), subject.configuration()
    right = dict(subject.variables)
    wrong = subject.other(5, third=40)
    gateway = plain(subject.other(1, third=40))
    subject.declare(network_address=wrong, network_gateway=gateway, network_proof_timeout=SHORT_SECONDS)
    # A connection to the address that has gone would be given up by nobody for a quarter of an hour.
    run = subject.node.role("network", seconds=300)
    run.failed(
        f"did not prove itself at {plain(wrong)} within {SHORT_SECONDS} s",
        f"it has taken {plain(old[0])} back, and nothing was made permanent",
    )
    assert run.actions == set()
    assert subject.addresses() == old
    assert subject.configuration() == before
    subject.declare(**right)


class Killed:
    """A run that is killed at a chosen point, with everything that it has started."""

    def __init__(self, subject: Subject, folder: pathlib.Path) -> None:
        self._subject = subject
        self._folder = folder
        self.stop("")
        wrapper = folder / "ssh"
        address = plain(subject.variables["network_address"])
        wrapper.write_text(SSH.format(folder=folder, address=address), encoding="utf-8")
        wrapper.chmod(0o755)
        subject.declare(ansible_ssh_executable=str(wrapper))

    def stop(self, where: str) -> None:
        (self._folder / "stop").write_text(where, encoding="utf-8")
        (self._folder / "reached").unlink(missing_ok=True)

    def at(self, where: str, *, reached: t.Callable[[], bool] | None = None) -> None:
        self.stop(where)
        # What an earlier run said must not be taken for this one's word.
        self._subject.node.root(f"rm -f {STATES}").ok()
        argv, env, _steps = self._subject.node.command(
            pathlib.Path(__file__).with_name("role.yml"), "-e", '{"roles_under_test": ["network"]}'
        )
        run = subprocess.Popen(
            argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        try:
            # From a cold start of ansible-playbook.
            self._subject.until(f"the run gets {where}", reached or (self._folder / "reached").exists, seconds=300)
        finally:
            kill_all_of(run.pid)
            run.wait()
            self.stop("")


@contextlib.contextmanager
def frozen(subject: Subject) -> t.Iterator[t.Callable[[], bool]]:
    """Stop the node's own process as soon as it has told its first state, and let it go on at the end."""
    subject.node.root(f"rm -f {STATES} /run/frozen").ok()
    pid = f"sed 's/.*\"pid\": *\\([0-9]*\\).*/\\1/' {STATES}"
    watching = f"until test -s {STATES}; do sleep 0.02; done; kill -STOP $({pid}) && touch /run/frozen"
    with concurrent.futures.ThreadPoolExecutor() as pool:
        watcher = pool.submit(subject.node.root, watching, seconds=300)
        yield lambda: subject.node.root("test -e /run/frozen").rc == 0
        watcher.result().ok()
        subject.node.root(f"kill -CONT $({pid})").ok()


@pytest.fixture(scope="module")
def nodes(lab_node: LabNodes) -> tuple[Subject, Subject]:
    return Subject.of(lab_node("net-a")), Subject.of(lab_node("net-b"))


def test_verify_compares_and_never_changes_anything(nodes: tuple[Subject, Subject]) -> None:
    subject, _other = nodes
    before = subject.configuration()
    for check in (True, False):
        run = subject.run(check=check).ok()
        assert run.actions == set()
        assert subject.sentence(run).endswith("; declared static, and no lease.")
    right = {**subject.variables, "network_assignment": "static"}
    # The kernel treats it as it treats any lease.
    address = right["network_address"]
    subject.node.root(f"ip address change {address} dev eth0 valid_lft 3000 preferred_lft 3000").ok()
    subject.declare(network_assignment="reservation")
    assert "declared as a DHCP reservation, which a node cannot prove" in subject.sentence(subject.run().ok())
    subject.declare(network_assignment="static")
    subject.run().failed(f"the node has the address {address} on eth0 by a DHCP lease that runs out")
    subject.node.root(f"ip address change {address} dev eth0 valid_lft forever preferred_lft forever").ok()
    subject.declare(
        network_address=subject.other(77, third=2),
        network_gateway=plain(subject.other(1, third=2)),
        network_dns=["198.51.100.53"],
    )
    run = subject.run().failed(
        "which is in another subnet: correct network_address",
        f"the node's default gateway is {right['network_gateway']} while network_gateway declares",
        "while network_dns declares 198.51.100.53",
    )
    assert run.actions == set()
    subject.declare(**right)
    assert subject.configuration() == before


def test_a_lease_becomes_the_same_address_for_good(nodes: tuple[Subject, Subject]) -> None:
    subject, _other = nodes
    address = subject.variables["network_address"]
    subject.node.root(f"ip address change {address} dev eth0 valid_lft 3000 preferred_lft 3000").ok()
    subject.declare(network_mode="static")
    predicted = subject.run(check=True).ok().actions
    assert ("2.4", "eth0", f"set {address}") in predicted
    assert subject.run().ok().actions == predicted
    assert subject.run().ok().actions == set()
    assert [info.get("dynamic") for link in subject.ip("address show dev eth0") for info in link["addr_info"]] == [None]


def test_a_new_address_is_proved_and_then_permanent(nodes: tuple[Subject, Subject]) -> None:
    subject, _other = nodes
    subject.node.root("printf 'search example.net\\nnameserver 198.51.100.53\\n' > /etc/resolv.conf").ok()
    actions = four_runs(subject, new=subject.other(201))
    assert {(subject_, action) for _clause, subject_, action in actions} == {
        ("eth0", f"set {subject.variables['network_address']}"),
        (OUR_FILE, "write"),
        ("/etc/resolv.conf", "write"),
    }
    assert "search example.net" in subject.node.root("cat /etc/resolv.conf").ok()
    manifest = json.loads(subject.node.root(f"cat {ASIDE}/manifest.json").ok())
    assert [entry["original"] for entry in manifest] == ["/etc/systemd/network/10-eth0.network"]
    assert "Address=" in subject.node.root(f"cat {manifest[0]['aside']}").ok()
    assert subject.node.root("ls /etc/systemd/network /run/systemd/network").ok().split()[1:] == [
        "01-runbook-eth0.network",
        "/run/systemd/network:",
    ]
    # Nothing of the run stays on the node.
    assert subject.node.root("pgrep -f '[n]ode_network|[A]nsiballZ'").out == ""


def test_an_unreachable_address_is_taken_back(nodes: tuple[Subject, Subject]) -> None:
    falls_back(nodes[0])


def test_an_address_that_another_machine_has_is_refused(nodes: tuple[Subject, Subject]) -> None:
    subject, other = nodes
    right, before = dict(subject.variables), subject.configuration()
    subject.declare(network_address=other.variables["network_address"])
    other.declare(network_address=other.other(250))
    for check in (True, False):
        subject.run(check=check).failed("belongs to another machine already, the one with the hardware address")
    assert subject.addresses() == [right["network_address"]]
    assert subject.configuration() == before
    subject.declare(**right)
    other.declare(network_address=f"{other.variables['ansible_host']}/24")


def test_a_killed_run_falls_back_and_the_next_one_finishes(
    nodes: tuple[Subject, Subject], tmp_path: pathlib.Path
) -> None:
    subject, _other = nodes
    old, before = subject.addresses(), subject.configuration()
    new = subject.other(202)
    subject.declare(network_mode="static", network_address=new, network_proof_timeout=LOOK_SECONDS)
    killed = Killed(subject, tmp_path)

    # As soon as the node has begun, before the switch.
    with frozen(subject) as is_frozen:
        killed.at("before", reached=is_frozen)
        assert subject.addresses() == old
    subject.until("the old address is back", lambda: subject.state() == "undone" and subject.addresses() == old)
    assert subject.configuration() == before

    # After the switch, before the proof: nothing is permanent, and a power cut would lead back.
    killed.at("before", reached=lambda: (tmp_path / "reached").exists() and subject.state() == "waiting")
    assert subject.addresses() == [new]
    assert subject.configuration() == before
    guard = subject.node.guard(GUARD)["pid"]
    subject.node.root(f"kill -9 {guard}; rm -rf /run/systemd/network /run/ai-systems-runbook; networkctl reload").ok()
    subject.until("the files in /etc hold", lambda: subject.addresses() == old)

    # Again, and this time the next run comes while the node still waits for the first one's proof.
    killed.at("before", reached=lambda: (tmp_path / "reached").exists() and subject.state() == "waiting")
    subject.declare(network_proof_timeout=PROOF_SECONDS)
    done = subject.run().ok()
    assert ("2.4", "eth0", f"set {new}") in done.actions
    assert subject.addresses() == [new]
    subject.declare(ansible_host=plain(new))
    assert subject.run().ok().actions == set()


def test_a_run_killed_after_the_proof_leaves_nothing_to_do(
    nodes: tuple[Subject, Subject], tmp_path: pathlib.Path
) -> None:
    subject, _other = nodes
    new = subject.other(203)
    subject.declare(network_mode="static", network_address=new)
    Killed(subject, tmp_path).at("after")
    subject.until("the change is permanent", lambda: subject.state() == "committed")
    # The inventory still names the old address: the declared one is found by itself.
    again = subject.run().ok()
    assert again.actions == set()
    assert f"write ansible_host: {plain(new)} into its inventory" in " ".join(again.output.split())
    subject.declare(ansible_host=plain(new))
    assert subject.run(check=True).ok().actions == set()


NETWORK_MANAGER = """\
set -e
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends network-manager
umask 077
cat > /etc/NetworkManager/system-connections/wired.nmconnection <<EOF
[connection]
id=wired
uuid=5d0a4d5e-9d1c-4f4e-8a0b-0123456789ab
type=ethernet
interface-name=eth0

[ipv4]
method=manual
address1={address},{gateway}
dns={dns};
EOF
systemctl disable --now systemd-networkd.socket systemd-networkd.service
rm /etc/systemd/network/10-eth0.network
nmcli connection load /etc/NetworkManager/system-connections/wired.nmconnection
nmcli connection up wired
"""

IFUPDOWN = """\
set -e
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends ifupdown
systemctl disable --now NetworkManager.service
printf 'auto eth0\\niface eth0 inet static\\n  address {address}\\n  gateway {gateway}\\n  up true\\n' \
    > /etc/network/interfaces.d/eth0
ip -4 address flush dev eth0
ifup eth0
"""


def test_networkmanager_is_given_the_address(nodes: tuple[Subject, Subject]) -> None:
    _first, subject = nodes
    subject.node.root("apt-get update -q", seconds=300).ok()
    dns = ";".join(subject.variables["network_dns"])
    address, gateway = subject.variables["network_address"], subject.variables["network_gateway"]
    subject.node.root(NETWORK_MANAGER.format(address=address, gateway=gateway, dns=dns), seconds=600).ok()
    actions = four_runs(subject, new=subject.other(204))
    assert ("2.4", "/etc/NetworkManager/system-connections/wired.nmconnection", "move aside") in actions
    profiles = subject.node.root("ls /etc/NetworkManager/system-connections; ls /run/NetworkManager/system-connections")
    assert "runbook-eth0.nmconnection" in profiles.ok()
    assert "staged" not in profiles.out
    # The profile in /etc is our own by now, and must neither win over the staged one nor be lost.
    falls_back(subject)


def test_ifupdown_is_given_the_address(nodes: tuple[Subject, Subject]) -> None:
    _first, subject = nodes
    address, gateway = subject.variables["network_address"], subject.variables["network_gateway"]
    subject.drop_records()
    subject.node.root(IFUPDOWN.format(address=address, gateway=gateway), seconds=600).ok()
    four_runs(subject, new=subject.other(206))
    file = subject.node.root("cat /etc/network/interfaces.d/eth0").ok()
    assert file.startswith("auto eth0\n")
    assert "up true" in file
    assert f"address {address}" in subject.node.root(f"cat {ASIDE}/*-eth0").ok()
    falls_back(subject)


def test_what_no_manager_runs_is_refused(nodes: tuple[Subject, Subject]) -> None:
    _first, subject = nodes
    # The address stays, and nobody claims it any more.
    subject.node.root("sed -i /eth0/d /run/network/ifstate").ok()
    subject.declare(network_address=subject.other(207))
    subject.run().failed("eth0 is run by none of systemd-networkd, NetworkManager, ifupdown")
