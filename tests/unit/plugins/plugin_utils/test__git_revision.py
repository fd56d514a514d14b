"""The controller's side of runbook 2.9: which commit a version means, with real git."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_mirror import Mirror
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_revision import commit_of
from tests.git_rig import Upstream, ask


def test_branch_tag_and_commit_are_resolved(upstream: Upstream) -> None:
    upstream.git("tag", "--annotate", "--message", "m", "v1")
    first = upstream.head
    second = upstream.commit({"b": "22"})
    main = ask(upstream)
    assert (main.commit, main.branch, main.largest, main.size, main.remote) == (second, "main", 2, 3, "")
    assert (ask(upstream, "v1").commit, ask(upstream, "v1").branch) == (first, "")
    assert (ask(upstream, first).commit, ask(upstream, first).branch) == (first, "")
    assert ask(upstream, "refs/heads/main").branch == "main"
    assert ask(upstream, "v1").subject == "first words"
    assert ask(upstream, upstream.git("rev-parse", "v1")).commit == first


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("nowhere", "'nowhere' is no branch, tag or commit of"),
        ("1" * 40, "is no branch, tag or commit of"),
        ("--upload-pack=x", "begins with '-'"),
        ("both", "is both a branch and a tag"),
        ("blob", "is a tag that leads to no commit"),
    ],
)
def test_a_version_that_is_none(upstream: Upstream, version: str, words: str) -> None:
    upstream.git("branch", "both")
    upstream.git("tag", "both")
    upstream.git("tag", "blob", upstream.git("rev-parse", "HEAD:a"))
    with pytest.raises(SourceError) as error:
        ask(upstream, version)
    assert words in str(error.value)


def test_a_shortened_commit_is_answered_with_the_full_one(upstream: Upstream) -> None:
    with pytest.raises(SourceError, match=f"declare it in full: {upstream.head}"):
        ask(upstream, upstream.head[:10])


def test_an_empty_repository(tmp_path: pathlib.Path) -> None:
    with pytest.raises(SourceError, match="is empty"):
        ask(Upstream(tmp_path / "empty"))


def test_a_branch_is_told_from_a_tag(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    upstream.git("branch", "both")
    upstream.git("tag", "both")
    mirror = Mirror(str(upstream.path), seconds=60, cache=tmp_path / "cache")
    with mirror.locked():
        mirror.make()
        mirror.fetch("both")
    assert commit_of(mirror, "refs/heads/both") == (upstream.head, "both")
    assert commit_of(mirror, "refs/tags/both") == (upstream.head, "")
