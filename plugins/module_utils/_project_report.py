# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator is told at the end of the work in projects (runbook 3.4 and 3.5). Private to the collection."""

from __future__ import annotations

import typing as t

from ._step import Step


def tell_unknown(step: Step, sentences: t.Iterable[str]) -> list[str]:
    """Return and warn of what could not be said, leaving out what is empty."""
    unknown = [sentence for sentence in sentences if sentence]
    step.returns(unknown=unknown)
    for sentence in unknown:
        step.warn(f"{sentence}.")
    return unknown


def summary(step: Step, packages: str, actions: t.Sequence[int], *, otherwise: str) -> str:
    """Return the sentence for the table.

    :param packages: what kind they are, as ``npm packages``.
    :param actions: how many there are for each project.
    :param otherwise: the sentence where there are none.
    """
    count = f"{len(actions)} project{'s' if len(actions) != 1 else ''}"
    total = sum(actions)
    if not total:
        return f"{count}: {otherwise}"
    changed = sum(1 for number in actions if number)
    verb = "would change" if step.check_mode else "changed"
    return f"{count}: the {packages} of {changed} {verb}, {total} action{'s' if total != 1 else ''}."


__all__ = ("summary", "tell_unknown")
