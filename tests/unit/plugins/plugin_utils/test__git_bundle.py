"""The controller's side of runbook 2.9: bundles, with real git."""

from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _git_bundle
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_source import Source, Wanted
from tests.git_rig import Upstream


def test_a_bundle_is_made_once_and_holds_what_is_new(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    first = upstream.commit({"large": os.urandom(100_000)})
    second = upstream.commit({"b": "2"})
    source = Source(Wanted(url=str(upstream.path), version="main"), cache=tmp_path / "cache", run_id="one")
    source.version()
    whole, thin = source.bundle(second, ""), source.bundle(second, first)
    assert whole.stat().st_size > 100_000
    assert thin.stat().st_size < 10_000
    made = thin.stat().st_ino
    assert source.bundle(second, first).stat().st_ino == made


def test_a_repository_too_large_to_send(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_git_bundle, "LARGEST_BUNDLE", 10)
    source = Source(Wanted(str(upstream.path), "main"), cache=upstream.path.parent / "cache", run_id="one")
    with pytest.raises(SourceError, match="keep large files out"):
        source.bundle(source.version().commit, "")
