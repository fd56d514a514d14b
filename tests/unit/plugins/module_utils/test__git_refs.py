"""Runbook 2.9: HEAD and refs as git leaves them, with real git on real files."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_refs import read_head
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from tests.git_rig import Rig


def test_packed_refs_are_read(rig: Rig) -> None:
    rig.ship()
    rig.git("pack-refs", "--all")
    assert not (rig.path / ".git/refs/heads/main").exists()
    assert rig.ship() == []
    rig.upstream.commit({"b.txt": "two"})
    rig.ship()
    rig.is_good(rig.upstream.head)


def test_a_branch_that_excludes_another_by_name(rig: Rig) -> None:
    rig.upstream.git("branch", "x/y")
    rig.ship("x/y")
    rig.upstream.git("branch", "-D", "x/y")
    rig.upstream.git("branch", "x")
    with pytest.raises(StepError, match="stands in the way of refs/heads/x"):
        rig.ship("x")
    rig.git("switch", "--quiet", "--detach")
    rig.git("branch", "-D", "x/y")
    rig.ship("x")
    rig.is_good(rig.upstream.head)
    assert rig.git("branch", "--show-current") == "x"


@pytest.mark.parametrize(
    "text", ["", "ref: refs/heads/../../../outside\n", "ref: refs/tags/v1\n", "ref: refs/heads/gone\n", "\x1b[2J"]
)
def test_a_head_that_leads_elsewhere_names_nothing(tmp_path: pathlib.Path, text: str) -> None:
    git_dir = tmp_path / ".git"
    for name in ("refs/heads", "refs/tags"):
        (git_dir / name).mkdir(parents=True)
    for path in (tmp_path / "outside", git_dir / "refs/tags/v1"):
        path.write_text("a" * 40)
    (git_dir / "HEAD").write_text(text)
    assert read_head(str(git_dir))[0] == ""
