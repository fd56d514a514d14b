# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why declared units cannot be had on this node (runbook 4): every refusal, with the file, the reason and the remedy.

Private to the collection.
"""

from __future__ import annotations

import os
import pwd
import typing as t

from . import _unit_credentials
from ._files import FileError, read_bounded
from ._service_accounts import why_not_to_run_as
from ._text import one_line
from ._unit_file import LONGEST_FILE, Text, parse
from ._unit_links import SYSTEM, Place, other_file
from ._unit_names import why_not_a_unit
from ._unit_order import Order, UnitOrder
from ._unit_plan import Found
from ._unit_rules import Context, judge, judge_together, refusals
from ._unit_secrets import environment_files
from ._unit_self_heal import self_heal_problems
from ._unit_source import why_not_linked

_TRUE = ("1", "yes", "y", "true", "t", "on")


def refused(order: Order, found: t.Mapping[str, Found]) -> list[str]:
    """Return a sentence for everything that keeps the declared units from being linked."""
    sentences: list[str] = []
    for one in order.units:
        state = found[one.name]
        sentences += _in_its_place(order, one, state)
        if one.unit is not None:
            sentences += _source(order, one)
            sentences += _rules(order, one)
            sentences += _around(order, one, state)
    units = [one.unit for one in order.units if one.unit is not None]
    sentences += [problem.sentence for problem in refusals(judge_together(units))]
    return sentences


def _source(order: Order, one: UnitOrder) -> list[str]:
    if order.pending:
        # The checkout is not at the commit yet, and the step that brings it there judges it.
        return []
    reasons = (why_not_linked(order, path) for path in (one.src, *one.drop_ins))
    return [f"{one.name}: {reason}" for reason in reasons if reason]


def _rules(order: Order, one: UnitOrder) -> list[str]:
    if one.unit is None:
        return []
    paths = environment_files(one.unit, order.checkout)
    files = {path: order.files[path[len(order.checkout) + 1 :]] for path in paths if _has(order, path)}
    context = Context(order.operator, order.checkout, files, one.waived)
    return [problem.sentence for problem in refusals(judge(one.unit, context))]


def _has(order: Order, path: str) -> bool:
    return path[len(order.checkout) + 1 :] in order.files


def _in_its_place(order: Order, one: UnitOrder, state: Found) -> list[str]:
    sentences = []
    place = state.place
    at = f"{SYSTEM}/{one.name}"
    if not one.adopt and place.kind != "absent" and not _is_ours(order, place):
        if place.target == os.devnull:
            what = f"{at} leads to /dev/null, so somebody has masked it"
        elif place.kind == "link":
            what = f"{at} is a link to {one_line(place.target, 200)}, and not ours"
        else:
            what = f"{at} is {_noun(place)} that somebody has put there"
        sentences.append(f"{what}; look at it, then set adopt: true for {one.src}, which moves it aside")
    if place.kind in ("folder", "other") and one.adopt:
        sentences.append(f"{at} is {_noun(place)}, which cannot be moved aside; take it away by hand")
    for path, inner in state.drop_ins.items():
        if not _is_ours(order, inner) and not one.adopt and one.unit is not None:
            sentences.append(
                f"{one_line(path)} changes {one.name} and is not from the repository; commit it as "
                f"{one.src}.d/{one_line(os.path.basename(path), 80)}, or set adopt: true, which moves it aside"
            )
    return sentences


def _noun(place: Place) -> str:
    return "something" if place.kind == "other" else f"a {place.kind}"


def _is_ours(order: Order, place: Place) -> bool:
    return place.kind == "link" and place.target.startswith(f"{order.checkout}/")


def _around(order: Order, one: UnitOrder, state: Found) -> list[str]:
    """Judge what the unit needs of the node, and what else of the node changes it."""
    sentences = []
    other = other_file(one.name)
    if other:
        sentences.append(f"{one.src}: {other} is a unit of that name, which it would hide; choose another name")
    sentences += _aliases(one)
    reason = _why_no_account(order, one)
    if reason:
        sentences.append(f"{order.path(one.src)}: {reason}")
    sentences += _credentials(order, one)
    for status in state.statuses.values():
        for path in status.drop_in_paths:
            if not path.startswith(f"{SYSTEM}/{one.name}.d/"):
                own = os.path.basename(os.path.dirname(path)) in (f"{one.name}.d", f"{status.name}.d")
                # One that is gone already is read no more when systemd reads the unit anew.
                foreign = [_foreign(one, path)] if own and os.path.lexists(path) else []
                sentences += _healing(one, path) or foreign
    return sentences


def _aliases(one: UnitOrder) -> t.Iterator[str]:
    """Yield how an alias would hide a unit that is not ours."""
    for said in one.unit.listed("Install", "Alias") if one.unit is not None else ():
        for alias in said.value.split():
            other = "" if why_not_a_unit(alias) else other_file(alias)
            if other:
                shown = one_line(alias, 80)
                yield (
                    f"{said.file}:{said.line}: Alias={shown!r} would hide {other}, a unit of that name; choose another "
                    "alias"
                )


def _foreign(one: UnitOrder, path: str) -> str:
    return (
        f"{one_line(path)} changes {one.name} and is not from the repository; take it away, or commit it as "
        f"{one.src}.d/{one_line(os.path.basename(path), 80)}"
    )


def _healing(one: UnitOrder, path: str) -> list[str]:
    """Return how a drop-in that is not ours makes the unit mend itself."""
    try:
        content = read_bounded(path, limit=LONGEST_FILE)
    except (FileError, OSError) as exc:
        return [f"{one_line(path)} changes {one.name} and cannot be read: {one_line(str(exc))}; take it away"]
    problems = self_heal_problems(parse(one.name, [Text(path, content or b"")]))
    return [problem.sentence for problem in refusals(problems)]


def _why_no_account(order: Order, one: UnitOrder) -> str:
    unit = one.unit
    if unit is None or not unit.runs_in:
        return ""
    dynamic = unit.last(unit.runs_in, "DynamicUser")
    user = unit.last(unit.runs_in, "User", resets=True)
    if user is None or "%" in user.value or (dynamic and dynamic.value.lower() in _TRUE):
        return ""
    if user.value in order.accounts:
        return ""
    try:
        account = pwd.getpwuid(int(user.value)) if user.value.isdecimal() else pwd.getpwnam(user.value)
    except (KeyError, ValueError, OverflowError):
        return f"User={one_line(user.value, 60)!r} has no account on the node; name it in services_accounts"
    shown = f"User={one_line(user.value, 60)!r}"
    if account.pw_uid == 0:
        waived = "runs-as-root" in one.waived
        return "" if waived else f"{shown} is root by another name; choose an account of its own"
    if account.pw_name == order.operator:
        # By its number, or waived: the rules have judged it.
        return ""
    reason = why_not_to_run_as(account)
    return f"{shown} {reason}" if reason else ""


def _credentials(order: Order, one: UnitOrder) -> list[str]:
    unit = one.unit
    if unit is None or not unit.runs_in:
        return []
    wanted = order.credentials.get(one.name, {})
    sentences, named = [], set()
    for said in unit.listed(unit.runs_in, "LoadCredential"):
        name, _colon, path = said.value.partition(":")
        named.add(path)
        in_ours = path.startswith(f"{_unit_credentials.FOLDER}/")
        pushed = path in (_unit_credentials.path_of(one.name, each) for each in wanted)
        if in_ours and not pushed and not os.path.isfile(path) and one.started:
            sentences.append(
                f"{said.file}:{said.line}: the credential {one_line(name, 60)!r} is not on the node; give it in "
                f"services_credentials under {one.name}"
            )
    for name in wanted:
        path = _unit_credentials.path_of(one.name, name)
        if path not in named:
            sentences.append(
                f"services_credentials gives {one.name} the credential {one_line(name, 60)!r}, which {one.src} does "
                f"not take; add LoadCredential={one_line(name, 60)}:{one_line(path)} to it"
            )
    return sentences


__all__ = ("refused",)
