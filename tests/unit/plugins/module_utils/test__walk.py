from __future__ import annotations

import itertools
import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _walk
from ansible_collections.ai_systems.runbook.plugins.module_utils._walk import Folder, Root, Walk
from tests.tree_rig import Link, build, walk


class Seen:
    """A look that writes down what it was shown."""

    def __init__(self, *skip: str) -> None:
        self.skip = skip
        self.folders: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {}
        self.checkouts: dict[str, str] = {}

    def __call__(self, folder: Folder) -> t.Collection[str]:
        assert folder.path not in self.folders
        self.folders[folder.path] = (folder.folders, folder.files, folder.links)
        self.checkouts[folder.path] = folder.checkout
        return self.skip


def test_each_folder_is_shown_once_and_links_are_not_followed(tmp_path: pathlib.Path) -> None:
    build(tmp_path, {"a/b/file": "", "a/loop": Link(".."), "a/c": None, "file": "", "out": Link("/")})
    os.mkfifo(tmp_path / "a/fifo")
    seen = Seen()
    assert walk(seen, str(tmp_path)) == []
    base = str(tmp_path)
    assert seen.folders == {
        base: (("a",), ("file",), ("out",)),
        f"{base}/a": (("b", "c"), (), ("loop",)),
        f"{base}/a/b": ((), ("file",), ()),
        f"{base}/a/c": ((), (), ()),
    }


def test_what_a_look_skips_is_not_entered(tmp_path: pathlib.Path) -> None:
    build(tmp_path, {"a/x": "", "b/a/x": "", "b/.git/objects/x": ""})
    seen = Seen("a")
    walk(seen, str(tmp_path))
    assert sorted(seen.folders) == [str(tmp_path), f"{tmp_path}/b"]


def test_a_checkout_holds_for_all_below_it_but_never_for_a_root(tmp_path: pathlib.Path) -> None:
    build(
        tmp_path,
        {".git/x": "", "a/.git/x": "", "a/b/c": "", "w/.git": "gitdir: x", "bin/.git/x": "", "l/.git": Link("/")},
    )
    one = Walk(seen := Seen(), seconds=9, places=[f"{tmp_path}/bin"])
    one.through([Root(str(tmp_path))])
    base = str(tmp_path)
    assert seen.checkouts == {
        base: "", f"{base}/a": f"{base}/a", f"{base}/a/b": f"{base}/a", f"{base}/w": f"{base}/w", f"{base}/bin": "",
        f"{base}/l": "",
    }  # fmt: skip


def test_too_deep_is_said_where_the_whole_tree_was_asked_for(tmp_path: pathlib.Path) -> None:
    build(tmp_path, {"a/b/c": None})
    assert [tuple(one) for one in walk(Seen(), Root(str(tmp_path), 1))] == [
        (f"{tmp_path}/a/b", "it lies more than 1 folders deep")
    ]
    assert walk(Seen(), Root(str(tmp_path), 1, whole=False)) == []


def test_another_file_system_is_not_even_asked(tmp_path: pathlib.Path) -> None:
    build(tmp_path, {"a/b": None, "c": None})
    one = Walk(seen := Seen(), seconds=9, mounts=[f"{tmp_path}/a"])
    one.through([Root(str(tmp_path))])
    assert [tuple(missed) for missed in one.missed] == [(f"{tmp_path}/a", "another file system is mounted there")]
    assert sorted(seen.folders) == [str(tmp_path), f"{tmp_path}/c"]
    # Also where the table of mounts did not say so.
    assert [missed.reason for missed in walk(Seen(), Root("/", 1, whole=False))].count(
        "another file system is mounted there"
    ) > 1


def test_a_root_that_is_none(tmp_path: pathlib.Path) -> None:
    build(tmp_path, {"file": "", "link": Link("/")})
    assert walk(Seen(), f"{tmp_path}/none") == []
    missed = walk(seen := Seen(), f"{tmp_path}/file", f"{tmp_path}/link")
    assert [one.path for one in missed] == [f"{tmp_path}/file", f"{tmp_path}/link"]
    assert seen.folders == {}


def test_what_may_not_be_read_is_said(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path, {"a/x": "", "b/x": ""})
    opened = os.open

    def refuse(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if path == "a":
            raise PermissionError(13, "Permission denied")
        return opened(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", refuse)
    assert [tuple(one) for one in walk(Seen(), str(tmp_path))] == [
        (f"{tmp_path}/a", "it cannot be opened: Permission denied")
    ]


def test_no_root_takes_the_time_of_the_others(tmp_path: pathlib.Path) -> None:
    build(tmp_path, {**{f"big/{number}": None for number in range(100)}, "small/a": None, "last/a": None})
    ticks = itertools.count()
    one = Walk(seen := Seen(), seconds=60, clock=lambda: next(ticks))
    one.through([Root(f"{tmp_path}/{name}") for name in ("big", "small", "last")])
    assert [missed.path for missed in one.missed] == [f"{tmp_path}/big"]
    assert one.missed[0].reason.startswith(f"the time for it was over at {tmp_path}/big/")
    assert f"{tmp_path}/last/a" in seen.folders


def test_a_folder_of_a_hundred_thousand_files_is_read_within_its_time(tmp_path: pathlib.Path) -> None:
    for number in range(20_000):
        (tmp_path / str(number)).touch()
    ticks = itertools.count()
    one = Walk(seen := Seen(), seconds=4, clock=lambda: next(ticks))
    one.through([Root(str(tmp_path))])
    assert [missed.path for missed in one.missed] == [str(tmp_path)]
    assert seen.folders == {}


def test_a_folder_with_more_entries_than_bearable_is_said(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_walk, "MOST_ENTRIES", 10)
    build(tmp_path, {str(number): "" for number in range(20)})
    seen = Seen()
    assert [one.reason for one in walk(seen, str(tmp_path))] == ["it holds more than 10 entries"]
    assert len(seen.folders[str(tmp_path)][1]) == 11


def test_of_too_many_misses_the_rest_is_counted(tmp_path: pathlib.Path) -> None:
    build(tmp_path, {str(number): None for number in range(60)})
    one = Walk(Seen(), seconds=9)
    one.through([Root(str(tmp_path), 0)])
    assert (len(one.missed), one.left_out) == (50, 10)


def test_reading_is_bounded_and_follows_no_link(tmp_path: pathlib.Path) -> None:
    build(tmp_path, {"a": "content", "l": Link("a"), "d/a": "below", "d/dl": Link("."), "bad": b"\xff"})
    os.mkfifo(tmp_path / "fifo")
    said: dict[str, t.Any] = {}

    def look(folder: Folder) -> t.Collection[str]:
        if folder.path == str(tmp_path):
            for name in ("a", "l", "fifo", "d", "none", "d/a", "bad", "nul\0"):
                said[name] = folder.read(name, 3)
            said["names"] = folder.names("d"), folder.names("l"), folder.names("d/dl"), folder.names("none")
            said["status"] = folder.status("a"), folder.status("none")
            said["target"] = folder.target("l"), folder.target("a"), folder.name
        return ()

    walk(look, str(tmp_path))
    assert {name: said[name] for name in ("a", "l", "fifo", "d", "none", "d/a", "bad", "nul\0")} == {
        "a": "con", "l": None, "fifo": None, "d": None, "none": None, "d/a": "bel", "bad": "\ufffd", "nul\0": None,
    }  # fmt: skip
    assert said["names"] == (((), ("a",), ("dl",)), ((), (), ()), ((), (), ()), ((), (), ()))
    assert said["status"][0].st_size == 7
    assert said["status"][1] is None
    assert said["target"] == (f"{tmp_path}/a", "", tmp_path.name)


def test_no_descriptor_is_left_open(tmp_path: pathlib.Path) -> None:
    build(tmp_path, {"a/b/c/d": None, "x": None})
    before = len(list(pathlib.Path("/proc/self/fd").iterdir()))
    walk(Seen(), str(tmp_path))
    walk(Seen(), Root(str(tmp_path), 1))
    ticks = itertools.count()
    Walk(Seen(), seconds=3, clock=lambda: next(ticks)).through([Root(str(tmp_path))])
    assert len(list(pathlib.Path("/proc/self/fd").iterdir())) == before
