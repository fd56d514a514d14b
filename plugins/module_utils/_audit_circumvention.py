# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit's rules on what was done past the runbook (runbook 6.5). Private to the collection.

What is decided is what can be: commands and restarts that the journal shows, packages that came past apt, and clones.
What an operator may do by hand is told for information at most.
"""

from __future__ import annotations

import time
import typing as t
import weakref

from . import _hands_clones, _hands_drift, _hands_events, _hands_packages
from ._apt_history import read_dpkg_log, read_history
from ._apt_records import TRANSACTIONS
from ._code_facts import facts_of
from ._hands_events import CLAUSE
from ._hands_journal import Journal, read_journal
from ._initial_update import RECORD, parse_record
from ._journald_config import DROP_IN
from ._rule import Rule
from ._tree_facts import finding

if t.TYPE_CHECKING:
    from ._apt_history import Transaction
    from ._findings import Finding
    from ._hands_packages import Ours
    from ._node_view import NodeView

# How far back what was done matters. An audit that comes more rarely does not see all.
LOOK_BACK = 30 * 86_400.0
_LIMIT = 64 * 1024 * 1024
_journals: weakref.WeakKeyDictionary[NodeView, Journal] = weakref.WeakKeyDictionary()


def began(view: NodeView, now: float) -> float:
    """Return from when on the node is answerable to the runbook, and its journal kept: since its provisioning."""
    record = parse_record(view.text(RECORD) or "")
    since = 0.0
    if record is not None:
        since = _hands_packages.utc(record.completed)
        kept = view.status(DROP_IN)
        since = max(since, kept.st_mtime) if kept is not None else since
    return max(since, now - LOOK_BACK)


def journal_of(view: NodeView) -> Journal:
    """Return what the journal holds, read once."""
    found = _journals.get(view)
    if found is None:
        found = _journals[view] = read_journal(view, began(view, time.time()))
    return found


def ours_of(view: NodeView) -> list[Ours]:
    """Return when our own runs had apt at work."""
    return _hands_packages.parse_ours(view.text(TRANSACTIONS, limit=_LIMIT) or "")


def commands(view: NodeView) -> t.Iterator[Finding]:
    """Commands past the five verbs, and other ways past the runbook, that the journal shows."""
    apt = [_hands_events.span_of(one.begun, one.ended) for one in read_history(view)]
    yield from _hands_events.judge(journal_of(view), began(view, time.time()), apt)


def packages(view: NodeView) -> t.Iterator[Finding]:
    """Packages that changed outside of our runs."""
    ours, history = ours_of(view), read_history(view)
    if not ours:
        evidence = "no run of ours noted what it had apt do, so what others did cannot be told apart"
        yield finding(CLAUSE, "unknown", TRANSACTIONS, evidence, "run playbooks/provision.yml, then audit again")
        return
    yield from _hands_packages.of_others(_hands_packages.others(history, ours))
    yield from _hands_packages.of_dpkg(read_dpkg_log(view), history, ours, view.packages.version_of)
    seen = _hands_events.seen_until(journal_of(view))
    yield from _hands_packages.of_lost_logs(history, ours, now=time.time(), seen=seen)


def clones(view: NodeView) -> t.Iterator[Finding]:
    """Further clones of the repository."""
    yield from _hands_clones.judge(view, facts_of(view).seen.checkouts)


def drift(view: NodeView) -> t.Iterator[Finding]:
    """Files that the roles write and that changed while no run of ours was at work."""
    history: list[Transaction] = read_history(view)
    apt = [_hands_events.span_of(one.begun, one.ended) for one in history]
    yield from _hands_drift.judge(view, journal_of(view), began(view, time.time()), apt)


RULES: t.Final = (
    Rule(CLAUSE, "commands-past-the-runbook", "what the journal tells of commands, restarts and automation", commands),
    Rule(CLAUSE, "packages-by-other-hands", "the logs of apt and dpkg against the records of our runs", packages),
    Rule(CLAUSE, "second-clone", "clones of the repository beside the declared one", clones),
    Rule(CLAUSE, "files-by-other-hands", "when files that the roles write changed last", drift),
)

__all__ = ("LOOK_BACK", "RULES", "began", "journal_of", "ours_of")
