"""The controller's side of runbook 2.9: what a run has asked already."""

from __future__ import annotations

import os
import pathlib

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_run_notes import RunNotes, this_run


def test_this_run_is_named_after_the_process_that_forks_the_workers() -> None:
    assert str(os.getppid()) in this_run()


def test_notes_are_for_their_own_run_alone(tmp_path: pathlib.Path) -> None:
    notes = RunNotes(tmp_path, "one")
    assert (notes.fetched, notes.answers) == (False, {})
    notes.fetched = True
    notes.answers["main"] = {"error": "gone"}
    notes.save()
    again = RunNotes(tmp_path, "one")
    assert (again.fetched, again.answers) == (True, {"main": {"error": "gone"}})
    other = RunNotes(tmp_path, "two")
    assert (other.fetched, other.answers) == (False, {})


def test_notes_that_were_cut_off_are_none(tmp_path: pathlib.Path) -> None:
    (tmp_path / "run.json").write_text('{"run": "one", "fetc')
    assert not RunNotes(tmp_path, "one").fetched
