"""Runbook 2.9: a bundle brings what was ordered or nothing, with real git on real files."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_clone import clone
from ansible_collections.ai_systems.runbook.plugins.module_utils._git_receive import receive
from ansible_collections.ai_systems.runbook.plugins.module_utils._git_shadow import Shadow
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from tests.git_rig import Rig


def test_a_bundle_that_is_none_is_refused(rig: Rig, tmp_path: pathlib.Path) -> None:
    (tmp_path / "bundle").write_bytes(b"<html>\n")
    with (tmp_path / "bundle").open("rb") as file, pytest.raises(StepError, match="is no bundle"):
        clone(rig.order(rig.source()), rig.account, str(tmp_path), file)
    assert list(rig.home.iterdir()) == []


def test_a_bundle_of_another_commit_is_refused(rig: Rig, tmp_path: pathlib.Path) -> None:
    old = rig.source(rig.upstream.head)
    bundle = old.bundle(old.version().commit, "")
    rig.upstream.commit({"b.txt": "two"})
    with bundle.open("rb") as file, pytest.raises(StepError, match="does not hold commit"):
        clone(rig.order(rig.source()), rig.account, str(tmp_path), file)
    assert list(rig.home.iterdir()) == []


def test_a_bundle_that_builds_on_another_commit_is_refused(rig: Rig, tmp_path: pathlib.Path) -> None:
    rig.ship()
    base = rig.upstream.commit({"b.txt": "two"})
    commit = rig.upstream.commit({"c.txt": "three"})
    source = rig.source()
    source.version()
    before = rig.fingerprint()
    shadow = Shadow(str(tmp_path), str(rig.path))
    with source.bundle(commit, base).open("rb") as file, pytest.raises(StepError, match=f"lacks commit {base[:12]}"):
        receive(shadow, commit, file)
    assert rig.fingerprint() == before
