# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may become root on a node (runbook 1.1), by sudo and doas, beyond the operator. Private to the collection."""

from __future__ import annotations

import re
import typing as t

from ._access_groups import WATCHED
from ._access_words import HUMAN, by, commented_out, lines_of, of_others, removal, taken_from, typed, unreadable
from ._node_view import ViewError
from ._sudoers import FOLDER, OPERATOR_FILE
from ._text import one_line

if t.TYPE_CHECKING:
    from ._accounts import Accounts
    from ._declared import Declared
    from ._findings import Finding
    from ._node_view import NodeView
    from ._sudoers import Lines

DOAS = "/etc/doas.conf"
_NO_RULE = re.compile(r"(Defaults|(User|Runas|Host|Cmnd|Cmd)_Alias)\b|#(?!\d)|[@#]include")


class Right(t.NamedTuple):
    """A line that lets somebody act as root.

    :param users: whom it names.
    """

    path: str
    line: int
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
        found.append(Right(path, number, rule, tuple(dict.fromkeys(users))))
    return found


def _aliases(lines: Lines) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for _path, _number, text in lines:
        if text.strip().startswith("User_Alias"):
            for definition in text.strip().removeprefix("User_Alias").split(":"):
                name, equals, members = definition.partition("=")
                if equals:
                    found[name.strip()] = [word.strip().strip('"') for word in members.split(",") if word.strip()]
    # An alias may hold others; deeper than this nobody nests them.
    for _depth in range(4):
        found = {
            name: [inner for word in members for inner in found.get(word, [word])][:200]
            for name, members in found.items()
        }
    return found


def strangers(users: t.Iterable[str], accounts: Accounts, operator: str) -> list[str]:
    """Return those whom a rule names beside root and the operator, as it names them; empty groups are nobody."""
    found: list[str] = []
    for word in users:
        if word.startswith("!"):
            continue
        if word.startswith("%") and not word.startswith("%:"):
            # Whoever is in one of those groups is found by the group, whatever rule names it.
            members = [] if word[1:] in WATCHED else _members(word[1:], accounts)
            found += [f"{name} by group {word[1:]}" for name in members if name not in ("root", operator)]
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
    """Yield who beyond the operator may act as another account, by the file that lets them.

    :param texts: content of the files, by path, for the command that takes a rule out.
    """
    by_file: dict[tuple[str, str], list[Right]] = {}
    for right in rights:
        others = strangers(right.users, accounts, declared.operator)
        if others:
            by_file.setdefault((right.path, one_line(", ".join(others), 200)), []).append(right)
    foreign = {id(right) for those in by_file.values() for right in those}
    for (path, named), those in by_file.items():
        is_whole = path.startswith(f"{FOLDER}/") and all(id(right) in foreign for right in rights if right.path == path)
        evidence = f"line {those[0].line} gives {named} rights by sudo: {one_line(those[0].text, 200)}"
        remedy = _remedy(path, those, is_whole=is_whole, text=texts.get(path, ""))
        remedy = taken_from(declared, named, remedy)
        yield of_others(declared, f"{path} {named}", evidence, remedy)


def _remedy(path: str, those: t.Sequence[Right], *, is_whole: bool, text: str) -> str:
    if is_whole:
        # Another finding of that file may have been mended so already.
        return by(typed("rm", "-f", "--", path), what="remove the file")
    numbers = [number for right in those for number in range(right.line, _last_line(text, right.line) + 1)]
    return by(commented_out(path, *numbers), what="take the rules out")


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
            yield unreadable(HUMAN, path, exc)
    yield from judge_sudo(rights, view.accounts, view.declared, texts)
    for name in view.names(FOLDER):
        status = view.status(f"{FOLDER}/{name}")
        if status and f"{FOLDER}/{name}" != OPERATOR_FILE and status.st_uid:
            evidence = "it belongs to somebody else than root, who can write rules of sudo"
            yield of_others(view.declared, f"{FOLDER}/{name}", evidence, by(removal(f"{FOLDER}/{name}")))


def look_at_doas(view: NodeView) -> t.Iterator[Finding]:
    """Judge the rules of doas, the other program of that kind in Debian."""
    found: dict[str, list[tuple[int, str]]] = {}
    for number, line in lines_of(view.text(DOAS) or ""):
        words = line.split()
        if words[0] == "permit" and strangers([_identity(words)], view.accounts, view.declared.operator):
            found.setdefault(one_line(_identity(words), 64), []).append((number, line))
    for identity, lines in found.items():
        evidence = f"line {lines[0][0]} lets {identity} act as root: {one_line(lines[0][1], 200)}"
        remedy = by(commented_out(DOAS, *(number for number, dummy in lines)))
        yield of_others(view.declared, f"{DOAS} {identity}", evidence, remedy)


def _identity(words: t.Sequence[str]) -> str:
    rest = " ".join(words[1:])
    rest = re.sub(r"setenv\s*\{[^}]*\}", " ", rest)
    named = [word for word in rest.split() if word not in ("nopass", "persist", "keepenv", "nolog")]
    # Its groups are written with a colon.
    return re.sub(r"^:", "%", named[0]) if named else ""


__all__ = ("Right", "judge_sudo", "look_at_doas", "look_at_sudo", "strangers", "sudo_rights")
