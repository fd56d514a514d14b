"""What takes too long is ended, whatever it catches itself, and the process is what it was afterwards."""

from __future__ import annotations

import contextlib
import signal
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._bounded_wait import TooLongError, bounded_wait


def test_what_takes_too_long_is_ended_with_the_sentence() -> None:
    before = signal.getsignal(signal.SIGALRM)
    began = time.monotonic()
    with pytest.raises(TooLongError, match=r"^node-1 says nothing$"), bounded_wait(1, "node-1 says nothing"):
        _tries_for_ever()
    assert time.monotonic() - began < 30
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.alarm(0) == 0


def _tries_for_ever() -> None:
    """Go on after any error, as Ansible's ssh does."""
    while True:
        with contextlib.suppress(Exception):
            time.sleep(5)


def test_what_is_done_in_time_is_left_alone() -> None:
    with bounded_wait(1, "it says nothing"):
        said = "done"
    time.sleep(1.2)
    assert said == "done"


def test_an_error_of_another_kind_passes_and_ends_the_wait() -> None:
    with pytest.raises(KeyError), bounded_wait(60, "it says nothing"):
        raise KeyError
    assert signal.alarm(0) == 0


def test_the_timeout_of_the_task_itself_goes_on() -> None:
    try:
        signal.alarm(90)
        with bounded_wait(5, "it says nothing"):
            pass
        assert 80 < signal.alarm(0) <= 90
    finally:
        signal.alarm(0)
