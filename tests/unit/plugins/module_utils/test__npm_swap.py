from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_swap import clear, swap


def test_two_folders_change_places(tmp_path: pathlib.Path) -> None:
    for name in ("new", "place"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    swap(str(tmp_path / "new"), str(tmp_path / "place"))
    assert (tmp_path / "place/file").read_text() == "new"
    assert (tmp_path / "new/file").read_text() == "place"


def test_where_nothing_was_nothing_is_left(tmp_path: pathlib.Path) -> None:
    (tmp_path / "new").mkdir()
    swap(str(tmp_path / "new"), str(tmp_path / "place"))
    assert [path.name for path in tmp_path.iterdir()] == ["place"]


def test_what_cannot_be_is_an_error(tmp_path: pathlib.Path) -> None:
    (tmp_path / "place").mkdir()
    with pytest.raises(FileNotFoundError):
        swap(str(tmp_path / "new"), str(tmp_path / "place"))
    assert (tmp_path / "place").is_dir()


def test_clearing(tmp_path: pathlib.Path) -> None:
    (tmp_path / "kept").mkdir()
    path = tmp_path / "x"
    clear(str(path))
    makers: list[t.Callable[[], object]] = [
        path.touch, lambda: path.symlink_to("kept"), lambda: os.mkfifo(path), path.mkdir,
    ]  # fmt: skip
    for make in makers:
        make()
        clear(str(path))
        assert not os.path.lexists(path)
    (path / "a/b").mkdir(parents=True)
    (path / "a").chmod(0o500)
    clear(str(path))
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
