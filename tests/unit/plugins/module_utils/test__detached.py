"""Work in slices, with real processes: what is asserted is what the real ones did."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import time
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _detached
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import Job
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import write_atomically
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step, StepError

JOB = "0123456789abcdef" * 2


class Left(Exception):  # noqa: N818  (it is how a module ends, well or not)
    def __init__(self, *, failed: bool, result: dict[str, t.Any]) -> None:
        super().__init__(json.dumps(result))
        self.failed = failed
        self.result = result


class Module:
    """What a step needs of an AnsibleModule, without ending the test's own process."""

    def __init__(self, *, job: str = JOB, slice_seconds: int = 60) -> None:
        self.params: dict[str, t.Any] = {"job": job, "slice": slice_seconds}
        self.check_mode = False
        self.warnings: list[str] = []

    def warn(self, warning: str) -> None:
        self.warnings.append(warning)

    def exit_json(self, **result: t.Any) -> t.NoReturn:
        raise Left(failed=False, result=result)

    def fail_json(self, **result: t.Any) -> t.NoReturn:
        raise Left(failed=True, result=result)


@pytest.fixture(autouse=True)
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.setattr(_detached, "FOLDER", str(tmp_path / "run"))
    monkeypatch.setattr(os, "fchown", lambda *_: None)
    return tmp_path / "run"


def nothing_quick(_step: Step) -> str | None:
    return None


def call(module: Module, body: _detached.Body, quick: _detached.Quick = nothing_quick) -> Left:
    with pytest.raises(Left) as left:
        _detached.run_in_slices(module, "2.5", quick, body)  # type: ignore[arg-type]
    return left.value


def done(step: Step, job: Job) -> str:
    job.say("at it")
    step.warn("mind the gap")
    step.note([Change("git", "install 1.0")])
    return "All done."


def once_seen(mark: pathlib.Path, words: str) -> _detached.Body:
    """Return a job that says something, and ends once the test has left its mark."""

    def body(step: Step, job: Job) -> str:
        job.say(words)
        while not mark.exists():
            time.sleep(0.01)
        return done(step, job)

    return body


def forbidden(_step: Step, _job: Job) -> str:
    raise AssertionError("not to be called")


def test_the_work_is_done_by_another_process_and_its_result_is_the_modules(folder: pathlib.Path) -> None:
    def body(step: Step, job: Job) -> str:
        return done(step, job) + f" By {os.getpid()}, session {os.getsid(0) == os.getppid()}."

    module = Module()
    left = call(module, body)
    assert not left.failed
    assert left.result["summary"].startswith("All done. By ")
    assert f"By {os.getpid()}," not in left.result["summary"]
    assert left.result["actions"] == [{"clause": "2.5", "subject": "git", "action": "install 1.0"}]
    assert left.result["changed"] is True
    assert module.warnings == ["mind the gap"]
    assert list(folder.glob("job-*")) == []


def test_a_quick_answer_starts_nothing(folder: pathlib.Path) -> None:
    left = call(Module(), forbidden, lambda _step: "All is well.")
    assert (left.failed, left.result["summary"], left.result["changed"]) == (False, "All is well.", False)
    assert not folder.exists()


def test_a_quick_refusal_is_a_failure() -> None:
    def quick(_step: Step) -> str | None:
        raise StepError("the record is damaged; remove it")

    left = call(Module(), forbidden, quick)
    assert (left.failed, left.result["msg"]) == (True, "the record is damaged; remove it")


def test_without_a_job_the_module_does_the_work_itself() -> None:
    left = call(Module(job=""), lambda step, job: done(step, job) + f" By {os.getpid()}.")
    assert f"By {os.getpid()}." in left.result["summary"]


def until_it_says(module: Module, words: str, body: _detached.Body) -> dict[str, t.Any]:
    """Begin the work and return the answer of the first slice in which it has said ``words``."""
    result = call(module, body).result
    deadline = time.monotonic() + 60
    while result.get("running") != words and time.monotonic() < deadline:
        result = call(module, forbidden).result
    return result


def test_slices_tell_how_far_it_is_until_the_result_comes(tmp_path: pathlib.Path) -> None:
    body = once_seen(tmp_path / "seen", "50 %")
    module = Module(slice_seconds=1)
    assert until_it_says(module, "50 %", body) == {"changed": False, "running": "50 %"}
    (tmp_path / "seen").touch()
    module.params["slice"] = 60
    assert call(module, forbidden).result["summary"] == "All done."


def test_a_failure_keeps_what_was_done_before_it() -> None:
    def body(step: Step, job: Job) -> str:
        done(step, job)
        raise StepError("the disk is full; make room", stdout="x")

    left = call(Module(), body)
    assert left.failed
    assert (left.result["msg"], left.result["stdout"]) == ("the disk is full; make room", "x")
    assert len(left.result["actions"]) == 1


def test_an_error_that_nobody_foresaw_is_said() -> None:
    left = call(Module(), lambda _step, _job: str(1 // 0))
    assert left.failed
    assert "ZeroDivisionError" in left.result["msg"]


def test_a_killed_process_is_noticed_and_named(folder: pathlib.Path) -> None:
    def body(_step: Step, job: Job) -> str:
        job.say("installing")
        time.sleep(300)
        return "never"

    module = Module(slice_seconds=1)
    assert until_it_says(module, "installing", body)["running"] == "installing"
    pid = int((folder / f"job-{JOB}" / "pid").read_text().split()[0])
    os.kill(pid, signal.SIGTERM)
    assert call(module, forbidden).result["running"] == "installing"
    os.kill(pid, signal.SIGKILL)
    module.params["slice"] = 60
    left = call(module, forbidden)
    assert left.failed
    assert "was killed at: installing; run the same command again" in left.result["msg"]
    assert not (folder / f"job-{JOB}").exists()


def test_what_is_there_is_seen_also_where_asking_takes_longer_than_the_slice(
    folder: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = once_seen(tmp_path / "seen", "at it")
    module = Module(slice_seconds=1)
    until_it_says(module, "at it", body)
    (tmp_path / "seen").touch()
    deadline = time.monotonic() + 60
    while not (folder / f"job-{JOB}" / "result").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    # Each word on the disk takes an hour.
    hours: list[str] = []

    def slowly(path: str, content: bytes, *, mode: int) -> None:
        write_atomically(path, content, mode=mode)
        hours.append(path)

    clock = types.SimpleNamespace(
        monotonic=lambda: time.monotonic() + 3600 * len(hours), time=time.time, sleep=time.sleep
    )
    monkeypatch.setattr(_detached, "write_atomically", slowly)
    monkeypatch.setattr(_detached, "time", clock)
    assert call(module, forbidden).result["summary"] == "All done."


def test_work_that_nobody_follows_begins_nothing_new(folder: pathlib.Path) -> None:
    job_folder = folder / "job-x"
    job_folder.mkdir(parents=True)
    job = Job(str(job_folder))
    with pytest.raises(StepError, match="is gone, so nothing more is begun"):
        job.require_watched()
    asked = job_folder / "asked"
    asked.write_text(str(time.monotonic() - 170))
    job.require_watched()
    asked.write_text(str(time.monotonic() - 181))
    with pytest.raises(StepError, match="is gone"):
        job.require_watched()
    Job().require_watched()


@pytest.mark.parametrize("job", ["x", "../../etc", "0" * 31, "0" * 33, "G" * 32, "0" * 31 + "\n"])
def test_a_job_cannot_lead_elsewhere(job: str) -> None:
    assert "32 hexadecimal digits" in call(Module(job=job), forbidden).result["msg"]


def test_left_overs_go_once_they_are_old(folder: pathlib.Path) -> None:
    names = ["job-0a", "dry-run-x_1", "apt-y", "guarded", "apt.lock"]
    for name in names:
        (folder / name).mkdir(parents=True)
        os.utime(folder / name, (0, 0))
    (folder / "job-1b").mkdir()
    _detached.remove_left_overs()
    assert sorted(path.name for path in folder.iterdir()) == ["apt.lock", "guarded", "job-1b"]
