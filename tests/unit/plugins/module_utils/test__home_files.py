"""Root's hands in a folder that somebody else rearranges: real files, links and races."""

from __future__ import annotations

import os
import pathlib
import stat
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError
from ansible_collections.ai_systems.runbook.plugins.module_utils._home_files import (
    LIMIT,
    Held,
    make_folder,
    own_folder,
    put_file,
    read_file,
    read_folder,
)

UID, GID = os.getuid(), os.getgid()


@pytest.fixture
def home(tmp_path: pathlib.Path) -> pathlib.Path:
    # pytest's own folders may be reached over a link, which is what is refused here.
    folder = tmp_path.resolve() / "home"
    folder.mkdir(mode=0o700)
    return folder


def test_a_file_is_put_and_read(home: pathlib.Path) -> None:
    path = str(home / "keys")
    assert read_file(path) is None
    put_file(path, Held(0o600, UID, GID, b"a\n"))
    assert read_file(path) == Held(0o600, UID, GID, b"a\n")
    put_file(path, None)
    put_file(path, None)
    assert list(home.iterdir()) == []


def test_what_is_not_there_is_none(home: pathlib.Path) -> None:
    assert read_file(str(home / "no" / "keys")) is None
    assert read_folder(str(home / "no")) is None
    with pytest.raises(FileError, match="not there any more"):
        put_file(str(home / "no" / "keys"), None)


@pytest.mark.parametrize("kind", ["link", "dangling", "hard link", "fifo", "folder", "large"])
def test_a_file_that_is_none_is_refused(home: pathlib.Path, kind: str) -> None:
    secret = home / "secret"
    secret.write_bytes(b"SECRET")
    path = home / "keys"
    match kind:
        case "link":
            path.symlink_to(secret)
        case "dangling":
            path.symlink_to("/nowhere\x1b[2J")
        case "hard link":
            path.hardlink_to(secret)
        case "fifo":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case _:
            path.write_bytes(b"x" * (LIMIT + 1))
    with pytest.raises(FileError, match="look at it, and remove it") as caught:
        read_file(str(path))
    assert "\x1b" not in str(caught.value)


def test_a_link_is_replaced_and_never_written_through(home: pathlib.Path) -> None:
    secret, path = home / "secret", home / "keys"
    secret.write_bytes(b"SECRET")
    path.symlink_to(secret)
    put_file(str(path), Held(0o600, UID, GID, b"a"))
    assert (secret.read_bytes(), path.read_bytes(), path.is_symlink()) == (b"SECRET", b"a", False)


@pytest.mark.parametrize(
    "act",
    [
        lambda link: read_file(f"{link}/inside"),
        read_folder,
        lambda link: put_file(f"{link}/inside", Held(0o600, UID, GID, b"")),
        lambda link: make_folder(f"{link}/inside", mode=0o700, uid=UID, gid=GID),
        lambda link: own_folder(link, mode=0o777, uid=UID, gid=GID),
    ],
)
def test_no_folder_on_the_way_may_be_a_link(home: pathlib.Path, act: t.Callable[[str], object]) -> None:
    (home / "real").mkdir(mode=0o755)
    (home / "link").symlink_to("real")
    with pytest.raises(FileError, match="symbolic link to 'real'"):
        act(str(home / "link"))
    assert list((home / "real").iterdir()) == []
    assert stat.S_IMODE((home / "real").stat().st_mode) == 0o755


def test_a_file_on_the_way_is_no_folder(home: pathlib.Path) -> None:
    (home / "file").write_text("")
    with pytest.raises(FileError, match="is no folder"):
        read_folder(str(home / "file"))


def test_a_folder_is_made_whole_with_its_skeleton(home: pathlib.Path) -> None:
    skeleton = home / "skel"
    skeleton.mkdir()
    (skeleton / ".bashrc").write_text("x")
    (skeleton / "link").symlink_to("/etc/shadow")
    (skeleton / "folder").mkdir()
    make_folder(str(home / "anna"), mode=0o711, uid=UID, gid=GID, skeleton=str(skeleton))
    assert read_folder(str(home / "anna")) == Held(0o711, UID, GID)
    assert [entry.name for entry in (home / "anna").iterdir()] == [".bashrc"]


def test_a_folder_that_came_up_meanwhile_is_not_lost(home: pathlib.Path) -> None:
    (home / "anna").mkdir()
    (home / "anna" / "file").write_text("x")
    with pytest.raises(OSError, match="not empty"):
        make_folder(str(home / "anna"), mode=0o711, uid=UID, gid=GID)
    assert [entry.name for entry in home.iterdir()] == ["anna"]


def test_owning_a_folder_touches_nothing_below(home: pathlib.Path) -> None:
    (home / "file").write_text("x")
    (home / "file").chmod(0o644)
    own_folder(str(home), mode=0o711, uid=UID, gid=GID)
    assert read_folder(str(home)) == Held(0o711, UID, GID)
    assert stat.S_IMODE((home / "file").stat().st_mode) == 0o644
