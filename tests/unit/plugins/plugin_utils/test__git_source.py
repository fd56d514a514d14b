"""The controller's side of runbook 2.9: one answer per run, with real git on real repositories."""

from __future__ import annotations

import multiprocessing
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_source import Source, Wanted, warning_of
from tests.git_rig import Upstream, ask, git


def test_one_run_gets_one_commit_and_the_next_run_the_next(upstream: Upstream) -> None:
    first = ask(upstream, run_id="one")
    upstream.commit({"b": "2"})
    assert ask(upstream, run_id="one") == first
    assert ask(upstream, run_id="two").commit == upstream.head


def test_a_failure_is_asked_for_once_per_run_too(upstream: Upstream) -> None:
    with pytest.raises(SourceError):
        ask(upstream, "dev", run_id="one")
    upstream.git("branch", "dev")
    with pytest.raises(SourceError):
        ask(upstream, "dev", run_id="one")
    assert ask(upstream, "dev", run_id="two").branch == "dev"


def test_many_hosts_at_once_fetch_once(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    with multiprocessing.get_context("fork").Pool(8) as pool:
        found = pool.starmap(_ask_in_worker, [(str(upstream.path), str(tmp_path / "cache"))] * 16)
    assert found == [upstream.head] * 16


def _ask_in_worker(url: str, cache: str) -> str:
    return Source(Wanted(url=url, version="main"), cache=pathlib.Path(cache), run_id="one").version().commit


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("/nowhere/x", "is no folder on this machine"),
        ("{inner}", "lies inside the repository"),
        ("{plain}", "is no git repository"),
        ("{shallow}", "is a shallow clone"),
        ("http://127.0.0.1:1/x", "cannot be fetched"),
        ("https://op:t0ken@h/x", "credential helper"),
    ],
)
def test_a_source_that_gives_nothing(upstream: Upstream, tmp_path: pathlib.Path, url: str, words: str) -> None:
    (upstream.path / "inner").mkdir()
    (tmp_path / "plain").mkdir()
    upstream.commit({"b": "2"})
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{upstream.path}", "shallow")
    places = {"inner": upstream.path / "inner", "plain": tmp_path / "plain", "shallow": tmp_path / "shallow"}
    with pytest.raises(SourceError) as error:
        ask(upstream, url=url.format(**places))
    assert words in str(error.value)
    assert "t0ken" not in str(error.value)


def test_an_open_transport_is_warned_of_unless_the_commit_is_pinned() -> None:
    for url, version, warned in (
        ("http://h/x", "main", True),
        ("git://h/x", "main", True),
        ("http://h/x", "1" * 40, False),
        ("https://h/x", "main", False),
        ("git@h:x", "main", False),
    ):
        assert bool(warning_of(Wanted(url=url, version=version))) == warned
