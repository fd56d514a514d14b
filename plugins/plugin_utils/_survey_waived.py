# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What waivers keep a provision run from: what is waived is not touched. A pure decision, private to the collection.

A waiver names a finding of the audit, a role has actions. So a role that has something to do, on a node with waivers
of its clauses, is compared with what the audit finds there: an action that mends what is waived must not happen. Where
all that the role would do is of that kind, it is not entered. Where only a part is, the role leaves that part out if it
can, and else nothing is carried out: the run ends before anything is touched, and says what stands against what.
"""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils import _guardrails_apt as apt
from ansible_collections.ai_systems.runbook.plugins.module_utils import _guardrails_kernel as kernel
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_cloud_init import DISABLED
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_manager import DROP_IN as MANAGER_FILE
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_others import NEEDRESTART_FILE
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_plan import MANAGER
from ansible_collections.ai_systems.runbook.plugins.module_utils._initial_update import RECORD
from ansible_collections.ai_systems.runbook.plugins.module_utils._journald_config import DROP_IN as JOURNALD_FILE
from ansible_collections.ai_systems.runbook.plugins.module_utils._journald_plan import JOURNAL
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._waivers import Waiver

# Clauses that a role mends beside its own.
_BESIDE: t.Final[dict[str, tuple[str, ...]]] = {"2.7": ("1.1",), "2.8": ("1.1",), "6.1": ("6.2",)}
# What the audit calls that which an action on one of our files mends: the beginnings of its subjects.
_MENDS: t.Final[dict[str, tuple[str, ...]]] = {
    apt.FILE: ("APT::Periodic::", "Unattended-Upgrade::"),
    DISABLED: ("cloud-init",),
    NEEDRESTART_FILE: ("needrestart",),
    MANAGER_FILE: (f"{MANAGER} ",),
    kernel.FILE: (kernel.NAME,),
    JOURNALD_FILE: ("journald ",),
    JOURNAL: ("journald writes",),
    RECORD: ("initial update",),
}
# What follows from another action of the same step, and is no reason of its own to enter a role.
_FOLLOWS: t.Final = ("stop and start", "refresh")
_FOLLOWS_IN: t.Final = {"2.9": "stop", "4.4": "start"}
# What is found under these lies outside of what their roles work in; of the humans' clause they mend next to nothing.
_MENDS_NOTHING: t.Final = ("3.4", "3.5")
_SELDOM_MENDED: t.Final = "1.1"
# Steps that refuse what they do not mend. Another one's failure may be of something else than what is waived.
_REFUSES: t.Final = ("2.2", "2.4", "2.9")
# What guardrails leaves out: its option keep takes each subject, but for these, whose file it takes.
_LEAVES_OUT: t.Final = "6.1"
_KEPT_AS: t.Final[dict[str, str]] = {MANAGER: MANAGER_FILE, kernel.NAME: kernel.FILE}
_UNIT_FOLDER: t.Final = "/etc/systemd/system/"
_MOST_TOLD: t.Final = 5

Result = t.Mapping[str, t.Any]


class Pending(t.NamedTuple):
    """Something that a role would do."""

    subject: str
    action: str


class Standing(t.NamedTuple):
    """What the audit finds, and who allows it.

    :param waiver: None where nobody does.
    """

    finding: Finding
    waiver: Waiver | None


class Ruling(t.NamedTuple):
    """What follows for a role.

    :param kind: ``enter`` it, leave it out since all of it is ``waived``, or end the run, since that ``clashes``.
    :param sentence: what the operator reads of it; "" where there is nothing to tell.
    :param keep: what the role must leave as it is.
    """

    kind: t.Literal["enter", "waived", "clashes"]
    sentence: str = ""
    keep: tuple[str, ...] = ()


def clauses_of(clause: str) -> tuple[str, ...]:
    """Return the clauses whose findings the role of a clause mends; a section stands for all of its clauses."""
    return (clause, *_BESIDE.get(clause, ()))


def concerns(waiver: Waiver, clause: str) -> bool:
    """Return whether a waiver speaks of what the role of a clause mends."""
    return any(waiver.clause == one or waiver.clause.startswith(f"{one}.") for one in clauses_of(clause))


def pending_in(module: str, args: Result, result: Result) -> list[Pending]:
    """Return what a step would do, by its result in check mode.

    :param args: what it was asked with. A step that works in slices says only that there is work: which packages it
        would work on is known by their names alone, and that there may be more is an action on "packages".
    """
    actions = result.get("actions")
    if isinstance(actions, list) and actions:
        each = [one if isinstance(one, dict) else {} for one in actions]
        return [Pending(*(one_line(str(one.get(key, ""))) for key in Pending._fields)) for one in each]
    if result.get("changed") is False:
        return []
    if module == "apt_upgrade":
        return [Pending(RECORD, "update")]
    if module != "apt_package":
        return [Pending(module, "work")]
    names = [Pending(one_line(str(name).partition("=")[0]), "install") for name in args.get("name") or ()]
    return names if str(args.get("clause")) == "2.6" else [*names, Pending("packages", "work")]


def mends(pending: Pending, finding: Finding) -> bool:
    """Return whether an action changes what a finding is about."""
    beginnings = _MENDS.get(pending.subject)
    if beginnings is not None:
        return finding.subject.startswith((pending.subject, *beginnings))
    name = pending.subject.removeprefix(_UNIT_FOLDER)
    found = finding.subject
    return found in (pending.subject, name) or found.startswith(
        (f"{pending.subject} ", f"{pending.subject}: ", f"{name} ")
    ) or found.endswith(f" in {pending.subject}")  # fmt: skip


def ruled(
    clause: str, pending: t.Sequence[Pending], found: t.Sequence[Standing], *, failed: str = "", blind: str = ""
) -> Ruling:
    """Return what waivers make of a role that has something to do.

    :param pending: what it would do.
    :param found: what the audit finds under its clauses.
    :param failed: why the step itself refuses to go on, "" where it does not.
    :param blind: why it is not known what it would do, "" where it is.
    """
    waived = [one for one in found if one.waiver]
    rest = [one for one in found if not one.waiver and one.finding.verdict != "info"]
    if not waived:
        return Ruling("enter")
    if failed and not pending and clause in _REFUSES and not rest:
        # It stands before what is waived: by the same decisions the audit finds nothing else.
        return Ruling("waived", f"{told(waived)}; the step itself says: {failed}")
    if blind and clause not in _MENDS_NOTHING and any(one.finding.clause != _SELDOM_MENDED for one in waived):
        return Ruling("clashes", f"{told(waived)}, and what the step would do is not known ({blind}); {_OTHERWISE}")
    own = [one for one in pending if one.action not in (*_FOLLOWS, _FOLLOWS_IN.get(clause))]
    acts = own or pending
    barred = [one for one in acts if any(mends(one, standing.finding) for standing in waived)]
    if not barred:
        return Ruling("enter")
    allowed = [standing for standing in waived if any(mends(one, standing.finding) for one in barred)]
    both = [standing for standing in rest if any(mends(one, standing.finding) for one in barred)]
    if both:
        also = "; ".join(one.finding.subject for one in both[:_MOST_TOLD])
        what = f"the same action mends {also}, which nobody waived"
        return Ruling("clashes", f"{told(allowed)}, and {what} ({_acts(barred)}); {_OTHERWISE}")
    if len(barred) == len(acts):
        return Ruling("waived", told(allowed))
    if clause == _LEAVES_OUT:
        keep = tuple(dict.fromkeys(_KEPT_AS.get(one.subject, one.subject) for one in barred))
        return Ruling("enter", told(allowed), keep)
    others = [one for one in acts if one not in barred]
    what = f"the step would touch it ({_acts(barred)}) beside what else it has to do ({_acts(others)})"
    return Ruling("clashes", f"{told(allowed)}, and {what}; {_OTHERWISE}")


_OTHERWISE: t.Final = (
    "the step cannot leave that out singly, so nothing is touched: take the waiver out of waivers.yml, or leave the "
    "whole step out with --skip-tags and mend the rest as the audit says"
)


def told(waived: t.Sequence[Standing]) -> str:
    """Return who allowed what until when, one line."""
    said = [
        f"{one.finding.subject} ({one.waiver.reason}, until {one.waiver.expires})"
        for one in waived[:_MOST_TOLD]
        if one.waiver
    ]
    more = f" and {len(waived) - _MOST_TOLD} more" if len(waived) > _MOST_TOLD else ""
    return one_line(f"waived: {'; '.join(said)}{more}", 800)


def _acts(pending: t.Sequence[Pending]) -> str:
    more = f" and {len(pending) - _MOST_TOLD} more" if len(pending) > _MOST_TOLD else ""
    return one_line(", ".join(f"{one.subject}: {one.action}" for one in pending[:_MOST_TOLD]) + more, 400)


__all__ = ("Pending", "Ruling", "Standing", "clauses_of", "concerns", "mends", "pending_in", "ruled", "told")
