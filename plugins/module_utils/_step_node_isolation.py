# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Isolate a node, or open it again (runbook 5, Isolate). Private to the collection."""

from __future__ import annotations

import functools
import os
import typing as t

from . import _isolation as isolation
from . import _isolation_node as node
from ._guarded import GuardError, Turn, turn
from ._isolation import CLAUSE, PULL, IsolationState
from ._isolation_switch import GUARD, Isolation, lift
from ._isolation_ways import other_ways
from ._sshd_service import own_connection
from ._step import Step, StepError

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "state": {"type": "str", "choices": ["on", "off"], "default": "on"},
    "operators": {"type": "list", "elements": "str", "default": []},
    "proof_timeout": {"type": "int", "default": 60},
    "second_host": {"type": "str", "default": ""},
    "records_dir": {"type": "str", "default": ""},
    "token": {"type": "str", "default": "", "no_log": True},
}
HONEST: t.Final = "Filtered by the node itself; a hostile root can undo this: pull the cable"
_UNKNOWN: t.Final = (
    "unknown: emulated. The rules are written and nobody can ask this kernel whether it filters; a real node loads them"
)


def body(step: Step) -> str:
    if os.geteuid() != 0:
        raise StepError("node_isolation needs root's rights; run the task with become: true")
    try:
        # Whatever another run has begun is over before anything is read that it may still take back.
        with turn(GUARD, seconds=step.params["proof_timeout"], look=step.check_mode) as mine:
            return _open(step) if step.params["state"] == "off" else _isolate(step, mine)
    except GuardError as exc:
        raise StepError(str(exc)) from exc


def _isolate(step: Step, mine: Turn) -> str:
    connection = own_connection()
    try:
        networks = isolation.networks_from(step.params["operators"])
    except ValueError as exc:
        seen = f". The node sees this connection come from {connection.client}" if connection else ""
        raise StepError(f"{exc}{seen}. Nothing was changed") from exc
    if reason := isolation.why_shut_out(networks, connection.client if connection else ""):
        raise StepError(f"{reason}. Nothing was changed")
    node.require_nftables()
    state = node.read_state()
    port = connection.port if connection else 22
    wanted = isolation.tables(networks, port)
    changes = isolation.decide_on(state, wanted)
    step.returns(port=port, undecided=state.live is None)
    for sentence in other_ways():
        step.warn(sentence)
    if changes:
        _require_loadable(state, wanted)
        if not step.check_mode:
            token: str = step.params["token"]
            if not token:
                raise StepError(
                    "state on needs the controller's proof: call the module by its full name, with its action"
                )
            mine.start(Isolation(state, wanted, changes), token=token, seconds=step.params["proof_timeout"])
            step.returns(guarded=True)
        step.note(changes)
    named = ", ".join(isolation.shown(network) for network in networks)
    would = "would reach" if changes and step.check_mode else "reaches"
    said = f"Only {named} {would} the node, at port {port}"
    return f"{said}; {_UNKNOWN}." if state.live is None else f"{said}."


def _require_loadable(state: IsolationState, wanted: str) -> None:
    """Refuse rules that nft would not take, now or with what else it loads at boot."""
    if state.live is None:
        return
    mine = isolation.anew(wanted)
    if reason := node.why_not_loaded(mine):
        raise StepError(f"the node's kernel takes no such rules ({reason}): {PULL}. Nothing was changed")
    whole = isolation.without_include(state.configuration or "") + "\n" + mine
    if reason := node.why_not_loaded(whole):
        raise StepError(
            f"nft does not take what is in {isolation.CONFIGURATION} already ({reason}), so a boot would open the "
            f"node: {PULL}; or mend that file on the node, then run again. Nothing was changed"
        )


def _open(step: Step) -> str:
    state = node.read_state()
    changes = isolation.decide_off(state)
    step.returns(undecided=state.live is None)
    step.carry_out(changes, functools.partial(lift, state))
    if not changes:
        return "The node is not isolated."
    return "The node would be open as before." if step.check_mode else "The node is open as before."


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "HONEST", "body")
