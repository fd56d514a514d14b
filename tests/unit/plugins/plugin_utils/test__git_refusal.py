"""The controller's side of runbook 2.9: why a repository is not shipped."""

from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import listed


def test_a_list_is_bounded_and_safe_to_show() -> None:
    assert listed(["a", "b\x1b[2J"]) == "a, b\\x1b[2J"
    assert listed([str(number) for number in range(12)]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"
