from __future__ import annotations

import pathlib
import subprocess

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._project_commit import (
    Committed,
    blob_id,
    committed,
    head_of,
    why_not_as_committed,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from tests.git_rig import Upstream


@pytest.fixture
def upstream(tmp_path: pathlib.Path) -> Upstream:
    made = Upstream(tmp_path / "checkout")
    made.commit({"p/r.txt": "a==1\n", "p/lib/x.py": "1\n", "*": "star\n", "-x": "dash\n"})
    return made


def test_files_and_folders_of_the_commit(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    (tmp_path / "own").mkdir()
    asked = ["p/r.txt", "p/lib", "p/lib/x.py", "p/nothing", "*", "-x"]
    found = committed(str(upstream.path), asked, str(tmp_path / "own"))
    assert {path: found[path].kind for path in asked if path in found} == {
        "p/r.txt": "blob", "p/lib": "tree", "p/lib/x.py": "blob", "*": "blob", "-x": "blob",
    }  # fmt: skip
    assert found["p/r.txt"].id == blob_id(b"a==1\n")
    assert head_of(str(upstream.path)) == upstream.head
    assert committed(str(upstream.path), [], "/nowhere") == {}


def test_more_paths_than_a_command_line_takes(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    (tmp_path / "own").mkdir()
    asked = [f"folder-{'x' * 100}/{number}" for number in range(3000)]
    assert set(committed(str(upstream.path), [*asked, "p/r.txt"], str(tmp_path / "own"))) >= {"p/r.txt"}


def test_the_id_is_gits_own(tmp_path: pathlib.Path) -> None:
    (tmp_path / "f").write_bytes(b"x\0\xff")
    said = subprocess.run(["git", "hash-object", str(tmp_path / "f")], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == blob_id(b"x\0\xff")


def test_what_is_no_checkout(tmp_path: pathlib.Path) -> None:
    with pytest.raises(StepError, match=r"the repository role \(2\.9\) comes first"):
        head_of(str(tmp_path))
    (tmp_path / ".git").write_text("gitdir: /etc")
    with pytest.raises(StepError, match="is no git checkout"):
        head_of(str(tmp_path))


@pytest.mark.parametrize(
    ("entry", "blob", "words"),
    [
        (Committed("100644", "blob", "1"), "1", ""),
        (Committed("040000", "tree", "1"), None, ""),
        (None, "1", "p/x is in the checkout, and in no commit; commit it and ship it"),
        (None, None, "in no commit"),
        (Committed("100644", "blob", "2"), "1", "p/x differs from the checkout's commit"),
        (Committed("120000", "blob", "1"), "1", "p/x is no file in the checkout's commit"),
        (Committed("040000", "tree", "1"), "1", "p/x is no file"),
        (Committed("100644", "blob", "1"), None, "p/x is no folder"),
    ],
)
def test_what_lies_there_against_the_commit(entry: Committed | None, blob: str | None, words: str) -> None:
    said = why_not_as_committed("p/x", entry, blob)
    assert words in said
    assert bool(said) == bool(words)
