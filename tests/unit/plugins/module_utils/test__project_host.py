from __future__ import annotations

import os
import pathlib
import pwd
import time
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _checkout_lock, _project_host
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import Job
from ansible_collections.ai_systems.runbook.plugins.module_utils._project_host import (
    account_of,
    locked,
    private_folder,
    require_account,
    require_there,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError

ME = pwd.getpwuid(os.getuid())


class Host:
    def __init__(self, user: str, *, check_mode: bool = False) -> None:
        self.params: dict[str, t.Any] = {"user": user}
        self.check_mode = check_mode

    def warn(self, warning: str) -> None:
        pytest.fail(warning)


@pytest.fixture(autouse=True)
def folders(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("run", "disk"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(_project_host, "FOLDER", str(tmp_path / "run"))
    monkeypatch.setattr(_project_host, "DISK", str(tmp_path / "disk"))
    monkeypatch.setattr(_project_host, "make_folder", lambda: None)


def owner(user: str, *, check_mode: bool = False) -> pwd.struct_passwd | None:
    return account_of(Step(Host(user, check_mode=check_mode), "3.4"), ".venv")


def test_the_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert owner("nobody") == pwd.getpwnam("nobody")
    for missing in ("no-such-user", "a\0b"):
        assert owner(missing, check_mode=True) is None
        with pytest.raises(StepError, match=r"no account .* to own a \.venv; operator_user \(2\.7\) comes first"):
            owner(missing)
    with pytest.raises(StepError, match="'root' is root"):
        owner("root", check_mode=True)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(StepError, match=r"the \.venv of another account .*become: true"):
        owner("nobody")


def test_work_needs_the_owner() -> None:
    assert require_account(Step(Host("ops"), "3.4"), ME) == ME
    with pytest.raises(StepError, match="there is no account 'ops'"):
        require_account(Step(Host("ops", check_mode=True), "3.4"), None)


def test_only_a_dry_run_goes_on_without_the_project() -> None:
    require_there(Step(Host("ops"), "3.4"), "")
    require_there(Step(Host("ops", check_mode=True), "3.4"), "/c/p is not on the node")
    with pytest.raises(StepError, match=r"/c/p is not on the node; .* the repository role \(2\.9\) ships"):
        require_there(Step(Host("ops"), "3.4"), "/c/p is not on the node")


def test_a_private_folder_is_there_for_a_while(tmp_path: pathlib.Path) -> None:
    with private_folder(ME, str(tmp_path / "disk")) as folder:
        assert pathlib.Path(folder).stat().st_mode & 0o777 == 0o700
        (pathlib.Path(folder) / "x").write_text("")
    assert list((tmp_path / "disk").iterdir()) == []


def test_what_killed_runs_left_in_memory_goes_once_it_is_old(tmp_path: pathlib.Path) -> None:
    long_ago = time.time() - 2 * 3600
    for name, old in (
        ("ai-systems-runbook-project-old", True),
        ("ai-systems-runbook-project-new", False),
        ("other", True),
    ):
        (tmp_path / "run" / name).mkdir()
        if old:
            os.utime(tmp_path / "run" / name, (long_ago, long_ago))
    with private_folder(ME, str(tmp_path / "run")):
        left = {path.name for path in (tmp_path / "run").iterdir()}
        assert left >= {"ai-systems-runbook-project-new", "other"}
        assert "ai-systems-runbook-project-old" not in left


def test_what_killed_runs_left_on_the_disk_goes_with_the_lock(tmp_path: pathlib.Path) -> None:
    (tmp_path / "disk" / "ai-systems-runbook-project-x" / "y").mkdir(parents=True)
    (tmp_path / "disk" / "other").mkdir()
    with locked(Job()):
        assert [path.name for path in (tmp_path / "disk").iterdir()] == ["other"]


def test_two_runs_do_not_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_checkout_lock, "LOCK_SECONDS", 0)
    with locked(Job()):  # noqa: SIM117  (the second one is what is tested)
        with pytest.raises(StepError, match="another run has been at work"), locked(Job()):
            pytest.fail("both hold the lock")
    with locked(Job()):
        pass
