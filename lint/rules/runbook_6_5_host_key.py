# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host keys are checked, always."""

from __future__ import annotations

import re
import typing as t

from runbook_lint import scalars, ssh_options
from runbook_lint.config_files import is_yaml, text_of
from runbook_lint.jinja import is_template
from runbook_lint.rule import Breach, RunbookRule

if t.TYPE_CHECKING:
    from ansiblelint.file_utils import Lintable

    from runbook_lint.shell import Command, Script
    from runbook_lint.ssh_options import Told
    from runbook_lint.tasks import TaskView

_OFF: t.Final = ("false", "no", "off", "0", "f", "n")
_ON: t.Final = ("true", "yes", "on", "1", "y", "t")
_SETTING: t.Final = re.compile(
    r"(?P<name>\b(?:ANSIBLE_(?:SSH_)?|ansible_(?:ssh_|paramiko_)?|)(?:HOST_KEY_CHECKING|host_key_checking))[\"']?\s*[:=]\s*"
    r"[\"']?(?P<value>\w+)"
)
_AUTO_ADD: t.Final = re.compile(r"^\s*(?P<name>host_key_auto_add|look_for_keys_unknown)\s*=\s*(?P<value>\w+)")
_BLIND_NAMES: t.Final = re.compile(r"(?:ansible_(?:ssh_|paramiko_)?)?host_key_checking", re.IGNORECASE)
# Arguments by which a module believes whoever answers, and the values of each that do.
_ARGUMENTS: t.Final[t.Mapping[str, t.Mapping[str, tuple[str, ...]]]] = {
    "ansible.builtin.git": {"accept_hostkey": _ON, "accept_newhostkey": _ON},
    "community.general.ssh_config": {
        "strict_host_key_checking": ("no", "off", "false", "accept-new"),
        "user_known_hosts_file": ("/dev/null",),
    },
}
_WORDS: t.Final = ("host_key", "hostkey", "stricthostkeychecking", "knownhostsfile")
_KEEPS: t.Final = re.compile(r"known_hosts")


class RunbookHostKeyRule(RunbookRule):
    """Host keys are checked, always."""

    id = "runbook-6-5-host-key"
    clause = "6.5"
    description = "Host key checking switched off, keys of hosts that are taken from whoever answers."
    remedy = "pin the key by enroll.yml, where the operator compares its fingerprint, and leave the check on"
    tags = ["runbook", "security"]

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find commands and arguments that believe whoever answers."""
        for key, blind in _ARGUMENTS.get(task.module, {}).items():
            said = task.value(key)
            if said.lower() in blind or is_template(said):
                yield Breach(
                    f"'{key}: {said}' takes the key from whoever answers", at=key, is_certain=not is_template(said)
                )
        if task.module == "ansible.builtin.known_hosts" and any("ssh-keyscan" in key for key in task.values("key")):
            yield Breach("known_hosts is filled with what ssh-keyscan is told by whoever answers", at="key")
        if task.script is None:
            return
        for told in ssh_options.in_script(task.script):
            if told.is_blind or (told.is_undecided and told.name == "stricthostkeychecking"):
                yield _breach(told)
        yield from _of_keyscan(task.script)
        for number, line in enumerate(task.free_form.splitlines(), 1):
            yield from _switched_off(line, number)

    def judge_file(self, lintable: Lintable, data: t.Any) -> t.Iterator[Breach]:
        """Find settings that switch the check off."""
        del data
        text = text_of(lintable)
        folded = text.lower()
        if not any(word in folded for word in _WORDS):
            return
        if not is_yaml(lintable):
            yield from _of_text(text)
            return
        yield from (_breach(one) for one in ssh_options.in_yaml(text) or () if _counts(one))
        for one in scalars.scalars_of(text) or ():
            if _BLIND_NAMES.fullmatch(one.key) and (one.value.lower() in _OFF or is_template(one.value)):
                yield _off(one.key, one.value, one.line)
            elif not one.is_command and one.key not in scalars.PROSE:
                for number, line in enumerate(one.value.split("\n"), one.line):
                    yield from _switched_off(line, number)


def _of_text(text: str) -> t.Iterator[Breach]:
    yield from (_breach(one) for one in ssh_options.in_text(text) if _counts(one))
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith(("#", ";")):
            continue
        yield from _switched_off(line, number)
        found = _AUTO_ADD.match(line)
        if found and found["value"].lower() in _ON:
            yield Breach(f"'{found['name']} = {found['value']}' takes the key from whoever answers", at=number)


def _counts(told: Told) -> bool:
    return told.is_blind or (told.is_undecided and told.name == "stricthostkeychecking")


def _switched_off(line: str, number: int) -> t.Iterator[Breach]:
    for found in _SETTING.finditer(line):
        if found["value"].lower() in _OFF:
            yield _off(found["name"], found["value"], number)


def _off(name: str, value: str, line: int) -> Breach:
    said = f"'{name}: {value}' switches the check of host keys off"
    return Breach(f"whether {said}", at=line, is_certain=False) if is_template(value) else Breach(said, at=line)


def _breach(told: Told) -> Breach:
    if told.is_undecided:
        return Breach(f"whether '{told.shown}' believes whoever answers", at=told.line, is_certain=False)
    return Breach(f"'{told.shown}' believes whoever answers", at=told.line)


def _of_keyscan(script: Script) -> t.Iterator[Breach]:
    """Find scanned keys that are stored: shown to somebody, as by ssh-keygen -l, they believe nobody."""
    stores_any = any(_stores(command) for command in script.commands)
    for command in script.commands:
        if command.program == "ssh-keyscan" and (_stores(command) or (command.into and stores_any)):
            yield Breach("what ssh-keyscan is told by whoever answers is stored as a known key", at=command.line)


def _stores(command: Command) -> bool:
    if command.program == "tee" and any(_KEEPS.search(word) for word in command.argv):
        return True
    return any(">" in one.operator and _KEEPS.search(one.target.text) for one in command.redirects)
