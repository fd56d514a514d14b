"""Runbook 2.9: what a switch that was cut off left behind, and what is the operator's, with real git on real files."""

from __future__ import annotations

import os
import pathlib
import pwd
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _git_switch
from ansible_collections.ai_systems.runbook.plugins.module_utils._git_shadow import Shadow
from ansible_collections.ai_systems.runbook.plugins.module_utils._git_torn import read_mark, remove_mark, write_mark
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from tests.git_rig import Rig


def half_done(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut an update off when some files are new and some old."""
    rig.upstream.commit({"c.txt": "1"})
    rig.ship()
    (rig.upstream.path / "c.txt").write_text("2")
    rig.upstream.commit(
        {"a.txt": "changed a lot\n", "b.txt": "new file\n", "old/file": None, "bin/run": "#!/bin/dash\n"}
    )

    def cut_off(shadow: Shadow, *_rest: t.Any) -> None:
        (pathlib.Path(shadow.root) / "b.txt").write_text("new f")
        (pathlib.Path(shadow.root) / "a.txt").write_text("changed a lot\n")
        (pathlib.Path(shadow.root) / "old/file").unlink()
        (pathlib.Path(shadow.root) / "bin/run").write_text("")
        (pathlib.Path(shadow.root) / "c.txt").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(_git_switch, "_write_files", cut_off)
        with pytest.raises(KeyboardInterrupt):
            rig.ship()


def test_files_that_were_being_written_are_ours(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    half_done(rig, monkeypatch)
    rig.ship()
    rig.is_good(rig.upstream.head)


def test_an_edit_after_the_cut_is_still_the_operators(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    half_done(rig, monkeypatch)
    (rig.path / "a.txt").write_text("mine\n")
    with pytest.raises(StepError, match=r"modified a\.txt"):
        rig.ship()
    assert (rig.path / "a.txt").read_text() == "mine\n"


def test_another_version_may_be_declared_after_the_cut(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    half_done(rig, monkeypatch)
    commit = rig.upstream.commit({"a.txt": "third\n", "b.txt": None})
    rig.ship()
    rig.is_good(commit)
    assert not (rig.path / "b.txt").exists()


def test_without_a_cut_an_emptied_file_is_a_change(rig: Rig) -> None:
    rig.ship()
    rig.upstream.commit({"b.txt": "two"})
    (rig.path / "a.txt").write_text("")
    with pytest.raises(StepError, match=r"modified a\.txt"):
        rig.ship()


def test_the_mark_names_commits_and_nothing_else(tmp_path: pathlib.Path) -> None:
    account = pwd.getpwuid(os.geteuid())
    assert read_mark(str(tmp_path)) == ()
    write_mark(account, str(tmp_path), ("a" * 40, "b" * 40, "a" * 40))
    assert read_mark(str(tmp_path)) == ("a" * 40, "b" * 40)
    (mark,) = tmp_path.iterdir()
    mark.write_text(f"--output=/etc/passwd \x1b[2J {'c' * 40}\n")
    assert read_mark(str(tmp_path)) == ("c" * 40,)
    remove_mark(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
