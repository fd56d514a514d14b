# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all lists of an inventory that are merged over a node's groups have in common. Private to the collection."""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._declared_variables import (
    Declared,
    DeclaredError,
    DeclaredVariables,
    Template,
)

PLAYBOOK: t.Final = "the playbook"
_MOST_SAID = 20


class WantedError(Exception):
    """What the inventory asks for cannot be; the message names each variable, place and remedy."""


def all_declared(
    variables: DeclaredVariables, host: str, variable: str, *, template: Template | None = None, effective: t.Any = ()
) -> list[Declared]:
    """Return every value that counts for a host, the weakest first, the playbook's last.

    :param template: the templar of that host, as ``self._templar.template``.
    :param effective: what Ansible takes for the variable's value; what it holds beyond the inventory is the playbook's.
    :raises WantedError: a template cannot be worked out.
    """
    try:
        declared = variables.of(host, variable, template)
    except DeclaredError as exc:
        raise WantedError(str(exc)) from exc
    return [*declared, Declared(PLAYBOOK, _beyond(effective, declared))]


def joined(mistakes: t.Iterable[str]) -> str:
    """Return all mistakes as one message, each once, the first twenty of them."""
    said = list(dict.fromkeys(mistakes))
    more = len(said) - _MOST_SAID
    return "; ".join([*said[:_MOST_SAID], *([f"and {more} more"] if more > 0 else [])])


def _beyond(effective: t.Any, declared: t.Sequence[Declared]) -> t.Any:
    if not isinstance(effective, (list, tuple)):
        # What the inventory holds is complained of there, with its place.
        return () if declared else effective
    known = {str(item) for dummy, value in declared if isinstance(value, (list, tuple)) for item in value}
    return [item for item in effective if str(item) not in known]


__all__ = ("PLAYBOOK", "WantedError", "all_declared", "joined")
