# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which packages an inventory asks for, and who asks (runbook 3). Private to the collection.

A group is what a node is for, so a node in two groups gets the packages of both: all places that declare a list count.
"""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_names import why_not_a_package
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._declared_variables import (
    COMMAND_LINE,
    Declared,
    DeclaredError,
    DeclaredVariables,
    Template,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_lists import (
    PLAYBOOK,
    WantedError,
    all_declared,
    joined,
)


class Wanted(t.NamedTuple):
    """One package.

    :param version: the exact one, "" for the one that apt would choose.
    :param asked_by: all who ask, the first one first: ``all, group workers``.
    """

    name: str
    version: str
    asked_by: str

    @property
    def request(self) -> str:
        """As the module takes it."""
        return f"{self.name}={self.version}" if self.version else self.name


class Anywhere(t.NamedTuple):
    """What the inventory asks for on all of its hosts together.

    :param unclear: why it may ask for more: one sentence for each host whose list cannot be worked out.
    """

    names: frozenset[str]
    unclear: tuple[str, ...]


def wanted_packages(
    variables: DeclaredVariables, host: str, variable: str, *, template: Template | None = None, effective: t.Any = ()
) -> list[Wanted]:
    """Return the packages that ``variable`` asks for on a host, each once, in the order in which they are asked for.

    :param template: the templar of that host, as ``self._templar.template``.
    :param effective: what Ansible takes for the variable's value; what it holds beyond the inventory is the playbook's.
    :raises WantedError: a value is no list of package names, or two places ask for two versions.
    """
    return merged(variable, all_declared(variables, host, variable, template=template, effective=effective))


def wanted_anywhere(variables: DeclaredVariables, names: t.Sequence[str]) -> Anywhere:
    """Return what these variables ask for on any host of the inventory, whatever the run is limited to."""
    found: set[str] = set()
    unclear = []
    for host in variables.hosts:
        for variable in names:
            try:
                found.update(wanted.name for wanted in merged(variable, variables.worked_out(host, variable)))
            except (DeclaredError, WantedError) as exc:
                unclear.append(f"{host}: {exc}")
    return Anywhere(frozenset(found), tuple(unclear))


def merged(variable: str, declared: t.Iterable[Declared]) -> list[Wanted]:
    """Return one list of all values.

    :raises WantedError: see :func:`wanted_packages`.
    """
    askers: dict[str, list[str]] = {}
    versions: dict[str, tuple[str, str]] = {}
    mistakes: list[str] = []
    for source, item in _items(variable, declared, mistakes):
        name, dummy, version = item.partition("=")
        if source not in askers.setdefault(name, []):
            askers[name].append(source)
        known, first = versions.setdefault(name, (version, source)) if version else ("", "")
        if known != version:
            mistakes.append(
                f"{variable} asks for package {name} in two versions, {known} by {first} and {version} by {source}; "
                "keep one of them"
            )
    if mistakes:
        raise WantedError(joined(mistakes))
    return [Wanted(name, versions.get(name, ("", ""))[0], ", ".join(who)) for name, who in askers.items()]


def _items(variable: str, declared: t.Iterable[Declared], mistakes: list[str]) -> t.Iterator[tuple[str, str]]:
    """Yield (who asks, package), and add to ``mistakes`` what asks for none."""
    for source, value in declared:
        if not isinstance(value, (list, tuple)):
            how = f"write it as {variable}: [htop, tmux], or [] for none"
            if source == COMMAND_LINE:
                how = f"""write -e '{{"{variable}": ["htop", "tmux"]}}'"""
            mistakes.append(f"{variable} of {source} is {one_line(repr(value), 80)} and no list; {how}")
            continue
        for item in value:
            reason = why_not_a_package(item) if isinstance(item, str) else "it is no text; put it in quotes"
            if reason:
                shown = one_line(str(item), 80)
                mistakes.append(f"{variable} of {source} holds {shown!r}, which is no explicit package name: {reason}")
            else:
                yield source, str(item)


def contradictions(wanted: t.Iterable[Wanted], unwanted: t.Iterable[Wanted]) -> list[str]:
    """Return a sentence for each package that is to be both there and not."""
    absent = {package.name: package.asked_by for package in unwanted}
    return [
        f"package {package.name} is to be installed by {package.asked_by} and to be absent by {absent[package.name]}; "
        "keep one of them"
        for package in wanted
        if package.name in absent
    ]


__all__ = (
    "PLAYBOOK",
    "Anywhere",
    "Wanted",
    "WantedError",
    "contradictions",
    "merged",
    "wanted_anywhere",
    "wanted_packages",
)
