# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One entry of ``services_list`` (runbook 4), read into a typed value or its mistakes. Private to the collection."""

from __future__ import annotations

import difflib
import posixpath
import re
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_names import (
    Name,
    parts_of,
    why_not_a_unit,
    why_not_an_instance,
    why_protected,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_rules import WAIVABLE

STATES: t.Final = ("linked", "absent")
KEYS: t.Final = ("src", "state", "enabled", "started", "instances", "paths", "adopt", "waive", "service_state")
_LONGEST_PATH = 1000
_SHOWN = 80
# /var/lib/x has three slashes; /srv/x, the least, has two.
_DEPTH = 2
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Service(t.NamedTuple):
    """One unit that the inventory declares.

    :param name: base name of ``src``, which is the unit's name: ``greeter.service``.
    :param src: the unit's file, from the top of the repository.
    :param state: ``linked`` or ``absent``.
    :param enabled: whether it is started at boot, False where it is absent.
    :param started: whether it runs now, False where it is absent.
    :param instances: of a template: what stands behind the "@", sorted.
    :param paths: files and folders of the repository that it runs from, sorted; () for all of it.
    :param adopt: whether a file that is in the link's place is moved aside.
    :param waive: reasons by the name of the rule that need not hold.
    :param service_state: what it keeps on the node, sorted, which a new image takes: absolute paths; () for nothing,
        None where it does not say.
    :param asked_by: all who declare it, the first one first: ``all, group workers``.
    """

    name: str
    src: str
    state: str = "linked"
    enabled: bool = True
    started: bool = True
    instances: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    adopt: bool = False
    waive: t.Mapping[str, str] = {}
    service_state: tuple[str, ...] | None = None
    asked_by: str = ""

    @property
    def is_linked(self) -> bool:
        """Whether the unit shall be there."""
        return self.state == "linked"

    @property
    def parts(self) -> Name:
        """The unit's name in its parts."""
        return parts_of(self.name)

    @property
    def units(self) -> tuple[str, ...]:
        """Names of what can be enabled and started: the unit itself, or the instances of a template."""
        if not self.parts.is_template:
            return (self.name,)
        return tuple(f"{self.parts.stem}@{one}.{self.parts.kind}" for one in self.instances)


def read_service(variable: str, source: str, number: int, entry: t.Any, mistakes: list[str]) -> Service | None:
    """Return what an entry declares, or None and its mistakes in ``mistakes``.

    :param variable: the list's name.
    :param source: who declares it.
    :param number: the entry's place in the list, from 1.
    """
    place = f"{variable} of {source}"
    if not isinstance(entry, dict):
        shown = one_line(repr(entry), _SHOWN)
        remedy = "write it as {src: greeter/greeter.service}"
        mistakes.append(f"{place}: entry {number} is {shown} and no dictionary; {remedy}")
        return None
    reader = _Reader(place, number, entry)
    service = reader.service(source)
    mistakes += reader.mistakes
    return None if reader.mistakes else service


def why_not_in_the_repository(path: t.Any) -> str:
    """Return why ``path`` names nothing in the repository, with the remedy; "" when it can."""
    if not isinstance(path, str):
        return "it is no text; put it in quotes"
    if not path:
        return "it is empty; name a file of the repository"
    if len(path) > _LONGEST_PATH:
        return f"it has {len(path)} characters, {_LONGEST_PATH} are the most; choose a shorter path"
    if _CONTROL.search(path):
        return "it holds a control character; rename the file"
    if path.startswith("/"):
        return "it is absolute; write the path from the top of the repository"
    parts = path.split("/")
    if ".." in parts:
        return "it holds '..'; write the path from the top of the repository"
    if parts[0] == ".git":
        return "it is git's own folder, which no commit holds; name a file of the repository"
    return ""


class _Reader:
    def __init__(self, place: str, number: int, entry: dict[t.Any, t.Any]) -> None:
        self._entry = entry
        src = entry.get("src")
        named = one_line(src, _SHOWN) if isinstance(src, str) and src else f"entry {number}"
        self._place = f"{place}: {named}"
        self.mistakes: list[str] = []

    def service(self, source: str) -> Service:
        self._look_for_unknown_keys()
        src = self._src()
        parts = parts_of(posixpath.basename(src))
        state = self._entry.get("state", "linked")
        if state not in STATES:
            self._complain(f"has state: {_shown(state)}", "write linked or absent")
        linked = state != "absent"
        enabled, started = self._flag("enabled", default=linked), self._flag("started", default=linked)
        instances = self._instances(parts)
        if not linked:
            self._look_for_contradictions(enabled=enabled, started=started, instances=instances)
        elif parts.is_template and (enabled or started) and not self._entry.get("instances"):
            self._complain(
                "is a template and has no instances",
                "name them, as instances: [one], or set enabled: false and started: false",
            )
        return Service(
            name=posixpath.basename(src),
            src=src,
            state=str(state),
            enabled=enabled,
            started=started,
            instances=instances,
            paths=self._paths(),
            adopt=self._flag("adopt", default=False),
            waive=self._waive(),
            service_state=self._state(),
            asked_by=source,
        )

    def _complain(self, what: str, remedy: str) -> None:
        self.mistakes.append(f"{self._place} {what}; {remedy}")

    def _look_for_unknown_keys(self) -> None:
        for key in self._entry:
            if key in KEYS:
                continue
            near = difflib.get_close_matches(str(key)[:_SHOWN], KEYS, 1)
            remedy = f"did you mean {near[0]}?" if near else f"the keys are {', '.join(KEYS)}"
            self._complain(f"has the unknown key {_shown(key)}", remedy)

    def _src(self) -> str:
        if "src" not in self._entry:
            self._complain("has no src", "name the unit's file in the repository, as src: greeter/greeter.service")
            return ""
        src = self._entry["src"]
        reason = why_not_in_the_repository(src)
        if not reason and not {"", "."}.isdisjoint(src.split("/")):
            reason = "it has an empty part or '.'; write it as git ls-files prints it"
        if reason:
            self._complain(f"has src: {_shown(src)}", reason)
            return ""
        name = posixpath.basename(src)
        reason = why_not_a_unit(name)
        if reason:
            self._complain(f"cannot be a unit by its name {_shown(name)}", reason)
        elif parts_of(name).instance:
            template = parts_of(name).template
            remedy = f"keep the template {template} in the repository, and name its instances"
            self._complain("is a file for one instance of a template", remedy)
        elif why_protected(name):
            self._complain(
                f"would take the place of {name}, and {why_protected(name)}", "give the unit a name of its own"
            )
        return str(src)

    def _flag(self, key: str, *, default: bool) -> bool:
        value = self._entry.get(key, default)
        try:
            return bool(boolean(value))
        except TypeError:
            self._complain(f"has {key}: {_shown(value)}", "write true or false")
            return default

    def _listed(self, key: str, example: str) -> list[t.Any]:
        value = self._entry.get(key, [])
        if isinstance(value, (list, tuple)):
            return list(value)
        self._complain(f"has {key}: {_shown(value)}, which is no list", f"write it as {key}: [{example}]")
        return []

    def _instances(self, parts: Name) -> tuple[str, ...]:
        listed = self._listed("instances", "one, two")
        if listed and not parts.is_template:
            self._complain("has instances and is no template", "leave them out, or name the file as x@.service")
            return ()
        found = set()
        for one in listed:
            if not isinstance(one, str):
                self._complain(f"has the instance {_shown(one)}, which is no text", "put it in quotes")
                continue
            reason = "it is empty; give it a name" if not one else why_not_an_instance(_named(parts, one))
            if reason:
                self._complain(f"has the instance {_shown(one)}", reason)
            found.add(str(one))
        return tuple(sorted(found))

    def _paths(self) -> tuple[str, ...]:
        found = set()
        for path in self._listed("paths", "greeter"):
            reason = why_not_in_the_repository(path)
            if reason:
                self._complain(f"has {_shown(path)} in paths", reason)
            else:
                found.add(posixpath.normpath(path))
        return () if "." in found else tuple(sorted(found))

    def _state(self) -> tuple[str, ...] | None:
        value = self._entry.get("service_state")
        if value is None:
            return None
        if value == "none":
            return ()
        if not isinstance(value, (list, tuple)):
            self._complain(
                f"has service_state: {_shown(value)}", "write the paths that it keeps, as [/var/lib/greeter], or none"
            )
            return None
        found = set()
        for path in value:
            reason = _why_not_kept(path)
            if reason:
                self._complain(f"has {_shown(path)} in service_state", reason)
            else:
                found.add(str(path))
        return tuple(sorted(found))

    def _waive(self) -> dict[str, str]:
        value = self._entry.get("waive", {})
        if not isinstance(value, dict):
            self._complain(f"has waive: {_shown(value)}", 'write it as waive: {runs-as-root: "why it must"}')
            return {}
        for rule, reason in value.items():
            if rule not in WAIVABLE:
                self._complain(f"waives {_shown(rule)}", f"only {' and '.join(sorted(WAIVABLE))} can be waived")
            elif not isinstance(reason, str) or not reason.strip():
                self._complain(f"waives {rule} and gives {_shown(reason)} for a reason", "say why the unit needs it")
        return {str(rule): str(reason).strip() for rule, reason in value.items()}

    def _look_for_contradictions(self, *, enabled: bool, started: bool, instances: tuple[str, ...]) -> None:
        asked = [key for key, value in (("enabled", enabled), ("started", started)) if value]
        asked += ["instances"] if instances else []
        if asked:
            self._complain(f"is to be absent and yet has {' and '.join(asked)}", "leave it out, or set state: linked")


def _why_not_kept(path: t.Any) -> str:
    """Return why ``path`` is no place where a service keeps anything, with the remedy; "" when it can."""
    if not isinstance(path, str):
        return "it is no text; put it in quotes"
    if not path.startswith("/") or posixpath.normpath(path) != path or path.count("/") < _DEPTH:
        return "write an absolute path below a folder of the system, without '..', as /var/lib/greeter"
    if len(path) > _LONGEST_PATH or _CONTROL.search(path):
        return "it is too long, or holds a control character; choose another folder"
    return ""


def _named(parts: Name, instance: str) -> str:
    return f"{parts.stem}@{instance}.{parts.kind}"


def _shown(value: t.Any) -> str:
    # The type of a value that Ansible keeps track of has its own repr.
    return f"'{one_line(value, _SHOWN)}'" if isinstance(value, str) else one_line(repr(value), _SHOWN)


__all__ = ("KEYS", "STATES", "Service", "read_service", "why_not_in_the_repository")
