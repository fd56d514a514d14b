# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys and hosts a node lets in (runbook 1.1), wherever sshd might look for them. Private to the collection."""

from __future__ import annotations

import os
import typing as t

from ._access_words import HUMAN, by, lines_of, of_others, removal, taken_from, typed, unknown, unreadable, violation
from ._authorized_keys import PublicKey, keys_in
from ._bootstrap_login import KEY_FILES
from ._node_view import ViewError
from ._sshd_config import parse_effective
from ._text import one_line

if t.TYPE_CHECKING:
    from ._declared import Declared
    from ._findings import Finding
    from ._node_view import NodeView

SSHD = "/usr/sbin/sshd"
_ALWAYS = (".ssh/authorized_keys", ".ssh/authorized_keys2")
_FOLDERS = ("/etc/ssh/authorized_keys.d", "/etc/ssh/authorized_keys")
# Each lets in by who asks from where, or by another system's word, in place of a key.
_TRUST_FILES = (".rhosts", ".shosts", ".k5login", ".k5users", ".ssh/authorized_principals")
_TRUST_OF_ALL = ("/etc/hosts.equiv", "/etc/ssh/shosts.equiv", "/etc/shosts.equiv")
_OTHER_SOURCES = (
    "authorizedkeyscommand",
    "authorizedprincipalscommand",
    "authorizedprincipalsfile",
    "trustedusercakeys",
)
MOST_OF_A_FILE = 20
# Enough of a key's text to be found by, in a command that can still be read.
_TAIL = 43
_RUN_ROLE = "run provision.yml --tags 2.7 for the node"


def patterns(effective: t.Mapping[str, t.Sequence[str]]) -> list[str]:
    """Return the patterns of the files in which sshd looks for keys, by ``sshd -T``, and those it knows by itself."""
    said = [word for value in effective.get("authorizedkeysfile", ()) for word in value.split()]
    return list(dict.fromkeys([*(word for word in said if word != "none"), *_ALWAYS]))


def expanded(pattern: str, *, name: str, uid: int, home: str) -> str:
    """Return the file that a pattern of AuthorizedKeysFile stands for."""
    path = pattern.replace("%%", "\0").replace("%h", home).replace("%u", name).replace("%U", str(uid))
    return os.path.normpath(os.path.join(home, path.replace("\0", "%")))


def judge(path: str, whose: str, keys: t.Sequence[PublicKey], declared: Declared) -> t.Iterator[Finding]:
    """Yield the keys of a file that nobody declared, and declared ones with other options.

    :param whose: the account that they let in as, "" where that cannot be told.
    """
    known = {key.body: key.options for key in keys_in("\n".join(declared.operator_keys))}
    foreign = [key for key in keys if known.get(key.body) != key.options]
    for key in list(dict.fromkeys(foreign))[:MOST_OF_A_FILE]:
        evidence = f"it lets whoever holds it in as {one_line(whose or 'an account', 64)}"
        if key.body in known:
            evidence = "it is declared with other options than it has here"
        if key.options:
            evidence += f"; its options are {one_line(key.options, 120)}"
        if key.comment:
            evidence += f"; its comment is {one_line(key.comment, 80)}"
        remedy = by(_without(path, key), what="take its line out", otherwise=f"declare the key and {_RUN_ROLE}")
        if path.endswith(KEY_FILES):
            remedy = taken_from(declared, whose, remedy)
        yield of_others(declared, f"{key.fingerprint} in {path}", evidence, remedy)
    more = len(foreign) - MOST_OF_A_FILE
    if more > 0:
        remedy = _RUN_ROLE if whose == declared.operator else by(removal(path), what="remove the file")
        yield of_others(declared, f"{path} (more keys)", f"it holds {more} more keys that nobody declared", remedy)


def _without(path: str, key: PublicKey) -> str:
    place = typed(path)
    return f'sed -i "\\|{key.body[-_TAIL:]}|d" {place}' if place else ""


def judge_sources(effective: t.Mapping[str, t.Sequence[str]]) -> t.Iterator[Finding]:
    """Yield the ways beside files in which sshd is told whom to let in."""
    for keyword in _OTHER_SOURCES:
        for value in effective.get(keyword, ()):
            if value not in ("none", ""):
                evidence = f"sshd asks {one_line(value, 200)} whom to let in, beside the declared keys"
                yield violation(HUMAN, f"sshd {keyword}", evidence, "run provision.yml --tags 2.8 for the node")


def look_at_keys(view: NodeView) -> t.Iterator[Finding]:
    """Judge every file of keys on the node, and what else sshd asks."""
    effective: dict[str, list[str]] = {}
    try:
        effective = read_effective(view)
    except ViewError as exc:
        yield unknown(
            HUMAN, "sshd", str(exc), "find out why sshd does not say where it looks for keys, then audit again"
        )
    yield from judge_sources(effective)
    for path, whose in _key_files(view, patterns(effective)).items():
        try:
            text = view.text(path)
        except ViewError as exc:
            yield unreadable(HUMAN, path, exc)
            continue
        yield from judge(path, whose, keys_in(text or ""), view.declared)


def read_effective(view: NodeView, user: str = "") -> dict[str, list[str]]:
    """Return what ``sshd -T`` says of a login, empty where no sshd is installed.

    :raises ViewError: it cannot be asked.
    """
    if not view.exists(SSHD):
        return {}
    name = user or view.declared.operator or "root"
    return parse_effective(view.run(SSHD, "-T", "-C", f"user={name},host=localhost,addr=127.0.0.1").out)


def _key_files(view: NodeView, wanted: t.Sequence[str]) -> dict[str, str]:
    """Return the files that may hold keys, each with the account that it is of."""
    found: dict[str, str] = {}
    for name, uid, home in _homes(view):
        # A home without an account has no name to look for elsewhere.
        for pattern in wanted if name else _ALWAYS:
            path = expanded(pattern, name=name, uid=uid, home=home)
            if view.exists(path):
                found.setdefault(path, name)
    for folder in _FOLDERS:
        for name in view.names(folder):
            found.setdefault(f"{folder}/{name}", name)
    return found


def _homes(view: NodeView) -> t.Iterator[tuple[str, int, str]]:
    """Yield every account with its home, and the homes that no account has any more."""
    for account in view.accounts.accounts:
        if account.home.startswith("/"):
            yield account.name, account.uid, os.path.normpath(account.home)
    taken = {os.path.normpath(account.home) for account in view.accounts.accounts}
    for name in view.names("/home"):
        if f"/home/{name}" not in taken:
            yield "", -1, f"/home/{name}"


def look_at_trusted_hosts(view: NodeView) -> t.Iterator[Finding]:
    """Judge the files that let somebody in by where they come from, or by another system's word."""
    paths = [
        *_TRUST_OF_ALL,
        *(f"{home.rstrip('/')}/{name}" for _name, _uid, home in _homes(view) for name in _TRUST_FILES),
    ]
    for path in dict.fromkeys(paths):
        try:
            text = view.text(path)
        except ViewError as exc:
            yield unreadable(HUMAN, path, exc)
            continue
        said = [line for dummy, line in lines_of(text or "")]
        if said:
            evidence = f"it lets in without a declared key: {one_line(said[0], 100)}"
            yield violation(HUMAN, path, evidence, by(removal(path)))


__all__ = (
    "MOST_OF_A_FILE",
    "SSHD",
    "expanded",
    "judge",
    "judge_sources",
    "look_at_keys",
    "look_at_trusted_hosts",
    "patterns",
    "read_effective",
)
