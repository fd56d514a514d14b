from __future__ import annotations

import pathlib
import types

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _checkout_lock
from ansible_collections.ai_systems.runbook.plugins.module_utils._checkout_lock import alone
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError


def test_a_second_run_waits_and_then_says_so(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A clock of its own, by which each wait takes as long as it should.
    waits: list[float] = []
    clock = types.SimpleNamespace(monotonic=lambda: sum(waits), sleep=waits.append)
    monkeypatch.setattr(_checkout_lock, "time", clock)
    monkeypatch.setattr(_checkout_lock, "LOCK_SECONDS", 0.3)
    told: list[str] = []
    with alone(str(tmp_path)):  # noqa: SIM117  (the second one is what is tested)
        with pytest.raises(StepError, match="another run has been at work"), alone(str(tmp_path), told.append):
            pytest.fail("both hold the lock")
    assert len(told) > 1
    assert set(told) == {"waiting for another run that is at work on the checkout"}


def test_the_lock_is_given_back_also_by_work_that_failed(tmp_path: pathlib.Path) -> None:
    with pytest.raises(StepError, match="no"), alone(str(tmp_path)):
        raise StepError("no")
    told: list[str] = []
    with alone(str(tmp_path), told.append):
        assert told == []
