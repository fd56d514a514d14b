from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _venv_installed
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError
from ansible_collections.ai_systems.runbook.plugins.module_utils._pip_requirement import parse_requirement
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_installed import (
    Closure,
    Dist,
    closure,
    parse_metadata,
    read_dists,
)

PI = {"os_name": "posix", "python_version": "3.13"}


def dist(name: str, version: str = "1.0", *requires: str, record: str = "r") -> Dist:
    return Dist(name, version, f"{name}-{version}.dist-info", requires, record)


def reached(dists: t.Sequence[Dist], *roots: str) -> Closure:
    return closure(dists, [parse_requirement(root) for root in roots], PI)


def test_metadata_ends_where_the_description_begins() -> None:
    text = "Metadata-Version: 2.1\nName: X\nRequires-Dist: a ;\n  extra == 'b'\nRequires-Dist: c\n\nName: no\n"
    text = text.replace("\n", "\r\n")
    assert parse_metadata(text) == {
        "metadata-version": ["2.1"],
        "name": ["X"],
        "requires-dist": ["a ; extra == 'b'", "c"],
    }
    assert parse_metadata("") == {}
    assert parse_metadata(" folded first\nno colon\nA: b") == {"a": ["b"]}


def test_what_is_installed(tmp_path: pathlib.Path) -> None:
    for folder, files in {
        "Foo_Bar-1.0.dist-info": {"METADATA": "Name: Foo.Bar\nVersion: 1.0\n\n", "RECORD": "a,,\n"},
        "half-1.0.dist-info": {"METADATA": "Name: half\nVersion: 1.0\n\n"},
        "empty-1.0.dist-info": {},
        "~gone-1.0.dist-info": {"METADATA": "Name: gone\nVersion: 1\n\n"},
        "old.egg-info": {"PKG-INFO": "Name: old\nVersion: 2\n\n", "installed-files.txt": "x"},
        "evil-1.dist-info": {"METADATA": "Name: --option\nVersion: 1\n\n", "RECORD": ""},
        "code": {"METADATA": "Name: code\n"},
    }.items():
        (tmp_path / folder).mkdir()
        for name, text in files.items():
            (tmp_path / folder / name).write_text(text)
    found = {one.name: (one.version, one.is_whole) for one in read_dists(str(tmp_path))}
    assert found == {
        "foo-bar": ("1.0", True), "half": ("1.0", False), "empty": ("", False), "old": ("2", True),
        "--option": ("1", True),
    }  # fmt: skip
    assert read_dists(str(tmp_path / "nothing")) == []


def test_a_trap_is_not_read(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x-1.dist-info").mkdir()
    os.mkfifo(tmp_path / "x-1.dist-info" / "METADATA")
    with pytest.raises(FileError, match="not a regular file"):
        read_dists(str(tmp_path))
    monkeypatch.setattr(_venv_installed, "MOST", 0)
    with pytest.raises(FileError, match="0 are the most"):
        read_dists(str(tmp_path))


def test_needs_are_followed_by_markers_and_extras() -> None:
    dists = [
        dist("a", "1.0", "b>=1", "c; os_name == 'nt'", "d; extra == 'more'", "not a requirement!"),
        dist("b", "1.5", "a"),
        dist("d", "2.0"),
        dist("stray"),
    ]
    assert reached(dists, "a") == Closure(frozenset("ab"), ())
    assert reached(dists, "a[more]") == Closure(frozenset("abd"), ())
    assert reached(dists, "A[More]>=1").names == frozenset("abd")


@pytest.mark.parametrize(
    ("roots", "unmet"),
    [
        (["a==2"], "a==2, and 1.0 is installed"),
        (["nothing"], "nothing, which is not installed"),
        (["b"], "b needs c>=3, and 1.0 is installed"),
        (["half"], "half, which is not installed"),
    ],
)
def test_what_is_not_met(roots: list[str], unmet: str) -> None:
    dists = [dist("a"), dist("b", "1.0", "c>=3"), dist("c"), dist("half", record="")]
    assert reached(dists, *roots).unmet == (unmet,)


def test_circles_and_ten_thousand() -> None:
    dists = [dist(f"n{at}", "1.0", f"n{(at + 1) % 10_000}") for at in range(10_000)]
    assert len(reached(dists, "n0").names) == 10_000
