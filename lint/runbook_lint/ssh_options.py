# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of ssh that lend keys to the other end or believe whoever answers, wherever they are written (6.3, 6.5).

The same words stand in ansible.cfg, in variables, in templates of ssh_config, in what a task writes, and on command
lines: they are told alike.
"""

from __future__ import annotations

import re
import typing as t

from runbook_lint import scalars
from runbook_lint.jinja import UNKNOWN
from runbook_lint.node_file import config_text

if t.TYPE_CHECKING:
    from runbook_lint.shell import Command, Script

_CARRIERS: t.Final = ("rsync", "git", "ansible", "ansible-playbook", "sshpass")
_OPTIONS: t.Final = ("ForwardAgent", "StrictHostKeyChecking", "UserKnownHostsFile", "GlobalKnownHostsFile")
_WRITTEN: t.Final = {word.lower(): word for word in (*_OPTIONS, "AllowAgentForwarding")}
_OPTION: t.Final = re.compile(
    rf"\b(?P<name>{'|'.join(_WRITTEN.values())})\b"
    r"(?:[ \t]*=[ \t]*|[ \t]+)[\"']?(?P<value>[^\s\"',;]+)",
    re.IGNORECASE,
)
_OFF: t.Final = ("no", "false", "none", "0")
_NOWHERE: t.Final = ("/dev/null", "none")
_BLIND: t.Final = ("no", "off", "false", "accept-new")
_SSH: t.Final = frozenset(("ssh", "scp", "sftp", "autossh", "mosh", "sshfs", "ssh-copy-id"))
# Options whose value is the next word, so that what stands there is no option.
_VALUED: t.Final = "BbcDEeFIiJLlmOopQRSWwPX"
_COMMENT: t.Final = re.compile(r"\s*[#;]")
_ARGUMENTS: t.Final = re.compile(r"(?:ssh_(?:common_|extra_)?args|ssh_opts|scp_extra_args)")
_ARGUMENTS_A: t.Final = re.compile(_ARGUMENTS.pattern + r"[\"']?\s*[=:](?:.*\s|\s*)[\"']?-[46CNTtqvxX]*A\b")
_RUNS_SSH: t.Final = re.compile(r"(?:^|[\s'\"=])(?:\S*/)?ssh\s+(?:-[^\s]+\s+)*-[a-zA-Z]*A\b")


class Told(t.NamedTuple):
    """An option of ssh.

    :param name: in lower case; ``-a`` stands as ``forwardagent``.
    :param value: as written, the replacement character where it is a template.
    :param line: 1-based.
    """

    name: str
    value: str
    line: int

    @property
    def lends_keys(self) -> bool:
        """Whether the keys of an agent reach the other end."""
        return self.name in ("forwardagent", "allowagentforwarding") and self.value.lower() not in _OFF

    @property
    def is_blind(self) -> bool:
        """Whether a host key that nobody has seen is believed."""
        if self.name == "stricthostkeychecking":
            return self.value.lower() in _BLIND
        return self.name in ("userknownhostsfile", "globalknownhostsfile") and self.value in _NOWHERE

    @property
    def is_undecided(self) -> bool:
        """Whether only a run would tell."""
        return UNKNOWN in self.value

    @property
    def shown(self) -> str:
        """As people write it."""
        return f"{_WRITTEN.get(self.name, self.name)} {self.value.replace(UNKNOWN, '{{ … }}')}"


def in_text(text: str, first_line: int = 1) -> list[Told]:
    """Return the options in a text of settings; lines that are comments say nothing."""
    found = []
    for number, line in enumerate(config_text(text).split("\n"), first_line):
        if _COMMENT.match(line):
            continue
        found += [Told(match["name"].lower(), match["value"], number) for match in _OPTION.finditer(line)]
        if _RUNS_SSH.search(line) or _ARGUMENTS_A.search(line):
            found.append(Told("forwardagent", "yes", number))
    return found


def in_yaml(text: str) -> list[Told] | None:
    """Return the options in a YAML file's values, but for those that rules on commands read; None if it is none."""
    found = scalars.scalars_of(text)
    if found is None:
        return None
    told = []
    for one in found:
        if not one.is_command and one.key not in scalars.PROSE and one.key not in scalars.COMMANDS:
            # What the value is for may decide what it means.
            is_arguments = _ARGUMENTS.search(one.key) and "\n" not in one.value
            told += in_text(f"{one.key}={one.value}" if is_arguments else one.value, one.line)
    return told


def in_script(script: Script) -> list[Told]:
    """Return the options that a shell's commands give to ssh, or write into a file."""
    found = []
    for command in script.commands:
        if command.program in _SSH:
            found += _of_ssh(command)
        elif command.program in _CARRIERS:
            found += _through(command)
        for name, word in command.assignments.items():
            if "SSH" in name:
                found += in_text(word.text, command.line)
        if _is_written(command):
            printed = " ".join(word.text for word in command.words[1:]).replace("\\n", "\n")
            within = [one.target.text for one in command.redirects if one.operator in ("<<", "<<<")]
            found += [one._replace(line=command.line) for text in (printed, *within) for one in in_text(text)]
    return list(dict.fromkeys(found))


def _of_ssh(command: Command) -> list[Told]:
    found = []
    words = [word.text for word in command.words]
    index = 1
    while index < len(words):
        word = words[index]
        if not word.startswith("-") or word == "--":
            if command.program == "ssh":
                # The rest is for the other end.
                break
            index += 1
            continue
        following = words[index + 1] if index + 1 < len(words) else ""
        if word == "-o" or (word.startswith("-o") and len(word) > 2):
            found += in_text(following if word == "-o" else word[2:], command.line)
        elif re.fullmatch(r"-[a-zA-Z0-9]*A[a-zA-Z0-9]*", word) and not _ends_before(word, "A"):
            found.append(Told("forwardagent", "yes", command.line))
        index += 2 if len(word) >= 2 and word[-1] in _VALUED and not _ends_before(word, word[-1]) else 1
    return found


def _ends_before(word: str, letter: str) -> bool:
    """Whether an earlier letter of several short options takes the rest of the word as its value."""
    return any(before in _VALUED for before in word[1 : word.index(letter, 1)])


def _through(command: Command) -> list[Told]:
    found = []
    for word in command.words[1:]:
        if "ssh" in word.text.lower() or word.text.startswith("-"):
            found += in_text(word.text, command.line)
    return found


def _is_written(command: Command) -> bool:
    """Whether what a command prints ends in a file."""
    into_file = any(re.fullmatch(r"\d*>>?\|?|&>>?", one.operator) for one in command.redirects)
    if command.program == "tee":
        return True
    return command.program in ("echo", "printf", "cat") and (into_file or "tee" in command.into)


__all__ = ("Told", "in_script", "in_text", "in_yaml")
