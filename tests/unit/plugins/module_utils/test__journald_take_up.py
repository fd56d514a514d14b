"""How journald is made to take its configuration up; tests/nodes meet the real one."""

from __future__ import annotations

import os
import time
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _journald_take_up as take
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Command, CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import Metadata
from ansible_collections.ai_systems.runbook.plugins.module_utils._journald_config import DROP_IN
from ansible_collections.ai_systems.runbook.plugins.module_utils._journald_plan import JOURNAL, JOURNALD, JournalState
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import Systemctl
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemd_answers import UnitStatus

GOOD = JournalState(None, None, None, 999, runs=True, writes_to=(), is_persistent=True, has_read=True)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Every command line that would have been run."""
    lines: list[list[str]] = []

    def run(self: Command, arguments: list[str], **_options: t.Any) -> None:
        lines.append([self.program, *arguments])

    monkeypatch.setattr(Command, "run", run)
    return lines


def test_journald_is_stopped_and_started_and_moves_to_the_disk(ran: list[list[str]]) -> None:
    take.act(Change(JOURNALD, "stop and start"), Systemctl(), group=999)
    assert ran == [
        ["systemctl", "stop", "--no-ask-password", "--", JOURNALD],
        ["systemctl", "start", "--no-ask-password", "--", JOURNALD],
        ["journalctl", "--flush"],
    ]


def test_one_that_is_down_is_only_started(ran: list[list[str]]) -> None:
    take.act(Change(JOURNALD, "start"), Systemctl(), group=999)
    assert [line[:2] for line in ran] == [["systemctl", "start"], ["journalctl", "--flush"]]


@pytest.mark.parametrize("broken", ["stop", "start", "--flush"])
def test_a_step_that_fails_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    def run(self: Command, arguments: list[str], **_options: t.Any) -> None:
        if arguments[0] == broken:
            raise CommandError("it \x1b[2Jbroke", argv=[self.program, *arguments])

    monkeypatch.setattr(Command, "run", run)
    monkeypatch.setattr(Systemctl, "show", lambda _self, names: {name: UnitStatus(name) for name in names})
    with pytest.raises(
        StepError, match=r"did not take up its configuration: .*broke; run the same command again"
    ) as seen:
        take.take_up(Systemctl(), runs=True)
    assert str(seen.value).isprintable()


@pytest.mark.parametrize(("result", "starts"), [("start-limit-hit", 2), ("exit-code", 1)])
def test_one_that_was_started_too_often_is_waited_for_and_started_once_more(
    monkeypatch: pytest.MonkeyPatch, result: str, starts: int
) -> None:
    done: list[str] = []

    def run(_self: Command, arguments: list[str], **_options: t.Any) -> None:
        done.append(arguments[0])
        if arguments[0] == "start" and "wait" not in done:
            raise CommandError("attempted too often", argv=["systemctl", *arguments])

    monkeypatch.setattr(Command, "run", run)
    monkeypatch.setattr(
        Systemctl, "show", lambda _self, names: {name: UnitStatus(name, result=result) for name in names}
    )
    monkeypatch.setattr(time, "sleep", lambda seconds: done.append("wait") if seconds >= 10 else None)
    if starts == 1:
        with pytest.raises(StepError, match="attempted too often"):
            take.take_up(Systemctl(), runs=True)
    else:
        take.take_up(Systemctl(), runs=True)
        assert done == ["stop", "start", "wait", "start", "--flush"]
    assert done.count("start") == starts


def test_the_folder_is_made_with_owner_and_mode(ran: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[t.Any, ...]] = []
    for name in ("mkdir", "chown", "chmod"):
        monkeypatch.setattr(os, name, lambda *given, name=name: calls.append((name, *given)))
    take.act(Change(JOURNAL, "create"), Systemctl(), group=999)
    assert calls == [("mkdir", JOURNAL), ("chown", JOURNAL, 0, 999), ("chmod", JOURNAL, 0o2755)]
    assert ran == [["systemd-tmpfiles", "--create", f"--prefix={JOURNAL}"]]


@pytest.mark.parametrize("there", [True, False])
def test_the_drop_in_is_written_whole(monkeypatch: pytest.MonkeyPatch, *, there: bool) -> None:
    made: list[t.Any] = []
    folder = Metadata("folder", 0o755, 0, 0) if there else None
    monkeypatch.setattr(take, "metadata", lambda *_given: folder)
    monkeypatch.setattr(take, "write_atomically", lambda path, content, mode: made.append((path, content, mode)))
    monkeypatch.setattr(os, "mkdir", made.append)
    monkeypatch.setattr(os, "chmod", lambda *_given: None)
    take.act(Change(DROP_IN, "write", "", "text"), Systemctl(), group=999)
    assert made == [*([] if there else [DROP_IN.rpartition("/")[0]]), (DROP_IN, b"text", 0o644)]


def test_a_folder_that_is_a_link_is_not_written_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(take, "metadata", lambda *_given: Metadata("link", 0o777, 0, 0))
    with pytest.raises(StepError, match=r"journald\.conf\.d is a link, no folder"):
        take.act(Change(DROP_IN, "write", "", "text"), Systemctl(), group=999)


def test_owner_and_mode_alone_leave_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[t.Any, ...]] = []
    for name in ("chown", "chmod"):
        monkeypatch.setattr(os, name, lambda *given, name=name: calls.append((name, *given)))
    take.act(Change(DROP_IN, "set owner and mode"), Systemctl(), group=999)
    assert calls == [("chown", DROP_IN, 0, 0), ("chmod", DROP_IN, 0o644)]


def test_a_journald_that_is_slow_is_waited_for() -> None:
    states = [GOOD._replace(is_persistent=False), GOOD]
    assert take.require_persistent(lambda: states.pop(0)) == GOOD


def test_one_that_writes_elsewhere_is_an_error_with_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(take, "last_lines", lambda unit, **_options: [f"{unit} has no space"])
    bad = GOOD._replace(is_persistent=False, writes_to=("/run/log/journal/1/system.journal",))
    with pytest.raises(StepError) as raised:
        take.require_persistent(lambda: bad, seconds=0)
    assert str(raised.value).startswith(
        "journald does not write to /var/log/journal but /run/log/journal/1/system.journal, and says: "
        f"{JOURNALD} has no space; run the same command again"
    )
