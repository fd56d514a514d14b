# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second host that tries to reach an isolated node: the proof that it is cut off. Private to the collection.

The node's own word that it filters proves nothing, and the controller is let in. So another node of the inventory is
asked, over a fresh session, to open a connection to the node's sshd.
"""

from __future__ import annotations

import ipaddress
import socket
import typing as t

from ansible.errors import AnsibleError

from ansible_collections.ai_systems.runbook.plugins.module_utils._isolation import Network
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommissioned import members
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fresh_session import FreshSession
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._known_hosts import lookup_name

if t.TYPE_CHECKING:
    from ansible.plugins.connection import ConnectionBase

_MOST_ASKED = 3
_TRY_SECONDS = 4
_ANSWER_SECONDS = 15
_OPEN, _SHUT = "runbook-reaches-it", "runbook-does-not"

Reach = t.Literal["open", "shut", "silent"]
Variables = t.Mapping[str, t.Any]


class Host(t.NamedTuple):
    """A node that may be asked.

    :param user: who logs in there.
    :param key: the private key on the controller, "" for the agent's.
    """

    name: str
    address: str
    port: str
    user: str
    key: str


def address_of(host: str) -> str:
    """Return the address by which the controller reaches a host, "" where its name leads nowhere.

    The controller's own word: a node that is to be cut off is not asked where it is.
    """
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, UnicodeError):
        return ""


def others(
    variables: Variables, node: str, *, named: str, networks: t.Sequence[Network], isolated: t.Collection[str]
) -> list[Host]:
    """Return who may be asked, at most three: other nodes that are to be out once ``node`` is isolated.

    :param named: the only one to ask, "" for any.
    :param isolated: nodes that reach nothing themselves.
    :raises ValueError: ``named`` cannot be asked; one sentence.
    """
    gone = members(variables)
    names = [str(name) for name in variables.get("groups", {}).get("all", ()) if name not in gone]
    if named and (named == node or named not in names):
        raise ValueError(
            f"isolate_second_host {one_line(named, 80)!r} is no other node of the inventory: name one, or leave it "
            "empty"
        )
    found = []
    for name in [named] if named else names:
        if name == node or name in isolated:
            continue
        host = _host(variables, name)
        address = address_of(host.address)
        inside = bool(address) and any(ipaddress.ip_address(address) in network for network in networks)
        if named and inside:
            raise ValueError(
                f"isolate_second_host {one_line(named, 80)!r} is at {address}, which isolate_operators lets in: name a "
                "node that is to be out"
            )
        if address and not inside and host.user:
            found.append(host)
    return found[:_MOST_ASKED]


def _host(variables: Variables, name: str) -> Host:
    def value(*keys: str) -> str:
        for key in keys:
            try:
                if said := variables["hostvars"][name].get(key):
                    return str(said)
            except (AnsibleError, KeyError):
                continue
        return ""

    return Host(
        name,
        value("ansible_host", "ansible_ssh_host") or name,
        value("ansible_port", "ansible_ssh_port"),
        value("operator_user_name"),
        value("operator_user_private_key_file"),
    )


def reaches(connection: ConnectionBase, host: Host, *, address: str, port: int) -> Reach:
    """Have a host open a connection to an address; ``silent`` where it cannot be asked.

    :param connection: the task's ssh connection, whose settings of known_hosts and jump hosts hold for it too.
    :param address: as :func:`address_of` returns it.
    """
    session = FreshSession(connection, user=host.user, private_key_file=host.key, host=host.address)
    options = [f"HostKeyAlias={lookup_name(host.address, host.port)}", f"Port={host.port or 22}", "ConnectTimeout=8"]
    target = f"/dev/tcp/{ipaddress.ip_address(address)}/{port:d}"
    answer = session.run(
        f"timeout {_TRY_SECONDS} bash -c 'exec 3<>{target}' 2>/dev/null && echo {_OPEN} || echo {_SHUT}",
        options=options,
        seconds=_ANSWER_SECONDS,
    )
    said = answer.out.split()
    if answer.rc != 0 or said not in ([_OPEN], [_SHUT]):
        return "silent"
    return "open" if said == [_OPEN] else "shut"


class SecondHost:
    """Asks before and after, and says what that proves."""

    def __init__(self, connection: ConnectionBase, hosts: t.Sequence[Host], *, address: str) -> None:
        self._connection = connection
        self._hosts = list(hosts)
        self._address = address
        self._asked: Host | None = None
        self._before: Reach = "silent"

    def ask_before(self, *, port: int) -> None:
        """Find who reaches the node as long as it is open; where nobody does, who at least answers."""
        for host in self._hosts if self._address else []:
            reach = reaches(self._connection, host, address=self._address, port=port)
            if reach != "silent" and self._before != "open":
                self._asked, self._before = host, reach
            if reach == "open":
                return

    def ask_after(self, *, port: int, changed: bool) -> tuple[bool, str]:
        """Return whether the node is not shut off after all, and a sentence on what was seen.

        :param changed: whether the node began to filter in between; else what was seen before still holds.
        """
        after: Reach = self._before
        if self._asked is not None and changed:
            after = reaches(self._connection, self._asked, address=self._address, port=port)
        if self._asked is None or after == "silent":
            return False, "No second host could be asked, so nothing but the node says that others are out"
        name = one_line(self._asked.name, 80)
        if after == "open":
            return True, f"{name} still reaches it"
        if not changed:
            return False, f"{name} does not reach it"
        if self._before == "open":
            return False, f"{name} reached it before and no longer does"
        return False, f"{name} does not reach it, and did not before"


__all__ = ("Host", "Reach", "SecondHost", "address_of", "others", "reaches")
