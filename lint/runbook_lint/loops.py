# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task's loop puts into its arguments, as far as the loop is written out."""

from __future__ import annotations

import re
import typing as t

from runbook_lint.jinja import is_template

_STEP: t.Final = re.compile(r"\.([A-Za-z_]\w*)|\[\s*(?:'([^']*)'|\"([^\"]*)\")\s*\]")
_FLAT: t.Final = ("loop", "with_items", "with_list", "with_flattened", "with_community.general.flattened")


def loop_items(task: t.Mapping[str, t.Any]) -> tuple[str, list[object] | None]:
    """Return the name of a task's loop variable and the items written out; None where they are not."""
    control = task.get("loop_control")
    name = str(control.get("loop_var", "item")) if isinstance(control, t.Mapping) else "item"
    for key in _FLAT:
        if key in task:
            items = task[key]
            if isinstance(items, str) and not is_template(items):
                items = [items]
            return name, _flat(items, key) if isinstance(items, list) else None
    return name, None


def _flat(items: list[t.Any], key: str) -> list[object]:
    if key in ("loop", "with_list"):
        return list(items)
    return [inner for item in items for inner in (item if isinstance(item, list) else [item])]


def filled(text: str, name: str, items: list[object] | None) -> list[str]:
    """Return the text once for each item of the loop, as far as it can be filled in; the text alone where it cannot."""
    if not items or not is_template(text):
        return [text]
    expression = re.compile(
        r"\{\{\s*" + re.escape(name) + r"((?:\.[A-Za-z_]\w*|\[\s*(?:'[^']*'|\"[^\"]*\")\s*\])*)\s*\}\}"
    )
    if not expression.search(text):
        return [text]
    return list(dict.fromkeys(_for_item(text, expression, item) for item in items))


def _for_item(text: str, expression: re.Pattern[str], item: object) -> str:
    def value(found: re.Match[str]) -> str:
        here: object = item
        for step in _STEP.finditer(found[1]):
            key = next(part for part in step.groups() if part is not None)
            if not isinstance(here, t.Mapping) or key not in here:
                return found[0]
            here = here[key]
        return str(here) if isinstance(here, (str, int, float)) else found[0]

    return expression.sub(value, text)


__all__ = ("filled", "loop_items")
