# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task does with a secret is in no log."""

from __future__ import annotations

import typing as t

from ansiblelint.rules import TransformMixin

from runbook_lint.decisions._secret_words import is_secret_name
from runbook_lint.jinja import is_template
from runbook_lint.rule import Breach, RunbookRule
from runbook_lint.secret_names import carried
from runbook_lint.task_words import texts_of

if t.TYPE_CHECKING:
    from ansiblelint.errors import MatchError
    from ansiblelint.file_utils import Lintable

    from runbook_lint.tasks import TaskView

_OURS: t.Final = "ai_systems.runbook."
# They hand variables on, run nothing themselves, or show only conditions: no_log has nothing to hide there.
_SILENT: t.Final = frozenset(
    f"ansible.builtin.{name}"
    for name in (
        *("include_role", "import_role", "include_tasks", "import_tasks", "include_vars", "import_playbook", "assert"),
        *("meta", "add_host", "group_by", "pause", "validate_argument_spec"),
    )
)
# Options that speak of a secret and hold none.
_NO_SECRETS: t.Final = frozenset(
    (
        *("update_password", "password_lock", "password_expire_account_disable", "generate_ssh_key", "ssh_key_bits"),
        *("ssh_key_comment", "ssh_key_type", "force_basic_auth", "validate_password"),
    )
)
_OFF: t.Final = ("false", "no", "off", "0", "f", "n")


class RunbookNoLogRule(TransformMixin, RunbookRule):
    """What a task does with a secret is in no log."""

    id = "runbook-6-3-no-log"
    clause = "6.3"
    description = "Tasks on a node that are handed a secret and lack no_log."
    remedy = (
        "add 'no_log: true' to the task, since the node's journal and the run's output show its arguments otherwise"
    )
    tags = ["runbook", "security"]

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find tasks that carry a secret and are logged."""
        if task.is_on_controller or task.module.startswith(_OURS) or task.module in _SILENT:
            return
        said = task.keywords.get("no_log")
        if said is not None and not is_template(str(said)) and str(said).lower() not in _OFF:
            return
        at, name = _carries(task)
        if not name:
            return
        if said is not None and is_template(str(said)):
            yield Breach(f"whether the task is logged, which is handed '{name}'", at="no_log", is_certain=False)
            return
        yield Breach(f"the task is handed '{name}' and is logged", at=at)

    def transform(self, match: MatchError, lintable: Lintable, data: t.Any) -> None:
        """Add no_log to the task: nothing else changes about it."""
        del lintable
        task = self.seek(match.yaml_path, data)
        if match.tag == self.id and isinstance(task, t.MutableMapping):
            task["no_log"] = True
            match.fixed = True


def _carries(task: TaskView) -> tuple[str | int, str]:
    """Return the argument or keyword by which a task gets a secret, and the secret's name; two "" where none does."""
    for at, value in task.arguments.items():
        name = _in_value(at, value)
        if name:
            return (1 if at == "_raw_params" else at), name
    for at in ("environment", "loop", "with_items", "with_dict"):
        name = _in_value("", task.keywords.get(at))
        if name:
            return at, name
    return "", ""


def _in_value(key: str, value: object) -> str:
    """Return the name of a secret that a value holds by a template; what is written out is another rule's finding."""
    if isinstance(value, dict):
        return next((name for inner, one in value.items() if (name := _in_value(str(inner), one))), "")
    if isinstance(value, (list, tuple)):
        return next((name for one in value for name in [_in_value(key, one)] if name), "")
    for text in texts_of(value):
        if not is_template(text):
            continue
        name = carried(text)
        if name:
            return name
        if is_secret_name(key) and key not in _NO_SECRETS:
            return key
    return ""
