# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What on a node updates or heals it by itself (runbook 6.1, 6.2), read once. Private to the collection."""

from __future__ import annotations

import typing as t

from ._guardrails_apt import Wrong, parse_dump, wrong
from ._guardrails_cloud_init import CloudInitState, read_cloud_init
from ._guardrails_cron import CronFile, read_cron
from ._guardrails_kernel import PanicState, read_panic
from ._guardrails_manager import ManagerState, in_force_of, read_manager
from ._guardrails_others import (
    OnDemand,
    RestartState,
    UserLink,
    read_firmware_updates,
    read_on_demand,
    read_prepared,
    read_restart,
    read_user_links,
)
from ._guardrails_units import UnitState, guard_of, is_on
from ._node_paths import real_path
from ._schedule_entry import Scheduled
from ._scheduled_commands import refused_by
from ._systemctl import Systemctl, show_manager
from ._unit_commands import refused
from ._unit_file import Text, Unit, parse
from ._unit_folders import SYSTEM, Folders, read_folders
from ._unit_names import parts_of, why_not_an_instance
from ._unit_programs import UPDATES
from ._unit_words import commands

if t.TYPE_CHECKING:
    from ._node_view import NodeView
    from ._unit_programs import Reason

# A unit whose file lies elsewhere is linked from a checkout: it is the operator's own, and judged by its commands.
_VENDOR: t.Final = "/usr/lib/systemd/"
_PACKAGED: t.Final = ("/usr/lib/", "/lib/", "/etc/", "/run/")


class State(t.NamedTuple):
    """All of it.

    :param units: updaters and healers that are up or enabled.
    :param prepared: paths that make the next boot an update.
    """

    units: tuple[UnitState, ...]
    apt: tuple[Wrong, ...]
    manager: ManagerState
    panic: PanicState
    cron: tuple[CronFile, ...]
    cloud_init: CloudInitState
    restart: RestartState
    prepared: tuple[str, ...]
    firmware: tuple[str, ...]
    on_demand: tuple[OnDemand, ...]
    user_links: tuple[UserLink, ...]


def read_state(view: NodeView, systemctl: Systemctl) -> State:
    """Read all of it.

    :raises ViewError: something is there and cannot be read.
    :raises CommandError: systemd does not answer.
    """
    return State(
        units=tuple(read_guarded_units(view, systemctl)),
        apt=tuple(wrong(parse_dump(view.run("apt-config", "dump").out))),
        manager=read_manager(view, in_force_of(show_manager(view.run))),
        panic=read_panic(view),
        cron=tuple(read_cron(view)),
        cloud_init=read_cloud_init(view),
        restart=read_restart(view),
        prepared=tuple(read_prepared(view)),
        firmware=tuple(read_firmware_updates(view)),
        on_demand=tuple(read_on_demand(view)),
        user_links=tuple(read_user_links(view)),
    )


def read_guarded_units(view: NodeView, systemctl: Systemctl) -> list[UnitState]:
    """Return the updaters and healers among the system's units that are up or enabled."""
    folders = read_folders(view, SYSTEM)
    named = {*folders.files, *(way.name for way in folders.ways)}
    names = []
    for name in sorted(named):
        path = folders.files.get(name) or folders.files.get(parts_of(name).template, "")
        if path and not why_not_an_instance(name) and is_packaged(view, path) and is_guarded(view, folders, name):
            names.append(name)
    if not names:
        return []
    shown = systemctl.show(names)
    states = [
        UnitState(name, one.unit_file_state, one.active_state)
        for name, one in shown.items()
        # Under another name it comes again.
        if one.id == name and one.load_state != "masked"
    ]
    return [one for one in states if is_on(one)]


def is_guarded(view: NodeView, folders: Folders, name: str) -> bool:
    """Whether a unit updates or heals, by its name or, for a timer, by what it starts."""
    return guard_of(name) is not None or (name.endswith(".timer") and bool(_started_by(view, folders, name)))


def _started_by(view: NodeView, folders: Folders, name: str) -> list[tuple[str, Reason]]:
    timer = _unit(view, name, folders.files[name]) if name in folders.files else None
    said = timer.last("Timer", "Unit") if timer else None
    service = said.value if said else f"{name.removesuffix('.timer')}.service"
    path = folders.files.get(service) or folders.files.get(parts_of(service).template, "")
    if not path or not service.endswith(".service"):
        return []
    found: list[tuple[str, Reason]] = []
    for one in _unit(view, service, path).executed:
        if path.startswith(_VENDOR):
            # Debian's own look after their services; what they must not do is update.
            refused_of = [item for command in commands(one.value) for item in refused(command.argv)]
            found += [item for item in refused_of if item[1] is UPDATES]
        else:
            found += refused_by(view, Scheduled("timer", name, "", one.value, is_vendor=False))
    return found


def _unit(view: NodeView, name: str, path: str) -> Unit:
    content = view.content(path)
    return parse(name, [Text(path, content)] if content else [])


def is_packaged(view: NodeView, path: str) -> bool:
    """Whether a unit's file is no link into a checkout."""
    return real_path(view, path).startswith(_PACKAGED)


__all__ = ("State", "is_packaged", "read_guarded_units", "read_state")
