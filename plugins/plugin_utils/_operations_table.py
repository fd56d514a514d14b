# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was done to a node, run by run, for the terminal: pure (runbook 1). Private to the collection."""

from __future__ import annotations

import textwrap
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

_NOT_TOLD: t.Final = ("ok", "not selected", "waived")


class HistoryRow(t.NamedTuple):
    """One run, as it concerns one node.

    :param result: of the run on that node: ``ok``, ``changed``, ``would change``, ``failed``, ``unreachable``,
        ``violation``, ``unknown``; ``interrupted``, ``killed`` or ``running`` where it did not come to its end.
    :param commit: of the inventory, shortened; with a ``+`` where more was there than it holds, ``-`` for none.
    :param what: the steps that were not simply good.
    """

    when: str
    playbook: str
    arguments: str
    who: str
    commit: str
    result: str
    what: str


def rows_of(
    runs: t.Iterable[t.Mapping[str, t.Any]], node: str, *, most: int, alive: t.Callable[[t.Mapping[str, t.Any]], bool]
) -> list[HistoryRow]:
    """Return the last runs that had to do with ``node``, newest first; one without an end may have had."""
    found: list[HistoryRow] = []
    for run in reversed(list(runs)):
        if len(found) >= most:
            break
        end = run.get("end")
        of_node = _mapping(_mapping(end).get("nodes")).get(node) if end else None
        is_open = end is None or _mapping(end).get("result") == "interrupted"
        if is_open or of_node is not None:
            found.append(_row(run, _mapping(end), _mapping(of_node), alive))
    return found


def _row(
    run: t.Mapping[str, t.Any],
    end: t.Mapping[str, t.Any],
    of_node: t.Mapping[str, t.Any],
    alive: t.Callable[[t.Mapping[str, t.Any]], bool],
) -> HistoryRow:
    result = _text(of_node.get("result")) or _text(end.get("result"))
    if not end:
        result = "running" if alive(run) else "killed"
    inventory = _mapping(run.get("inventory"))
    commit = _text(inventory.get("commit"))[:9] or "-"
    arguments = run.get("arguments")
    return HistoryRow(
        _text(run.get("time"))[:16].replace("T", " "),
        _text(run.get("playbook")),
        " ".join(map(_text, arguments)) if isinstance(arguments, list) else "",
        _text(run.get("who")),
        f"{commit}+" if inventory.get("uncommitted") else commit,
        result,
        _steps(of_node.get("steps")),
    )


def _steps(steps: t.Any) -> str:
    if not isinstance(steps, dict):
        return ""
    by_state: dict[str, list[str]] = {}
    for clause, state in steps.items():
        if state not in _NOT_TOLD:
            by_state.setdefault(_text(state), []).append(_text(clause))
    return "; ".join(f"{state} {', '.join(clauses)}" for state, clauses in by_state.items())


def _mapping(value: t.Any) -> t.Mapping[str, t.Any]:
    return value if isinstance(value, dict) else {}


def _text(value: t.Any) -> str:
    return one_line(str(value), 300) if value is not None else ""


def lines(rows: t.Sequence[HistoryRow], *, width: int) -> list[tuple[HistoryRow, str]]:
    """Lay the rows out for a terminal of ``width`` columns: what was asked for below each of them."""
    sizes = (
        [max(len(getattr(row, name)) for row in rows) for name in ("when", "playbook", "result", "commit")]
        if rows
        else []
    )
    laid = []
    for row in rows:
        head = (row.when, row.playbook, row.result, row.commit)
        columns = [f"{text:<{size}}" for text, size in zip(head, sizes, strict=True)]
        first = f"  {'  '.join([*columns, row.who])}"
        more = "; ".join(part for part in (row.what, row.arguments) if part)
        indent = " " * (2 + sizes[0] + 2)
        below = textwrap.wrap(more, max(width - len(indent), 30), break_on_hyphens=False) if more else []
        laid.append((row, "\n".join([first.rstrip(), *(f"{indent}{line}" for line in below)])))
    return laid


__all__ = ("HistoryRow", "lines", "rows_of")
