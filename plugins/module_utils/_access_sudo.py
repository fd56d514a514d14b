# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may become root on a node (runbook 1.1), by sudo and doas, beyond the operator. Private to the collection."""

from __future__ import annotations

import re
import typing as t

from ._access_words import all_of, by, commented_out, lines_of, of_others, removal, typed, unreadable
from ._node_view import ViewError
from ._sudoers import FOLDER, OPERATOR_FILE, SUDOERS
from ._text import one_line

if t.TYPE_CHECKING:
    from ._accounts import Accounts
    from ._declared import Declared
    from ._findings import Finding
    from ._node_view import NodeView
    from ._sudoers import Lines

DOAS = "/etc/doas.conf"
_NO_RULE = re.compile(r"(Defaults|(User|Runas|Host|Cmnd|Cmd)_Alias)\b|#(?!\d)|[@#]include")
_ALIAS = re.compile(r"[A-Z][A-Z0-9_]*")


class Right(t.NamedTuple):
    """A line that lets somebody act as root.

    :param users: whom it names.
    :param alone: whether nobody but those beyond the operator has a line in that file.
    """

    path: str
    line: int
    last: int
    text: str
    users: tuple[str, ...]


def sudo_rights(lines: Lines) -> list[Right]:
    """Return the rules of sudo with whom they name, user aliases resolved."""
    aliases = _aliases(lines)
    found = []
    for path, number, text in lines:
        rule = text.strip()
        if not rule or _NO_RULE.match(rule):
            continue
        words = re.sub(r"\s*,\s*", ",", rule).split(None, 1)[0].split(",")
        users: list[str] = []
        for word in words:
            users += aliases.get(word.strip('"'), [word.strip('"')])
        found.append(Right(path, number, number, rule, tuple(dict.fromkeys(users))))
    return found


def _aliases(lines: Lines) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for dummy, dummy, text in lines:
        if text.strip().startswith("User_Alias"):
            for definition in text.strip().removeprefix("User_Alias").split(":"):
                name, equals, members = definition.partition("=")
                if equals:
                    found[name.strip()] = [word.strip().strip('"') for word in members.split(",") if word.strip()]
    # An alias may hold others; deeper than this nobody nests them.
    for dummy in range(4):
        for name, members in found.items():
            found[name] = [inner for word in members for inner in (found[word] if word in found else [word])][:200]
    return found


def strangers(users: t.Iterable[str], accounts: Accounts, operator: str) -> list[str]:
    """Return those whom a rule names beside root and the operator, as it names them; empty groups are nobody."""
    found: list[str] = []
    for word in users:
        if word.startswith("!"):
            continue
        if word.startswith("%") and not word.startswith("%:"):
            group = word[1:]
            members = _members(group, accounts)
            found += [f"{name} by group {group}" for name in members if name not in ("root", operator)]
        elif _name(word, accounts) not in ("root", operator):
            found.append(word)
    return list(dict.fromkeys(found))


def _name(word: str, accounts: Accounts) -> str:
    if not word.startswith("#"):
        return word
    return next((account.name for account in accounts.accounts if f"#{account.uid}" == word), word)


def _members(word: str, accounts: Accounts) -> list[str]:
    groups = [group for group in accounts.groups if word in (group.name, f"#{group.gid}")]
    members = [name for group in groups for name in group.members]
    members += [account.name for group in groups for account in accounts.accounts if account.gid == group.gid]
    return list(dict.fromkeys(members))


def judge_sudo(
    rights: t.Sequence[Right], accounts: Accounts, declared: Declared, texts: t.Mapping[str, str]
) -> t.Iterator[Finding]:
    """Yield the rules that let somebody beyond the operator act as another account.

    :param texts: content of the files, by path, for the command that takes a rule out.
    """
    for right in rights:
        others = strangers(right.users, accounts, declared.operator)
        if not others:
            continue
        named = one_line(", ".join(others), 200)
        evidence = f"line {right.line} gives {named} rights by sudo: {one_line(right.text, 200)}"
        yield of_others(
            declared, f"{right.path} {named}", evidence, _sudo_remedy(right, rights, accounts, declared, texts)
        )


def _sudo_remedy(
    right: Right, rights: t.Sequence[Right], accounts: Accounts, declared: Declared, texts: t.Mapping[str, str]
) -> str:
    beside = [other for other in rights if other.path == right.path]
    if right.path.startswith(f"{FOLDER}/") and all(strangers(one.users, accounts, declared.operator) for one in beside):
        # Another finding of that file may have been mended so already.
        return by(typed("rm", "-f", "--", right.path), what="remove the file")
    groups = [word[1:] for word in right.users if word.startswith("%")]
    if right.path == SUDOERS and groups == ["sudo"]:
        # Debian's own rule stays; who is in the group is what is wrong.
        names = [name for name in _members("sudo", accounts) if name not in ("root", declared.operator)]
        return by(all_of(*(typed("gpasswd", "--delete", name, "sudo") for name in names)), what="take them out of it")
    end = _last_line(texts.get(right.path, ""), right.line)
    return by(commented_out(right.path, right.line, end), what="take the rule out")


def _last_line(text: str, first: int) -> int:
    lines = text.split("\n")
    at = first
    while at <= len(lines) and lines[at - 1].endswith("\\"):
        at += 1
    return at


def look_at_sudo(view: NodeView) -> t.Iterator[Finding]:
    """Judge all rules of sudo."""
    rights = sudo_rights(view.sudo_lines)
    texts: dict[str, str] = {}
    for path in {right.path for right in rights}:
        try:
            texts[path] = view.text(path) or ""
        except ViewError as exc:
            yield unreadable("1.1", path, exc)
    yield from judge_sudo(rights, view.accounts, view.declared, texts)
    for name in view.names(FOLDER):
        status = view.status(f"{FOLDER}/{name}")
        if status and f"{FOLDER}/{name}" != OPERATOR_FILE and status.st_uid:
            evidence = "it belongs to somebody else than root, who can write rules of sudo"
            yield of_others(view.declared, f"{FOLDER}/{name}", evidence, by(removal(f"{FOLDER}/{name}")))


def look_at_doas(view: NodeView) -> t.Iterator[Finding]:
    """Judge the rules of doas, the other program of that kind in Debian."""
    for number, line in lines_of(view.text(DOAS) or ""):
        words = line.split()
        identity = _identity(words)
        if words[0] == "permit" and strangers([identity], view.accounts, view.declared.operator):
            evidence = f"line {number} lets {one_line(identity, 64)} act as root: {one_line(line, 200)}"
            yield of_others(
                view.declared, f"{DOAS} {one_line(identity, 64)}", evidence, by(commented_out(DOAS, number))
            )


def _identity(words: t.Sequence[str]) -> str:
    rest = " ".join(words[1:])
    rest = re.sub(r"setenv\s*\{[^}]*\}", " ", rest)
    named = [word for word in rest.split() if word not in ("nopass", "persist", "keepenv", "nolog")]
    # Its groups are written with a colon.
    return re.sub(r"^:", "%", named[0]) if named else ""


__all__ = ("Right", "judge_sudo", "look_at_doas", "look_at_sudo", "strangers", "sudo_rights")
