"""The controller's side of runbook 2.9: the mirror in the operator's cache, with real git."""

from __future__ import annotations

import pathlib
import stat

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_mirror import Mirror
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from tests.git_rig import Upstream, ask


def test_the_cache_is_for_its_owner_alone(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    ask(upstream)
    (folder,) = (tmp_path / "cache").iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_locks_of_a_killed_fetch_are_taken_away(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    ask(upstream)
    (folder,) = (tmp_path / "cache").iterdir()
    for name in ("packed-refs.lock", "refs/heads/main.lock", "shallow.lock"):
        (folder / "mirror.git" / name).touch()
    (folder / "new-killed").mkdir()
    upstream.commit({"b": "2"})
    assert ask(upstream).commit == upstream.head


def test_another_run_that_holds_the_mirror_for_too_long_is_named(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    mirror = Mirror(str(upstream.path), seconds=-30, cache=tmp_path / "cache")
    with mirror.locked(), pytest.raises(SourceError, match="for too long"), mirror.locked():
        pass
    with mirror.locked():
        pass


def test_a_cache_that_cannot_be_written_is_named(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(SourceError, match="cannot be written"):
        ask(upstream)


def test_the_history_is_known_as_it_was_fetched(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    first = upstream.head
    second = upstream.commit({"b\x1b[2J": "2"}, "second\x1b[2J")
    mirror = Mirror(str(upstream.path), seconds=60, cache=tmp_path / "cache")
    with mirror.locked():
        mirror.make()
        mirror.fetch("main")
    assert mirror.known([first, second, "1" * 40]) == {first, second}
    assert mirror.is_ancestor(first, second)
    assert not mirror.is_ancestor(second, first)
    assert mirror.roots(second) == {first}
    assert mirror.rev("refs/heads/main") == second
    assert mirror.rev("refs/heads/nowhere") == ""
    assert mirror.subject(second) == "second\\x1b[2J"
    assert "1 file changed" in mirror.summary_of_changes(first, second)
    assert "\x1b" not in mirror.summary_of_changes(first, second)
