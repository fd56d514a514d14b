# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that start another: sudo, env, timeout, xargs, find -exec and their like are taken off a command."""

from __future__ import annotations

import re
import typing as t

from runbook_lint.shell_words import Command, Word

# Options whose value is the next word, by wrapper; every other option is one word.
_VALUED: t.Final[dict[str, str]] = {
    "sudo": "-C -D -g -h -p -R -r -T -t -U -u --chdir --close-from --command-timeout --group --host --other-user "
    "--prompt --role --type --user",
    "doas": "-C -u",
    "env": "-C -S -u --chdir --unset",
    "nice": "-n --adjustment",
    "ionice": "-c -n -p --class --classdata",
    "timeout": "-k -s --kill-after --signal",
    "stdbuf": "-e -i -o --error --input --output",
    "chrt": "-D -P -T",
    "taskset": "",
    "flock": "-E -w --timeout --wait --conflict-exit-code",
    "xargs": "-a -d -E -I -L -n -P -s --arg-file --delimiter --max-args --max-lines --max-procs --replace",
    "setpriv": "--reuid --regid --groups --inh-caps --bounding-set",
    "systemd-inhibit": "--mode --what --who --why",
    "systemd-cat": "-p -t --identifier --priority",
    "unshare": "",
    "nsenter": "-t --target",
    "chroot": "--groups --userspec",
    "prlimit": "",
    "exec": "-a",
    "time": "-f -o --format --output",
    "strace": "-e -o -p -s",
    "watch": "-n --interval",
    "daemonize": "-a -c -e -E -l -o -p -u",
    **dict.fromkeys(
        ("command", "builtin", "nohup", "setsid", "tini", "dumb-init", "capsh", "softlimit", "fakeroot", "eatmydata"),
        "",
    ),
}
# How many words stand between the options and the command.
_BEFORE: t.Final = {"timeout": 1, "flock": 1, "chrt": 1, "taskset": 1, "chroot": 1}
_AS_USER: t.Final = ("su", "runuser", "script", "flock")
_FIND_ACTIONS: t.Final = ("-exec", "-execdir", "-ok", "-okdir")
_DEEPEST: t.Final = 8
_ASSIGNMENT: t.Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)


def unwrapped(command: Command) -> list[Command]:
    """Return the command that is meant, or the several that a find starts, with the wrappers noted."""
    for _turn in range(_DEEPEST):
        if command.program == "find":
            return [command, *_of_find(command)]
        inner = _one_less(command)
        if inner is None:
            break
        command = inner
    return [command]


def _one_less(command: Command) -> Command | None:
    program, words = command.program, command.words
    if program in _AS_USER and (text := _after_c(words[1:])) is not None:
        return _inside(command, (Word("sh"), Word("-c"), text))
    if program == "runuser" and any(word.text in ("-u", "--user") for word in words):
        return _inside(command, _after_options(words[1:], "-u -g -G --user --group"))
    if program not in _VALUED or (program == "command" and any(word.text in ("-v", "-V") for word in words[1:2])):
        return None
    if program == "env":
        split = next((n for n, word in enumerate(words) if word.text in ("-S", "--split-string")), 0)
        if split and split + 1 < len(words):
            return _inside(command, (*(Word(part) for part in words[split + 1].text.split()), *words[split + 2 :]))
    rest = _after_options(words[1:], _VALUED[program])[_BEFORE.get(program, 0) :]
    assignments: dict[str, Word] = {}
    while rest and program in ("env", "sudo", "doas") and (found := _ASSIGNMENT.fullmatch(rest[0].text)):
        assignments[found[1]] = Word(found[2], rest[0].is_known)
        rest = rest[1:]
    return _inside(command, rest, assignments) if rest else None


def _inside(command: Command, words: t.Sequence[Word], assignments: t.Mapping[str, Word] | None = None) -> Command:
    return command._replace(
        words=tuple(words),
        wrappers=(*command.wrappers, command.program),
        assignments={**command.assignments, **(assignments or {})},
    )


def _after_options(words: t.Sequence[Word], valued: str) -> tuple[Word, ...]:
    taking = valued.split()
    index = 0
    while index < len(words) and words[index].text.startswith("-"):
        word = words[index].text
        if word == "--":
            return tuple(words[index + 1 :])
        # As in "-u root": the value of the last of several short options is the next word.
        is_short = not word.startswith("--")
        takes = word in taking or (
            is_short and len(word) > 2 and f"-{word[-1]}" in taking and f"-{word[1]}" not in taking
        )
        index += 2 if takes else 1
    return tuple(words[index:])


def _after_c(words: t.Sequence[Word]) -> Word | None:
    for index, word in enumerate(words[:-1]):
        if word.text in ("-c", "--command"):
            return words[index + 1]
    return next((Word(one.text[10:], one.is_known) for one in words if one.text.startswith("--command=")), None)


def _of_find(command: Command) -> t.Iterator[Command]:
    words = command.words
    for index, word in enumerate(words):
        if word.text in _FIND_ACTIONS:
            ends = (n for n in range(index + 1, len(words)) if words[n].text in (";", "+"))
            started = words[index + 1 : next(ends, len(words))]
            if started:
                yield from unwrapped(_inside(command, tuple(_filled(one) for one in started)))


def _filled(word: Word) -> Word:
    return Word(word.text.replace("{}", "\ufffd"), is_known=False) if "{}" in word.text else word


__all__ = ("unwrapped",)
