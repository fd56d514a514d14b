"""The controller's side of runbook 2.9: what a commit holds, with real git."""

from __future__ import annotations

import hashlib
import pathlib
import subprocess

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_content import Content, content_of
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_mirror import Mirror
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from tests.git_rig import Upstream, ask


def test_submodules_are_refused(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    other = Upstream(tmp_path / "other")
    other.commit({"x": "y"})
    upstream.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.path), "sub")
    upstream.commit({})
    with pytest.raises(SourceError, match=r"has a submodule"):
        ask(upstream)


def test_lfs_is_refused_wherever_it_is_declared(upstream: Upstream) -> None:
    upstream.commit({"deep/.gitattributes": "# filter=lfs\n*.txt text\n"})
    ask(upstream)
    upstream.commit({"deep/.gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"})
    with pytest.raises(SourceError, match=r"Git LFS \('deep/\.gitattributes'\)"):
        ask(upstream)


def test_digest_and_sizes_are_those_of_the_commits_files(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    commit = upstream.commit({b"not \xff utf-8": "four", "empty": ""})
    mirror = Mirror(str(upstream.path), seconds=60, cache=tmp_path / "cache")
    with mirror.locked():
        mirror.make()
        mirror.fetch("main")
    argv = ["git", "-C", str(upstream.path), "ls-tree", "-r", "-z", commit]
    listing = subprocess.run(argv, capture_output=True, check=True).stdout
    assert content_of(mirror, commit) == Content(hashlib.sha256(listing).hexdigest(), largest=4, size=5)
