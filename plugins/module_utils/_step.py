# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One step of the runbook on a node: query, decide, act, report. Private to the collection.

The list of changes that a pure function decided is at once the idempotence decision, the diff, the prediction of check
mode, and the plan that a real run carries out: there is no second place that could say something else.
"""

from __future__ import annotations

import typing as t

from ._command import CommandError
from ._files import FileError
from ._text import one_line, printable

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


class Host(t.Protocol):
    """What a step needs of the module that carries it out."""

    params: dict[str, t.Any]
    check_mode: bool

    def warn(self, warning: str) -> None:
        """Say something that is no error."""


class Change(t.NamedTuple):
    """One difference between what a node is and what it must be, and so one action that mends it.

    :param subject: what is changed, in the node's own terms: a path, a package, a unit, an account.
    :param action: what is done to it, as a verb phrase: ``write``, ``install``, ``create``.
    :param before: content or value before, for the diff.
    :param after: content or value after, for the diff.
    :param sensitive: leave before and after out of the diff.
    """

    subject: str
    action: str
    before: str = ""
    after: str = ""
    sensitive: bool = False


class StepError(Exception):
    """The step cannot go on. The message is one sentence with the offending value and the remedy."""

    def __init__(self, message: str, **context: t.Any) -> None:
        super().__init__(message)
        self.context = context


class Step:
    """Collects what a module does for one clause of the runbook and reports it in the form that our modules share."""

    def __init__(self, module: Host, clause: str) -> None:
        self._module = module
        self._clause = clause
        self._done: list[Change] = []
        self._more: dict[str, t.Any] = {}

    @property
    def params(self) -> dict[str, t.Any]:
        return self._module.params

    @property
    def check_mode(self) -> bool:
        return bool(self._module.check_mode)

    def warn(self, message: str) -> None:
        self._module.warn(one_line(message))

    def carry_out(self, changes: t.Iterable[Change], act: t.Callable[[Change], None]) -> None:
        """Act on each change in order, or in check mode only note it.

        A change is noted after it was made, so that a failure half-way reports exactly what was done.
        """
        for change in changes:
            if not self.check_mode:
                act(change)
            self._done.append(change)

    def note(self, changes: t.Iterable[Change]) -> None:
        """Note changes that one command made together, seen afterwards to have happened; in check mode, would make."""
        self._done.extend(changes)

    def returns(self, **more: t.Any) -> None:
        """Add keys to the module's result."""
        self._more.update(more)

    def result(self, summary: str) -> dict[str, t.Any]:
        """Return the result in the shared form; ``changed`` and ``diff`` follow from the changes alone."""
        return {
            **self._more,
            "clause": self._clause,
            "summary": one_line(summary),
            "changed": bool(self._done),
            "actions": [
                {"clause": self._clause, "subject": one_line(change.subject), "action": one_line(change.action)}
                for change in self._done
            ],
            "diff": [_diff(change) for change in self._done],
        }


def _diff(change: Change) -> dict[str, str]:
    header = one_line(f"{change.subject} ({change.action})")
    hidden = "(not shown)\n"
    return {
        "before_header": header,
        "after_header": header,
        "before": hidden if change.sensitive and change.before else printable(change.before),
        "after": hidden if change.sensitive and change.after else printable(change.after),
    }


def conclude(step: Step, body: t.Callable[[Step], str]) -> tuple[dict[str, t.Any], Exception | None]:
    """Run ``body``, which returns the sentence for the final table; return the result and what made it fail, if any.

    The one place where errors of a step become a failed result.
    """
    try:
        return step.result(body(step)), None
    except StepError as exc:
        return {**step.result(str(exc)), **exc.context, "msg": printable(str(exc))}, exc
    except CommandError as exc:
        failed = {
            **step.result(str(exc)),
            "msg": printable(str(exc)),
            "cmd": exc.argv,
            "rc": exc.rc,
            "stdout": printable(exc.out),
            "stderr": printable(exc.err),
        }
        return failed, exc
    except (FileError, OSError) as exc:
        return {**step.result(str(exc)), "msg": printable(str(exc))}, exc


def run_step(module: AnsibleModule, clause: str, body: t.Callable[[Step], str]) -> t.NoReturn:
    """Run ``body`` and leave the module with its result."""
    result, error = conclude(Step(module, clause), body)
    if error is None:
        module.exit_json(**result)
    if isinstance(error, (FileError, OSError)):
        module.fail_json(**result, exception=error)
    module.fail_json(**result)


__all__ = ("Change", "Host", "Step", "StepError", "conclude", "run_step")
