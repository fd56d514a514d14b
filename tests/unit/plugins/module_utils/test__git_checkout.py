"""Runbook 2.9: the whole way of a checkout, with real git on real files."""

from __future__ import annotations

import os
import pathlib
import stat

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_checkout import carry_out
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_judge import JudgeError
from tests.git_rig import Rig, Upstream, git

ODD_NAMES = (b"-rf", b"new\nline", "größe ☃".encode(), b"not \xff utf-8", b"$(reboot)", b"{{ x }}", b"\x1b[2J", b'"q"')


def test_a_clone_then_nothing(rig: Rig) -> None:
    commit = rig.upstream.head
    assert rig.ship() == [f"clone at {commit[:12]}"]
    rig.is_good(commit)
    assert rig.ship() == []
    assert rig.bundles[1] == 0
    assert rig.git("branch", "--show-current") == "main"
    assert rig.git("remote") == ""
    modes = {name: stat.S_IMODE((rig.path / name).stat().st_mode) for name in (".", ".git", "a.txt", "bin/run", "bin")}
    assert modes == {".": 0o755, ".git": 0o755, "a.txt": 0o644, "bin/run": 0o755, "bin": 0o755}


def test_an_update_is_incremental_and_exact(rig: Rig) -> None:
    rig.upstream.commit({"large": os.urandom(300_000)})
    rig.ship()
    rig.upstream.git("rm", "--quiet", "-r", "old", "a.txt")
    rig.upstream.commit({"old": "a file now", "a.txt/inner": "a folder now", **{name: name for name in ODD_NAMES}})
    commit = rig.upstream.head
    assert rig.ship() == [f"update to {commit[:12]}"]
    rig.is_good(commit)
    assert 0 < rig.bundles[-1] < 10_000
    assert rig.bundles[0] > 300_000
    assert {os.fsencode(path.name) for path in rig.path.iterdir()} >= set(ODD_NAMES)


def test_back_to_an_older_commit_ships_nothing(rig: Rig) -> None:
    old = rig.upstream.head
    new = rig.upstream.commit({"b.txt": "two"})
    rig.ship()
    assert rig.ship(old) == [f"update to {old[:12]}"]
    assert rig.bundles[-1] == 0
    assert f"went back from the later {new[:12]}" in rig.remark
    rig.is_good(old)
    assert rig.git("branch", "--show-current") == ""
    assert not (rig.path / "b.txt").exists()


def test_branch_tag_commit(rig: Rig) -> None:
    main = rig.upstream.head
    rig.upstream.git("tag", "--annotate", "--message", "first", "v1")
    rig.ship()
    assert rig.ship("v1") == ["detach from its branch"]
    assert rig.ship("v1") == rig.ship(main) == []
    rig.upstream.git("switch", "--quiet", "--create", "feature/x")
    feature = rig.upstream.commit({"f": "f"})
    assert rig.ship("feature/x") == [f"update to {feature[:12]}"]
    assert rig.git("branch", "--show-current") == "feature/x"
    assert rig.ship() == [f"update to {main[:12]}"]
    rig.is_good(main)


def test_local_commits_are_listed_and_kept(rig: Rig) -> None:
    rig.ship()
    rig.git("commit", "--quiet", "--allow-empty", "--message", "mended at night \x1b[2J")
    local = rig.git("rev-parse", "HEAD")
    for _upstream in ("as it was", "moved on"):
        before = rig.fingerprint()
        with pytest.raises(JudgeError, match="mended at night") as error:
            rig.ship()
        assert local[:12] in str(error.value)
        assert "\x1b" not in str(error.value)
        assert rig.fingerprint() == before
        rig.upstream.commit({"b.txt": "two"})
    rig.upstream.git("fetch", "--quiet", str(rig.path), "HEAD")
    rig.upstream.git("merge", "--quiet", "--no-edit", "FETCH_HEAD")
    rig.ship()
    rig.is_good(rig.upstream.head)


def test_a_local_commit_on_the_branch_to_switch_to_is_kept(rig: Rig) -> None:
    rig.upstream.git("branch", "dev")
    rig.ship()
    rig.git("switch", "--quiet", "--create", "dev")
    rig.git("commit", "--quiet", "--allow-empty", "--message", "on dev")
    rig.git("switch", "--quiet", "main")
    with pytest.raises(JudgeError, match="on dev"):
        rig.ship("dev")
    assert rig.ship() == []


@pytest.mark.parametrize("remembers", [True, False])
def test_a_rewritten_branch_is_followed(rig: Rig, *, remembers: bool) -> None:
    old = rig.upstream.commit({"secret": "oops"})
    rig.ship()
    rig.upstream.git("reset", "--quiet", "--hard", "HEAD^")
    new = rig.upstream.commit({"clean": "yes"})
    if not remembers:
        rig.cache = rig.cache.with_name("another controller")
    assert rig.ship() == [f"update to {new[:12]}"]
    assert f"{old[:12]}, which it was at before, is no part of that history" in rig.remark
    rig.is_good(new)


def test_a_clone_made_by_hand_is_adopted(rig: Rig) -> None:
    git(rig.home, "clone", "--quiet", str(rig.upstream.path), str(rig.path))
    rig.git("remote", "set-url", "origin", "https://op:t0ken@git.example.org/x")
    rig.shell("chmod -R go-rwx .")
    assert rig.ship() == ["remove the remote", "set file modes"]
    rig.is_good(rig.upstream.head)
    rig.upstream.commit({"b.txt": "two"})
    assert rig.ship() == [f"update to {rig.upstream.head[:12]}"]
    rig.is_good(rig.upstream.head)
    assert "t0ken" not in (rig.path / ".git/config").read_text()


def test_a_commit_made_in_a_clone_by_hand_is_kept(rig: Rig) -> None:
    git(rig.home, "clone", "--quiet", str(rig.upstream.path), str(rig.path))
    rig.git("commit", "--quiet", "--allow-empty", "--message", "mine")
    with pytest.raises(JudgeError, match="mine"):
        rig.ship()


def test_a_checkout_of_another_repository_is_left_alone(rig: Rig, tmp_path: pathlib.Path) -> None:
    rig.ship()
    other = Upstream(tmp_path / "other")
    other.commit({"x": "y"})
    before = rig.fingerprint()
    with pytest.raises(JudgeError, match="shares no history"):
        rig.ship(url=str(other.path))
    assert rig.fingerprint() == before


def test_a_clone_needs_a_bundle(rig: Rig, tmp_path: pathlib.Path) -> None:
    order = rig.order(rig.source())
    with pytest.raises(StepError, match="nothing was shipped"):
        carry_out(order, "clone at it", rig.account, str(tmp_path), None)
    assert list(rig.home.iterdir()) == []
