# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that other hands than the runbook's changed (runbook 3.2 and 6.5): pure decisions. Private.

Our runs write down on the node when they had apt at work. What apt and dpkg logged outside of that somebody else did:
an operator may, by apt and by name. What was there before our first run is the image's.
"""

from __future__ import annotations

import json
import re
import shlex
import time
import typing as t
from calendar import timegm

from ._debian_archive import RELEASE
from ._hands_events import CLAUSE, REMEDY, Span, span_of
from ._tree_facts import finding, listed, shown

if t.TYPE_CHECKING:
    from ._apt_history import Logged, Transaction
    from ._findings import Finding

_SLACK = 3.0
# apt notes when it began before dpkg does anything, and when it ended after; both logs have whole seconds.
_WHOLE_SECOND = 1.0
_BY_ITSELF = re.compile(
    r"unattended-upgrade|packagekit|\bapt\.systemd\.daily|dnf-automatic|\bcron-apt\b|/usr/lib/apt/apt"
)
_PATTERN = re.compile(r"[*?^$\[\]]|\.\*|\^$")
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]*")
# Of apt's options those whose value is the next word.
_VALUED = ("-o", "--option", "-t", "--target-release", "-c", "--config-file", "-a", "--host-architecture")
_KEPT_LOGS = 28 * 86_400.0


class Ours(t.NamedTuple):
    """A transaction of a run of ours, as it noted it on the node.

    :param installed: how many packages it installed, as it noted once it was over; 0 where it did not come so far.
    """

    begun: float
    ended: float
    installed: int


def parse_ours(text: str) -> list[Ours]:
    """Return what transactions.jsonl holds; lines that are not ours say nothing."""
    begun: dict[str, float] = {}
    found = []
    for line in text.split("\n"):
        try:
            said = json.loads(line) if line else None
        except (ValueError, RecursionError):
            continue
        if not isinstance(said, dict) or not isinstance(said.get("id"), str):
            continue
        when = utc(said.get("time"))
        if said.get("state") == "begun":
            begun[said["id"]] = when
        elif said["id"] in begun and when:
            installed = said.get("installed")
            found.append(Ours(begun.pop(said["id"]), when, len(installed) if isinstance(installed, list) else 0))
    # One that was cut off may have had apt at work for as long as it is allowed to.
    found += [Ours(start, start + 3600, 0) for start in begun.values()]
    return sorted(found)


def utc(said: t.Any) -> float:
    """Return a time as our records have it in seconds since 1970, 0 where it is none."""
    try:
        return float(timegm(time.strptime(said, "%Y-%m-%dT%H:%M:%SZ")))
    except (TypeError, ValueError):
        return 0.0


def others(history: t.Sequence[Transaction], ours: t.Sequence[Ours]) -> list[Transaction]:
    """Return the transactions since our first one that are not ours."""
    if not ours:
        return []
    spans = [Span(one.begun - _SLACK, one.ended + _SLACK) for one in ours]
    return [
        one
        for one in history
        if one.begun > ours[0].begun and not any(span.holds(one.begun) and span.holds(one.ended) for span in spans)
    ]


def of_others(theirs: t.Sequence[Transaction]) -> list[Finding]:
    """Return the findings on what others had apt do."""
    return [_of_transaction(one) for one in theirs]


def _of_transaction(one: Transaction) -> Finding:
    command = shown(one.command) or "something that uses apt's library"
    who = f" for {shown(one.by)}" if one.by else ""
    what = listed([f"{done.how.lower()} {done.package}" for done in one.done if not done.automatic]) or "nothing"
    if _BY_ITSELF.search(one.command):
        evidence = f"it changed packages by itself: {what}"
        remedy = "run playbooks/provision.yml, which stops and disables what does so; then look at what it brought"
        return finding("6.1", "violation", command, evidence, remedy)
    evidence = f"apt was used by hand{who}, outside of our runs: {what}"
    return finding(CLAUSE, "info", command, evidence, "declare in packages_list what shall stay, or remove it again")


def of_dpkg(
    logged: t.Sequence[Logged],
    history: t.Sequence[Transaction],
    ours: t.Sequence[Ours],
    version_of: t.Callable[[str], str],
) -> list[Finding]:
    """Return the findings on packages that were installed past apt, and still are as they were installed then."""
    if not ours:
        return []
    spans = [Span(one.begun - _WHOLE_SECOND, one.ended + _WHOLE_SECOND) for one in history]
    last = {one.package: one for one in logged}
    found = []
    for one in last.values():
        is_known = one.when < ours[0].begun or any(span.holds(one.when) for span in spans)
        if is_known or one.action not in ("install", "upgrade") or version_of(one.package) != one.after:
            continue
        name = one.package if _NAME.fullmatch(one.package) else ""
        by = (
            f"'apt-get install --reinstall --allow-downgrades --yes {name}/{RELEASE} || apt-get purge --yes {name}'"
            if name
            else "by apt"
        )
        evidence = f"version {shown(one.after)} was installed by dpkg, and not by apt from an archive"
        remedy = f"put the one of Debian in its place, or remove it where there is none ({by})"
        found.append(finding(CLAUSE, "violation", f"{shown(one.package)} (dpkg)", evidence, remedy))
    return found


def of_lost_logs(history: t.Sequence[Transaction], ours: t.Sequence[Ours], *, now: float, seen: float) -> list[Finding]:
    """Return the finding that apt's log lacks what our own runs did, so that it was cut or replaced."""
    spans = [span_of(one.begun, one.ended) for one in history]
    lost = [
        one
        for one in ours
        if one.installed and now - one.ended < _KEPT_LOGS and one.ended > seen
        and not any(span.begin <= one.ended and span.end >= one.begun for span in spans)
    ]  # fmt: skip
    if not lost:
        return []
    evidence = f"{len(lost)} transactions of our own runs are not in apt's history: it was cut, replaced or put back"
    return [finding(CLAUSE, "violation", "/var/log/apt/history.log (lost)", evidence, REMEDY)]


def patterns_in(command: str) -> list[str]:
    """Return the words of a command line of apt that name no package, but what packages are called."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    plain: list[str] = []
    rest = iter(words[1:])
    for word in rest:
        if word in _VALUED:
            next(rest, "")
        elif not word.startswith("-"):
            plain.append(word)
    if plain[:1] != ["install"] and plain[:1] != ["reinstall"]:
        return []
    return [word for word in plain[1:] if _PATTERN.search(word) and "/" not in word]


def of_patterns(
    theirs: t.Sequence[Transaction], installed: t.Callable[[str], str], automatic: t.Container[str]
) -> list[Finding]:
    """Return the findings on packages that are there since somebody named a pattern and not a package (3.2)."""
    found = []
    for one in theirs:
        patterns = patterns_in(one.command)
        new = [done.package for done in one.done if done.how == "Install" and not done.automatic]
        still = [name for name in new if installed(name) and name not in automatic and _NAME.fullmatch(name)]
        if patterns and still:
            evidence = f"{listed(patterns)} names no package, and {listed(still)} came by it"
            remedy = (
                f"remove them ('apt-get remove --yes {' '.join(still[:50])}'), and declare in packages_list by their "
                "names what the node needs"
            )
            found.append(finding("3.2", "violation", shown(one.command), evidence, remedy))
    return found


__all__ = (
    "Ours",
    "of_dpkg",
    "of_lost_logs",
    "of_others",
    "of_patterns",
    "others",
    "parse_ours",
    "patterns_in",
    "utc",
)
