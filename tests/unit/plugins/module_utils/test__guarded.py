# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A guarded change stays only after a proof, with real processes: what is asserted is what the real ones did."""

from __future__ import annotations

import errno
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _guarded
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import write_atomically

TOKEN = "0123456789abcdef" * 2


class Change:
    """Notes each call in a file; may be told to fail or to dawdle."""

    def __init__(self, log: pathlib.Path, *, fails: str = "", dawdles: float = 0) -> None:
        self._log = log
        self._fails = fails
        self._dawdles = dawdles

    def apply(self) -> None:
        time.sleep(self._dawdles)
        self._do("apply")

    def commit(self) -> None:
        self._do("commit")

    def undo(self) -> None:
        self._do("undo")

    def _do(self, what: str) -> None:
        with self._log.open("a") as file:
            file.write(f"{what}\n")
        if what in self._fails.split():
            raise OSError(f"no {what} today")


@pytest.fixture(autouse=True)
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.setattr(_guarded, "FOLDER", str(tmp_path / "guarded"))
    monkeypatch.setattr(_guarded, "_LONGEST_ACT", 120)
    return tmp_path


class Clock:
    """Each look at the clock finds it an hour later, once the time of every change is to be over.

    So none is over sooner because the machine is busy, nor later because its bound was set after that.
    """

    sleep = staticmethod(time.sleep)

    def __init__(self, over: pathlib.Path) -> None:
        self._over = over
        self._hours = 0

    def monotonic(self) -> float:
        self._hours += self._over.exists()
        return time.monotonic() + 3600 * self._hours


@pytest.fixture
def over(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Once this file is there, every change's time is over."""
    file = tmp_path / "over"
    monkeypatch.setattr(_guarded, "time", Clock(file))
    return file


def start(change: Change, *, token: str = TOKEN, seconds: float) -> int:
    with _guarded.turn("x", seconds=seconds) as mine:
        return mine.start(change, token=token, seconds=seconds)


def end(token: str = TOKEN, *, seconds: float = 60) -> _guarded.GuardState:
    """Wait until the process is gone and return its last word."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        state = _guarded.read_state("x", token)
        if state is not None and not _guarded.is_alive(state):
            # What it said last may have come in between.
            return _guarded.read_state("x", token) or state
        time.sleep(0.02)
    raise AssertionError(f"still there: {_guarded.read_state('x', token)}")


def reach(wanted: str, token: str = TOKEN, *, name: str = "x") -> _guarded.GuardState:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        state = _guarded.read_state(name, token)
        if state is not None and state.state == wanted:
            return state
        time.sleep(0.02)
    raise AssertionError(f"never {wanted}: {_guarded.read_state(name, token)}")


def say(word: str, token: str = TOKEN) -> None:
    pathlib.Path(_guarded.proof_path("x", token)).write_text(word, encoding="utf-8")


def test_a_proof_makes_it_permanent(folder: pathlib.Path) -> None:
    log = folder / "log"
    start(Change(log), token=TOKEN, seconds=120)
    reach("waiting")
    say(f"{TOKEN}\n")
    assert end().state == "committed"
    assert log.read_text().split() == ["apply", "commit"]


@pytest.mark.parametrize("word", ["", "f" * 32, TOKEN[:-1], "x" * 5000])
def test_without_the_proof_it_is_undone_and_gone(folder: pathlib.Path, over: pathlib.Path, word: str) -> None:
    log = folder / "log"
    start(Change(log), token=TOKEN, seconds=120)
    reach("waiting")
    if word:
        say(word)
        # Longer than the guard takes to see it.
        time.sleep(0.4)
    over.touch()
    assert end().state == "undone"
    assert log.read_text().split() == ["apply", "undo"]


def test_a_refusal_undoes_it_at_once(folder: pathlib.Path) -> None:
    log = folder / "log"
    began = time.monotonic()
    start(Change(log), token=TOKEN, seconds=60)
    reach("waiting")
    say(_guarded.refusal(TOKEN))
    state = end()
    assert (state.state, state.message) == ("undone", "the controller refused it")
    assert log.read_text().split() == ["apply", "undo"]
    assert time.monotonic() - began < 40


@pytest.mark.parametrize("word", [_guarded.refusal("f" * 32), "refused", "refused ", _guarded.refusal(TOKEN[:-1])])
def test_a_refusal_of_another_runs_change_does_nothing(folder: pathlib.Path, word: str) -> None:
    log = folder / "log"
    start(Change(log), token=TOKEN, seconds=120)
    reach("waiting")
    say(word)
    # Longer than the guard takes to see it.
    time.sleep(0.4)
    assert reach("waiting").message == ""
    say(TOKEN)
    assert end().state == "committed"
    assert log.read_text().split() == ["apply", "commit"]


@pytest.mark.parametrize(
    ("fails", "ended", "calls", "said"),
    [
        ("apply", "undone", ["apply", "undo"], "it could not be applied: no apply today"),
        ("commit", "undone", ["apply", "commit", "undo"], "it could not be made permanent: no commit today"),
        ("apply undo", "failed", ["apply", "undo"], "and it could not be undone: no undo today"),
    ],
)
def test_whatever_fails_is_undone(folder: pathlib.Path, fails: str, ended: str, calls: list[str], said: str) -> None:
    log = folder / "log"
    start(Change(log, fails=fails), token=TOKEN, seconds=120)
    if "apply" not in fails:
        reach("waiting")
        say(TOKEN)
    state = end()
    assert state.state == ended
    assert said in state.message
    assert log.read_text().split() == calls


def test_a_state_that_cannot_be_written_undoes_it(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = folder / "log"
    real = write_atomically

    def full(path: str, content: bytes, *, mode: int) -> None:
        if b"waiting" in content:
            raise OSError("No space left on device")
        real(path, content, mode=mode)

    monkeypatch.setattr(_guarded, "write_atomically", full)
    start(Change(log), token=TOKEN, seconds=120)
    assert "No space left" in end().message
    assert log.read_text().split() == ["apply", "undo"]


def test_signals_and_the_end_of_its_parent_do_not_stop_it(folder: pathlib.Path, over: pathlib.Path) -> None:
    log = folder / "log"
    pid = os.fork()
    if pid == 0:
        try:
            start(Change(log), token=TOKEN, seconds=120)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    guard = reach("waiting").pid
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGQUIT):
        os.kill(guard, number)
    assert os.getsid(guard) != os.getsid(0)
    over.touch()
    assert end().state == "undone"
    assert log.read_text().split() == ["apply", "undo"]


def test_it_keeps_no_descriptor_of_the_connection_open(folder: pathlib.Path) -> None:
    # ssh waits until every copy of its pipes is closed: the caller would hang until the proof that it must give itself.
    program = (
        "import sys; sys.path[:0] = sys.argv[1:2]\n"
        "from ansible_collections.ai_systems.runbook.plugins.module_utils import _guarded\n"
        f"_guarded.FOLDER = {str(folder / 'guarded')!r}\n"
        "class Change:\n"
        "    def apply(self): pass\n"
        "    commit = undo = apply\n"
        "with _guarded.turn('x', seconds=300) as mine:\n"
        f"    mine.start(Change(), token='{TOKEN}', seconds=300)\n"
        "print('started')\n"
    )
    # It ends with its program, and not with the guard.
    done = subprocess.run(
        [sys.executable, "-c", program, ".collections"], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "started\n"
    reach("waiting")
    say(_guarded.refusal(TOKEN))
    end()


def test_the_second_of_two_waits_for_the_first(folder: pathlib.Path) -> None:
    log = folder / "log"
    start(Change(log), token=TOKEN, seconds=1)
    start(Change(log), token=TOKEN, seconds=0.2)
    end()
    assert log.read_text().split() == ["apply", "undo", "apply", "undo"]


def test_several_that_start_at_the_same_time_take_turns(folder: pathlib.Path) -> None:
    log = folder / "log"
    children = []
    for _ in range(4):
        pid = os.fork()
        if pid == 0:
            try:
                start(Change(log, dawdles=0.1), token=TOKEN, seconds=0.2)
            finally:
                os._exit(0)
        children.append(pid)
    for pid in children:
        os.waitpid(pid, 0)
    end()
    assert log.read_text().split() == ["apply", "undo"] * 4


def test_one_that_never_ends_is_named(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_guarded, "_LONGEST_ACT", 0)
    pid = start(Change(folder / "log"), token=TOKEN, seconds=120)
    with pytest.raises(_guarded.GuardError, match=rf"still at work on x \(process {pid}\) .* then run again"):
        start(Change(folder / "log"), token=TOKEN, seconds=0.2)
    say(_guarded.refusal(TOKEN))
    end()


@pytest.mark.parametrize("token", ["", "short", TOKEN.upper(), f"{TOKEN}\n"])
def test_a_bad_token_changes_nothing(folder: pathlib.Path, token: str) -> None:
    with pytest.raises(_guarded.GuardError, match="needs the controller's token"):
        start(Change(folder / "log"), token=token, seconds=1)
    assert not (folder / "log").exists()


@pytest.mark.parametrize("name", ["../x", "", "X", "x\n"])
def test_a_bad_name_is_refused(folder: pathlib.Path, name: str) -> None:
    with pytest.raises(_guarded.GuardError, match="bad name"), _guarded.turn(name, seconds=1):
        pass
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": 1}', '{"state": "waiting", "pid": "x"}', "null"])
def test_a_state_that_is_none_is_none(text: str) -> None:
    pathlib.Path(_guarded.FOLDER).mkdir()
    pathlib.Path(_guarded.state_path("x", TOKEN)).write_text(text, encoding="utf-8")
    assert _guarded.read_state("x", TOKEN) is None


def test_a_run_reads_how_its_own_change_ended_after_the_next_one_began(folder: pathlib.Path) -> None:
    other = "f" * 32
    start(Change(folder / "log"), seconds=120)
    reach("waiting")
    say(TOKEN)
    start(Change(folder / "log"), token=other, seconds=120)
    reach("waiting", other)
    state = _guarded.read_state("x", TOKEN)
    assert state
    assert (state.state, _guarded.is_alive(state)) == ("committed", False)
    # Its proof, which it may give again where the answer was lost, is none for the other.
    say(TOKEN)
    time.sleep(0.4)
    assert reach("waiting", other).message == ""
    say(other, other)
    assert end(other).state == "committed"


def test_nothing_of_another_run_begins_within_a_turn(folder: pathlib.Path) -> None:
    log, held = folder / "log", folder / "held"
    # Made before: a process that is made within the turn would have a part in its lock.
    pid = os.fork()
    if pid == 0:
        try:
            while not held.exists():
                time.sleep(0.01)
            start(Change(log), seconds=60)
        finally:
            os._exit(0)
    with _guarded.turn("x", seconds=60):
        held.touch()
        time.sleep(0.4)
        assert _guarded.read_state("x", TOKEN) is None
    os.waitpid(pid, 0)
    reach("waiting")
    say(_guarded.refusal(TOKEN))
    end()


def test_a_look_writes_nothing_waits_as_well_and_starts_nothing(folder: pathlib.Path, over: pathlib.Path) -> None:
    with _guarded.turn("x", seconds=60, look=True):
        assert list(folder.iterdir()) == []
    start(Change(folder / "log"), seconds=120)
    reach("waiting")
    over.touch()
    with _guarded.turn("x", seconds=3600 * 1000, look=True) as mine:
        state = _guarded.read_state("x", TOKEN)
        assert state
        assert state.state == "undone"
        with pytest.raises(_guarded.GuardError, match="only looks"):
            mine.start(Change(folder / "log"), token=TOKEN, seconds=1)


def test_old_outcomes_and_what_was_killed_are_forgotten(folder: pathlib.Path) -> None:
    tokens = [f"{number:032x}" for number in range(12)]
    for token in tokens:
        start(Change(folder / "log"), token=token, seconds=120)
        say(TOKEN, token)
        reach("waiting", token)
        if token == tokens[-1]:
            os.kill(reach("waiting", token).pid, signal.SIGKILL)
        else:
            say(_guarded.refusal(token), token)
        end(token)
    start(Change(folder / "log"), seconds=120)
    reach("waiting")
    kept = [token for token in tokens if _guarded.read_state("x", token)]
    assert kept == tokens[4:11]
    assert [path.name for path in pathlib.Path(_guarded.FOLDER).glob("*.proof")] == []
    say(_guarded.refusal(TOKEN))
    end()


@pytest.mark.parametrize(
    ("number", "remedy"), [(errno.EACCES, r"; run the task with become: true$"), (errno.ENOSPC, r"left on device\)$")]
)
def test_a_folder_that_cannot_be_used_is_an_error(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str
) -> None:
    def fail(path: str, **_: object) -> None:
        raise OSError(number, os.strerror(number), path)

    monkeypatch.setattr(os, "makedirs", fail)
    with pytest.raises(_guarded.GuardError, match=rf"guarded cannot be used \(.*{remedy}"):
        start(Change(folder / "log"), seconds=1)


def test_a_turn_needs_no_room(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    start(Change(folder / "log"), seconds=120)
    reach("waiting")
    say(TOKEN)
    assert end().state == "committed"


def test_a_turn_starts_one_change(folder: pathlib.Path) -> None:
    with _guarded.turn("x", seconds=60) as mine:
        mine.start(Change(folder / "log"), token=TOKEN, seconds=120)
        reach("waiting")
        with pytest.raises(_guarded.GuardError, match="has been used"):
            mine.start(Change(folder / "log"), token="f" * 32, seconds=120)
    say(TOKEN)
    assert end().state == "committed"


def test_a_turn_of_something_else_is_another_one(folder: pathlib.Path) -> None:
    with _guarded.turn("x-y", seconds=60) as mine:
        mine.start(Change(folder / "log"), token=TOKEN, seconds=120)
    # It says nothing more by itself: its state would be missing had the other one pruned it.
    reach("waiting", name="x-y")
    with _guarded.turn("x", seconds=0) as mine:
        mine.start(Change(folder / "log"), token="f" * 32, seconds=120)
    reach("waiting", "f" * 32)
    other = _guarded.read_state("x-y", TOKEN)
    assert other
    assert _guarded.is_alive(other)
    for name, token in (("x-y", TOKEN), ("x", "f" * 32)):
        pathlib.Path(_guarded.proof_path(name, token)).write_text(token, encoding="utf-8")
    end("f" * 32)


def test_the_lock_is_nobodys_who_is_started_within_the_turn() -> None:
    with _guarded.turn("x", seconds=60):
        sleeper = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        with _guarded.turn("x", seconds=-120, look=True), _guarded.turn("x-y", seconds=0):
            pass
    finally:
        sleeper.kill()
        sleeper.wait()


def test_looks_do_not_wait_for_each_other_and_give_the_turn_back() -> None:
    with _guarded.turn("x", seconds=60):
        pass
    with _guarded.turn("x", seconds=-120, look=True), _guarded.turn("x", seconds=-120, look=True):
        pass
    with _guarded.turn("x", seconds=-120):
        pass


def test_the_token_is_told_by_no_name_and_by_no_file_that_is_left(folder: pathlib.Path) -> None:
    start(Change(folder / "log"), seconds=120)
    reach("waiting")
    say(TOKEN)
    end()
    files = list(pathlib.Path(_guarded.FOLDER).iterdir())
    assert len(files) == 2
    assert not [path for path in files if TOKEN[:8] in path.name or TOKEN in path.read_text()]


def test_what_is_being_made_permanent_says_so(folder: pathlib.Path) -> None:
    log, go = folder / "log", folder / "go"

    class Slow(Change):
        def commit(self) -> None:
            while not go.exists():
                time.sleep(0.02)
            super().commit()

    start(Slow(log), seconds=120)
    reach("waiting")
    say(TOKEN)
    reach("committing")
    say(_guarded.refusal(TOKEN))
    go.touch()
    assert end().state == "committed"


def test_a_reused_process_id_is_not_alive() -> None:
    mine = _guarded.process_start_time(os.getpid())
    assert _guarded.is_alive(_guarded.GuardState("waiting", os.getpid(), mine, ""))
    assert not _guarded.is_alive(_guarded.GuardState("waiting", os.getpid(), mine - 1, ""))
