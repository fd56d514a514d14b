# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the commands of a unit would do on their own (runbook 4.2, 6.1, 6.2, 6.4): pure decisions.

Private to the collection. It finds what is written openly in Exec settings, also behind env, timeout or a shell; what a
program of the repository does is seen in review of the repository.
"""

from __future__ import annotations

import re
import typing as t

from ._unit_file import Assignment, Unit
from ._unit_problems import Problem
from ._unit_programs import DOWNLOADS, KNOWN, Reason, judge, program_of
from ._unit_shell import Simple, simple_commands
from ._unit_words import commands

_LONGEST = 64 * 1024
_DEEPEST = 4
_SHELLS = frozenset(("sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "busybox"))
FETCHERS = frozenset(("curl", "wget", "fetch", "aria2c", "http", "https", "ftp", "lynx"))
INTERPRETERS = _SHELLS | {"python", "perl", "ruby", "node", "php", "lua", "eval", "source", "."}
_WRAPPERS = frozenset(
    (
        *("env", "sudo", "doas", "su", "runuser", "nice", "ionice", "timeout", "setsid", "nohup", "stdbuf", "chrt"),
        *("taskset", "flock", "xargs", "unshare", "nsenter", "chroot", "setpriv", "systemd-inhibit", "systemd-cat"),
        *(
            "tini",
            "dumb-init",
            "exec",
            "command",
            "builtin",
            "time",
            "strace",
            "script",
            "capsh",
            "prlimit",
            "softlimit",
        ),
    )
)
_SUBSTITUTIONS = ("$(", "`", "<(")
_FROM_INPUT = ("-", "-s", "/dev/stdin")
_CODE_OPTIONS = {
    "python": ("-c",),
    "perl": ("-e", "-E"),
    "ruby": ("-e",),
    "node": ("-e", "-p", "--eval", "--print"),
    "php": ("-r",),
}
_FETCHING_CODE = re.compile(
    r"urllib|url[o]pen|http\.client|\brequests\b|\bhttpx\b|\baiohttp\b|\bftplib\b|ensurepip|\bpip\b|LWP::|HTTP::Tiny"
    r"|open-uri|Net::HTTP|\bfetch\(|https?\.get|file_get_contents\(\s*[\"']http"
)
_REMOTE = re.compile(r"https?://")


def command_problems(unit: Unit) -> list[Problem]:
    """Return which commands of a unit update, download code, change services or heal, each at its line."""
    found: dict[tuple[int, str, str], Problem] = {}
    for one in unit.executed:
        if len(one.value) > _LONGEST:
            what = f"{one.key}= has {len(one.value)} characters, more than are looked at"
            problem = Problem(DOWNLOADS.clause, DOWNLOADS.rule, one.file, one.line, what, "put it into a program")
            found[one.line, one.file, one.key] = problem
            continue
        for command in commands(one.value):
            for shown, reason in refused(command.argv):
                found.setdefault((one.line, one.file, shown), _problem(one, shown, reason))
    return list(found.values())


def refused(argv: t.Sequence[str], depth: int = 0) -> list[tuple[str, Reason]]:
    """Return what is refused of a command, with what it wraps: shown text and reason of each."""
    if not argv or depth > _DEEPEST:
        return []
    program = program_of(argv[0])
    if program in _WRAPPERS:
        return refused(_wrapped(argv), depth + 1)
    direct = judge(argv)
    if direct:
        return [direct]
    if program in _SHELLS or program == "eval":
        return _refused_in_shell(program, argv, depth)
    if program in _CODE_OPTIONS or program == "deno":
        return _refused_in_interpreter(program, argv, depth)
    return []


def refused_in_text(text: str, depth: int = 0) -> list[tuple[str, Reason]]:
    """Return what is refused of a shell's text."""
    simple = simple_commands(text[:_LONGEST])
    found = [one for command in simple for one in refused(command.words, depth + 1)]
    fetching = [command for command in simple if _fetches(command.words)]
    for command in fetching:
        reader = next((program for words in command.into if (program := runs_input(words))), "")
        if reader:
            found.append((f"{_program_behind(command.words)} into {reader}", DOWNLOADS))
    if fetching and any(_makes_executable(command) for command in simple):
        found.append((f"{_program_behind(fetching[0].words)} and chmod", DOWNLOADS))
    return found


def _refused_in_shell(program: str, argv: t.Sequence[str], depth: int) -> list[tuple[str, Reason]]:
    if program == "eval":
        return refused_in_text(" ".join(argv[1:]), depth)
    if program == "busybox":
        return refused(argv[1:], depth + 1)
    for index, word in enumerate(argv[1:-1], 1):
        if word.startswith("-") and not word.startswith("--") and "c" in word:
            # An output where a command's name would stand is what the shell runs: "$(curl …)".
            text = argv[index + 1]
            whole = simple_commands(text[:_LONGEST])
            found = refused_in_text(text, depth)
            runs_output = any(
                _fetches(one.words) and any(words[0] in _SUBSTITUTIONS for words in one.into) for one in whole
            )
            return [*found, ("a download as a command", DOWNLOADS)] if runs_output else found
        if not word.startswith("-"):
            break
    return []


def _refused_in_interpreter(program: str, argv: t.Sequence[str], depth: int) -> list[tuple[str, Reason]]:
    options = _CODE_OPTIONS.get(program, ())
    for index, word in enumerate(argv[1:], 1):
        following = argv[index + 1] if index + 1 < len(argv) else ""
        if program == "python" and word == "-m" and following:
            return refused(argv[index + 1 :], depth + 1)
        if word in options:
            return [(f"{program} {word}", DOWNLOADS)] if _FETCHING_CODE.search(following[:_LONGEST]) else []
        if not word.startswith("-"):
            if _REMOTE.match(word) or (program == "deno" and word == "run" and _REMOTE.match(argv[-1])):
                return [(f"{program} with a URL", DOWNLOADS)]
            return []
    return []


def _wrapped(argv: t.Sequence[str]) -> t.Sequence[str]:
    """Return the command that a wrapper such as env or timeout runs, from its first word that means something here.

    Options of wrappers differ, and what they wrap matters only if it is a program from our tables.
    """
    for index, word in enumerate(argv[1:], 1):
        program = program_of(word)
        if program in KNOWN or program in _WRAPPERS or program in INTERPRETERS or program in FETCHERS:
            return argv[index:]
        if word == "-c" and program_of(argv[0]) in ("su", "runuser", "script") and index + 1 < len(argv):
            return ["sh", "-c", argv[index + 1]]
        if word.startswith("/") and not word.endswith("/"):
            # A program that none of our tables knows; what follows are its arguments.
            return argv[index:]
    return []


def _unwrapped(words: t.Sequence[str]) -> t.Sequence[str]:
    for _turn in range(_DEEPEST):
        if not words or program_of(words[0]) not in _WRAPPERS:
            break
        words = _wrapped(words)
    return words


def _program_behind(words: t.Sequence[str]) -> str:
    inner = _unwrapped(words)
    return program_of(inner[0]) if inner else ""


def _fetches(words: t.Sequence[str]) -> bool:
    return _program_behind(words) in FETCHERS


def runs_input(words: t.Sequence[str]) -> str:
    """Return the interpreter that takes what reaches it for a program, "" where it is data to the command."""
    inner = _unwrapped(words)
    program = program_of(inner[0]) if inner else ""
    if program not in INTERPRETERS:
        return ""
    if inner[-1] in _SUBSTITUTIONS:
        return program if all(word.startswith("-") for word in inner[1:-1]) else ""
    for word in inner[1:]:
        if word in _FROM_INPUT:
            return program
        if not word.startswith("-") or word[:2] in ("-c", "-m", "-e"):
            return ""
    return program


def _makes_executable(command: Simple) -> bool:
    words = command.words
    return program_of(words[0]) == "chmod" and any(
        "x" in word or re.fullmatch(r"0?[1357]\d\d", word) for word in words[1:2]
    )


def _problem(one: Assignment, shown: str, reason: Reason) -> Problem:
    return Problem(
        reason.clause, reason.rule, one.file, one.line, f"'{shown}' in {one.key}= {reason.why}", reason.remedy
    )


__all__ = ("FETCHERS", "INTERPRETERS", "command_problems", "refused", "refused_in_text", "runs_input")
