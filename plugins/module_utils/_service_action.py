# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One of the runbook's five verbs for one declared service (runbook 4.2): pure decisions. Private to the collection."""

from __future__ import annotations

import typing as t

from ._step import Change
from ._systemctl import UnitStatus
from ._text import one_line
from ._unit_file import Unit
from ._unit_links import SYSTEM, Place
from ._unit_names import parts_of

VERBS = ("start", "stop", "enable", "disable", "status")
_INSTALL = ("WantedBy", "RequiredBy", "Alias", "Also")
_AT_BOOT = ("enabled", "enabled-runtime")
_DEPLOY = "deploy it first (playbooks/services.yml without service_action)"


class Target(t.NamedTuple):
    """What a verb is for.

    :param name: the unit, for a template one of its instances.
    :param file: absolute path of its file in the checkout.
    """

    name: str
    file: str

    @property
    def link(self) -> str:
        """Where systemd reads the unit."""
        return f"{SYSTEM}/{parts_of(self.name).template}"

    @property
    def enabled_by(self) -> str:
        """What systemctl enable is given."""
        return self.name if parts_of(self.name).instance else self.file


class State(t.NamedTuple):
    """What is on the node.

    :param status: what systemd says.
    :param place: what lies where systemd reads the unit.
    """

    status: UnitStatus
    place: Place


def decide(verb: str, state: State) -> list[Change]:
    """Return what a verb changes: nothing where the unit is that way already."""
    status, name = state.status, state.status.name
    at_boot = status.unit_file_state in _AT_BOOT
    if verb == "start" and not (status.is_running and status.active_state != "deactivating"):
        return [_change(name, verb, status.active_state, "active")]
    if verb == "stop" and status.is_running:
        return [_change(name, verb, status.active_state, "inactive")]
    if verb == "enable" and not at_boot:
        return [_change(name, verb, status.unit_file_state, "enabled")]
    if verb == "disable" and at_boot:
        return [_change(name, verb, status.unit_file_state, "disabled")]
    return []


def why_refused(verb: str, target: Target, state: State) -> str:
    """Return why a verb is not carried out, with the remedy; "" where it is."""
    place = state.place
    if verb == "status" or place == Place("link", target.file):
        return ""
    if place.kind == "absent":
        # What still runs or is enabled without its link must be ended all the same. To enable it would link it too, and
        # only a deployment judges what is linked.
        if verb in ("stop", "disable"):
            return ""
        return f"{target.link} is not there, so that systemd has no {target.name}; {_DEPLOY}"
    what = f"a link to {one_line(place.target, 200)}" if place.kind == "link" else f"a {place.kind}"
    return (
        f"{target.link} is {what} and no link to {target.file}; look at what it is, then deploy the service with "
        "adopt: true, which moves it aside"
    )


def why_not_enabled(unit: Unit) -> str:
    """Return why a unit cannot be enabled, with the remedy; "" where it can."""
    if any(unit.listed("Install", key) for key in _INSTALL):
        return ""
    return f"{unit.name} has no [Install] section that says when it starts; add WantedBy= to it, and ship it (2.9)"


def why_not_ended_well(status: UnitStatus) -> str:
    """Return why a unit that ends by itself has not done its work, "" where it has."""
    if status.condition_failed:
        return "was kept from starting by a condition of its own"
    if status.active_state == "failed" or status.result not in ("", "success"):
        return f"failed (result {status.result or 'unknown'}, exit status {status.exit_status})"
    return ""


def _change(name: str, verb: str, before: str, after: str) -> Change:
    return Change(name, verb, f"{before or 'not linked'}\n", f"{after}\n")


__all__ = ("VERBS", "State", "Target", "decide", "why_not_enabled", "why_not_ended_well", "why_refused")
