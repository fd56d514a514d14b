# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each step of a provision run would do on this node, asked of all of them in one call. Private to the collection.

The code that answers is the step's own, in check mode: what it does not find to do, the step would not do. A step that
works in slices is asked only whether there is work; what the work is, the step finds out itself.
"""

from __future__ import annotations

import importlib
import json
import time
import types
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values

from ._apt_root import Root
from ._side_by_side import side_by_side
from ._step import Step, StepError, conclude
from ._text import one_line, printable

MODULES: t.Final = (
    "apt_package",
    "apt_sources",
    "apt_upgrade",
    "git_checkout",
    "guardrails",
    "journal_storage",
    "node_hostname",
    "node_network",
    "node_preflight",
    "npm_project",
    "operator_account",
    "sshd_access",
    "systemd_unit",
    "venv_pip",
)
# The step itself waits for what comes by itself; a survey only says that it is not there.
_NO_WAITING: t.Final[dict[str, dict[str, t.Any]]] = {"node_preflight": {"clock_wait": 0}}
_MOST_WARNINGS: t.Final = 100

Result = dict[str, t.Any]


class _DryHost:
    """Stands for the module: its parameters, always in check mode."""

    check_mode = True

    def __init__(self, params: dict[str, t.Any]) -> None:
        self.params = params
        self.warnings: list[str] = []

    def warn(self, warning: str) -> None:
        self.warnings.append(warning)


def survey(asked: t.Sequence[t.Mapping[str, t.Any]]) -> list[Result]:
    """Return for each step in ``asked`` (with ``clause``, ``module`` and ``args``) what it would do.

    An answer has ``result``, the module's in check mode; ``failed``; ``work``, true where a step that works in slices
    would begin; ``warnings``; and ``seconds``, from when to when after the first step's beginning it was worked out.
    """
    began = time.monotonic()

    def answer(at: int) -> bytes:
        start = time.monotonic() - began
        step = asked[at]
        said = _answer(str(step["clause"]), str(step["module"]), dict(step["args"] or {}))
        return json.dumps({**said, "seconds": [start, time.monotonic() - began]}).encode()

    # None of them changes anything, so none has to wait for another.
    return [json.loads(said) for said in side_by_side(len(asked), answer)]


def _answer(clause: str, module: str, args: dict[str, t.Any]) -> Result:
    try:
        code = _code_of(module)
        checked = ArgumentSpecValidator(code.ARGUMENT_SPEC).validate({**args, **_NO_WAITING.get(module, {})})
        if checked.error_messages:
            return _failed(f"{module}: {'; '.join(checked.error_messages)}")
        answer = _looked(code, clause, checked.validated_parameters)
    except Exception as exc:  # noqa: BLE001  (one step that breaks must not hide what the others say)
        return _failed(f"{module} could not be asked: {exc!r}")
    secrets = checked._no_log_values  # noqa: SLF001  (as AnsibleModule does with what it returns)
    return t.cast("Result", remove_values(answer, secrets))


def _code_of(module: str) -> types.ModuleType:
    if module not in MODULES:
        raise StepError(f"{module!r} is no step that can be surveyed")
    return importlib.import_module(f"{__package__}._step_{module}")


def _looked(code: types.ModuleType, clause: str, params: dict[str, t.Any]) -> Result:
    host = _DryHost(params)
    look: t.Callable[[Step], str | None] = getattr(code, "quick", None) or code.body
    sentences: list[str | None] = []

    def body(step: Step) -> str:
        sentences.append(look(step))
        return sentences[0] or ""

    result, error = conclude(Step(host, clause), body)
    _clear_away(result)
    return {
        "result": result,
        "failed": error is not None,
        "work": sentences == [None],
        "warnings": host.warnings[:_MOST_WARNINGS],
    }


def _clear_away(result: Result) -> None:
    """Remove what a dry run leaves for the steps after it: here none goes on from it."""
    root = Root.left_by_check(str(result.pop("dry_run", "") or ""))
    if root is not None:
        root.remove()


def _failed(sentence: str) -> Result:
    said = printable(sentence)
    result = {"summary": one_line(said, 1000), "msg": said, "changed": False, "actions": [], "diff": []}
    return {"result": result, "failed": True, "work": False, "warnings": []}


__all__ = ("MODULES", "survey")
