from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _dpkg_files
from ansible_collections.ai_systems.runbook.plugins.module_utils._dpkg_files import (
    OwnedFiles,
    parse_diversions,
    read_owned,
)


def node(tmp_path: pathlib.Path, *, merged: bool = True, **lists: str | bytes) -> dict[str, str]:
    info = tmp_path / "info"
    info.mkdir()
    for name, text in lists.items():
        (info / f"{name}.list").write_bytes(text.encode() if isinstance(text, str) else text)
    (tmp_path / "usr/bin").mkdir(parents=True)
    if merged:
        for name in ("bin", "sbin", "lib"):
            (tmp_path / name).symlink_to(f"usr/{name}")
    return {"info": str(info), "diversions": str(tmp_path / "diversions"), "root": str(tmp_path)}


def test_what_the_lists_name_is_owned(tmp_path: pathlib.Path) -> None:
    owned = read_owned(**node(tmp_path, a="/.\n/usr\n/usr/bin\n/usr/bin/a\n", b="/usr/share/b c\n"))
    for path in ("/usr/bin", "/usr/bin/a", "/usr/share/b c"):
        assert path in owned
    for path in ("/usr/bin/b", "/usr/bin/a/", "usr/bin/a", "/bin/x", "/usr/local/bin/a"):
        assert path not in owned
    assert owned.unread == ()
    assert 3 not in owned


@pytest.mark.parametrize(("listed", "asked"), [
    ("/bin/ls", "/usr/bin/ls"), ("/usr/bin/ls", "/bin/ls"), ("/bin/ls", "/bin/ls"), ("/lib/a/b", "/usr/lib/a/b"),
    ("/sbin/x", "/usr/sbin/x"),
])  # fmt: skip
def test_lists_name_either_path_of_a_merged_usr(tmp_path: pathlib.Path, listed: str, asked: str) -> None:
    assert asked in read_owned(**node(tmp_path, a=f"{listed}\n"))


def test_without_the_links_there_are_no_two_paths(tmp_path: pathlib.Path) -> None:
    owned = read_owned(**node(tmp_path, merged=False, a="/bin/ls\n/usr/lib/x\n"))
    assert "/usr/bin/ls" not in owned
    assert "/lib/x" not in owned


def test_diversions(tmp_path: pathlib.Path) -> None:
    where = node(tmp_path, a="/usr/bin/a\n/usr/bin/b\n/bin/c\n")
    diverted = "/usr/bin/a\n/usr/bin/a.real\n:\n/usr/bin/b\n/usr/bin/b.dist\nother\n/bin/c\n/bin/c.real\n:\n"
    pathlib.Path(where["diversions"]).write_text(diverted + "/usr/bin/none\n/usr/bin/x\n:\ncut short\n")
    owned = read_owned(**where)
    # What the operator put in a diverted file's place is nobody's; what a package put there is that package's.
    assert [path in owned for path in ("/usr/bin/a", "/usr/bin/a.real", "/usr/bin/b", "/usr/bin/b.dist")] == [
        False, True, True, True,
    ]  # fmt: skip
    assert [path in owned for path in ("/bin/c", "/usr/bin/c", "/usr/bin/c.real", "/usr/bin/x")] == [
        False, False, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "found"), [
    ("", []), ("/a\n/b\n:\n", [("/a", "/b", ":")]), ("/a\n/b\n", [("/a", "/b", "")]), ("/a", []),
])  # fmt: skip
def test_lines_of_diversions(text: str, found: list[tuple[str, str, str]]) -> None:
    assert parse_diversions(text) == found


def test_a_name_in_any_encoding_is_found_as_scandir_gives_it(tmp_path: pathlib.Path) -> None:
    owned = read_owned(**node(tmp_path, a=b"/opt/\xff\xfe\n/opt/\xc3\xa4\n\x00\n\n"))
    assert os.fsdecode(b"/opt/\xff\xfe") in owned
    assert "/opt/ä" in owned


def test_what_cannot_be_read_is_said(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = node(tmp_path, a="/a\n", b="/" * 100, d="/d\n")
    os.mkfifo(f"{where['info']}/c.list")
    monkeypatch.setattr(_dpkg_files, "LIST_LIMIT", 50)
    monkeypatch.setattr(_dpkg_files, "MOST_LISTS", 3)
    owned = read_owned(**where)
    assert "/a" in owned
    assert owned.unread == tuple(f"{where['info']}/{name}.list" for name in ("b", "c", "d"))


def test_a_node_without_lists_owns_nothing_and_says_so(tmp_path: pathlib.Path) -> None:
    owned = read_owned(info=str(tmp_path / "none"), diversions=str(tmp_path / "none"), root=str(tmp_path))
    assert owned.unread == (str(tmp_path / "none"),)
    assert len(owned) == 0


def test_lines_may_be_anything() -> None:
    owned = OwnedFiles(["", "x", "/", "{{ x }}", "/bin"], aliases=("bin",))
    assert "/usr/bin" not in owned
    assert "/bin" in owned
