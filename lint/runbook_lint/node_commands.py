# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files the commands of a shell's text write, link or remove, by redirection or as their purpose."""

from __future__ import annotations

import itertools
import posixpath
import re
import typing as t

from runbook_lint.node_file import NodeFile, Way

if t.TYPE_CHECKING:
    from runbook_lint.shell import Command, Script

_INTO: t.Final = re.compile(r"\d*&?>>?[|&]?|\d*<>")
_PRINTS: t.Final = ("echo", "printf")
_COPIES: t.Final[t.Mapping[str, Way]] = {
    "cp": "write",
    "mv": "write",
    "install": "write",
    "rsync": "write",
    "ln": "link",
}
_EACH: t.Final[t.Mapping[str, Way]] = {
    "tee": "write",
    "touch": "write",
    "truncate": "write",
    "rm": "remove",
    "unlink": "remove",
    "mkdir": "folder",
    "crudini": "edit",
}
_DOWNLOADS: t.Final = {"curl": ("-o", "--output"), "wget": ("-O", "--output-document")}


def files_of(script: Script) -> list[NodeFile]:
    """Return what each command of a text does with files, with the line on which it begins."""
    found = []
    for command in script.commands:
        found += _redirected(command)
        found += _by_purpose(script, command)
    return found


def _redirected(command: Command) -> list[NodeFile]:
    text = _printed(command)
    return [
        NodeFile(one.target.text, text, "edit" if ">>" in one.operator else "write", "", command.line)
        for one in command.redirects
        if _INTO.fullmatch(one.operator) and not re.fullmatch(r"\d+|-|/dev/.*", one.target.text)
    ]


def _printed(command: Command) -> str:
    """Return the text that a command prints, "" where only running it would tell."""
    within = next((one.target.text for one in command.redirects if one.operator in ("<<", "<<<")), "")
    if within:
        return within
    if command.program in _PRINTS:
        return " ".join(word for word in command.argv[1:] if not re.fullmatch(r"-[neE]+", word)).replace("\\n", "\n")
    return ""


def _by_purpose(script: Script, command: Command) -> list[NodeFile]:
    program, words = command.program, command.argv
    plain = _plain(program, words[1:])
    if program in _EACH:
        text = _said_to(script, command) if program == "tee" else ""
        files = plain[1:2] if program == "crudini" else plain
        return [NodeFile(path, text, _EACH[program], "", command.line) for path in files]
    if program in _COPIES:
        return _copied(command, plain)
    if program == "sed" and any(re.match(r"-[A-Za-z]*i|--in-place", word) for word in words[1:]):
        return [NodeFile(path, "", "edit", "", command.line) for path in plain if "/" in path and not _is_script(path)]
    if program == "dd":
        return [NodeFile(word[3:], "", "write", "", command.line) for word in words if word.startswith("of=")]
    options = _DOWNLOADS.get(program, ())
    return [
        NodeFile(following, "", "write", "a download", command.line)
        for word, following in itertools.pairwise(words)
        if word in options
    ]


def _plain(program: str, words: t.Iterable[str]) -> list[str]:
    """Return the words that are neither options nor, of install, the values of options."""
    found = []
    left = iter(words)
    for word in left:
        if program == "install" and re.fullmatch(r"-[A-Za-z]*[mogS]|--(?:mode|owner|group|suffix)", word):
            next(left, "")
        elif not word.startswith("-"):
            found.append(word)
    return found


def _copied(command: Command, plain: t.Sequence[str]) -> list[NodeFile]:
    way = _COPIES[command.program]
    words = command.argv
    target = next((after for word, after in itertools.pairwise(words) if word in ("-t", "--target-directory")), "")
    if command.program == "install" and any(re.match(r"-[A-Za-z]*d", word) for word in words[1:]):
        return [NodeFile(path, "", "folder", "", command.line) for path in plain]
    sources = [word for word in plain if word != target] if target else plain[:-1]
    where = target or (plain[-1] if len(plain) > 1 else "")
    found = []
    for source in sources:
        is_folder = target or where.endswith("/") or len(sources) > 1
        path = posixpath.join(where, posixpath.basename(source)) if is_folder else where
        found.append(NodeFile(path, "", way, source, command.line))
    return found if where else []


def _is_script(word: str) -> bool:
    """Whether a word of sed is what it carries out, not a file."""
    return bool(re.match(r"[0-9,$]*[sy]?([/|#,@!]).*\1|[0-9,$/].*[aicd]\b", word)) and not re.match(r"/[\w./-]+$", word)


def _said_to(script: Script, command: Command) -> str:
    within = _printed(command)
    if within:
        return within
    told = [one for one in script.commands if one.line == command.line and "tee" in one.into]
    return _printed(told[0]) if told else ""


__all__ = ("files_of",)
