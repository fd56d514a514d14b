# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways through a node into other networks and to its operator's keys (runbook 1.2). Private to the collection."""

from __future__ import annotations

import re
import typing as t

from ._access_keys import read_effective
from ._access_processes import parse_unix, program_name, read_holders
from ._access_words import NODES, by, commented_out, info, is_packaged, typed, unreadable, violation
from ._node_view import ViewError
from ._sshd_config import wanted
from ._text import one_line

if t.TYPE_CHECKING:
    from ._findings import Finding
    from ._node_view import NodeView

_FORWARDING = (
    "disableforwarding",
    "allowagentforwarding",
    "allowtcpforwarding",
    "allowstreamlocalforwarding",
    "gatewayports",
    "permittunnel",
    "x11forwarding",
)
_CLIENT = {
    "forwardagent": "lends the keys of an agent to the other end",
    "forwardx11": "lends the screen and keyboard to the other end",
    "forwardx11trusted": "lends the screen and keyboard to the other end",
    "remoteforward": "opens a way from the other end into this node",
    "localforward": "opens a way through this node to the other end",
    "dynamicforward": "opens a way through this node to the other end",
    "tunnel": "makes one network of this node and the other end",
}
_OFF = frozenset(("no", "false", "none", "0"))
_SYSCTL = re.compile(
    r"(net[./]ipv4[./]ip_forward|net[./]ipv[46][./]conf[./][^\s=]+[./](?:mc_)?forwarding)\s*=\s*([1-9]\d*)"
)
# The kernel allocates a buffer of the size that is asked for.
_NUMBER_LIMIT = 100
_KERNEL = {
    "/proc/sys/net/ipv4/ip_forward": "net.ipv4.ip_forward",
    "/proc/sys/net/ipv6/conf/all/forwarding": "net.ipv6.conf.all.forwarding",
}
_SYSCTL_FOLDERS = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d")
_AGENT = re.compile(
    r"/ssh-[^/]+/agent\.\d+$|/\.ssh/agent/|/ssh-agent|/openssh_agent$|/S\.gpg-agent\.ssh$|/keyring/ssh$"
)


def judge_sshd(effective: t.Mapping[str, t.Sequence[str]]) -> t.Iterator[Finding]:
    """Yield the ways through the node that sshd opens for whoever logs in, by the decision of the role ssh."""
    must = wanted("")
    for keyword in _FORWARDING:
        said = list(effective.get(keyword, [must[keyword]]))
        if said != [must[keyword]]:
            evidence = f"sshd says {one_line(' and '.join(said), 60)!r}, where a node needs {must[keyword]!r}"
            yield violation(NODES, f"sshd {keyword}", evidence, "run provision.yml --tags 2.8 for the node")


def client_lines(text: str) -> list[tuple[int, str, str]]:
    """Return number, keyword and value of the lines of an ssh_config that forward something."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        keyword, dummy, value = line.strip().replace("=", " ", 1).partition(" ")
        if keyword.lower() in _CLIENT and value.strip() and value.strip().lower() not in _OFF:
            found.append((number, keyword.lower(), value.strip()))
    return found


def look_at_ssh(view: NodeView) -> t.Iterator[Finding]:
    """Judge what sshd and the ssh clients of the node forward."""
    yield from judge_sshd(read_effective(view))
    paths = ["/etc/ssh/ssh_config", *(f"/etc/ssh/ssh_config.d/{name}" for name in view.names("/etc/ssh/ssh_config.d"))]
    for path in [*paths, *(f"{home.path}/.ssh/config" for home in view.homes)]:
        try:
            text = view.text(path) or ""
        except ViewError as exc:
            yield unreadable(NODES, path, exc)
            continue
        lines = client_lines(text)
        for keyword in dict.fromkeys(keyword for _number, keyword, _value in lines):
            mine = [(number, value) for number, other, value in lines if other == keyword]
            evidence = f"line {mine[0][0]} says {one_line(f'{keyword} {mine[0][1]}', 150)}: it {_CLIENT[keyword]}"
            remedy = by(commented_out(path, *(number for number, dummy in mine)))
            yield violation(NODES, f"{path} {keyword}", evidence, remedy)


def look_at_kernel(view: NodeView) -> t.Iterator[Finding]:
    """Judge whether the kernel passes on what is not for this node, now and after the next start."""
    for path, key in _KERNEL.items():
        value = (view.text(path, limit=_NUMBER_LIMIT) or "0").strip()
        if value == "0":
            continue
        evidence = f"it is {one_line(value, 20)}: the kernel passes on what is for other machines"
        if view.is_container:
            yield info(NODES, key, f"{evidence}; in a container that is its host's setting")
        else:
            yield violation(NODES, key, evidence, by(typed("sysctl", "-w", f"{key}=0"), what="switch it off"))
    paths = ["/etc/sysctl.conf"]
    paths += [f"{folder}/{name}" for folder in _SYSCTL_FOLDERS for name in view.names(folder) if name.endswith(".conf")]
    for path in paths:
        if not is_packaged(view, path):
            yield from _lines_of(path, view.text(path) or "")


def _lines_of(path: str, text: str) -> t.Iterator[Finding]:
    by_key: dict[str, list[int]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if found := _SYSCTL.match(line.strip().removeprefix("-").strip()):
            by_key.setdefault(one_line(found[1].replace("/", "."), 100), []).append(number)
    for key, numbers in by_key.items():
        evidence = f"line {numbers[0]} switches it on, so that each start makes the node a router"
        yield violation(NODES, f"{path} {key}", evidence, by(commented_out(path, *numbers)))


def look_at_agents(view: NodeView) -> t.Iterator[Finding]:
    """Judge whether an agent offers keys on the node, which root there can use."""
    listening = parse_unix(view.text("/proc/net/unix") or "")
    agents = {path: inode for path, inode in listening.items() if _AGENT.search(path)}
    holders = read_holders(view, set(agents.values()))
    names = {account.uid: account.name for account in reversed(view.accounts.accounts)}
    for path, inode in agents.items():
        status = view.status(path)
        owner = names.get(status.st_uid, str(status.st_uid)) if status else "somebody"
        held = [process for process in holders.get(inode, ()) if program_name(process) != "systemd"]
        if not held and holders.get(inode):
            # The systemd of a session waits there, and would start an agent; none runs.
            continue
        evidence = f"{one_line(path, 150)} offers keys, and whoever is root on the node can use them"
        command = typed("kill", *(str(process.pid) for process in held)) if held else ""
        remedy = by(command, what="end it") if command else "end the session that it belongs to"
        yield violation(NODES, f"agent of {one_line(owner, 64)}", evidence, remedy)


__all__ = ("client_lines", "judge_sshd", "look_at_agents", "look_at_kernel", "look_at_ssh")
