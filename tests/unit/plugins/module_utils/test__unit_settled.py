from __future__ import annotations

import os
import pathlib
import time
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _unit_settled
from ansible_collections.ai_systems.runbook.plugins.module_utils._journal import last_lines
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import UnitStatus
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_links import SYSTEM
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_settled import Fallen, tell, watch, why_not_up

UP = UnitStatus(
    "web.service",
    id="web.service",
    active_state="active",
    fragment_path=f"{SYSTEM}/web.service",
    main_pid=os.getpid(),
    result="success",
    invocation="a" * 32,
)
JOB = UP._replace(name="job@x.service", id="job@x.service", fragment_path=f"{SYSTEM}/job@.service")


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (UP, ""),
        (UP._replace(main_pid=0), "was started again by something else than this run"),
        (UP._replace(active_state="failed", result="exit-code", exit_status=3),
         "did not stay up: it is failed (result exit-code, exit status 3)"),
        (UP._replace(active_state="inactive", result=""), "did not stay up: it is inactive"),
        (UP._replace(active_state="activating"), "did not stay up: it is activating (result success, exit status 0)"),
        (UP._replace(invocation="b" * 32), "was started again by something else than this run"),
        (UP._replace(main_pid=1), "was started again by something else than this run"),
        (UP._replace(need_daemon_reload=True), "was changed on the disk again after systemd had read it"),
        (UP._replace(fragment_path="/run/systemd/system/web.service"),
         f"runs from /run/systemd/system/web.service in place of {SYSTEM}/web.service"),
        (UP._replace(fragment_path=""), f"runs from no file in place of {SYSTEM}/web.service"),
    ],
)  # fmt: skip
def test_what_is_not_as_it_was_started_has_fallen(status: UnitStatus, why: str) -> None:
    assert why_not_up(status, UP) == why


@pytest.mark.parametrize(
    "status",
    [
        JOB,
        # An instance may have a file of its own name, and what is asked by an alias has another one.
        JOB._replace(fragment_path=f"{SYSTEM}/job@x.service"),
        UP._replace(name="www.service"),
        # A timer has no process.
        UP._replace(name="a.timer", id="a.timer", main_pid=0, fragment_path=f"{SYSTEM}/a.timer"),
    ],
)
def test_what_is_up(status: UnitStatus) -> None:
    assert why_not_up(status, status) == ""


def test_a_process_that_systemd_only_believes_in() -> None:
    gone = UP._replace(main_pid=2**22 + 1)
    assert why_not_up(gone, gone) == "says that its process 4194305 runs, and it does not"


class Manager:
    """In systemctl's place: says what it is given, one answer after another, the last one for ever."""

    def __init__(self, *answers: UnitStatus) -> None:
        self.answers = list(answers)
        self.asked = 0

    def show(self, names: t.Sequence[str]) -> dict[str, UnitStatus]:
        assert list(names) == [UP.name]
        self.asked += 1
        return {UP.name: self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]}


@pytest.fixture(autouse=True)
def _no_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    def said(name: str, *, lines: int, since_invocation: str) -> list[str]:
        return [f"{name} {lines} {since_invocation}"]

    monkeypatch.setattr(_unit_settled, "last_lines", said)
    monkeypatch.setattr(_unit_settled, "_POLL_SECONDS", 0.001)


def watched(*answers: UnitStatus, seconds: float) -> tuple[list[str], int]:
    manager: t.Any = Manager(*answers)
    return [one.short for one in watch(manager, [UP.name], seconds=seconds)], manager.asked


def test_what_stays_up_is_watched_to_the_end() -> None:
    began = time.monotonic()
    found, asked = watched(UP, seconds=0.5)
    assert (found, asked > 2) == ([], True)
    assert time.monotonic() - began >= 0.5


def test_what_falls_is_told_at_once() -> None:
    fallen = UP._replace(active_state="failed", result="exit-code", exit_status=1)
    said = "web.service did not stay up: it is failed (result exit-code, exit status 1)"
    assert watched(fallen, seconds=30) == ([said], 1)
    assert watched(UP, UP, fallen, seconds=30) == ([said], 3)
    assert watched(UP, UP._replace(invocation="b" * 32), seconds=30)[1] == 2


def test_what_ends_after_systemd_was_asked_is_told_by_how_it_ended() -> None:
    ending = UP._replace(main_pid=2**22 + 1)
    fallen = ending._replace(active_state="failed", main_pid=0, result="exit-code", exit_status=3)
    said = "web.service did not stay up: it is failed (result exit-code, exit status 3)"
    assert watched(ending, fallen, seconds=30) == ([said], 2)
    assert watched(UP, UP._replace(main_pid=2**22 + 1), fallen, seconds=30) == ([said], 3)
    # What systemd goes on to say is what it believes.
    assert watched(ending, seconds=30) == (["web.service says that its process 4194305 runs, and it does not"], 2)


def test_nothing_started_is_not_watched() -> None:
    manager: t.Any = Manager(UP)
    assert watch(manager, [], seconds=30) == []
    assert manager.asked == 0


def test_the_journal_of_its_own_run_is_told() -> None:
    assert tell(UP, "fell").lines == [f"web.service 20 {'a' * 32}"]


def test_hostile_lines_stay_lines_of_the_journal(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    program = tmp_path / "journalctl"
    program.write_text(
        "#!/bin/sh\n"
        r"""printf '%s\n' '{"MESSAGE":"\u001b[2J{{ lookup(1) }}\nother.service did not start"}' '{"MESSAGE":null}'"""
        "\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(
        _unit_settled, "last_lines", lambda *given, **more: last_lines(*given, **more, program=str(program))
    )
    fallen = tell(UP, "did not stay up: it is failed")
    assert fallen.short == "web.service did not stay up: it is failed"
    first, *rest = fallen.sentence.split("\n")
    assert first == "web.service did not stay up: it is failed; its last journal lines:"
    assert all(line.startswith("    ") and line.isprintable() for line in rest)
    assert rest[0] == r"    \x1b[2J{{ lookup(1) }}"


def test_a_silent_unit_is_told_as_one() -> None:
    assert Fallen("a.service", "fell", []).sentence == "a.service fell; its last journal lines:\n    (nothing)"
