# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the declared units are linked, enabled and up as declared (runbook 4.1, 4.3). Private to the collection."""

from __future__ import annotations

import typing as t

from ._findings import Finding
from ._node_units import SYSTEM_MANAGER, NodeUnit
from ._services_origin import in_checkout, units_of_ours
from ._systemctl import READ_ANEW, as_typed
from ._text import one_line, shell_word
from ._unit_names import parts_of
from ._unit_remedies import gone, typed

if t.TYPE_CHECKING:
    from ._declared import Service
    from ._node_view import NodeView

_LINKED = "/etc/systemd/system"


def names_of(service: Service) -> list[str]:
    """Return what of a declared unit can run: itself, or the instances of a template."""
    name = service.src.rpartition("/")[2]
    parts = parts_of(name)
    if not parts.is_template:
        return [name]
    return [f"{parts.stem}@{instance}.{parts.kind}" for instance in service.instances]


def as_declared(view: NodeView) -> t.Iterator[Finding]:
    """Find declared units that are not linked, enabled or up as declared, and units of ours that nobody declares."""
    units = {unit.name: unit for unit in view.units if unit.manager == SYSTEM_MANAGER}
    aliases = {alias: unit for unit in units.values() for alias in unit.aliases}
    declared = set()
    for service in view.declared.services:
        name = service.src.rpartition("/")[2]
        declared.add(name)
        unit = units.get(name) or aliases.get(name)
        path = f"{view.declared.checkout.rstrip('/')}/{service.src}"
        if unit is None or unit.source != path:
            yield _not_linked(view, service, name, unit)
            continue
        for one in names_of(service):
            yield from _state(service, path, one, units.get(one))
        yield from _strays(service, units, name)
    for unit in units_of_ours(view):
        if unit.name not in declared:
            what = f"{unit.fragment} is linked from the repository, and services_list declares no such unit"
            remedy = typed(gone(unit.name), more=", or declare it in services_list")
            yield Finding("4.3", "info", f"{unit.name} undeclared", one_line(what), remedy)


def _not_linked(view: NodeView, service: Service, name: str, unit: NodeUnit | None) -> Finding:
    path = f"{view.declared.checkout.rstrip('/')}/{service.src}"
    there = f", and systemd has {unit.fragment}" if unit and unit.fragment else ""
    what = f"{service.src} is declared and not linked into {_LINKED}{there}"
    if not view.exists(path) or there:
        remedy = "run services.yml, which says what is in the way"
    else:
        remedy = typed(" && ".join(_commands(service, path, name)))
    return Finding("4.3", "violation", f"{name} not linked", one_line(what), remedy)


def _commands(service: Service, path: str, name: str) -> list[str]:
    """Return what brings a declared unit up that is not linked."""
    link = _link(path, name)
    enable = as_typed("enable", path)
    if parts_of(name).is_template:
        enables = [as_typed("enable", one) for one in names_of(service)] if service.enabled else [_anew()]
        commands = [link, *enables]
    else:
        commands = [enable] if service.enabled else [link, _anew()]
    return [*commands, *([as_typed("start", *names_of(service))] if service.started and names_of(service) else [])]


def _link(path: str, name: str) -> str:
    words = (shell_word(path), shell_word(f"{_LINKED}/{name}"))
    return f"ln -sfn {' '.join(words)}" if all(words) else ""


def _anew() -> str:
    return as_typed("enable", READ_ANEW)


def _state(service: Service, path: str, name: str, unit: NodeUnit | None) -> t.Iterator[Finding]:
    is_enabled = unit is not None and unit.file_state == "enabled"
    argument = name if "@" in name else path
    if service.enabled and not is_enabled and _can_be_enabled(unit):
        what = f"it is declared as enabled and is {(unit.file_state if unit else '') or 'not'}"
        yield Finding("4.1", "violation", f"{name} not enabled", what, typed(as_typed("enable", argument)))
    if not service.enabled and is_enabled:
        link = _link(path, path.rpartition("/")[2])
        remedy = typed(as_typed("disable", name), link, _anew())
        yield Finding("4.1", "violation", f"{name} enabled", "it is declared as not enabled, and is", remedy)
    runs = unit is not None and unit.is_running
    if service.started and not runs and not _ends_by_itself(unit):
        state = (unit.active_state if unit else "") or "inactive"
        what = f"it is declared as started and is {state}"
        yield Finding("4.1", "violation", f"{name} not started", what, typed(as_typed("start", name)))
    if not service.started and runs and unit and not unit.properties.get("TriggeredBy"):
        what = "it is declared as not started, and runs"
        yield Finding("4.1", "violation", f"{name} started", what, typed(as_typed("stop", name)))


def _can_be_enabled(unit: NodeUnit | None) -> bool:
    """Whether a unit says how it is enabled; one that does not is only linked."""
    return unit is None or any(unit.unit.said("Install", key) for key in ("WantedBy", "RequiredBy", "Alias", "Also"))


def _ends_by_itself(unit: NodeUnit | None) -> bool:
    if unit is None or unit.active_state == "failed":
        return False
    kind = unit.unit.last("Service", "Type")
    remains = unit.unit.last("Service", "RemainAfterExit")
    return kind is not None and kind.value == "oneshot" and (remains is None or remains.value in ("no", "false", "0"))


def _strays(service: Service, units: t.Mapping[str, NodeUnit], template: str) -> t.Iterator[Finding]:
    """Find instances of a template that nobody declares."""
    if not parts_of(template).is_template:
        return
    for name, unit in units.items():
        parts = parts_of(name)
        on = unit.is_running or unit.file_state.startswith("enabled")
        if parts.instance and parts.template == template and parts.instance not in service.instances and on:
            what = f"it is up or enabled, and {service.src} is declared without that instance"
            yield Finding("4.1", "violation", f"{name} undeclared", one_line(what), typed(gone(name)))


def failed(view: NodeView) -> t.Iterator[Finding]:
    """Name units that have failed: nothing on the node may mend that, and the operator must know (clause 5.1)."""
    for unit in view.units:
        if unit.active_state == "failed":
            result = one_line(unit.properties.get("Result", ""), 40)
            where = in_checkout(view, unit.source) or unit.fragment
            what = f"it has failed ({result or 'no reason given'}); its file is {where or 'none'}"
            yield Finding("5.1", "info", f"{unit.name} failed", one_line(what), "run diagnose.yml for the node")


__all__ = ("as_declared", "failed", "names_of")
