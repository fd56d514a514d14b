from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _project_modes
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError
from ansible_collections.ai_systems.runbook.plugins.module_utils._project_modes import (
    Modes,
    look_at_modes,
    set_modes,
    wanted_mode,
)


@pytest.mark.parametrize(
    ("mode", "folder", "wanted"),
    [
        (0o644, False, 0o644), (0o755, False, 0o755), (0o664, False, 0o644), (0o600, False, 0o644),
        (0o700, False, 0o755), (0o777, True, 0o755), (0o700, True, 0o755), (0o4755, False, 0o755),
        (0o444, False, 0o644), (0o000, True, 0o755),
    ],
)  # fmt: skip
def test_the_owner_writes_and_all_read(mode: int, folder: bool, wanted: int) -> None:  # noqa: FBT001
    assert wanted_mode(mode, folder=folder) == wanted


def test_wrong_modes_are_counted_and_mended(tmp_path: pathlib.Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "bin").mkdir(mode=0o755)
    (tmp_path / "bin" / "python").symlink_to("/usr/bin/python3")
    (tmp_path / "lib64").symlink_to("bin")
    (tmp_path / "good").write_text("")
    (tmp_path / "bad").write_text("")
    (tmp_path / "bad").chmod(0o666)
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed").chmod(0o770)
    assert look_at_modes(str(tmp_path), os.getuid()) == Modes(wrong=2)
    set_modes(str(tmp_path))
    assert look_at_modes(str(tmp_path), os.getuid()) == Modes()


def test_what_is_foreign_or_leads_out_is_named(tmp_path: pathlib.Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "evil").symlink_to("/etc")
    (tmp_path / "up").symlink_to("..")
    found = look_at_modes(str(tmp_path), os.getuid())
    assert set(found.leading_out) == {"evil", "up"}
    assert look_at_modes(str(tmp_path), os.getuid() + 1).foreign[0] == "."


def test_an_endless_folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_project_modes, "MOST_FILES", 2)
    for name in "abc":
        (tmp_path / name).write_text("")
    with pytest.raises(FileError, match="more than 2 files"):
        look_at_modes(str(tmp_path), os.getuid())
