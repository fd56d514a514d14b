from __future__ import annotations

import os
import pathlib
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._refused_logins import (
    REMEMBERED_SECONDS,
    forget_refusal,
    note_refusal,
    refused_lately,
)

LOGIN = ("192.0.2.7", "", "anna", "/keys/anna")


@pytest.fixture(autouse=True)
def cache(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_a_refusal_is_remembered_for_that_login_alone() -> None:
    note_refusal(*LOGIN)
    assert refused_lately(*LOGIN)
    assert not refused_lately(*LOGIN[:3], "/keys/other")
    assert not refused_lately("192.0.2.8", *LOGIN[1:])


def test_a_login_that_works_is_no_longer_refused() -> None:
    note_refusal(*LOGIN)
    forget_refusal(*LOGIN)
    assert not refused_lately(*LOGIN)
    forget_refusal(*LOGIN)


@pytest.mark.parametrize("shift", [-REMEMBERED_SECONDS - 1, 3600])
def test_it_is_forgotten_by_itself_also_after_the_clock_was_set(cache: pathlib.Path, shift: float) -> None:
    note_refusal(*LOGIN)
    (path,) = (cache / "ai-systems-runbook" / "refused-logins").iterdir()
    os.utime(path, (time.time() + shift,) * 2)
    assert not refused_lately(*LOGIN)


def test_nothing_of_the_login_stands_in_the_name(cache: pathlib.Path) -> None:
    note_refusal("../../etc/passwd", "", "a/b", "")
    (path,) = (cache / "ai-systems-runbook" / "refused-logins").iterdir()
    assert len(path.name) == 64


def test_a_cache_that_cannot_be_written_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/none")
    note_refusal(*LOGIN)
    assert not refused_lately(*LOGIN)
