# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit's engine: every rule looks at the node once, none keeps the others from it. Private to the collection.

A rule that fails, or for which there is no time left, leaves an unknown finding: what was not looked at is not ok.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
import typing as t

from ._audit_topics import is_of
from ._command import Command, CommandError
from ._findings import Finding, most_pressing
from ._node_view import NodeView, ViewError
from ._text import one_line

if t.TYPE_CHECKING:
    from types import FrameType

    from ._rule import Rule

# Of one rule: what is beyond is one finding that says how many there are.
MOST_OF_A_RULE = 200
MOST = 1000
_MORE_TIME = "give it more time, as audit_seconds, or select clauses with audit_clauses"


class Looked(t.NamedTuple):
    """A rule that was asked, and how long it took in seconds."""

    name: str
    clause: str
    seconds: float


class Audit(t.NamedTuple):
    """What all rules found, most pressing first, and which were asked."""

    findings: list[Finding]
    rules: list[Looked]


class TimeOverError(BaseException):
    """The time for all rules is over. No rule may take it for an error of its own."""


def selected(rules: t.Iterable[Rule], clauses: t.Collection[str]) -> list[Rule]:
    """Return the rules of clauses: "6" names all of section 6; none at all names every rule."""
    return [rule for rule in rules if is_of(rule.clause, clauses)]


def audit(view: NodeView, rules: t.Sequence[Rule], *, clock: t.Callable[[], float] = time.monotonic) -> Audit:
    """Ask each rule, in order, until the view's time is over."""
    return together([asked(view, rules, clock=clock)])


def together(parts: t.Iterable[Audit]) -> Audit:
    """Return several audits of one node as one."""
    found: list[Finding] = []
    looked: list[Looked] = []
    for part in parts:
        found += part.findings
        looked += part.rules
    return Audit(most_pressing(found, at_most=MOST, clause="6.5"), looked)


def asked(view: NodeView, rules: t.Sequence[Rule], *, clock: t.Callable[[], float] = time.monotonic) -> Audit:
    """Like :func:`audit`, with all findings of all rules, in the order of the rules."""
    found: list[Finding] = []
    looked: list[Looked] = []
    for rule in rules:
        began = clock()
        if not view.left():
            found.append(_unknown(rule, "it was not looked at: the time for the audit was over before", _MORE_TIME))
            continue
        of_rule = _ask(rule, view)
        found += most_pressing(of_rule, at_most=MOST_OF_A_RULE, clause=rule.clause)
        looked.append(Looked(rule.name, rule.clause, round(clock() - began, 3)))
    return Audit(found, looked)


def _ask(rule: Rule, view: NodeView) -> list[Finding]:
    found: list[Finding] = []
    by_hand = "look at it on the node by hand, then audit again"
    try:
        with at_most(view.left()):
            found.extend(rule.check(view))
    except TimeOverError:
        found.append(_unknown(rule, "it was not looked at to the end: the time for the audit was over", _MORE_TIME))
    except (ViewError, OSError, ValueError) as exc:
        found.append(_unknown(rule, f"it could not be looked at: {one_line(str(exc), 300)}", by_hand))
    except Exception as exc:  # noqa: BLE001  (nothing that a node holds may keep the other rules from looking at it)
        said = f"{type(exc).__name__}: {one_line(str(exc), 200)}"
        found.append(_unknown(rule, f"the rule failed at what it read ({said})", by_hand))
    return found


def _unknown(rule: Rule, evidence: str, remedy: str) -> Finding:
    return Finding(rule.clause, "unknown", f"rule {rule.name}", f"{rule.looks_at}: {evidence}", remedy)


@contextlib.contextmanager
def at_most(seconds: float) -> t.Iterator[None]:
    """Raise TimeOverError in what is done inside, once the time is over: a read of a dying disk may take minutes."""

    def over(number: int, frame: FrameType | None) -> t.NoReturn:
        del number, frame
        raise TimeOverError

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.01))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def be_idle() -> None:
    """Have this process yield to whatever else the node does, on its processor and its disk."""
    with contextlib.suppress(OSError):
        os.nice(19)
    with contextlib.suppress(CommandError):
        Command("ionice").run(["--class", "idle", "--pid", str(os.getpid())], timeout=10, check=False)


def facts(view: NodeView) -> dict[str, t.Any]:
    """Return what the node says that it is, for the head of a report."""

    def said(path: str) -> str:
        try:
            return one_line((view.text(path) or "").strip("\0 \n"), 100)
        except ViewError:
            return ""

    uname = os.uname()
    return {
        "model": said("/proc/device-tree/model"),
        "kernel": one_line(uname.release, 100),
        "architecture": one_line(uname.machine, 40),
        "debian": said("/etc/debian_version"),
        "emulated": view.is_emulated,
        "container": view.is_container,
    }


__all__ = (
    "MOST",
    "MOST_OF_A_RULE",
    "Audit",
    "Looked",
    "TimeOverError",
    "asked",
    "at_most",
    "audit",
    "be_idle",
    "facts",
    "selected",
    "together",
)
