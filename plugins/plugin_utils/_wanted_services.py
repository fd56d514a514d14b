# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services an inventory asks for, as which accounts they run, who asks (runbook 4). Private to the collection.

A group is what a node is for, so a node in two groups gets the services of both: all places that declare a list count.
"""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._accounts import why_not_an_account_name
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._declared_variables import (
    COMMAND_LINE,
    Declared,
    DeclaredVariables,
    Template,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._service_entry import Service, read_service
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_lists import WantedError, all_declared, joined

_SHOWN = 80
# systemd takes no longer one for User= that it has not seen before.
_LONGEST_ACCOUNT = 31


def wanted_services(
    variables: DeclaredVariables,
    host: str,
    variable: str = "services_list",
    *,
    template: Template | None = None,
    effective: t.Any = (),
) -> list[Service]:
    """Return the services that ``variable`` asks for on a host, each once, in the order in which they are asked for.

    :param template: the templar of that host, as ``self._templar.template``.
    :param effective: what Ansible takes for the variable's value; what it holds beyond the inventory is the playbook's.
    :raises WantedError: an entry cannot be, or two places declare one unit in two ways; all of it in one message.
    """
    return merged(variable, all_declared(variables, host, variable, template=template, effective=effective))


def wanted_accounts(
    variables: DeclaredVariables,
    host: str,
    variable: str = "services_accounts",
    *,
    operator: str = "",
    template: Template | None = None,
    effective: t.Any = (),
) -> list[tuple[str, str]]:
    """Return the accounts that services run as, each with all who ask for it.

    :param operator: name of the operator's account, as which no service runs.
    :raises WantedError: a name cannot be that of a service's account.
    """
    declared = all_declared(variables, host, variable, template=template, effective=effective)
    askers: dict[str, list[str]] = {}
    mistakes: list[str] = []
    for source, _number, item in _items(variable, declared, "probe, greeter", mistakes):
        reason = _why_not_an_account(item, operator)
        if reason:
            shown = one_line(str(item), _SHOWN)
            mistakes.append(f"{variable} of {source} holds {shown!r}, which cannot be a service's account: {reason}")
        elif source not in askers.setdefault(str(item), []):
            askers[str(item)].append(source)
    if mistakes:
        raise WantedError(joined(mistakes))
    return [(name, ", ".join(who)) for name, who in askers.items()]


def merged(variable: str, declared: t.Iterable[Declared]) -> list[Service]:
    """Return one list of all entries.

    :raises WantedError: see :func:`wanted_services`.
    """
    found: dict[str, Service] = {}
    mistakes: list[str] = []
    for source, number, entry in _items(variable, declared, "{src: greeter/greeter.service}", mistakes):
        service = read_service(variable, source, number, entry, mistakes)
        if service is None:
            continue
        known = found.setdefault(service.name, service)
        if known is service:
            continue
        differing = _differing(variable, known, service)
        if differing:
            mistakes.append(differing)
        elif source not in known.asked_by.split(", "):
            found[service.name] = known._replace(asked_by=f"{known.asked_by}, {source}")
    if mistakes:
        raise WantedError(joined(mistakes))
    return list(found.values())


def _differing(variable: str, one: Service, other: Service) -> str:
    """Return the sentence for two entries of one unit that do not say the same, "" where they do."""
    if one.src != other.src:
        return (
            f"{variable} declares unit {one.name} from two files, {one.src} by {one.asked_by} and {other.src} by "
            f"{other.asked_by}; keep one of them, or give one another name"
        )
    keys = [
        key
        for key, value, another in zip(Service._fields, one, other, strict=True)
        if key != "asked_by" and value != another
    ]
    if not keys:
        return ""
    return (
        f"{variable} declares {one.src} in two ways, by {one.asked_by} and by {other.asked_by}, which differ in "
        f"{', '.join(keys)}; keep one of them, or make them equal"
    )


def _items(
    variable: str, declared: t.Iterable[Declared], example: str, mistakes: list[str]
) -> t.Iterator[tuple[str, int, t.Any]]:
    """Yield (who asks, place in its list, item), and add to ``mistakes`` who gives no list."""
    for source, value in declared:
        if isinstance(value, (list, tuple)):
            yield from ((source, number, item) for number, item in enumerate(value, 1))
            continue
        how = f"write it as {variable}: [{example}], or [] for none"
        if source == COMMAND_LINE:
            how = f"""write JSON, -e '{{"{variable}": [...]}}'"""
        mistakes.append(f"{variable} of {source} is {one_line(repr(value), _SHOWN)} and no list; {how}")


def _why_not_an_account(name: t.Any, operator: str) -> str:
    if not isinstance(name, str):
        return "it is no text; put it in quotes"
    if name == operator:
        return "it is the operator's own account, and services must not run as it; choose another name"
    if len(name) > _LONGEST_ACCOUNT:
        return f"it has {len(name)} characters, {_LONGEST_ACCOUNT} are the most; choose a shorter one"
    reason = why_not_an_account_name(name)
    return f"{reason}; choose another name" if reason else ""


__all__ = ("Service", "WantedError", "merged", "wanted_accounts", "wanted_services")
