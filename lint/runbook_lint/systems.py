# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that are for another operating system: no node of ours ever runs them."""

from __future__ import annotations

import re
import typing as t

from runbook_lint.task_words import texts_of

if t.TYPE_CHECKING:
    from runbook_lint.tasks import TaskView

_FACT: t.Final = (
    r"""(?:ansible_|ansible_facts(?:\.|\[\s*['"])(?:ansible_)?)"""
    r"""(?:os_family|distribution|pkg_mgr|system)(?:['"]\s*\])?"""
)
_EQUAL: t.Final = re.compile(_FACT + r"""(?:\s*\|\s*lower)?\s*==\s*['"](?P<name>[^'"]+)['"]""")
_ONE_OF: t.Final = re.compile(_FACT + r"""(?:\s*\|\s*lower)?\s+in\s+[\[(](?P<names>[^\])]+)[\])]""")
_NOT: t.Final = re.compile(_FACT + r"""(?:\s*\|\s*lower)?\s*!=\s*['"]debian['"]""", re.IGNORECASE)
_OURS: t.Final = frozenset(("debian", "linux", "apt"))


def is_elsewhere(task: TaskView) -> bool:
    """Whether a condition of the task is never true on Debian."""
    return any(_excludes_debian(text) for text in texts_of(task.keywords.get("when")))


def _excludes_debian(condition: str) -> bool:
    if re.search(r"\bor\b|\bnot\b", condition):
        return False
    named = [{match["name"]} for match in _EQUAL.finditer(condition)]
    named += [set(re.findall(r"""['"]([^'"]+)['"]""", match["names"])) for match in _ONE_OF.finditer(condition)]
    return bool(_NOT.search(condition)) or any(not _OURS & {name.lower() for name in names} for names in named)


__all__ = ("is_elsewhere",)
