# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator is shown of an update before it begins (runbook 6.1): pure. Private to the collection.

All of it is the nodes' word: cleaned, bounded, and shown once for all nodes of which it is the same.
"""

from __future__ import annotations

import textwrap
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

_MOST_PACKAGES: t.Final = 400
_MOST_NAMES: t.Final = 40
_WORDS: t.Final = {"kernel": "KERNEL", "firmware": "FIRMWARE", "initramfs": "BOOT"}
_ALERT, _PLAIN = "bright red", None


class Line(t.NamedTuple):
    """A line for the terminal, its color, and whether it is a row of a table, which keeps its line."""

    text: str
    color: str | None = _PLAIN
    is_row: bool = False


def lines_of_fleet(looks: t.Mapping[str, t.Mapping[str, t.Any]], *, width: int) -> list[Line]:
    """Return what is pending on each node; nodes of which the same is to be said share a paragraph.

    :param width: columns of the terminal; sentences are wrapped, a package keeps its line.
    """
    by_lines: dict[tuple[Line, ...], list[str]] = {}
    for node, look in looks.items():
        by_lines.setdefault(tuple(lines_of_node(look)), []).append(one_line(node, 80))
    shown: list[Line] = []
    for lines, nodes in by_lines.items():
        shown += [Line(""), Line(f"{', '.join(nodes)}: {lines[0].text}"), *lines[1:]]
    return [part for line in shown for part in _wrapped(line, width)]


def _wrapped(line: Line, width: int) -> list[Line]:
    if line.is_row or len(line.text) <= width:
        return [line]
    indent = "    " if line.text.startswith(" ") else "  "
    parts = textwrap.wrap(line.text, max(width, 40), subsequent_indent=indent, break_on_hyphens=False)
    return [line._replace(text=part) for part in parts]


def lines_of_node(look: t.Mapping[str, t.Any]) -> list[Line]:
    """Return what is pending on one node: the sum in the first line, then packages, then what follows."""
    packages = [one for one in _listed(look.get("packages")) if isinstance(one, dict)]
    return [Line(_sum(packages, look)), *_table(packages), *_around(packages, look)]


def _sum(packages: t.Sequence[t.Mapping[str, t.Any]], look: t.Mapping[str, t.Any]) -> str:
    if not packages:
        return "no package to upgrade"
    security = sum(one.get("security") is True for one in packages)
    new = sum(not one.get("before") for one in packages)
    said = [f"{len(packages) - new} to upgrade"]
    said += [f"{new} new"] if new else []
    said += [f"{security} of them for security"] if security else []
    load = sum(_number(one.get("size")) for one in packages)
    growth = sum(_number(one.get("growth")) for one in packages)
    more = "less" if growth < 0 else "more"
    free = _number((look.get("room") or {}).get("free"))
    return f"{', '.join(said)}; {_mb(load)} to fetch, {_mb(abs(growth))} {more} on the disk, {free:.0f} MiB free in /"


def _table(packages: t.Sequence[t.Mapping[str, t.Any]]) -> list[Line]:
    rows = []
    for one in sorted(packages, key=lambda one: (not one.get("kind"), one.get("security") is not True, _text(one))):
        mark = _WORDS.get(str(one.get("kind")), "SECURITY" if one.get("security") is True else "")
        if mark in ("KERNEL", "FIRMWARE") and one.get("security") is True:
            mark = f"{mark} SECURITY"
        before = one_line(str(one.get("before") or ""), 60) or "(new)"
        archives = ", ".join(one_line(str(name), 40) for name in _listed(one.get("archives"))[:3])
        after = one_line(str(one.get("after") or ""), 60)
        rows.append((_text(one), f"{before} -> {after}", archives, _mb(_number(one.get("size"))), mark))
    left = len(rows) - _MOST_PACKAGES
    rows = rows[:_MOST_PACKAGES]
    widths = [max((len(row[at]) for row in rows), default=0) for at in range(4)]
    lines = [
        Line("  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, (*widths, 0), strict=True)).rstrip(),
             _ALERT if row[4] else _PLAIN, is_row=True)
        for row in rows
    ]  # fmt: skip
    return [*lines, Line(f"  and {left} more")] if left > 0 else lines


def _around(packages: t.Sequence[t.Mapping[str, t.Any]], look: t.Mapping[str, t.Any]) -> list[Line]:
    then = look.get("then") or {}
    boots = [_text(one) for one in packages if one.get("kind") in ("kernel", "firmware")]
    said: list[Line] = []
    if boots:
        room = (look.get("room") or {}).get("firmware")
        free = f", {_number(room):.0f} MiB free in /boot/firmware" if room is not None else ""
        what = f"what the node boots from changes ({_names(boots)}{free})"
        said.append(Line(f"  Caution: {what}: have the card at hand, and see the first node boot", _ALERT))
    if look.get("unfinished"):
        said.append(Line(f"  First: finishes what a killed run left: {_names(look['unfinished'])}"))
    actions = [one for one in _listed((look.get("foretold") or {}).get("actions")) if isinstance(one, dict)]
    again = [str(one.get("subject")) for one in actions if one.get("action") == "stop and start"]
    reboots = any(one.get("action") == "reboot" for one in actions)
    services = _listed(then.get("services"))
    if again:
        said.append(Line(f"  Stopped and started after it: {_names(again)}"))
    elif services and not reboots:
        said.append(Line(f"  Run the old code until -e restart_services=yes: {_names(services)}"))
    reasons = _listed(then.get("reasons"))
    if reasons:
        word = "The node is rebooted after it" if reboots else "A reboot is due after it (-e reboot=yes)"
        said.append(Line(f"  {word}: {'; '.join(one_line(str(reason), 300) for reason in reasons[:10])}"))
    if look.get("lost"):
        said.append(Line(f"  {one_line(str(look['lost']), 1000)}", _ALERT))
    if look.get("failing"):
        said.append(Line(f"  Fails already: {_names(look['failing'])}", _ALERT))
    if look.get("kept_back"):
        said.append(Line(f"  Kept back, as it is held or would remove something: {_names(look['kept_back'])}"))
    return said


def _text(one: t.Mapping[str, t.Any]) -> str:
    return one_line(str(one.get("name") or ""), 80)


def _names(said: t.Any) -> str:
    names = _listed(said)
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"{', '.join(one_line(str(name), 80) for name in names[:_MOST_NAMES])}{more}"


def _listed(said: t.Any) -> list[t.Any]:
    return list(said) if isinstance(said, (list, tuple)) else []


def _number(said: t.Any) -> float:
    return float(said) if isinstance(said, (int, float)) and not isinstance(said, bool) else 0.0


def _mb(size: float) -> str:
    return f"{size / 1e3:.0f} kB" if abs(size) < 1e5 else f"{size / 1e6:.1f} MB"


__all__ = ("Line", "lines_of_fleet", "lines_of_node")
