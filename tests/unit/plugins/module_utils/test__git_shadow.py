"""Runbook 2.9: nothing that a checkout says is believed or run, with real git on real files."""

from __future__ import annotations

import pathlib
import shutil
import subprocess

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_shadow import Shadow
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from tests.git_rig import Rig


def test_no_setting_hook_or_attribute_of_the_checkout_runs_anything(rig: Rig, tmp_path: pathlib.Path) -> None:
    rig.ship()
    canary = tmp_path / "pwned"
    run = f"touch '{canary}'; cat #"
    for key in (
        "core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.askPass", "core.gitProxy",
        "diff.external", "credential.helper", "gpg.program", "filter.evil.clean", "filter.evil.smudge",
        "filter.evil.process", "diff.evil.textconv", "merge.evil.driver", "pager.log", "pager.config", "alias.log",
        "uploadpack.packObjectsHook", "core.alternateRefsCommand",
    ):  # fmt: skip
        rig.git("config", key, run)
    (tmp_path / "included").write_text(f"[core]\n\tfsmonitor = {canary}\n\tworktree = /etc\n")
    rig.git("config", "include.path", str(tmp_path / "included"))
    rig.git("config", "extensions.partialClone", "origin")
    hooks = rig.path / ".git/hooks"
    hooks.mkdir()
    for name in ("post-checkout", "reference-transaction", "post-index-change", "pre-auto-gc", "post-merge"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch '{canary}'\n")
        (hooks / name).chmod(0o755)
    (rig.path / ".git/info").mkdir()
    (rig.path / ".git/info/attributes").write_text("* filter=evil diff=evil merge=evil\n")
    assert rig.ship() == []
    commit = rig.upstream.commit({"a.txt": "changed", "new.txt": "x", ".gitattributes": "* filter=evil\n"})
    rig.ship()
    assert not canary.exists()
    assert (rig.path / "a.txt").read_text() == "changed"
    # The trap works: an ordinary git walks into it.
    subprocess.run(["git", "status"], cwd=rig.path, check=False, capture_output=True)
    assert canary.exists()
    shutil.rmtree(hooks)
    shutil.rmtree(rig.path / ".git/info")
    (rig.path / ".git/config").write_text("[core]\n")
    assert rig.ship() == []
    assert rig.git("rev-parse", "HEAD") == commit


def test_a_replaced_object_is_not_looked_at(rig: Rig) -> None:
    rig.ship()
    rig.shell("printf evil > a.txt && git add a.txt")
    tree = rig.git("write-tree")
    fake = rig.git("commit-tree", tree, "-m", "evil")
    rig.git("replace", "HEAD", fake)
    with pytest.raises(StepError, match=r"modified a\.txt"):
        rig.ship()


def test_what_git_runs_could_not_become_root_again(rig: Rig, tmp_path: pathlib.Path) -> None:
    rig.ship()
    said = Shadow(str(tmp_path), str(rig.path)).git("-c", "alias.x=!grep NoNewPrivs /proc/self/status", "x").out
    assert said.split() == ["NoNewPrivs:", "1"]
