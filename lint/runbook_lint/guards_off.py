# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of Ansible that switch off what keeps a run honest, in ansible.cfg and as variables of an environment (6.5).

The check of host keys is a rule of its own.
"""

from __future__ import annotations

import re
import typing as t

_TRUE: t.Final = ("true", "yes", "on", "1", "y", "t")
_FALSE: t.Final = ("false", "no", "off", "0", "f", "n")


class _Guard(t.NamedTuple):
    """A setting: its name in ansible.cfg, its variables, the values that switch the guard off, and what that means."""

    setting: str
    variables: tuple[str, ...]
    off: tuple[str, ...]
    why: str


_GUARDS: t.Final = (
    _Guard("keep_remote_files", ("ANSIBLE_KEEP_REMOTE_FILES",), _TRUE, "leaves tasks, with their secrets, on the node"),
    _Guard(
        "allow_world_readable_tmpfiles",
        ("ANSIBLE_SHELL_ALLOW_WORLD_READABLE_TEMP", "ANSIBLE_ALLOW_WORLD_READABLE_TMPFILES"),
        _TRUE,
        "lets everybody on the node read tasks with their secrets",
    ),
    _Guard(
        "host_pattern_mismatch",
        ("ANSIBLE_HOST_PATTERN_MISMATCH",),
        ("ignore", "warning"),
        "lets a run that reaches no node look good",
    ),
    _Guard(
        "any_unparsed_is_failed",
        ("ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED",),
        _FALSE,
        "lets a run go on with half an inventory",
    ),
    _Guard("error_on_undefined_vars", ("ANSIBLE_ERROR_ON_UNDEFINED_VARS",), _FALSE, "lets what nobody declared pass"),
    _Guard("no_target_syslog", ("ANSIBLE_NO_TARGET_SYSLOG",), _TRUE, "keeps what is done out of the node's journal"),
    _Guard(
        "become_method",
        ("ANSIBLE_BECOME_METHOD",),
        ("su", "doas", "pbrun", "pfexec", "dzdo", "ksu", "machinectl", "enable"),
        "reaches root by another way than sudo",
    ),
    _Guard("become_exe", ("ANSIBLE_BECOME_EXE",), ("su", "doas"), "reaches root by another way than sudo"),
)
_BY_SETTING: t.Final = {guard.setting: guard for guard in _GUARDS}
_BY_VARIABLE: t.Final = {name: guard for guard in _GUARDS for name in guard.variables}
_LINE: t.Final = re.compile(r"^\s*(?P<name>[a-z_]+)\s*[=:]\s*(?P<value>[\w.-]+)\s*(?:[;#].*)?$")


def guards_off(text: str) -> list[tuple[int, str]]:
    """Return line and meaning of each setting in a text like ansible.cfg that switches a guard off."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.match(line)
        guard = _BY_SETTING.get(match["name"]) if match else None
        if match and guard and match["value"].lower() in guard.off:
            found.append((number, f"'{match['name']} = {match['value']}' {guard.why}"))
    return found


def in_environment(environment: object) -> list[str]:
    """Return what each variable of an environment means that switches a guard off."""
    entries = environment if isinstance(environment, list) else [environment]
    found = []
    for entry in entries:
        for name, value in entry.items() if isinstance(entry, dict) else ():
            guard = _BY_VARIABLE.get(str(name))
            if guard and str(value).lower() in guard.off:
                found.append(f"'{name}: {value}' {guard.why}")
    return found


__all__ = ("guards_off", "in_environment")
