from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt, _initial_update, _step_apt_upgrade
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import Job
from ansible_collections.ai_systems.runbook.plugins.module_utils._initial_update import Record
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step


class Host:
    def __init__(self) -> None:
        self.params: dict[str, t.Any] = {"lock_timeout": 5}
        self.check_mode = False

    def warn(self, warning: str) -> None:
        pytest.fail(warning)


def test_with_the_record_there_nothing_else_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    record = Record("2026-11-23T06:30:00Z", "this boot", ["libc6"])
    monkeypatch.setattr(_initial_update, "read_record", lambda: record)
    monkeypatch.setattr(_initial_update, "boot_id", lambda: "this boot")
    monkeypatch.setattr(_apt, "refresh", lambda *_: pytest.fail("apt was called"))
    step = Step(Host(), "2.5")
    said = _step_apt_upgrade.quick(step)
    assert said is not None
    assert said.startswith("The initial update was done at 2026-11-23T06:30:00Z. Restart the node when it suits")
    result = step.result(said)
    assert (result["changed"], result["reboot_needed"]) == (False, True)


def test_a_run_that_waited_for_another_one_does_not_do_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Record | None] = [None, Record("2026-11-23T06:30:00Z", "", [])]
    monkeypatch.setattr(_initial_update, "read_record", lambda: answers.pop(0))
    monkeypatch.setattr(_initial_update, "boot_id", lambda: "b")
    monkeypatch.setattr(_step_apt_upgrade, "locked", _unlocked)
    monkeypatch.setattr(_apt, "refresh", lambda *_: pytest.fail("apt was called"))
    step = Step(Host(), "2.5")
    assert _step_apt_upgrade.quick(step) is None
    assert "was done at" in _step_apt_upgrade.work(step, Job())


class _unlocked:  # noqa: N801  (stands for a context manager function)
    def __init__(self, _job: Job, *, seconds: int) -> None:
        assert seconds == 5

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...
