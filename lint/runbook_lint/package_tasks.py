# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which packages a task installs with a package manager of the system."""

from __future__ import annotations

import re
import typing as t

from runbook_lint.declared_packages import PACKAGES
from runbook_lint.jinja import is_template
from runbook_lint.node_files import turns
from runbook_lint.scalars import scalars_of

if t.TYPE_CHECKING:
    from runbook_lint.tasks import TaskView

MODULES: t.Final = (
    "ansible.builtin.apt",
    "ansible.builtin.package",
    "ansible.builtin.dnf",
    "ansible.builtin.dnf5",
    "community.general.aptitude",
)
_OURS: t.Final = ("ai_systems.runbook.apt_package",)
_GONE: t.Final = ("absent", "removed")
_PROGRAMS: t.Final = ("apt", "apt-get", "aptitude", "nala", "dnf", "yum")
_KEYS: t.Final = ("name", "pkg", "package")


class Package(t.NamedTuple):
    """A package that a task installs.

    :param name: without its version.
    :param at: the argument, or the line in a script.
    :param is_certain: False where a template decides whether it comes or goes.
    """

    name: str
    at: str | int
    is_certain: bool = True


def installed(task: TaskView) -> list[Package]:
    """Return each package that a task installs."""
    if task.module in (*MODULES, *_OURS):
        at = next((key for key in _KEYS if key in task.arguments), "")
        return [
            Package(bare(name), at, not is_template(turn.value("state")))
            for turn in turns(task)
            if turn.value("state") not in _GONE
            for text in turn.values(*_KEYS)
            for name in (text.split(",") if not is_template(text) else [text])
        ]
    found: list[Package] = []
    for command in task.script.commands if task.script else ():
        words = [word for word in command.argv[1:] if not word.startswith("-")]
        if command.program in _PROGRAMS and words[:1] == ["install"]:
            found += [Package(bare(name), command.line) for name in words[1:]]
    return found


def declared(text: str) -> list[Package]:
    """Return the packages that variables in a YAML text declare for a node of ours, each at its line."""
    if not any(name in text for name in PACKAGES):
        return []
    return [
        Package(bare(one.value), one.line)
        for one in scalars_of(text) or ()
        if one.key in PACKAGES and one.value and not is_template(one.value)
    ]


def bare(name: str) -> str:
    """Return a package's name without its version, release and architecture."""
    return re.split(r"[=/:<>]", name.strip(), maxsplit=1)[0].strip()


__all__ = ("MODULES", "Package", "bare", "declared", "installed")
