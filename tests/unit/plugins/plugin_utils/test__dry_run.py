from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._dry_run import handed_on, left_by_check

FOLDER = "/run/ai-systems-runbook/dry-run-abc"


def test_the_next_step_goes_on_where_this_one_ended() -> None:
    said = handed_on({"changed": True, "dry_run": FOLDER}, check=True)
    assert left_by_check({"ansible_facts": said["ansible_facts"]}, check=True) == FOLDER


def test_a_real_run_neither_leaves_nor_takes_anything() -> None:
    said: dict[str, t.Any] = handed_on({"changed": True, "dry_run": FOLDER}, check=False)
    assert "ansible_facts" not in said
    facts = handed_on({"dry_run": FOLDER}, check=True)["ansible_facts"]
    assert left_by_check({"ansible_facts": facts}, check=False) == ""


def test_without_a_word_of_it_there_is_nothing() -> None:
    assert left_by_check({}, check=True) == ""
    assert handed_on({"changed": False}, check=True) == {"changed": False}
    assert handed_on({"dry_run": {"hostile": 1}}, check=True) == {"dry_run": {"hostile": 1}}
