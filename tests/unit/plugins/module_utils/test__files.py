from __future__ import annotations

import io
import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._files import (
    FileError,
    metadata,
    read_bounded,
    read_text,
    remove_if_there,
    write_atomically,
)

ME = {"uid": os.getuid(), "gid": os.getgid()}


def test_write_sets_content_and_mode(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file"
    write_atomically(str(path), b"new\n", mode=0o640, **ME)
    assert path.read_bytes() == b"new\n"
    assert metadata(str(path)) == ("file", 0o640, os.getuid(), os.getgid())


def test_write_replaces_a_link_and_never_follows_it(tmp_path: pathlib.Path) -> None:
    target = tmp_path / "precious"
    target.write_text("precious")
    link = tmp_path / "link"
    link.symlink_to(target)
    write_atomically(str(link), b"new", mode=0o600, **ME)
    assert (target.read_text(), link.is_symlink()) == ("precious", False)


def test_a_failed_write_leaves_the_old_file_and_no_other(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(str(path), b"new", mode=0o600, **ME)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
    assert path.read_text() == "old"


def test_nothing_there_is_none(tmp_path: pathlib.Path) -> None:
    assert read_bounded(str(tmp_path / "none")) is None
    assert read_text(str(tmp_path / "none" / "deeper")) is None
    assert metadata(str(tmp_path / "none")) is None


@pytest.mark.parametrize("path", ["/dev/zero", "/"])
def test_what_never_ends_is_refused(path: str) -> None:
    with pytest.raises((FileError, IsADirectoryError)):
        read_bounded(path)


def test_a_fifo_does_not_block(tmp_path: pathlib.Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(FileError, match="not a regular file"):
        read_bounded(str(fifo))


def test_a_huge_file_is_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "huge"
    path.touch()
    os.truncate(path, 1 << 40)
    with pytest.raises(FileError, match="larger than 10 bytes"):
        read_bounded(str(path), limit=10)


def test_a_read_asks_the_kernel_for_little_at_a_time(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Told(io.FileIO):
        def read(self, size: int | None = -1, /) -> bytes:
            asked.append(size or -1)
            return super().read(size)

    monkeypatch.setattr(os, "fdopen", lambda descriptor, _mode, **_options: Told(descriptor, "rb"))
    content = bytes(range(256)) * 4096
    (tmp_path / "large").write_bytes(content)
    assert read_bounded(str(tmp_path / "large")) == content
    # A node of 1 GiB refused 4 MiB for /proc/sys/kernel/panic.
    assert min(asked) > 0
    assert max(asked) <= 256 * 1024


def test_remove_says_whether_there_was_one(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file"
    path.touch()
    assert remove_if_there(str(path))
    assert not remove_if_there(str(path))


def test_a_folder_is_no_regular_file(tmp_path: pathlib.Path) -> None:
    with pytest.raises(FileError, match=f"{tmp_path} is not a regular file"):
        read_bounded(str(tmp_path))
