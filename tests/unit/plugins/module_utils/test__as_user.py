from __future__ import annotations

import os
import pathlib
import pwd
import time
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._as_user import as_user
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Command
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

ME = pwd.getpwuid(os.geteuid())
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def test_the_answer_comes_back_from_another_process() -> None:
    assert as_user(ME, lambda: {"pid": os.getpid(), "name": "\udcff"}, seconds=10)["pid"] != os.getpid()


@as_root
def test_the_rights_are_dropped_for_good(tmp_path: pathlib.Path) -> None:
    nobody = pwd.getpwnam("nobody")

    def work() -> dict[str, t.Any]:
        try:
            os.setuid(0)
        except PermissionError:
            return {"ids": [*os.getresuid(), *os.getresgid()], "groups": os.getgroups(), "umask": os.umask(0)}
        return {}

    said = as_user(nobody, work, seconds=10)
    assert set(said["ids"]) == {nobody.pw_uid, nobody.pw_gid}
    assert 0 not in said["groups"]
    assert said["umask"] == 0o022
    secret = tmp_path / "secret"
    secret.write_text("x")
    secret.chmod(0o600)
    with pytest.raises(StepError, match="Permission denied"):
        as_user(nobody, lambda: {"": secret.read_text()}, seconds=10)


def raises(exc: BaseException) -> t.Callable[[], dict[str, t.Any]]:
    def work() -> dict[str, t.Any]:
        raise exc

    return work


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (raises(StepError("so and so")), "so and so"),
        (raises(OSError(28, "No space left on device", "/x")), "the disk is full at '/x'; make room"),
        (raises(OSError(13, "Permission denied", b"/\xff")), "Permission denied at '/\\udcff'"),
        (raises(ValueError("odd")), "unexpected ValueError('odd')"),
        (lambda: Command("false").run([])._asdict(), "false failed with status 1"),
        (
            lambda: Command("sh").run(["-c", "echo 'fatal: No space left on device' >&2; exit 1"])._asdict(),
            "the disk is full; make room",
        ),
        (raises(SystemExit(0)), "ended without an answer"),
    ],
)
def test_errors_come_back_as_one_sentence(work: t.Callable[[], dict[str, t.Any]], words: str) -> None:
    with pytest.raises(StepError) as error:
        as_user(ME, work, seconds=10)
    assert words in str(error.value)


def test_what_hangs_is_ended() -> None:
    def hang() -> dict[str, t.Any]:
        time.sleep(60)
        return {}

    started = time.monotonic()
    with pytest.raises(StepError, match="did not end within"):
        as_user(ME, hang, seconds=0.3)
    assert time.monotonic() - started < 30


def test_what_has_hardly_begun_is_ended_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    # A busy node lets the child wait before it leads a group of its own.
    monkeypatch.setattr(os, "setsid", lambda: time.sleep(60))
    started = time.monotonic()
    with pytest.raises(StepError, match="did not end within"):
        as_user(ME, dict, seconds=0.3)
    assert time.monotonic() - started < 30
