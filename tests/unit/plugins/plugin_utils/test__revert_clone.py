"""The operator's clone as a revert finds it; what is refused with which words is in test__revert.py."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_command import Git
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_asked import Asked
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_clone import Clone, place_of
from tests.revert_rig import Clone as Made
from tests.revert_rig import text


@pytest.fixture
def made(tmp_path: pathlib.Path) -> Made:
    return Made(tmp_path / "ai-systems")


def test_commits_come_the_newest_first_whatever_git_is_told_to_show(made: Made) -> None:
    for name, value in {"log.showSignature": "true", "log.decorate": "full", "color.ui": "always"}.items():
        made.git("config", name, value)
    base = made.head
    one, two = made.commit({"file": text(l1="1")}, "one"), made.commit({"file": text(l1="2")}, "two \x1b[31m")
    clone = Clone(Git(), made.path)
    assert (clone.branch, clone.head) == ("main", two)
    assert [found.id for found in clone.commits(Asked(two[:8], base[:8]))] == [two, one]
    assert [str(found) for found in clone.commits(Asked(two))] == [rf"{two[:12]} 'two \x1b[31m'"]
    assert [found.commit for found in clone.log(two, one)] == [two, one]
    assert clone.identity() == ("Anna Op", "anna@example.org")


def test_the_first_commit_of_all_has_a_log_too(made: Made) -> None:
    clone = Clone(Git(), made.path)
    assert [found.commit for found in clone.log(clone.head, clone.head)] == [clone.head]


def test_a_range_that_is_too_long_is_refused(made: Made) -> None:
    base = made.head
    for number in range(51):
        made.git("commit", "--quiet", "--allow-empty", "--message", str(number))
    with pytest.raises(StepError, match="holds more than 50 commits"):
        Clone(Git(), made.path).commits(Asked(made.head, base))


def test_where_the_clone_lies(tmp_path: pathlib.Path) -> None:
    assert place_of("https://h/x", "~/x") == pathlib.Path.home() / "x"
    assert place_of(f"file://{tmp_path}", "") == tmp_path
    for url, named, words in (
        ("https://u:p@h/x", "", "'https://h/x' is no folder"),
        ("/x", "x", "is no absolute path"),
    ):
        with pytest.raises(StepError, match=words):
            place_of(url, named)
