# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's accounts hold for logging in elsewhere (runbook 1.2): keys, known hosts, settings of ssh. Private."""

from __future__ import annotations

import fnmatch
import os
import stat
import typing as t

from ._access_words import NODES, beyond_role, commented_out, is_packaged, removal, typed, unknown, unreadable
from ._node_view import ViewError
from ._text import one_line

if t.TYPE_CHECKING:
    from ._declared import Declared
    from ._findings import Finding
    from ._node_view import NodeView

# No account's .ssh has more than this for an honest reason.
_MOST_FILES = 200
_MOST_HOSTS = 30
_KEY_LIMIT = 64 * 1024
_LARGEST_KNOWN_HOSTS = 1024 * 1024
_SYSTEM_KNOWN_HOSTS = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
_HOST_KEYS = "/etc/ssh/ssh_host_*_key"
_OWN = frozenset(("localhost", "127.0.0.1", "::1", "ip6-localhost"))
_PRIVATE = ("PRIVATE KEY-----", "PuTTY-User-Key-File", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY")
# Of an ssh_config, what leads to another system.
_LEADING = ("hostname", "proxyjump", "proxycommand", "identityfile", "certificatefile")


class KnownHosts(t.NamedTuple):
    """The hosts of a known_hosts file; names that are hashed can only be counted."""

    names: tuple[str, ...]
    hashed: int


def is_private_key(text: str) -> bool:
    """Whether a text is a private key of ssh's, whatever its format."""
    return any(mark in text[:_KEY_LIMIT] for mark in _PRIVATE)


def known_hosts(text: str, own: t.Collection[str] = ()) -> KnownHosts:
    """Return the hosts that a file knows, beside this node itself.

    :param own: names of this node.
    """
    names: list[str] = []
    hashed = 0
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        hosts = words[1] if words[0].startswith("@") and len(words) > 1 else words[0]
        for host in hosts.split(","):
            if host.startswith("|"):
                hashed += 1
            elif host and bare(host) not in _OWN and bare(host) not in own:
                names.append(one_line(host, 100))
    return KnownHosts(tuple(dict.fromkeys(names)), hashed)


def bare(host: str) -> str:
    """Return a host of a known_hosts file without its port."""
    return host.partition("]")[0].removeprefix("[")


class ConfigHost(t.NamedTuple):
    """A block of an ssh_config that leads to another system.

    :param lines: numbers of the lines that say so.
    :param leads_to: what they say, keyword and value.
    """

    patterns: str
    lines: tuple[int, ...]
    leads_to: tuple[str, ...]


def config_hosts(text: str) -> list[ConfigHost]:
    """Return the blocks of an ssh_config that say how another system is reached."""
    found: list[ConfigHost] = []
    block: tuple[str, list[int], list[str]] = ("", [], [])
    for number, line in enumerate(text.splitlines(), 1):
        keyword, dummy, value = line.strip().replace("=", " ", 1).partition(" ")
        word = keyword.lower()
        if word in ("host", "match"):
            found += _closed(block)
            plain = word == "host" and value.strip() != "*"
            block = (one_line(value.strip(), 150), [number] if plain else [], [])
        elif word in _LEADING and value.strip():
            block[1].append(number)
            block[2].append(f"{word} {value.strip()}")
    return [*found, *_closed(block)]


def _closed(block: tuple[str, list[int], list[str]]) -> list[ConfigHost]:
    patterns, lines, leads_to = block
    return [ConfigHost(patterns, tuple(lines), tuple(leads_to))] if lines else []


def look_at_private_keys(view: NodeView) -> t.Iterator[Finding]:
    """Judge the private keys in the accounts' .ssh folders, and beside the host keys."""
    for folder, whose in _folders(view).items():
        try:
            names = view.names(folder)
        except ViewError as exc:
            yield unreadable(NODES, folder, exc)
            continue
        if len(names) > _MOST_FILES:
            evidence = f"it holds {len(names)} files, of which the first {_MOST_FILES} were looked at"
            yield unknown(NODES, folder, evidence, "look at it on the node by hand")
        for path in (f"{folder}/{name}" for name in names[:_MOST_FILES]):
            if not fnmatch.fnmatchcase(path, _HOST_KEYS) and _is_key(view, path):
                evidence = f"it is a private key with which {one_line(whose, 64)} can log in elsewhere"
                if found := beyond_role(view.declared, path, evidence, removal(path)):
                    yield found


def _is_key(view: NodeView, path: str) -> bool:
    status = view.status(path)
    if status is None or stat.S_ISDIR(status.st_mode) or path.endswith(".pub"):
        return False
    try:
        return is_private_key(view.text(path, limit=_KEY_LIMIT) or "")
    except ViewError:
        # Neither a fifo nor a file of that size is a key that ssh would read.
        return False


def _folders(view: NodeView) -> dict[str, str]:
    folders = {"/etc/ssh": "root"}
    for account in view.accounts.accounts:
        if account.home.startswith("/"):
            folders.setdefault(f"{os.path.normpath(account.home).rstrip('/')}/.ssh", account.name)
    for name in view.names("/home"):
        folders.setdefault(f"/home/{name}/.ssh", "an account that is gone")
    return folders


def look_at_known_hosts(view: NodeView) -> t.Iterator[Finding]:
    """Judge which other systems the node's accounts know."""
    own = {view.declared.hostname, *(alias for alias in (view.declared.address.partition("/")[0],) if alias)}
    homes = [folder for folder in _folders(view) if folder != "/etc/ssh"]
    paths = [
        *_SYSTEM_KNOWN_HOSTS,
        *(f"{folder}/{name}" for folder in homes for name in ("known_hosts", "known_hosts2")),
    ]
    for path in paths:
        try:
            text = view.text(path, limit=_LARGEST_KNOWN_HOSTS)
        except ViewError as exc:
            yield unreadable(NODES, path, exc)
            continue
        yield from _of_hosts(view.declared, path, known_hosts(text or "", own))


def _of_hosts(declared: Declared, path: str, hosts: KnownHosts) -> t.Iterator[Finding]:
    place = typed(path)
    if len(hosts.names) > _MOST_HOSTS:
        evidence = f"it holds keys of {len(hosts.names) + hosts.hashed} other systems, as {hosts.names[0]}"
        if found := beyond_role(declared, f"{path} (other hosts)", evidence, removal(path), targets=(path,)):
            yield found
        return
    for name in hosts.names:
        command = f"ssh-keygen -q -R {typed(name)} -f {place}" if typed(name) and place else ""
        evidence = f"{path} holds the key of {name}, so that somebody logged in there from this node"
        if found := beyond_role(declared, f"{path} {name}", evidence, command, targets=(name, bare(name), path)):
            yield found
    if hosts.hashed:
        evidence = f"it holds keys of {hosts.hashed} other systems whose names are hashed"
        command = f'sed -i "/^|/d" {place}' if place else ""
        if found := beyond_role(declared, f"{path} (hashed hosts)", evidence, command, targets=(path,)):
            yield found


def look_at_client_settings(view: NodeView) -> t.Iterator[Finding]:
    """Judge which other systems the settings of ssh lead to."""
    folder = "/etc/ssh/ssh_config.d"
    paths = ["/etc/ssh/ssh_config", *(f"{folder}/{name}" for name in view.names(folder))]
    for path in [*paths, *(f"{home.path}/.ssh/config" for home in view.homes)]:
        if is_packaged(view, path):
            continue
        try:
            text = view.text(path) or ""
        except ViewError as exc:
            yield unreadable(NODES, path, exc)
            continue
        for host in config_hosts(text):
            name = host.patterns or "every host"
            evidence = f"line {host.lines[0]} begins how {name} is reached: {one_line(', '.join(host.leads_to), 200)}"
            targets = (*host.patterns.split(), *(said.partition(" ")[2] for said in host.leads_to), path)
            command = commented_out(path, *host.lines)
            if found := beyond_role(view.declared, f"{path} {name}", evidence, command, targets=targets):
                yield found


__all__ = (
    "ConfigHost",
    "KnownHosts",
    "bare",
    "config_hosts",
    "is_private_key",
    "known_hosts",
    "look_at_client_settings",
    "look_at_known_hosts",
    "look_at_private_keys",
)
