# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to say of what was done on a node past the runbook (runbook 6.5): pure. Private to the collection.

What was done cannot be undone by a command. So who has looked at it says so in the node's journal, where that stays.
"""

from __future__ import annotations

import itertools
import re
import time
import typing as t

from ._hands_commands import FIVE, Breach, breaches, is_shell, past_the_verbs
from ._tree_facts import finding, listed, shown

if t.TYPE_CHECKING:
    from ._findings import Finding
    from ._hands_journal import Event, Journal

CLAUSE: t.Final = "6.5"
SEEN: t.Final = "logger --tag ai-systems-runbook seen"
REMEDY: t.Final = (
    "have playbooks/provision.yml put right what it changed, then write into the journal of the node that it was seen "
    f"('{SEEN}', as root), or give it a waiver"
)
# Triggers of packages run on for a while after dpkg's last line.
_AFTER_APT = 30.0
_AFTER_ROTATION = 120.0
_GAP = 3600.0
_ONE = 10.0
_STATE = re.compile(r"\b(?:state=(?:restarted|reloaded)|daemon_reload=True|daemon_reexec=True|masked=True)\b")


class Span(t.NamedTuple):
    """From when to when something else explains what happened, in seconds since 1970."""

    begin: float
    end: float

    def holds(self, when: float) -> bool:
        return self.begin <= when <= self.end


class Matter(t.NamedTuple):
    """One kind of thing that was done, as often as it was."""

    subject: str
    verdict: t.Literal["violation", "info"]
    why: str
    who: str
    when: float


def seen_until(journal: Journal) -> float:
    """Return up to when root says to have looked at what was done; 0 where nobody did."""
    return max((event.when for event in journal.events if event.kind == "seen"), default=0.0)


def judge(journal: Journal, since: float, apt: t.Sequence[Span]) -> list[Finding]:
    """Return the findings on what the journal tells.

    :param since: from when on the journal must reach, and is looked at.
    :param apt: when apt was at work: maintainer scripts may restart services.
    """
    until = seen_until(journal)
    matters = [one for event in journal.events if event.when >= since for one in _matters(event, journal, apt)]
    found = [*_of_gaps(journal, since, until), *told([one for one in matters if one.when > until])]
    # What merely may be worth knowing is not counted.
    old = {one.subject for one in matters if one.when <= until and one.verdict == "violation"}
    if old:
        evidence = f"up to {_time(until)} root says to have seen what was done past the runbook: {listed(sorted(old))}"
        found.append(finding(CLAUSE, "info", "matters that were seen", evidence, "nothing, it is known"))
    return found


def _of_gaps(journal: Journal, since: float, until: float) -> t.Iterator[Finding]:
    keep = "have it keep more (journal_system_max_use), and say that you know of it: "
    if not journal.begins:
        evidence = "the journal holds nothing, so what was done on the node is not known"
        yield finding(CLAUSE, "unknown", "journal", evidence, "run playbooks/provision.yml --tags 4.4")
    elif journal.begins > since + _GAP and until < journal.begins:
        evidence = f"the journal begins at {_time(journal.begins)}, and what was done since {_time(since)} is not known"
        yield finding(CLAUSE, "unknown", "journal", evidence, f"{keep}'{SEEN}' as root")
    if journal.is_cut:
        evidence = "the journal holds more than is read at once, and what is older was not looked at"
        yield finding(CLAUSE, "unknown", "journal (older lines)", evidence, f"look at it, then say so: '{SEEN}'")


def told(matters: t.Sequence[Matter]) -> list[Finding]:
    """Return a finding for each subject, with who did it, how often, and when last."""
    by_subject: dict[tuple[str, str], list[Matter]] = {}
    for one in matters:
        by_subject.setdefault((one.subject, one.verdict), []).append(one)
    found = []
    for (subject, _verdict), group in by_subject.items():
        last = max(group, key=lambda one: one.when)
        count = _times([one.when for one in group])
        who = listed(sorted({one.who for one in group if one.who}))
        times = "once" if count == 1 else f"{count} times"
        by = f" by {who}" if who else ""
        evidence = f"it was done{by} {times}, last at {_time(last.when)}: {last.why}"
        found.append(finding(CLAUSE, last.verdict, subject, evidence, REMEDY))
    return found


def _times(moments: t.Sequence[float]) -> int:
    """Count moments; systemd says of one restart several things, one after the other."""
    ordered = sorted(moments)
    return 1 + sum(after - before > _ONE for before, after in itertools.pairwise(ordered))


def _matters(event: Event, journal: Journal, apt: t.Sequence[Span]) -> t.Iterator[Matter]:
    if event.kind == "sudo":
        for one in breaches(event.what):
            yield _of_breach(one, event)
        if is_shell(event.what):
            why = "what was typed in it is logged nowhere"
            yield Matter(f"root shell of {shown(event.who)}", "info", why, event.who, event.when)
    elif event.kind == "module":
        yield _of_module(event)
    elif event.kind in ("restart", "reload", "reexec") and not _is_explained(event, journal, apt):
        is_manager = event.kind == "reexec"
        one = past_the_verbs("daemon-reexec") if is_manager else past_the_verbs(event.kind, event.what)
        yield _of_breach(one, event)


def _of_breach(one: Breach, event: Event) -> Matter:
    return Matter(one.what, "violation" if one.is_certain else "info", one.why, event.who, event.when)


def _of_module(event: Event) -> Matter:
    state = _STATE.search(event.details)
    if state:
        return Matter(f"Ansible's {event.what} {state[0]}", "violation", FIVE, event.who, event.when)
    why = "another automation than the runbook's works on the node"
    return Matter(f"Ansible's {event.what}", "info", why, event.who, event.when)


def _is_explained(event: Event, journal: Journal, apt: t.Sequence[Span]) -> bool:
    if any(span.holds(event.when) for span in apt):
        return True
    rotated = (one.when for one in journal.events if one.kind == "rotate")
    return event.kind == "reload" and any(0 <= event.when - when <= _AFTER_ROTATION for when in rotated)


def span_of(begun: float, ended: float) -> Span:
    """Return when a transaction of apt explains what happens; its log has whole seconds."""
    return Span(begun - 1, ended + _AFTER_APT)


def _time(when: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(when)) + " UTC"


__all__ = ("CLAUSE", "REMEDY", "SEEN", "Matter", "Span", "judge", "seen_until", "span_of", "told")
