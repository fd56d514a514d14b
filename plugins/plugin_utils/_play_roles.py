# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of our roles a play carries out, in its order: those listed, and those that its tasks include. Private.

Ansible itself names only the roles that are there before the first task. What is private to it is used in this file
only.
"""

from __future__ import annotations

import typing as t

from ansible.playbook.play import Play
from ansible.playbook.role_include import IncludeRole
from ansible.playbook.task import Task

OURS: t.Final = "ai_systems.runbook."


class PlayRole(t.NamedTuple):
    """One role of the collection.

    :param name: without the collection's.
    :param task: what includes it, None where the play lists it.
    """

    name: str
    task: Task | None


def roles_of(play: Play) -> list[PlayRole]:
    """Return the roles of a play; not what a role includes itself, and not what comes only after a failure."""
    listed = [PlayRole(_plain(str(role.get_name())), None) for role in play.get_roles()]
    entries = [*play.pre_tasks, *play.tasks, *play.post_tasks]
    return [*listed, *(PlayRole(_plain(str(task._role_name)), task) for task in _included(entries))]  # noqa: SLF001


def _included(entries: t.Iterable[t.Any]) -> t.Iterator[IncludeRole]:
    for entry in entries:
        if isinstance(entry, IncludeRole):
            # A part of a role is no step.
            if not entry._from_files:  # noqa: SLF001
                yield entry
        elif getattr(entry, "_role", None) is None:
            yield from _included(getattr(entry, "block", ()))


def is_selected(task: Task, variables: t.Mapping[str, t.Any]) -> bool:
    """Return whether this run's --tags and --skip-tags let a task run."""
    play = task.get_play()
    return bool(task.evaluate_tags(play.only_tags, play.skip_tags, all_vars=variables))


def _plain(name: str) -> str:
    return name.removeprefix(OURS)


__all__ = ("OURS", "PlayRole", "is_selected", "roles_of")
