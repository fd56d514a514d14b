# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""As whom the commands of a unit run, see ruling 8 in the rulebook: an account that can change no code (runbook 6.4).

Pure decisions. Private to the collection.
"""

from __future__ import annotations

from ._unit_file import Assignment, Unit
from ._unit_problems import Problem, quoted
from ._unit_words import commands

CLAUSE = "6.4"
ROOT = "runs-as-root"
OPERATOR = "runs-as-operator"
_TRUE = ("1", "yes", "y", "true", "t", "on")
_FALSE = ("0", "no", "n", "false", "f", "off")
# Who is in one of these, or has one of those, becomes root when he likes.
_ROOT_GROUPS = frozenset(("root", "0", "sudo", "wheel", "disk", "shadow", "kmem", "docker", "lxd", "incus-admin"))
_ROOT_CAPABILITIES = frozenset(
    f"CAP_{name}"
    for name in (
        *("BPF", "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "LINUX_IMMUTABLE", "MAC_ADMIN"),
        *("MAC_OVERRIDE", "MKNOD", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT"),
        *("SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO"),
    )
)
_ACCOUNT = "set User= to an unprivileged account of the service, or DynamicUser=yes"


def account_problems(unit: Unit, operator: str) -> list[Problem]:
    """Return what runs as root, or as the operator, or with as much power.

    :param operator: name of the operator's account.
    """
    section = unit.runs_in
    if not section or (unit.kind == "socket" and not unit.executed):
        return []
    user = unit.last(section, "User", resets=True)
    runs_as = _user(user, operator) if user else _nobody_named(unit, section)
    found = [runs_as] if runs_as else []
    found += _groups(unit, section, operator)
    found += _capabilities(unit, section)
    if not runs_as or runs_as.rule != ROOT:
        found += _elevated(unit, section)
    return found


def _nobody_named(unit: Unit, section: str) -> Problem | None:
    dynamic = unit.last(section, "DynamicUser")
    if dynamic and not unit.unsafe(section, "DynamicUser", *_TRUE):
        return None
    executed = unit.executed
    line = executed[0].line if executed and executed[0].file == unit.file else 0
    return Problem(CLAUSE, ROOT, unit.file, line, "it has no User= and so runs as root", _ACCOUNT)


def _user(user: Assignment, operator: str) -> Problem | None:
    shown = f"User={quoted(user.value)}"
    if user.value == "root" or (user.value.isdigit() and int(user.value[:20]) == 0):
        return _problem(ROOT, user, f"{shown} runs as root", _ACCOUNT)
    if "%" in user.value:
        return _problem(ROOT, user, f"{shown} does not say as whom it runs", "write the account's name without '%'")
    if user.value.isdigit():
        what = f"{shown} names an account by its number, which may be the operator's"
        return _problem(OPERATOR, user, what, "write the account's name")
    if user.value == operator:
        return _problem(
            OPERATOR, user, f"{shown} runs as the operator, who can change the code and become root", _ACCOUNT
        )
    return None


def _groups(unit: Unit, section: str, operator: str) -> list[Problem]:
    group = unit.last(section, "Group", resets=True)
    found = []
    for one in [*([group] if group else []), *unit.listed(section, "SupplementaryGroups")]:
        for word in one.value.split():
            what = f"{one.key}={quoted(word)}"
            if word in _ROOT_GROUPS:
                found.append(_problem(ROOT, one, f"{what} is as good as root", "leave the group out"))
            elif word == operator:
                found.append(_problem(OPERATOR, one, f"{what} is the operator's group", "leave the group out"))
    return found


def _capabilities(unit: Unit, section: str) -> list[Problem]:
    found = []
    for one in unit.listed(section, "AmbientCapabilities"):
        words = set(one.value.lstrip("~ \t").upper().split())
        # With "~" everything but these is given.
        given = sorted(_ROOT_CAPABILITIES - words if one.value.startswith("~") else _ROOT_CAPABILITIES & words)
        if given:
            what = f"AmbientCapabilities= gives {given[0]}, which is as good as root"
            found.append(_problem(ROOT, one, what, "leave it out, or give only what the service needs"))
    return found


def _elevated(unit: Unit, section: str) -> list[Problem]:
    found = []
    for one in unit.executed:
        for command in commands(one.value):
            sign = next((sign for sign in "+!" if sign in command.prefixes), "")
            if sign:
                what = f"the {sign!r} before {quoted(command.argv[0])} in {one.key}= runs it as root"
                found.append(_problem(ROOT, one, what, f"leave the {sign!r} out"))
    start_only = unit.unsafe(section, "PermissionsStartOnly", *_FALSE)
    if start_only:
        what = "PermissionsStartOnly= runs all but ExecStart= as root"
        found.append(_problem(ROOT, start_only, what, "remove the line"))
    return found


def _problem(rule: str, one: Assignment, what: str, remedy: str) -> Problem:
    return Problem(CLAUSE, rule, one.file, one.line, what, remedy)


__all__ = ("CLAUSE", "OPERATOR", "ROOT", "account_problems")
