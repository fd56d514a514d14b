# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep a node from updating and healing itself (runbook 6.1, 6.2). Private to the collection."""

from __future__ import annotations

import functools
import os
import typing as t

from . import _guardrails_apt as apt
from ._declared import Declared
from ._files import read_text
from ._guardrails_act import act, why_apt_would_go_on
from ._guardrails_cloud_init import DISABLED
from ._guardrails_kernel import FILE as PANIC_FILE
from ._guardrails_manager import DROP_IN
from ._guardrails_network import why_network_would_go
from ._guardrails_others import NEEDRESTART_FILE
from ._guardrails_plan import Asked, decide, disables_cloud_init, left, refusals
from ._guardrails_state import State, read_state
from ._node_view import NodeView, ViewError
from ._step import Step, StepError
from ._systemctl import Systemctl

CLAUSE = "6.1"
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "remove": {"type": "list", "elements": "str", "default": []},
    "disable_cloud_init": {"type": "bool", "default": True},
    "keep": {"type": "list", "elements": "str", "default": []},
}
_OURS = (apt.FILE, DISABLED, NEEDRESTART_FILE, DROP_IN, PANIC_FILE)


def body(step: Step) -> str:
    if os.geteuid() != 0:
        raise StepError("guardrails needs root's rights; run the task with become: true")
    asked = Asked(frozenset(step.params["keep"]), frozenset(step.params["remove"]), step.params["disable_cloud_init"])
    systemctl = Systemctl()
    state = _read(systemctl)
    changes = decide(state, asked, {path: text for path in _OURS if (text := read_text(path)) is not None})
    _require_possible(state, asked)
    step.carry_out(changes, functools.partial(act, systemctl=systemctl))
    rest = left(state, asked)
    if changes and not step.check_mode:
        after = _read(systemctl)
        _require_settled(after, asked)
        rest = left(after, asked)
    for sentence in rest:
        step.warn(sentence)
    step.returns(left=rest)
    return _sentence(len(rest), would=step.check_mode and bool(changes))


def _read(systemctl: Systemctl) -> State:
    try:
        return read_state(NodeView(Declared()), systemctl)
    except ViewError as exc:
        raise StepError(f"what updates the node cannot be told: {exc}; look at it on the node, then run again") from exc


def _require_possible(state: State, asked: Asked) -> None:
    view = NodeView(Declared())
    reasons = refusals(state, asked)
    # Also where our file is there already: what comes later may have come since.
    if state.apt and apt.FILE not in asked.keep:
        reasons.append(why_apt_would_go_on(view.names(apt.FOLDER)))
    # What ran in this boot may have made the network; what did not run had no part in it.
    if disables_cloud_init(state, asked) and state.cloud_init.ran and state.cloud_init.is_done:
        reasons.append(why_network_would_go(view, real=os.path.realpath))
    if any(reasons):
        raise StepError("; ".join(filter(None, reasons)))


def _require_settled(state: State, asked: Asked) -> None:
    again = decide(state, asked, {})
    if again:
        what = ", ".join(f"{change.subject} ({change.action})" for change in again[:5])
        raise StepError(
            f"not all of it holds: {what} is to be done again; something on the node works against it, look for it "
            "with 'systemctl status' there"
        )


def _sentence(number: int, *, would: bool) -> str:
    still = f", but for {number} thing{'s' if number > 1 else ''} that only you can settle" if number else ""
    return f"Nothing {'would update or heal' if would else 'updates or heals'} the node by itself{still}."


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "body")
