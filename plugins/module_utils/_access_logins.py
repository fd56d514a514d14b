# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can log in on a node (runbook 1.1): accounts and passwords beyond the operator's. Private to the collection."""

from __future__ import annotations

import os
import re
import typing as t

from ._access_words import (
    HUMAN,
    all_of,
    by,
    commented_out,
    is_packaged,
    lines_of,
    of_others,
    removal,
    taken_from,
    typed,
    unreadable,
    violation,
)
from ._accounts import PASSWD, Accounts
from ._bootstrap_login import console_logins
from ._node_view import ViewError
from ._text import one_line

if t.TYPE_CHECKING:
    from ._declared import Declared
    from ._findings import Finding
    from ._node_view import NodeView

NSSWITCH = "/etc/nsswitch.conf"
_USERDB = ("/etc/userdb", "/run/userdb", "/run/host/userdb", "/usr/local/lib/userdb")
_UNITS = ("/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system")
_LOCAL_SOURCES = frozenset(("files", "compat", "systemd"))
_IN_SHADOW = "x"
_AUTOLOGIN = re.compile(r"getty\b.*(?:--autologin(?:=|\s+)|\s-a\s*)(\S+)")


class Entry(t.NamedTuple):
    """A line of /etc/passwd: its number, name, second field and user id."""

    number: int
    name: str
    secret: str
    uid: str


def entries(text: str) -> list[Entry]:
    """Return the lines of /etc/passwd with their second field, which the readers of accounts pass over."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        fields = line.split(":")
        if len(fields) >= 4 and fields[0] and not line.startswith("#"):
            found.append(Entry(number, fields[0], fields[1], fields[2]))
    return found


def accounts_alike(found: t.Sequence[Entry]) -> t.Iterator[Finding]:
    """Yield what stands for another account by name or by user id: root first of all."""
    numbers: dict[str, list[int]] = {}
    first: dict[str, str] = {"0": "root"}
    for entry in found:
        numbers.setdefault(entry.name, []).append(entry.number)
        if entry.name.startswith(("+", "-")) or len(numbers[entry.name]) > 1:
            continue
        if first.setdefault(entry.uid, entry.name) != entry.name:
            other = one_line(first[entry.uid], 64)
            what = "is root by another name" if entry.uid == "0" else f"cannot be told apart from {other}"
            evidence = f"it has the user id {one_line(entry.uid, 20)} of {other} and so {what}"
            remedy = by(typed("userdel", "--force", entry.name))
            yield violation(HUMAN, f"account {one_line(entry.name, 64)}", evidence, remedy)
    for name, lines in numbers.items():
        shown = one_line(name, 64)
        if name.startswith(("+", "-")):
            evidence = f"{PASSWD} takes accounts from another system by its line {lines[0]}"
            yield violation(HUMAN, f"account {shown}", evidence, by(commented_out(PASSWD, *lines)))
        elif len(lines) > 1:
            evidence = f"{PASSWD} has {len(lines)} lines for it, of which programs take one or the other"
            remedy = by(commented_out(PASSWD, *lines[1:]), what="take the further lines out")
            yield violation(HUMAN, f"account {shown} (further lines)", evidence, remedy)


def passwords(found: t.Sequence[Entry], accounts: Accounts, declared: Declared) -> t.Iterator[Finding]:
    """Yield the passwords that let in somebody else than the operator, and the accounts that ask for none."""
    console = set(console_logins(accounts))
    for entry in found:
        shadow = accounts.passwords.get(entry.name)
        is_old = entry.secret != _IN_SHADOW
        secret = entry.secret if is_old else shadow.hash if shadow else "!"
        subject = f"password of {one_line(entry.name, 64)}"
        lock = all_of(*(["pwconv"] if is_old else []), typed("usermod", "--lock", entry.name))
        if entry.name.startswith(("+", "-")) or secret.startswith(("!", "*")):
            continue
        if not secret:
            yield violation(HUMAN, subject, "it is empty, so that nobody is asked for one", by(lock, what="lock it"))
        elif is_old:
            evidence = f"its hash stands in {PASSWD}, which everybody on the node can read"
            yield violation(HUMAN, subject, evidence, by(lock, what="lock it"))
        elif entry.name == "root":
            evidence = "root can log in with it, so that the journal names nobody"
            yield violation(HUMAN, subject, evidence, by(lock, what="lock it"))
        elif entry.name != declared.operator and entry.name in console:
            evidence = "it opens the node's console to somebody else than the operator"
            remedy = taken_from(declared, entry.name, by(lock, what="lock it"))
            yield of_others(declared, subject, evidence, remedy)


def sources(text: str) -> t.Iterator[Finding]:
    """Yield the sources of accounts that are other systems, by nsswitch.conf."""
    for number, line in enumerate(text.splitlines(), 1):
        database, colon, rest = line.partition("#")[0].partition(":")
        if not colon or database.strip() not in ("passwd", "group", "shadow"):
            continue
        words = re.sub(r"\[[^]]*]", " ", rest).split()
        others = [word for word in words if word not in _LOCAL_SOURCES]
        if others:
            subject = f"{NSSWITCH} {database.strip()}"
            evidence = (
                f"accounts are also taken from {one_line(', '.join(others), 100)}, so that who gets in is decided"
            )
            command = f'sed -i "{number}s/:.*/: files/" {NSSWITCH}'
            yield violation(
                HUMAN,
                subject,
                f"{evidence} elsewhere",
                by(command, what="have nothing but the files of the node asked"),
            )


def look_at_accounts(view: NodeView) -> t.Iterator[Finding]:
    """Judge the node's accounts and their passwords."""
    found = entries(view.text(PASSWD) or "")
    yield from accounts_alike(found)
    yield from passwords(found, view.accounts, view.declared)


def look_at_sources(view: NodeView) -> t.Iterator[Finding]:
    """Judge what makes accounts beside /etc/passwd."""
    yield from sources(view.text(NSSWITCH) or "")
    for folder in _USERDB:
        for name in view.names(folder):
            path = f"{folder}/{name}"
            if name.endswith((".user", ".group", ".membership")) and not is_packaged(view, path):
                evidence = "systemd takes an account or a membership from it that /etc/passwd does not show"
                yield violation(HUMAN, path, evidence, by(removal(path)))


def look_at_autologin(view: NodeView) -> t.Iterator[Finding]:
    """Judge whether a console logs somebody in without asking."""
    for folder in _UNITS:
        for name in view.names(folder):
            if "getty" in name:
                yield from _of_getty(view, f"{folder}/{name}")
    for path in ("/etc/lightdm/lightdm.conf", "/etc/gdm3/daemon.conf"):
        for number, line in _quietly(view, path):
            key, equals, value = line.partition("=")
            if equals and value.strip() and key.strip().lower() in ("autologin-user", "automaticlogin"):
                evidence = f"the screen logs {one_line(value.strip(), 64)} in without asking"
                yield violation(HUMAN, f"{path} autologin", evidence, by(commented_out(path, number)))


def _of_getty(view: NodeView, path: str) -> t.Iterator[Finding]:
    is_folder = os.path.isdir(view.on_disk(path))
    paths = [f"{path}/{name}" for name in view.names(path)] if is_folder else [path]
    for one in paths:
        try:
            text = view.text(one) or ""
        except ViewError as exc:
            yield unreadable(HUMAN, one, exc)
            continue
        said = [found for dummy, line in lines_of(text) if (found := _AUTOLOGIN.search(line))]
        if said and not is_packaged(view, one):
            unit = path.rpartition("/")[2].removesuffix(".d")
            evidence = f"{one_line(unit, 100)} logs {one_line(said[-1][1], 64)} in without asking"
            yield violation(HUMAN, one, evidence, by(removal(one), what="remove it, then start the node anew"))


def _quietly(view: NodeView, path: str) -> t.Iterator[tuple[int, str]]:
    for number, line in enumerate((view.text(path) or "").splitlines(), 1):
        if not line.strip().startswith("#"):
            yield number, line


__all__ = (
    "Entry",
    "accounts_alike",
    "entries",
    "look_at_accounts",
    "look_at_autologin",
    "look_at_sources",
    "passwords",
    "sources",
)
