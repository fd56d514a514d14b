"""Files taken out of the way: nothing is lost, and the manifest says where it went."""

from __future__ import annotations

import json
import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _moved_aside
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError, write_atomically
from ansible_collections.ai_systems.runbook.plugins.module_utils._moved_aside import (
    Moved,
    move_aside,
    move_link_aside,
    put_back,
)


@pytest.fixture
def file(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    def as_ourselves(path: str, content: bytes, *, mode: int, uid: int = 0, gid: int = 0) -> None:
        del uid, gid
        write_atomically(path, content, mode=mode, uid=os.getuid(), gid=os.getgid())

    monkeypatch.setattr(_moved_aside, "write_atomically", as_ourselves)
    path = tmp_path / "10-eth0.network"
    path.write_bytes(b"before\xff")
    path.chmod(0o640)
    return path


def move(path: pathlib.Path, *, keep: bool = False) -> Moved:
    return move_aside(str(path), clause="2.4", why="replaced", keep=keep, folder=str(path.parent / "aside"))


def manifest(path: pathlib.Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((path.parent / "aside" / "manifest.json").read_text())
    return found


def test_a_file_goes_aside_and_the_manifest_tells(file: pathlib.Path) -> None:
    moved = move(file)
    assert not file.exists()
    assert pathlib.Path(moved.aside).read_bytes() == b"before\xff"
    assert pathlib.Path(moved.aside).stat().st_mode & 0o777 == 0o600
    assert pathlib.Path(moved.aside).parent.stat().st_mode & 0o777 == 0o700
    (entry,) = manifest(file)
    assert (entry["original"], entry["aside"], entry["mode"], entry["clause"], entry["why"]) == (
        *(str(file), moved.aside, 0o640),
        *("2.4", "replaced"),
    )


def test_it_comes_back_as_it_was(file: pathlib.Path) -> None:
    moved = move(file)
    put_back(moved, folder=str(file.parent / "aside"))
    assert file.read_bytes() == b"before\xff"
    assert file.stat().st_mode & 0o777 == 0o640
    assert manifest(file) == []
    assert not pathlib.Path(moved.aside).exists()


def test_two_of_one_name_stay_apart(file: pathlib.Path) -> None:
    first = move(file)
    file.write_text("second")
    second = move(file)
    assert first.aside != second.aside
    assert len(manifest(file)) == 2


def test_a_copy_leaves_the_original(file: pathlib.Path) -> None:
    move(file, keep=True)
    assert file.exists()
    assert len(manifest(file)) == 1


@pytest.mark.parametrize("kind", ["missing", "link", "folder"])
def test_what_is_no_plain_file_is_refused(file: pathlib.Path, kind: str) -> None:
    other = file.parent / "other"
    if kind == "link":
        other.symlink_to(file)
    elif kind == "folder":
        other.mkdir()
    with pytest.raises(FileError, match="is not a regular file"):
        move(other)
    assert file.exists()


def test_a_manifest_that_is_none_is_never_overwritten(file: pathlib.Path) -> None:
    (file.parent / "aside").mkdir()
    (file.parent / "aside" / "manifest.json").write_text("not a list")
    with pytest.raises(FileError, match="look at it, then move it away"):
        move(file)
    assert file.exists()


def test_what_is_gone_cannot_come_back(file: pathlib.Path) -> None:
    moved = move(file)
    pathlib.Path(moved.aside).unlink()
    with pytest.raises(FileError, match="cannot be put back"):
        put_back(moved, folder=str(file.parent / "aside"))


def move_link(path: pathlib.Path) -> Moved:
    return move_link_aside(str(path), clause="4.3", why="replaced", folder=str(path.parent / "aside"))


@pytest.fixture
def link(file: pathlib.Path) -> pathlib.Path:
    path = file.parent / "web.service"
    path.symlink_to("../nowhere/web.service")
    return path


def test_a_link_goes_aside_also_a_dangling_one(link: pathlib.Path) -> None:
    moved = move_link(link)
    assert not link.is_symlink()
    assert str(pathlib.Path(moved.aside).readlink()) == moved.target == "../nowhere/web.service"
    (entry,) = manifest(link)
    assert (entry["original"], entry["aside"], entry["target"], entry["clause"], entry["why"]) == (
        *(str(link), moved.aside, "../nowhere/web.service"),
        *("4.3", "replaced"),
    )


def test_a_link_comes_back_as_it_was(link: pathlib.Path) -> None:
    kept = move_link(link)
    link.symlink_to("/another")
    moved = move_link(link)
    assert moved.aside != kept.aside
    put_back(moved, folder=str(link.parent / "aside"))
    assert str(link.readlink()) == "/another"
    assert [entry["target"] for entry in manifest(link)] == ["../nowhere/web.service"]
    assert not pathlib.Path(moved.aside).is_symlink()
    # What lies in its place by now is nobody's to overwrite.
    with pytest.raises(FileExistsError):
        put_back(kept, folder=str(link.parent / "aside"))
    assert str(link.readlink()) == "/another"


def test_what_is_no_link_is_not_moved_as_one(file: pathlib.Path) -> None:
    for path in (file, file.parent / "missing"):
        with pytest.raises(FileError, match="is no symbolic link, so it cannot be moved aside as one"):
            move_link(path)
    assert file.exists()
