from __future__ import annotations

import errno
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_workspace as workspaces
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_look import Image
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_partitions import Partition
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_pieces import Boot
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_target import FileTarget
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

TARGET = FileTarget("/srv/card.img", 0, 1, ())


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspaces, "FOLDER", str(tmp_path))


def test_what_was_prepared_is_known_again() -> None:
    workspace = workspaces.make()
    image = Image("/i/card.img", "xz", "a" * 64, 5, (), Partition(1, 2, 3, "FAT", is_fat=True), None)
    boot = Boot(workspaces.copy_in(workspace), 2, 5)
    prepared = workspaces.Prepared(TARGET, image, "runbook", {"a": "b"}, boot, "", {"a": "old"})
    workspaces.remember(workspace, prepared)
    assert workspaces.recall(workspace, TARGET) == prepared
    workspaces.remember(workspace, prepared._replace(seeds={}, boot=None, form="none"))
    assert workspaces.recall(workspace, TARGET).boot is None
    workspaces.remove(workspace)
    assert not Path(workspace).exists()


def test_what_a_killed_run_left_is_gone_a_day_later(tmp_path: Path) -> None:
    old, fresh, other = (tmp_path / name for name in ("runbook-flash-old", "runbook-flash-new", "other"))
    for path in (old, fresh, other):
        path.mkdir()
        (path / "plan.json").touch()
    for path in (old, other):
        os.utime(path, (1, 1))
    workspace = workspaces.make()
    assert (old.exists(), fresh.exists(), other.exists(), Path(workspace).exists()) == (False, True, True, True)


def full(*_given: object, **_more: object) -> t.NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_told_with_the_folder_and_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = rf"^{tmp_path} does not take a copy .*: No space left on device; make room in {tmp_path} and run again$"
    with pytest.raises(StepError, match=said), workspaces.room():
        full()
    with pytest.raises(StepError, match=said), workspaces.room():
        raise CommandError("mcopy failed", argv=["mcopy"], err="write: No space left on device\n")
    with pytest.raises(CommandError), workspaces.room():
        raise CommandError("mcopy failed", argv=["mcopy"], err="Disk full\n")
    denied = f"Permission denied; see that this user may write to {tmp_path}"
    with pytest.raises(StepError, match=denied), workspaces.room():
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    monkeypatch.setattr("tempfile.mkdtemp", full)
    with pytest.raises(StepError, match=said):
        workspaces.make()


@pytest.mark.parametrize("workspace", ["", "/etc", "{}/other", "{}/../etc/runbook-flash-x", "/etc/runbook-flash-x"])
def test_only_a_folder_of_ours_is_removed_or_read(tmp_path: Path, workspace: str) -> None:
    (tmp_path / "other").mkdir()
    named = workspace.format(tmp_path)
    with pytest.raises(StepError, match="is not what a look left behind"):
        workspaces.remove(named)
    with pytest.raises(StepError, match="is not what a look left behind"):
        workspaces.recall(named, TARGET)
    assert (tmp_path / "other").exists()
