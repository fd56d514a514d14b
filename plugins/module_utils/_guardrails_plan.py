# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must change so that a node neither updates nor heals itself (runbook 6.1, 6.2): pure decisions. Private."""

from __future__ import annotations

import typing as t

from . import _guardrails_apt as apt
from . import _guardrails_cloud_init as cloud_init
from . import _guardrails_kernel as kernel
from . import _guardrails_manager as manager
from ._guardrails_others import NEEDRESTART_FILE, NEEDRESTART_TEXT
from ._guardrails_units import is_enabled, is_up, started_by_stopping
from ._step import Change
from ._text import one_line
from ._unit_names import why_protected

if t.TYPE_CHECKING:
    from ._guardrails_cron import CronFile
    from ._guardrails_state import State
    from ._guardrails_units import UnitState

# The manager of units, where it is to read its own settings anew.
MANAGER: t.Final = "systemd"
READ_ANEW: t.Final = "read its configuration anew"
ASIDE: t.Final = "move aside"
LINES_OUT: t.Final = "take lines out"
_TRIGGERS: t.Final = (".timer", ".socket", ".path")


class Asked(t.NamedTuple):
    """What the inventory says of the guardrails.

    :param keep: units, paths and packages that are left as they are; "cloud-init" for that.
    :param removed: packages that the next step removes.
    """

    keep: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    disable_cloud_init: bool = True


def decide(state: State, asked: Asked, texts: t.Mapping[str, str]) -> list[Change]:
    """Return what must change, in the order in which it is done: what is written first, what is running last.

    :param texts: what our own files hold now, by path.
    """
    return [
        *_files(state, asked, texts),
        *_cron(state, asked),
        *(Change(path, ASIDE, "an update at the next boot\n") for path in state.prepared if path not in asked.keep),
        *_taken_up(state, asked),
        *_units(state, asked),
    ]


def _files(state: State, asked: Asked, texts: t.Mapping[str, str]) -> t.Iterator[Change]:
    wanted = [
        (apt.FILE, apt.TEXT, bool(state.apt)),
        (cloud_init.DISABLED, cloud_init.TEXT, disables_cloud_init(state, asked)),
        (NEEDRESTART_FILE, NEEDRESTART_TEXT, state.restart.is_automatic),
        (manager.DROP_IN, manager.TEXT, bool(state.manager.configured()) and not is_armed_for_good(state)),
        (kernel.FILE, kernel.TEXT, bool(state.panic.why())),
    ]
    for path, text, lacks in wanted:
        if lacks and path not in asked.keep and texts.get(path) != text:
            yield Change(path, "write", texts.get(path, ""), text)


def _cron(state: State, asked: Asked) -> t.Iterator[Change]:
    for file in state.cron:
        if file.path not in asked.keep:
            yield Change(file.path, LINES_OUT if file.rest else ASIDE, _commands(file))


def _commands(file: CronFile) -> str:
    # The whole line could hold a secret.
    return "".join(f"{one.shown}\n" for one in file.refused)


def _taken_up(state: State, asked: Asked) -> t.Iterator[Change]:
    watched = state.manager.running()
    if watched and manager.DROP_IN not in asked.keep and not is_armed_for_good(state):
        before = "".join(f"{name}={one_line(state.manager.in_force[name], 40)}\n" for name in watched)
        yield Change(MANAGER, READ_ANEW, before, "".join(f"{name}=off\n" for name in watched))
    running = state.panic.running
    if running not in (None, "0") and state.panic.why() and kernel.FILE not in asked.keep:
        yield Change(kernel.NAME, "set", f"{one_line(running or '', 40)}\n", "0\n")


def _units(state: State, asked: Asked) -> list[Change]:
    units = [one for one in state.units if one.name not in asked.keep and not why_left(one)]
    # What would start another one again goes first.
    units.sort(key=lambda one: (not one.name.endswith(_TRIGGERS), one.name))
    stopped = {one.name: one.active_state for one in units if is_up(one)}
    after = {then: "" for name in stopped if (then := started_by_stopping(name))}
    stops = {**{name: state for name, state in stopped.items() if name not in after}, **after}
    return [
        *(
            Change(name, "stop", f"{one_line(state or 'inactive', 40)}\n", "inactive\n")
            for name, state in stops.items()
        ),
        *(Change(one.name, "disable", f"{one.file_state}\n", "disabled\n") for one in units if is_enabled(one)),
    ]


def why_left(unit: UnitState) -> str:
    """Return why the role leaves a unit as it is, "" where it does not."""
    return why_protected(unit.name)


def disables_cloud_init(state: State, asked: Asked) -> bool:
    """Whether cloud-init is to be switched off."""
    return state.cloud_init.is_on and asked.disable_cloud_init and not asked.keep & {"cloud-init", cloud_init.DISABLED}


def is_armed_for_good(state: State) -> bool:
    """Whether switching the watchdog off would have the kernel reboot the node at once."""
    return bool(state.manager.running() and state.manager.armed_for_good)


def refusals(state: State, asked: Asked) -> list[str]:
    """Return why the node cannot be brought there as it is, a sentence each with the remedy; apt is asked apart."""
    found = []
    if disables_cloud_init(state, asked) and state.cloud_init.ran and not state.cloud_init.is_done:
        found.append(
            f"cloud-init has not finished its first boot ({cloud_init.RESULT} is missing), and is not disabled before; "
            "wait until 'cloud-init status' on the node says done, then run again"
        )
    late = state.manager.after_ours() if manager.DROP_IN not in asked.keep else []
    found += [_overridden(str(one), manager.DROP_IN) for one in late]
    said = state.panic.after_ours() if kernel.FILE not in asked.keep else []
    found += [_overridden(f"{kernel.NAME} = {one.value} in {one.where}", kernel.FILE) for one in said]
    restart = state.restart.after_ours() if NEEDRESTART_FILE not in asked.keep else []
    return found + [_overridden(f"$nrconf{{restart}} in {path}", NEEDRESTART_FILE) for path in restart]


def _overridden(what: str, ours: str) -> str:
    return f"{one_line(what, 200)} is read after {ours} and overrides it; take that out on the node, then run again"


def left(state: State, asked: Asked) -> list[str]:
    """Return what updates or heals the node and is beyond the role, a sentence each with what the operator does."""
    found = [
        f"{one.package} is installed: {one.why}; remove it with guardrails_remove: [{one.package}]"
        for one in state.on_demand
        if one.package not in asked.removed | asked.keep
    ]
    found += [
        f"{one.name} cannot be stopped or disabled, since {why_left(one)}; look at 'systemctl status {one.name}'"
        for one in state.units
        if one.name not in asked.keep and why_left(one)
    ]
    found += [
        f"{one.unit} is enabled for {f'the account {one.account}' if one.account else 'every account'} by "
        f"{one_line(one.path, 200)}; remove that link"
        for one in state.user_links
        if not asked.keep & {one.unit, one.path}
    ]
    found += [
        f"{path} updates the board's firmware at the next boot; remove it if you did not order that"
        for path in state.firmware
        if path not in asked.keep
    ]
    if is_armed_for_good(state) and manager.DROP_IN not in asked.keep:
        found.append(
            f"the kernel does not stop {', '.join(state.manager.armed_for_good)} once it runs (nowayout), so switching "
            f"the watchdog off would reboot the node; write {manager.DROP_IN} by hand and reboot at once"
        )
    if state.cloud_init.is_on and not disables_cloud_init(state, asked) and "cloud-init" not in asked.keep:
        found.append(f"cloud-init is left on by guardrails_disable_cloud_init: {cloud_init.evidence(state.cloud_init)}")
    return found


__all__ = (
    "ASIDE",
    "LINES_OUT",
    "MANAGER",
    "READ_ANEW",
    "Asked",
    "decide",
    "disables_cloud_init",
    "is_armed_for_good",
    "left",
    "refusals",
    "why_left",
)
