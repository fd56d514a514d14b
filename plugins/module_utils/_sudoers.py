# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may become root: the sudoers files, in the order in which sudo reads them (runbook 2.7, 2.8). Private.

sudo's last matching rule wins. So what comes after a rule matters, and the order of files is part of the answer.
"""

from __future__ import annotations

import contextlib
import os
import re
import typing as t

from ._files import FileError, read_text

SUDOERS = "/etc/sudoers"
FOLDER = "/etc/sudoers.d"
# Sorts after what images and packages bring, so that the declared rights are the last word.
OPERATOR_FILE = f"{FOLDER}/zz-runbook-operator"
_DEEPEST = 8
_INCLUDE = re.compile(r'[#@](include|includedir)\s+(?:"([^"]+)"|((?:\\.|\S)+))\s*')
_ALIAS = re.compile(r"(User|Runas|Host|Cmnd|Cmd)_Alias\b")

Lines = list[tuple[str, int, str]]


class SudoRule(t.NamedTuple):
    """A line of a sudoers file that gives rights.

    :param path: the file that holds it.
    :param line: number of its first line, from 1.
    :param text: the rule, with continued lines joined.
    """

    path: str
    line: int
    text: str

    @property
    def place(self) -> str:
        return f"{self.path} line {self.line}"


def sudo_lines(path: str = SUDOERS, *, supposing: t.Mapping[str, str] | None = None, depth: int = 0) -> Lines:
    """Return all lines that sudo reads as (file, number from 1, text), includes in their place, continued lines joined.

    Unreadable, missing and looping includes count as empty, as sudo goes on without them.

    :param supposing: content of files, by path, as if it were already on the node.
    """
    supposed = supposing or {}
    try:
        text = supposed[path] if path in supposed else read_text(path) or ""
    except (FileError, OSError):
        return []
    lines: Lines = []
    for number, line in _logical_lines(text):
        include = _INCLUDE.fullmatch(line.strip())
        if include is None:
            lines.append((path, number, line))
        elif depth < _DEEPEST:
            target = include[2] or include[3].replace("\\", "")
            target = os.path.join(os.path.dirname(path), target)
            for included in _files_of(target, supposed) if include[1] == "includedir" else [target]:
                lines += sudo_lines(included, supposing=supposed, depth=depth + 1)
    return lines


def _files_of(folder: str, supposed: t.Iterable[str]) -> list[str]:
    names = {os.path.basename(path) for path in supposed if os.path.dirname(path) == folder}
    with contextlib.suppress(OSError):
        names.update(os.listdir(folder))
    # sudo skips names with a dot and editors' backups.
    read = (name for name in names if "." not in name and not name.endswith("~"))
    return [f"{folder}/{name}" for name in sorted(read, key=os.fsencode)]


def _logical_lines(text: str) -> t.Iterator[tuple[int, str]]:
    start, held = 0, ""
    for number, line in enumerate(text.split("\n"), start=1):
        start = start or number
        if line.endswith("\\"):
            held += line[:-1] + " "
            continue
        yield start, held + line
        start, held = 0, ""
    if held:
        yield start, held


def rules_naming(lines: Lines, *, user: str, uid: int | None = None, groups: t.Sequence[str] = ()) -> list[SudoRule]:
    """Return the rules whose user list may match ``user``, in sudo's order; the last one decides.

    Matched are the name, ``#uid``, ``%group`` of ``groups``, ALL, and aliases of users that may hold one of these.
    Pass no groups to get the rules that name the account itself.
    """
    wanted = {user, "ALL", *(f"%{group}" for group in groups)}
    if uid is not None:
        wanted.add(f"#{uid}")
    wanted |= _aliases_with(lines, wanted)
    return [
        SudoRule(path, number, text.strip()) for path, number, text in lines if not wanted.isdisjoint(_users_of(text))
    ]


def _is_rule(text: str) -> bool:
    stripped = text.strip()
    is_comment = stripped.startswith("#") and not re.match(r"#\d", stripped)
    return bool(stripped) and not is_comment and not stripped.startswith("Defaults") and not _ALIAS.match(stripped)


def _users_of(text: str) -> set[str]:
    """Return the users that a rule begins with; its hosts follow after white space, and are often ALL."""
    if not _is_rule(text):
        return set()
    users = re.sub(r"\s*,\s*", ",", text.strip()).split(None, 1)[0]
    return {word.strip('"') for word in users.split(",")}


def _aliases_with(lines: Lines, wanted: set[str]) -> set[str]:
    found: set[str] = set()
    for _file, _number, text in lines:
        if not text.strip().startswith("User_Alias"):
            continue
        for definition in text.strip().removeprefix("User_Alias").split(":"):
            name, dummy, members = definition.partition("=")
            words = {word for word in re.split(r"[\s,]+", members) if word}
            if not (wanted | found).isdisjoint(words):
                found.add(name.strip())
    return found


def lines_after(lines: Lines, path: str) -> Lines | None:
    """Return what sudo reads after the file ``path``, None where it does not read that file at all."""
    places = [index for index, (file, _number, _text) in enumerate(lines) if file == path]
    return lines[places[-1] + 1 :] if places else None


def operator_rule(user: str, *, nopasswd: bool) -> str:
    """Return the one rule of the operator: every command as every user, with or without the account's password."""
    return f"{user} ALL=(ALL:ALL) {'NOPASSWD' if nopasswd else 'PASSWD'}: ALL\n"


__all__ = (
    "FOLDER",
    "OPERATOR_FILE",
    "SUDOERS",
    "SudoRule",
    "lines_after",
    "operator_rule",
    "rules_naming",
    "sudo_lines",
)
