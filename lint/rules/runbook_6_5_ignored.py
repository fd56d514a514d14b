# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A guarded task that fails stops the run."""

from __future__ import annotations

import typing as t

from runbook_lint.guarded_tasks import guarded
from runbook_lint.jinja import is_template
from runbook_lint.rule import Breach, RunbookRule
from runbook_lint.task_words import action_key, texts_of

if t.TYPE_CHECKING:
    from runbook_lint.tasks import TaskView

_TRUE: t.Final = ("true", "yes", "on", "1", "y", "t")
_FALSE: t.Final = ("false", "no", "off", "0", "f", "n")
# In a dry run nothing was done that could be left half done.
_CHECKS: t.Final = "ansible_check_mode"
_ENDS: t.Final = ("fail", "assert")
_UNSEEN: t.Final = ("include_", "import_", "ai_systems.runbook.")
_PREFIXES: t.Final = ("ansible.builtin.", "ansible.legacy.")


class RunbookIgnoredRule(RunbookRule):
    """A guarded task that fails stops the run."""

    id = "runbook-6-5-ignored"
    clause = "6.5"
    description = "Errors ignored of our modules, apt, services, SSH, sudo and accounts."
    remedy = "let the task fail, and let the operator look: what went wrong is the runbook's clause 5"

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find guarded tasks whose failure nobody hears of."""
        what = guarded(task)
        if not what:
            return
        yield from _by_keyword(task, what)
        if task.script is not None and _or_true(task.free_form):
            yield Breach(f"'|| true' hides a failure of {what}", at=_or_true(task.free_form))
        for block, section in zip(task.blocks, task.sections, strict=True):
            if section == "block" and block.get("rescue") is not None and not _speaks(block):
                yield Breach(f"the block's rescue swallows a failure of {what}")


def _by_keyword(task: TaskView, what: str) -> t.Iterator[Breach]:
    ignored = str(task.keywords.get("ignore_errors", "")).lower()
    if ignored in _TRUE:
        yield Breach(f"'ignore_errors' hides a failure of {what}", at="ignore_errors")
    elif is_template(ignored) and _CHECKS not in ignored:
        yield Breach(f"whether a failure of {what} is ignored", at="ignore_errors", is_certain=False)
    conditions = [text.lower() for text in texts_of(task.keywords.get("failed_when"))]
    if conditions and all(condition in _FALSE for condition in conditions):
        yield Breach(f"'failed_when: false' hides a failure of {what}", at="failed_when")


def _or_true(text: str) -> int:
    """Return the line on which a command's failure is turned into success, 0 where none is."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.split("#")[0].rstrip().endswith(("|| true", "||true", "|| :", "; true", "|| exit 0")):
            return number
    return 0


def _speaks(block: t.Mapping[str, t.Any]) -> bool:
    """Whether a block's rescue may end in a failure: by a task for that, or by one that nobody sees into from here."""
    rescue = block.get("rescue")
    return isinstance(rescue, list) and any(_fails(task) for task in rescue if isinstance(task, dict))


def _fails(task: t.Mapping[str, t.Any]) -> bool:
    inner = task.get("block")
    if isinstance(inner, list):
        return any(_fails(one) for one in inner if isinstance(one, dict))
    name = action_key(task)
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name in _ENDS or name.startswith(_UNSEEN) or "failed_when" in task
