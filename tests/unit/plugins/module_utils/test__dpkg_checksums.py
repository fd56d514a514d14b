"""Sums as dpkg keeps them, and what is original by them."""

from __future__ import annotations

import hashlib
import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _dpkg_checksums
from ansible_collections.ai_systems.runbook.plugins.module_utils._dpkg_checksums import (
    Checksums,
    Sum,
    in_place,
    in_usr,
    parse_conffiles,
    parse_md5sums,
    read_checksums,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._dpkg_files import OwnedFiles

EMPTY = "d41d8cd98f00b204e9800998ecf8427e"
OTHER = "0" * 32


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/bin/sh", "/usr/bin/sh"), ("/lib/x", "/usr/lib/x"), ("/lib64/ld.so", "/usr/lib64/ld.so"),
        ("/usr/bin/sh", "/usr/bin/sh"), ("/etc/bin/x", "/etc/bin/x"), ("/library/x", "/library/x"),
    ],
)  # fmt: skip
def test_paths_lie_in_usr(path: str, place: str) -> None:
    assert in_usr(path) == place


def test_lists_are_read_line_by_line() -> None:
    text = f"{EMPTY}  bin/a b\nnonsense\n{EMPTY} one-space\nshort  x\n"
    assert list(parse_md5sums(text)) == [("/usr/bin/a b", EMPTY)]


def test_configuration_files_come_from_the_status_file() -> None:
    status = (
        f"Package: a\nConffiles:\n /etc/a {EMPTY}\n /etc/old {EMPTY} obsolete\n /etc/new newconffile\nDescription: x\n"
        f" /etc/no {EMPTY}\n\nPackage: b\nVersion: 1\n"
    )
    assert list(parse_conffiles(status)) == [("/etc/a", EMPTY)]


def test_what_another_package_diverts_lies_elsewhere() -> None:
    sums = [("vim-tiny", "/usr/share/h", "a"), ("vim-runtime", "/usr/share/h", "b"), ("x:amd64", "/usr/bin/x", "c")]
    diversions = [("/usr/share/h", "/usr/share/h.tiny", "vim-runtime"), ("/usr/bin/x", "/usr/bin/x.old", ":")]
    assert in_place(sums, diversions) == {
        "/usr/share/h.tiny": ("vim-tiny", "a"),
        "/usr/share/h": ("vim-runtime", "b"),
        "/usr/bin/x.old": ("x:amd64", "c"),
    }


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_what_was_diverted_has_its_sum_where_it_lies_now(tmp_path: pathlib.Path, names: tuple[str, str]) -> None:
    """Whichever list comes first: one package keeps the name, the other's file lies beside."""
    kept, moved = names
    (tmp_path / f"{kept}.md5sums").write_text(f"{EMPTY}  usr/bin/x\n")
    (tmp_path / f"{moved}.md5sums").write_text(f"{OTHER}  usr/bin/x\n{OTHER}  bin/y\n")
    diversions = [("/usr/bin/x", "/usr/bin/x.old", kept), ("/bin/y", "/bin/y.old", ":")]
    owned = OwnedFiles(["/usr/bin/x", "/bin/y"], aliases=["bin"])
    owned.divert(diversions)
    sums = read_checksums("", info=str(tmp_path), owned=owned, diversions=diversions)
    paths = ("/usr/bin/x", "/usr/bin/x.old", "/usr/bin/y", "/usr/bin/y.old")
    assert [sums.expected(path) for path in paths] == [EMPTY, OTHER, "", OTHER]
    assert sums.unread == ()
    assert sorted(sums.paths()) == ["/usr/bin/x", "/usr/bin/x.old", "/usr/bin/y.old"]


def test_a_sum_for_what_no_package_owns_makes_it_no_package_s(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.md5sums").write_text(f"{EMPTY}  usr/bin/a\n{EMPTY}  usr/bin/b\n")
    sums = read_checksums("", info=str(tmp_path), owned=OwnedFiles(["/usr/bin/a"]))
    assert (sums.expected("/usr/bin/a"), sums.expected("/usr/bin/b")) == (EMPTY, "")


def test_configuration_has_a_sum_too_and_its_package(tmp_path: pathlib.Path) -> None:
    status = f"Package: p\nConffiles:\n /etc/a {EMPTY}\n"
    sums = read_checksums(status, info=str(tmp_path), owned=OwnedFiles(["/etc/a"]))
    assert (sums.expected("/etc/a"), sums.configuration["/etc/a"].package, sums.brought) == (EMPTY, "p", {})
    assert sums.paths() == ["/etc/a"]


def test_lists_that_cannot_be_read_are_named(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "a.md5sums")
    assert read_checksums("", info=str(tmp_path), owned=OwnedFiles([])).unread == (f"{tmp_path}/a.md5sums",)
    missing = str(tmp_path / "none")
    assert read_checksums("", info=missing, owned=OwnedFiles([])).unread == (missing,)


def test_only_a_plain_file_with_that_content_is_original(tmp_path: pathlib.Path) -> None:
    (tmp_path / "same").touch()
    (tmp_path / "other").write_text("x")
    os.mkfifo(tmp_path / "fifo")
    names = ("/same", "/other", "/fifo", "/gone")
    sums = Checksums(dict.fromkeys(names, Sum("p", EMPTY)), base=str(tmp_path))
    assert [name for name in (*names, "/nobodys") if sums.is_original(name)] == ["/same"]
    (tmp_path / "same").write_text("changed since, and not read again")
    assert sums.is_original("/same")


def test_what_is_computed_ahead_is_only_looked_up(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "usr" / "bin").mkdir(parents=True)
    (tmp_path / "usr" / "bin" / "x").write_bytes(b"x")
    (tmp_path / "bin").symlink_to("usr/bin")
    expected = hashlib.md5(b"x", usedforsecurity=False).hexdigest()
    sums = Checksums({"/usr/bin/x": Sum("p", expected)}, base=str(tmp_path))
    sums.ahead(["/bin/x", "/usr/bin/gone"])
    monkeypatch.setattr(_dpkg_checksums, "md5_of", lambda path: pytest.fail(f"{path} was read again"))
    assert sums.is_original("/usr/bin/x")
    assert sums.actual("/usr/bin/gone") == ""
