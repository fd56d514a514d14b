from __future__ import annotations

import pathlib
import struct

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _tree_git
from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_git import INDEX, tracked
from tests.git_rig import Upstream

NAMES = ["a", "a-longer-name", "a/b/c", "a/b/d", "x" * 7, "x" * 8, "y" * 200, "z\udcff"]


def index(tmp_path: pathlib.Path, version: int) -> bytes:
    upstream = Upstream(tmp_path / "p")
    upstream.git("config", "index.version", str(version))
    upstream.commit({name if name != "a" else "a.txt": "" for name in NAMES})
    upstream.git("update-index", "--index-version", str(version))
    return (tmp_path / "p" / INDEX).read_bytes()


@pytest.mark.parametrize("version", [2, 4])
def test_what_git_itself_wrote(tmp_path: pathlib.Path, version: int) -> None:
    content = index(tmp_path, version)
    assert content[7] == version
    assert tracked(content) == {"a.txt", *NAMES[1:]}


def test_an_entry_with_more_flags(tmp_path: pathlib.Path) -> None:
    index(tmp_path, 2)
    upstream = tmp_path / "p"
    (upstream / "new").touch()
    git = Upstream.__new__(Upstream)
    git.path = upstream
    git.git("add", "--intent-to-add", "new")
    content = (upstream / INDEX).read_bytes()
    assert content[7] == 3
    assert tracked(content) == {"a.txt", "new", *NAMES[1:]}


def test_a_long_name_has_no_length_in_its_flags(tmp_path: pathlib.Path) -> None:
    upstream = Upstream(tmp_path / "p")
    name = "/".join(["d" * 200] * 15)
    upstream.commit({"a": ""})
    blob = upstream.git("rev-parse", "HEAD:a")
    upstream.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{name}/" + "e" * 200 + "/" + "f" * 200 * 6)
    assert len(tracked((tmp_path / "p" / INDEX).read_bytes())) == 2


@pytest.mark.parametrize("content", [
    None, b"", b"DIRC", b"DIRC" + struct.pack(">LL", 2, 5), b"JUNK" + struct.pack(">LL", 2, 0),
    b"DIRC" + struct.pack(">LL", 9, 0), b"DIRC" + struct.pack(">LL", 2, 2**32 - 1),
    b"DIRC" + struct.pack(">LL", 2, 1) + b"x" * 100, b"DIRC" + struct.pack(">LL", 4, 1) + b"\0" * 62 + b"\xff" * 40,
    b"DIRC" + struct.pack(">LL", 4, 1) + b"\0" * 62 + b"\x05abc\0",
])  # fmt: skip
def test_what_is_no_index_names_nothing(content: bytes | None) -> None:
    assert tracked(content) == frozenset()


def test_an_index_that_is_cut_names_nothing(tmp_path: pathlib.Path) -> None:
    content = index(tmp_path, 2)
    assert tracked(content[:200]) == frozenset()


def test_an_index_of_too_many_names_is_not_read(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = index(tmp_path, 2)
    monkeypatch.setattr(_tree_git, "_MOST", 3)
    assert tracked(content) == frozenset()
