# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an isolated node lets through, and what that takes on it (runbook 5, Isolate): pure decisions. Private.

The rules are written as nft itself lists them, so that what is in force is compared as text. They keep no state of
connections: what was open before is cut like everything else.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ._step import Change
from ._text import one_line

CLAUSE: t.Final = "5.2"
TABLE: t.Final = "runbook_isolation"
SUBJECT: t.Final = f"table {TABLE}"
PULL: t.Final = "pull its cable, or switch its port off"
CONFIGURATION: t.Final = "/etc/nftables.conf"
FOLDER: t.Final = "/etc/nftables.d"
FILE: t.Final = f"{FOLDER}/runbook-isolation.nft"
SERVICE: t.Final = "nftables.service"
_INCLUDE: t.Final = f'include "{FILE}"'
_SHEBANG: t.Final = "#!/usr/sbin/nft -f\n"
_COMMENT: t.Final = "Runbook 5, Isolate. Lifted by isolate.yml -e isolate=off"
_WAS_ENABLED: t.Final = f"# {SERVICE} was enabled before the node was isolated."
_HAD_MODE = re.compile(rf"# {re.escape(CONFIGURATION)} had the mode ([0-7]{{3,4}})\.")
# As Debian's package brings it.
_MODE: t.Final = 0o755
_MOST_NETWORKS = 64
# Whoever writes these has everybody in mind, or has slipped.
_SHORTEST_PREFIX: t.Final = {4: 8, 6: 32}
_PORT = re.compile(r"tcp dport ([0-9]{1,5}) accept$", re.MULTILINE)
_SOURCE = re.compile(r"^\t\tip6? saddr ([0-9a-f.:/]+) tcp dport [0-9]+ accept$", re.MULTILINE)

Network: t.TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"


class IsolationState(t.NamedTuple):
    """How far a node is isolated.

    :param file: text of our own file, None where there is none.
    :param configuration: text of what nftables.service loads, None where it is not there.
    :param enabled: whether nftables.service loads it at boot.
    :param live: our tables as nft lists them, "" where there are none; None where nobody can tell, as under emulation.
    :param mode: permission bits of the configuration.
    """

    file: str | None
    configuration: str | None
    enabled: bool
    live: str | None
    mode: int = _MODE


class Before(t.NamedTuple):
    """What lifting an isolation gives back, beside the configuration's text; our file keeps it.

    :param enabled: whether nftables.service was enabled.
    :param mode: permission bits of the configuration. Debian's can be run, which makes it code to the audit (6.4); with
        our line in it, it is only read.
    """

    enabled: bool
    mode: int


def networks_from(operators: t.Sequence[str]) -> list[Network]:
    """Return the operators' networks, sorted and merged.

    :raises ValueError: one sentence with each entry that is no network, and the remedy.
    """
    if not operators:
        raise ValueError(
            "isolate_operators is empty: write the addresses or networks into it from which operators reach the node, "
            "as [192.0.2.7, 198.51.100.0/28]"
        )
    if len(operators) > _MOST_NETWORKS:
        raise ValueError(f"isolate_operators has {len(operators)} entries: {_MOST_NETWORKS} are enough, merge some")
    mistakes = [sentence for text in operators if (sentence := _why_not_a_network(str(text)))]
    if mistakes:
        raise ValueError("; ".join(mistakes))
    found = [ipaddress.ip_network(str(text)) for text in operators]
    four = ipaddress.collapse_addresses(one for one in found if isinstance(one, ipaddress.IPv4Network))
    six = ipaddress.collapse_addresses(one for one in found if isinstance(one, ipaddress.IPv6Network))
    return [*four, *six]


def _why_not_a_network(text: str) -> str:
    shown = f"isolate_operators has {one_line(text, 80)!r}"
    try:
        loose = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return f"{shown}, which is no address or network: write one such as 192.0.2.7, 198.51.100.0/28 or 2001:db8::/64"
    address = text.partition("/")[0]
    if "%" in text:
        return f"{shown}, which names an interface: leave the '%' and what follows it out"
    if str(loose.network_address) != str(ipaddress.ip_address(address)):
        return f"{shown}, which is an address with a prefix length: write {address} or {loose}"
    if loose.prefixlen < _SHORTEST_PREFIX[loose.version]:
        return f"{shown}, which is nearly everybody: write the operators' own addresses or networks"
    if loose.is_multicast or loose.is_loopback or loose.is_unspecified:
        return f"{shown}, from which nobody connects: write the operators' own addresses or networks"
    return ""


def why_shut_out(networks: t.Sequence[Network], client: str) -> str:
    """Return why these networks would cut off who is connected now, "" when they would not.

    :param client: the address of the live SSH connection, as the node sees it.
    """
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return (
            "the node does not say from where this connection comes, so nobody can tell that it would stay; log in by "
            "SSH, or pull the cable"
        )
    if any(address in network for network in networks):
        return ""
    named = ", ".join(shown(network) for network in networks)
    return (
        f"the node sees this connection come from {address}, which isolate_operators ({named}) does not hold, so you "
        f"would be cut off: add {address} or its network to isolate_operators"
    )


def shown(network: Network) -> str:
    """Return a network as nft lists it: a single address without its prefix length."""
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def tables(networks: t.Sequence[Network], port: int) -> str:
    """Return our tables as nft lists them.

    :param port: where sshd is reached.
    """
    family = {network: "ip6" if network.version == 6 else "ip" for network in networks}
    enter = [f"{family[one]} saddr {shown(one)} tcp dport {port} accept" for one in networks]
    leave = [f"{family[one]} daddr {shown(one)} tcp sport {port} accept" for one in networks]
    # SSH hangs where a router on the way cannot say that a packet is too big, and IPv6 needs its neighbours.
    if "ip" in family.values():
        enter.append("icmp type destination-unreachable icmp code 4 accept")
    if "ip6" in family.values():
        neighbours = "nd-neighbor-solicit, nd-neighbor-advert"
        enter.append(f"icmpv6 type {{ packet-too-big, nd-router-advert, {neighbours} }} accept")
        leave.append(f"icmpv6 type {{ nd-router-solicit, {neighbours} }} accept")
    # Nothing on the node opens a connection to the operator, from whichever port.
    leave.insert(0, "tcp flags & (syn | ack) == syn drop")
    chains = (
        _chain("input", ['iifname "lo" accept', *enter]),
        _chain("output", ['oifname "lo" accept', *leave]),
        _chain("forward", []),
    )
    inet = "\n".join(chains)
    bridge = _chain("forward", [], priority="-300")
    return f'table inet {TABLE} {{\n\tcomment "{_COMMENT}"\n{inet}}}\ntable bridge {TABLE} {{\n{bridge}}}\n'


def _chain(hook: str, rules: t.Sequence[str], *, priority: str = "raw") -> str:
    head = f"\tchain {hook} {{\n\t\ttype filter hook {hook} priority {priority}; policy drop;\n"
    return head + "".join(f"\t\t{rule}\n" for rule in rules) + "\t}\n"


def file_text(wanted: str, before: Before) -> str:
    """Return our file, which nft loads as one transaction whatever was there before.

    :param wanted: as :func:`tables` returns it.
    """
    head = "# Runbook 5, Isolate: this node lets only the operators' SSH through. Written by ai_systems.runbook.\n"
    notes = f"{_WAS_ENABLED}\n" if before.enabled else ""
    notes += f"# {CONFIGURATION} had the mode {before.mode:04o}.\n"
    return f"{head}{notes}{anew(wanted)}"


def anew(wanted: str) -> str:
    """Return commands of nft that put ``wanted`` in the place of our tables; "" takes them away."""
    heads = (f"inet {TABLE}", f"bridge {TABLE}")
    # To name a table makes it where it is not there, so that it can be deleted either way.
    return "".join(f"table {head}\ndelete table {head}\n" for head in heads) + wanted


def before_of(state: IsolationState) -> Before:
    """Return what there was before the node was isolated."""
    if state.file is None:
        return Before(state.enabled, state.mode)
    lines = state.file.splitlines()
    modes = [int(found.group(1), 8) for line in lines if (found := _HAD_MODE.fullmatch(line))]
    return Before(_WAS_ENABLED in lines, modes[0] if modes else _MODE)


def with_include(text: str | None) -> str:
    """Return the configuration with our file included at its end, after whatever it flushes."""
    if text is None:
        return f"{_SHEBANG}{_INCLUDE}\n"
    lines = text.splitlines()
    if _INCLUDE in lines and not any("flush" in line for line in lines[lines.index(_INCLUDE) :]):
        return text
    rest = without_include(text)
    return f"{rest}{'' if not rest or rest.endswith(chr(10)) else chr(10)}{_INCLUDE}\n"


def without_include(text: str) -> str:
    """Return the configuration without our file; "" where nothing but our own lines was in it."""
    rest = "".join(line for line in text.splitlines(keepends=True) if line.strip() != _INCLUDE)
    return "" if rest == _SHEBANG else rest


def decide_on(state: IsolationState, wanted: str) -> list[Change]:
    """Return what must change so that a node is isolated, now and after its next boot.

    :param wanted: as :func:`tables` returns it.
    """
    changes = []
    if state.live is not None and state.live != wanted:
        changes.append(Change(SUBJECT, "load", state.live, wanted))
    text = file_text(wanted, before_of(state))
    if state.file != text:
        changes.append(Change(FILE, "write", state.file or "", text))
    configuration = with_include(state.configuration)
    if state.configuration != configuration:
        changes.append(Change(CONFIGURATION, "include the isolation", state.configuration or "", configuration))
    if not state.enabled:
        changes.append(Change(SERVICE, "enable", "disabled\n", "enabled\n"))
    return changes


def decide_off(state: IsolationState) -> list[Change]:
    """Return what must change so that a node is as it was before; the tables go last, when no boot brings them back."""
    changes = []
    if state.configuration is not None and without_include(state.configuration) != state.configuration:
        rest = without_include(state.configuration)
        action = "leave the isolation out" if rest else "remove"
        changes.append(Change(CONFIGURATION, action, state.configuration, rest))
    if state.enabled and not before_of(state).enabled:
        changes.append(Change(SERVICE, "disable", "enabled\n", "disabled\n"))
    if state.file is not None:
        changes.append(Change(FILE, "remove", state.file))
    if state.live:
        changes.append(Change(SUBJECT, "delete", state.live))
    return changes


def is_isolated(state: IsolationState) -> bool:
    """Whether anything of an isolation is on the node, whole or not."""
    held = state.configuration is not None and _INCLUDE in state.configuration.splitlines()
    return state.file is not None or bool(state.live) or held


def let_in(text: str) -> tuple[list[str], str]:
    """Return from where and at which port a file or listing of ours lets SSH in; the port is "" where it is not one."""
    ports = set(_PORT.findall(text))
    return sorted(set(_SOURCE.findall(text))), ports.pop() if len(ports) == 1 else ""


__all__ = (
    "CLAUSE",
    "CONFIGURATION",
    "FILE",
    "FOLDER",
    "PULL",
    "SERVICE",
    "SUBJECT",
    "TABLE",
    "Before",
    "IsolationState",
    "Network",
    "anew",
    "before_of",
    "decide_off",
    "decide_on",
    "file_text",
    "is_isolated",
    "let_in",
    "networks_from",
    "shown",
    "tables",
    "why_shut_out",
    "with_include",
    "without_include",
)
