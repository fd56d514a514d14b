# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory asks for of packages and waives of units, read without Ansible (runbook 3.2 and 3.3)."""

from __future__ import annotations

import json
import typing as t

import yaml

from runbook_lint.decisions._apt_names import why_not_a_package
from runbook_lint.decisions._files import FileError, read_text
from runbook_lint.decisions._text import one_line
from runbook_lint.inventory_files import Inventory, Value, is_template
from runbook_lint.reported import Reported

PACKAGES: t.Final = ("packages_list", "essential_packages_list", "essential_packages_procedures")
ASKED: t.Final = (*PACKAGES, "services_list", "operator_user_name", "repository_path")
_TEXT: t.Final = "tag:yaml.org,2002:str"
_LARGEST_BASELINE: t.Final = 8 * 1024 * 1024
_MOST_NODES: t.Final = 2000


class Asked(t.NamedTuple):
    """What an inventory asks for of packages.

    :param by_host: of each node, and of each group without one, who asks for each package.
    :param groups: of each of those the groups that it is in.
    :param reported: what in the lists names no package, or could not be decided.
    """

    by_host: dict[str, dict[str, str]]
    groups: dict[str, frozenset[str]]
    reported: list[Reported]

    @property
    def anywhere(self) -> frozenset[str]:
        """What any node shall have."""
        return frozenset(name for names in self.by_host.values() for name in names)


def asked_packages(inventory: Inventory) -> Asked:
    """Return who asks for which package."""
    reported: list[Reported] = [
        Reported(path, line, "3.3", "undecided", why, "mend the file", "unknown")
        for path, line, why in inventory.unread
    ]
    by_source: dict[str, list[str]] = {}
    for variable in PACKAGES:
        for value in inventory.of(variable):
            by_source.setdefault(value.source, []).extend(_names(value, reported))
    groups = {host: frozenset(inside) for host, inside in inventory.hosts.items()}
    reached = {f"group {group}" for inside in groups.values() for group in inside}
    # What nobody is in yet is judged as a node that is in nothing else.
    for source in by_source:
        kind, _space, name = source.partition(" ")
        if source not in reached and kind == "group":
            groups.setdefault(name, frozenset({"all", name}))
    groups = groups or {"all": frozenset({"all"})}
    if len(groups) > _MOST_NODES:
        what = f"the inventory has more than {_MOST_NODES} nodes, and the packages of the rest were not looked at"
        reported.append(Reported(str(inventory.folder), 0, "3.3", "undecided", what, "check it in parts", "unknown"))
        groups = dict(sorted(groups.items())[:_MOST_NODES])
    by_host = {host: _of_host(host, inside, by_source) for host, inside in groups.items()}
    return Asked(by_host, groups, reported)


def _of_host(host: str, groups: t.Collection[str], by_source: t.Mapping[str, t.Sequence[str]]) -> dict[str, str]:
    sources = ["all", *(f"group {group}" for group in sorted(groups) if group != "all"), f"host {host}"]
    askers: dict[str, list[str]] = {}
    for source in sources:
        for name in by_source.get(source, ()):
            if source not in askers.setdefault(name, []):
                askers[name].append(source)
    return {name: ", ".join(who) for name, who in askers.items()}


def _names(value: Value, reported: list[Reported]) -> t.Iterator[str]:
    path = value.path
    if isinstance(value.node, yaml.ScalarNode) and is_template(value.node.value):
        reported.append(_undecided(path, value.line, f"{value.variable} is a template"))
        return
    if not isinstance(value.node, yaml.SequenceNode):
        what = f"{value.variable} of {value.source} is no list"
        remedy = f"write it as {value.variable}: [htop, tmux], or [] for none"
        reported.append(Reported(path, value.line, "3.2", "package-name", what, remedy))
        return
    for item in value.node.value:
        line = item.start_mark.line + 1
        if not isinstance(item, yaml.ScalarNode) or item.tag != _TEXT:
            what = f"{value.variable} of {value.source} holds what is no text"
            reported.append(Reported(path, line, "3.2", "package-name", what, "put the package's name in quotes"))
        elif is_template(item.value):
            reported.append(_undecided(path, line, f"{value.variable} holds a template"))
        elif reason := why_not_a_package(item.value):
            shown = one_line(item.value, 80)
            why, _semicolon, remedy = reason.partition("; ")
            what = f"{value.variable} of {value.source} holds '{shown}', which is no explicit package name: {why}"
            remedy = remedy or "name one package by its own name"
            reported.append(Reported(path, line, "3.2", "package-name", what, remedy))
        else:
            yield item.value.partition("=")[0]


def _undecided(path: str, line: int, what: str) -> Reported:
    why = f"{what}, which only Ansible can work out, so that what it asks for is not compared with context.md"
    return Reported(path, line, "3.3", "undecided", why, "write the names out", "unknown")


def baseline_packages(inventory: Inventory, host: str) -> frozenset[str]:
    """Return what a node's image held, as far as there is a baseline of it beside the inventory (ruling 9)."""
    if "/" in host or "\0" in host:
        return frozenset()
    try:
        baseline = json.loads(
            read_text(str(inventory.folder / "baselines" / f"{host}.json"), limit=_LARGEST_BASELINE) or "{}"
        )
        return frozenset(map(str, baseline["packages"]))
    except (FileError, OSError, ValueError, KeyError, TypeError, RecursionError):
        return frozenset()


def waived_units(inventory: Inventory) -> dict[str, dict[str, str]]:
    """Return the reasons by rule, by the path of a unit, that services_list has under ``waive``."""
    found: dict[str, dict[str, str]] = {}
    for value in inventory.of("services_list"):
        for entry in value.node.value if isinstance(value.node, yaml.SequenceNode) else ():
            keys = {key.value: node for key, node in entry.value} if isinstance(entry, yaml.MappingNode) else {}
            src, waive = keys.get("src"), keys.get("waive")
            if isinstance(src, yaml.ScalarNode) and isinstance(waive, yaml.MappingNode):
                reasons = found.setdefault(src.value, {})
                reasons.update(
                    {
                        rule.value: one_line(reason.value, 200)
                        for rule, reason in waive.value
                        if isinstance(reason, yaml.ScalarNode) and reason.value.strip()
                    }
                )
    return found


__all__ = ("ASKED", "PACKAGES", "Asked", "asked_packages", "baseline_packages", "waived_units")
