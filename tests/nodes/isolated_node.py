# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One network: a node that is cut off, an operator's host that stays in, one that is out, and packets that tell."""

from __future__ import annotations

import json
import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._isolation_switch import GUARD
from tests.nodes.harness import Node, Root, Run

TABLE = "inet runbook_isolation"
RULES = "/etc/nftables.d/runbook-isolation.nft"
CONFIGURATION = "/etc/nftables.conf"
IPV6 = {"out": "fd00:52::1", "second": "fd00:52::2", "station": "fd00:52::3"}
_RESET = f"""
systemctl disable nftables.service 2>/dev/null
for family in inet bridge; do nft delete table $family runbook_isolation 2>/dev/null; done
rm -rf {RULES} {CONFIGURATION} /run/ai-systems-runbook
cp -p /root/nftables.conf {CONFIGURATION}
"""


class Fleet:
    """The node that is a risk, a second one that must not reach it, and the record on the controller.

    :ivar out: the node that is isolated.
    :ivar second: another node, with an operator who logs in there.
    :ivar station: the host of another operator, to whom ``isolate_operators`` may give way by IPv4 and IPv6.
    """

    def __init__(self, out: Node, second: Node, station: Node) -> None:
        self.out, self.second, self.station = out, second, station
        self.address = str(out.variables["ansible_host"])
        self.controller = str(out.variables["network_gateway"])
        self.stations = [str(station.variables["ansible_host"]), IPV6["station"]]
        self.record = pathlib.Path(out.variables["runbook_records_dir"]) / "isolation.json"

    def prepare(self) -> None:
        """Give all an IPv6 address, the first two an operator, and remember what is to be put back."""
        for name, node in (("out", self.out), ("second", self.second), ("station", self.station)):
            node.root(f"ip -6 address replace {IPV6[name]}/64 dev eth0 nodad").ok()
        for node in (self.out, self.second):
            node.role("operator_user").ok()
            node.root(f"cp -p {CONFIGURATION} /root/nftables.conf").ok()

    def reset(self) -> None:
        for node in (self.out, self.second):
            node.root(_RESET)
        self.record.unlink(missing_ok=True)

    def isolate(self, *arguments: str, check: bool = False, **variables: t.Any) -> Run:
        return self.out.play("playbooks/isolate.yml", *arguments, check=check, variables=variables)

    def lift(self, *, check: bool = False, **variables: t.Any) -> Run:
        return self.isolate("-e", "isolate=off", check=check, **variables)

    def recorded(self) -> str:
        """What the controller's record says of the node, "" for nothing."""
        nodes = json.loads(self.record.read_text(encoding="utf-8"))["nodes"] if self.record.exists() else {}
        return str(nodes.get(self.out.name, {}).get("state", ""))

    def guarded(self) -> str:
        """How far the node's own process says that the newest isolation is."""
        return str(self.out.guard(GUARD).get("state", ""))

    def held(self) -> str:
        """All that an isolation may change, to see that nothing did."""
        return self.out.root(
            f"cat {CONFIGURATION}; stat -c '%a %U' {CONFIGURATION}; ls -A /etc/nftables.d; nft list ruleset; "
            "systemctl is-enabled nftables.service"
        ).out

    def reboot(self) -> None:
        """Stop and start the node that is isolated; a container gets a new hardware address by that."""
        self.out.reboot()
        self.out.root(f"ip -6 address replace {IPV6['out']}/64 dev eth0 nodad").ok()
        self.second.root("ip neigh flush all; ip -6 neigh flush all")

    def reaches(self, target: str, *, source: Node | None = None, seconds: int = 5) -> bool:
        """Whether a TCP connection is made, as address/port."""
        node = source or self.second
        return node.root(f"timeout {seconds} bash -c 'exec 3<>/dev/tcp/{target}'").rc == 0

    def pings(self, target: str, *, source: Node | None = None, seconds: int = 5) -> bool:
        return (source or self.second).root(f"ping -c 1 -W {seconds} {target}").rc == 0

    def operator_gets_in(self) -> bool:
        """Whether the operator logs in by key over a new connection and becomes root."""
        variables = self.out.variables
        key = str(variables["operator_user_private_key_file"])
        said = self.out.ssh(str(variables["operator_user_name"]), key, "sudo -n id -u")
        return said.rc == 0 and said.out.strip() == "0"

    def is_open(self) -> None:
        """Assert that others reach the node, and that it reaches others."""
        assert self.reaches(f"{self.address}/22")
        assert self.pings(self.address)
        assert self.pings(IPV6["out"])
        assert self.pings(IPV6["second"], source=self.out)
        assert self.operator_gets_in()

    def is_cut_off(self) -> None:
        """Assert that only the operator reaches the node, and that it reaches nobody."""
        assert self.operator_gets_in()
        assert not self.reaches(f"{self.address}/22", seconds=1)
        assert not self.pings(self.address, seconds=1)
        assert not self.pings(IPV6["out"], seconds=1)
        assert not self.reaches(f"{IPV6['out']}/22", seconds=1)
        for target in (str(self.second.variables["ansible_host"]), IPV6["second"]):
            assert not self.pings(target, source=self.out, seconds=1)
            assert not self.reaches(f"{target}/22", source=self.out, seconds=1)
        # Not even the operator's machine, from whichever port.
        assert not self.reaches(f"{self.controller}/22", source=self.out, seconds=1)
        assert self.reaches("127.0.0.1/22", source=self.out)

    def dials_from_sshds_port(self) -> bool:
        """Whether the node opens a connection to the other operator's host from port 22, whose answers are let out."""
        dial = (
            "import socket; peer = socket.socket(); peer.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); "
            f"peer.bind(('', 22)); peer.settimeout(2); peer.connect(('{self.stations[0]}', 22))"
        )
        self.out.root("systemctl stop ssh.socket ssh.service").ok()
        try:
            return self.out.root(f'python3 -c "{dial}"').rc == 0
        finally:
            self.out.root("systemctl start ssh.service").ok()

    def station_gets_in(self) -> None:
        """Assert that the other operator's host reaches sshd, over both kinds of address, and nothing else."""
        for target in (self.address, IPV6["out"]):
            assert self.reaches(f"{target}/22", source=self.station)
            assert not self.pings(target, source=self.station, seconds=1)
        for target in self.stations:
            assert not self.reaches(f"{target}/22", source=self.out, seconds=1)


def background(node: Node, command: str) -> Root:
    """Start a command in a node that goes on by itself."""
    return node.root(f"setsid {command} >/tmp/background 2>&1 </dev/null &")
