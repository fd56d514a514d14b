from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._hands_events import (
    SEEN,
    Span,
    judge,
    seen_until,
    span_of,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._hands_journal import Event, Journal

RESTART = Event("restart", 500.0, "", "x.service")


def look(*events: Event, begins: float = 1.0, apt: t.Sequence[Span] = (), is_cut: bool = False) -> dict[str, str]:
    return {one.subject: one.verdict for one in judge(Journal(events, begins, is_cut), 100.0, apt)}


def test_what_was_done_is_told_once_with_who_and_how_often() -> None:
    by = [Event("sudo", when, who, "systemctl restart x") for when, who in ((500.0, "ops"), (900.0, "eve"))]
    (one,) = judge(Journal((*by, RESTART), 1.0, is_cut=False), 100.0, ())
    assert (one.clause, one.verdict, one.subject) == ("6.5", "violation", "systemctl restart x.service")
    assert "by eve, ops 2 times, last at 1970-01-01 00:15 UTC" in one.evidence
    assert one.remedy.partition("'")[2].partition("'")[0] == SEEN


def test_what_came_before_the_runbook_or_from_apt_is_not_told() -> None:
    assert look(RESTART._replace(when=99.0)) == {}
    assert look(RESTART, apt=[Span(490.0, 510.0)]) == {}
    assert look(RESTART, apt=[Span(0.0, 499.0)]) == {"systemctl restart x.service": "violation"}
    assert span_of(100.0, 200.0).holds(220.0)


def test_logs_are_rotated_with_reloads_and_with_nothing_else() -> None:
    rotated = Event("rotate", 450.0, "", "logrotate.service")
    assert look(rotated, Event("reload", 500.0, "", "x.service")) == {}
    assert look(rotated, RESTART) == {"systemctl restart x.service": "violation"}
    assert look(Event("reload", 500.0, "", "x.service")) == {"systemctl reload x.service": "violation"}


def test_other_automation_shells_and_editors() -> None:
    found = look(
        Event("module", 500.0, "", "apt", "Invoked with name=x"),
        Event("module", 500.0, "", "systemd", "Invoked with name=x state=restarted"),
        Event("sudo", 500.0, "ops", "/bin/bash"),
        Event("sudo", 500.0, "ops", "/usr/bin/vim /etc/sudoers"),
        Event("reexec", 500.0, "", "systemd"),
        Event("run", 500.0, "", "ai_systems.runbook.x"),
    )
    assert found == {
        "Ansible's apt": "info",
        "Ansible's systemd state=restarted": "violation",
        "root shell of ops": "info",
        "vim /etc/sudoers": "info",
        "systemctl daemon-reexec": "violation",
    }


def test_what_root_has_seen_is_one_line() -> None:
    seen = Event("seen", 600.0, "root", "")
    assert look(RESTART, seen) == {"matters that were seen": "info"}
    assert look(seen, RESTART._replace(when=700.0)) == {"systemctl restart x.service": "violation"}
    assert seen_until(Journal((seen, RESTART), 1.0, is_cut=False)) == 600.0


def test_a_journal_that_does_not_reach_back() -> None:
    assert look(begins=0.0) == {"journal": "unknown"}
    assert look(begins=5000.0) == {"journal": "unknown"}
    # Somebody knows of it.
    assert look(Event("seen", 6000.0, "root", ""), begins=5000.0) == {}
    assert look(is_cut=True) == {"journal (older lines)": "unknown"}
