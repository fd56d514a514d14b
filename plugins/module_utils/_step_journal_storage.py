# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep the journal on the disk (runbook 4.4). Private to the collection."""

from __future__ import annotations

import functools
import os
import typing as t

from ._journald_config import (
    DROP_IN,
    Configuration,
    JournaldConfigError,
    Setting,
    read_configuration,
)
from ._journald_plan import (
    JOURNAL,
    JournalState,
    Wanted,
    decide,
    overridden,
    overriding,
    why_not_bounds,
)
from ._journald_state import JournaldStateError, read_state
from ._journald_take_up import act, require_persistent
from ._step import Step, StepError
from ._systemctl import Systemctl

CLAUSE = "4.4"
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "system_max_use": {"type": "str", "default": "500M"},
    "system_keep_free": {"type": "str", "default": "1G"},
    "max_retention": {"type": "str", "default": "0"},
}


def body(step: Step) -> str:
    wanted = Wanted(step.params["system_max_use"], step.params["system_keep_free"], step.params["max_retention"])
    reason = why_not_bounds(wanted)
    if reason:
        raise StepError(reason)
    if os.geteuid() != 0:
        raise StepError("journal_storage needs root's rights; run the task with become: true")
    systemctl = Systemctl()
    configuration, state = read_node(systemctl)
    require_last_word(overriding(wanted, configuration))
    changes = decide(wanted, state)
    step.carry_out(changes, functools.partial(act, systemctl=systemctl, group=state.group))
    if changes and not step.check_mode:
        require_persistent(lambda: read_node(systemctl)[1])
    lost = [str(one) for one in overridden(wanted, configuration)]
    step.returns(overridden=lost)
    return summary(wanted, lost, would=step.check_mode and bool(changes))


def read_node(systemctl: Systemctl) -> tuple[Configuration, JournalState]:
    """Read journald's configuration and what journald does.

    :raises StepError: either cannot be told.
    """
    try:
        configuration = read_configuration()
        return configuration, read_state(configuration.changed, systemctl)
    except (JournaldConfigError, JournaldStateError) as exc:
        raise StepError(str(exc)) from exc


def require_last_word(settings: t.Sequence[Setting]) -> None:
    if settings:
        raise StepError(
            f"{', '.join(str(one) for one in settings[:3])} is read after {DROP_IN} and overrides it. Nothing was "
            "changed: take that out on the node, then run again"
        )


def summary(wanted: Wanted, lost: t.Sequence[str], *, would: bool) -> str:
    bounds = f"at most {wanted.max_use} of it, with {wanted.keep_free} of the disk left free"
    over = f"; this overrides {', '.join(lost)}" if lost else ""
    return f"The journal {'would be' if would else 'is'} kept in {JOURNAL}, {bounds}{over}."


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "body")
