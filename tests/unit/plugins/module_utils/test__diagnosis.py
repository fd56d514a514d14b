"""The engine: each source is asked, whatever the others do, and one that never answers is left behind."""

from __future__ import annotations

import os
import pathlib
import signal
import time
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _diagnosis
from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis import Source, diagnose
from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_symptom import MOST_SYMPTOMS, Symptom, ok
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import NodeView, ViewError
from tests.view import view

Look = t.Callable[[NodeView], t.Iterable[Symptom]]


def source(look: Look, name: str = "odd") -> Source:
    return Source(name, "Odd", look)


def good(_node: NodeView) -> t.Iterator[Symptom]:
    yield ok("good", "it is well")


def raising(error: BaseException) -> Look:
    def look(_node: NodeView) -> t.Iterator[Symptom]:
        yield ok("before", "it was well")
        raise error

    return look


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ViewError("/x cannot be read"), "it could not be read: /x cannot be read"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (KeyError("gone"), "reading it failed at what is there (KeyError: 'gone')"),
        (RecursionError("deep\x1b"), r"RecursionError: deep\x1b"),
    ],
)
def test_a_source_that_fails_is_unknown_and_keeps_what_it_said(
    tmp_path: pathlib.Path, error: Exception, words: str
) -> None:
    odd, well = diagnose(view(tmp_path), [source(raising(error)), source(good, "good")])
    assert (odd.state, well.state) == ("unknown", "ok")
    assert odd.symptoms[0].subject == "before"
    assert words in odd.symptoms[1].evidence


def test_a_source_that_dies_keeps_no_other_from_being_asked(tmp_path: pathlib.Path) -> None:
    def dies(_node: NodeView) -> t.Iterator[Symptom]:
        os.kill(os.getpid(), signal.SIGKILL)
        yield ok("never", "")

    dead, well = diagnose(view(tmp_path), [source(dies, "dead"), source(good, "good")])
    assert (dead.state, dead.symptoms, well.state) == ("unknown", (), "ok")


def test_a_source_that_takes_too_long_is_cut_and_what_it_said_stays(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_diagnosis, "_GRACE", 30)

    def slow(_node: NodeView) -> t.Iterator[Symptom]:
        yield ok("before", "it was well")
        time.sleep(60)

    began = time.monotonic()
    [cut] = diagnose(view(tmp_path), [source(slow)], seconds_each=2)
    assert time.monotonic() - began < 30
    assert [one.subject for one in cut.symptoms] == ["before", "this source"]
    assert "it was cut after 2 s" in cut.symptoms[1].evidence


@pytest.mark.parametrize("what", ["cleaned", "write"])
def test_a_source_that_is_cut_while_it_tells_says_so_as_well(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    where: t.Any = _diagnosis if what == "cleaned" else os
    real, told = getattr(where, what), []

    def slow(*given: t.Any) -> t.Any:
        told.append(given)
        if len(told) == 2:
            time.sleep(60)
        return real(*given)

    def look(_node: NodeView) -> t.Iterator[Symptom]:
        yield from (ok("first", "it is well"), ok("second", "it is well"))

    monkeypatch.setattr(_diagnosis, "_GRACE", 30)
    monkeypatch.setattr(where, what, slow)
    [cut] = diagnose(view(tmp_path), [source(look)], seconds_each=2)
    assert [one.subject for one in cut.symptoms] == ["first", "this source"]
    assert "it was cut after 2 s" in cut.symptoms[1].evidence


def test_a_source_that_cannot_be_interrupted_is_left_behind(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_diagnosis, "_GRACE", 0.5)

    def stuck(_node: NodeView) -> t.Iterator[Symptom]:
        # As a read from a dying disk: no signal of ours ends it.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
        time.sleep(60)
        yield ok("never", "")

    began = time.monotonic()
    # Time enough for the other one on a busy machine, too.
    lost, well = diagnose(view(tmp_path), [source(stuck, "stuck"), source(good, "good")], seconds_each=2)
    assert time.monotonic() - began < 30
    assert (lost.state, well.state) == ("unknown", "ok")
    assert "it did not answer within 2 s" in lost.symptoms[0].evidence


def test_what_the_time_does_not_suffice_for_is_unknown(tmp_path: pathlib.Path) -> None:
    [late] = diagnose(view(tmp_path, seconds=0), [source(good)])
    assert (late.state, "was over before" in late.symptoms[0].evidence) == ("unknown", True)


def test_a_node_that_can_start_no_process_is_diagnosed_all_the_same(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", full)
    readings = diagnose(view(tmp_path), [source(good, f"s{number}") for number in range(9)])
    assert [one.state for one in readings] == ["ok"] * 9


def test_the_readings_are_in_the_order_of_the_sources_and_bounded(tmp_path: pathlib.Path) -> None:
    def many(_node: NodeView) -> t.Iterator[Symptom]:
        for number in range(100_000):
            yield ok(f"one {number}", "x" * 300)

    readings = diagnose(view(tmp_path), [source(many, "many"), *[source(good, f"s{number}") for number in range(9)]])
    assert [one.name for one in readings] == ["many", *(f"s{number}" for number in range(9))]
    assert len(readings[0].symptoms) == MOST_SYMPTOMS
