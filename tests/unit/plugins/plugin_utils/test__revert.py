"""Runbook 5.3 with real git: the operator's clone moves forward to a finished revert, or is as it was."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys
import typing as t

import pytest

from tests.git_rig import Upstream, git
from tests.revert_rig import Clone, Runs, clone_of, text


@pytest.fixture
def clone(tmp_path: pathlib.Path) -> Clone:
    return Clone(tmp_path / "ai-systems")


@pytest.fixture
def runs(tmp_path: pathlib.Path) -> Runs:
    return Runs(tmp_path / "cache")


@pytest.fixture(autouse=True)
def temporary(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[pathlib.Path]:
    """Nothing is left where workshops are made."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def test_four_runs(clone: Clone, runs: Runs) -> None:
    bad = clone.commit({"file": text(l3="bad")}, "A bad day \x1b[31m")
    clone.commit({"file": text(l3="bad", l8="good")}, "A good one")
    before = clone.everything()
    foretold = runs.revert(str(clone.path), bad[:9], check=True)
    assert clone.everything() == before
    assert foretold.actions == [(str(clone.path), f"revert {bad[:12]}")]
    assert "-bad\n+line 3" in foretold.diff
    assert "is to be reverted on main" in foretold.summary
    done = runs.revert(str(clone.path), bad[:9])
    assert (done.actions, done.diff) == (foretold.actions, foretold.diff)
    assert clone.file == text(l8="good")
    assert done.commit == clone.head
    assert done.summary == (
        rf"{bad[:12]} 'A bad day \x1b[31m' is reverted on main of {clone.path}, which is at {clone.head[:12]} now. "
        "It adds no lint finding."
    )
    assert clone.git("log", "-1", "--format=%an <%ae> %cn") == "Anna Op <anna@example.org> Anna Op"
    assert clone.git("status", "--porcelain", "--branch") == "## main"
    after = clone.everything()
    for check in (True, False):
        again = runs.revert(str(clone.path), bad, check=check)
        assert (again.actions, again.error, again.not_followed) == ([], "", "")
        assert f"is reverted already on main of {clone.path}, by {clone.head[:12]}." in again.summary
    assert clone.everything() == after


def test_a_revert_that_was_reverted_is_made_anew(clone: Clone, runs: Runs) -> None:
    bad = clone.commit({"file": text(l3="bad")})
    runs.revert(str(clone.path), bad)
    clone.git("revert", "--no-edit", "HEAD")
    assert clone.file == text(l3="bad")
    assert runs.revert(str(clone.path), bad).actions
    assert clone.file == text()


def test_a_range_goes_back_the_newest_first(clone: Clone, runs: Runs) -> None:
    base = clone.commit({"file": text(l1="keep")})
    one = clone.commit({"file": text(l1="keep", l3="bad")})
    two = clone.commit({"file": text(l1="keep", l3="worse")})
    assert "cannot be reverted by itself" in runs.revert(str(clone.path), one).error
    done = runs.revert(str(clone.path), f"{base[:8]}..{two}")
    assert [action for _subject, action in done.actions] == [f"revert {two[:12]}", f"revert {one[:12]}"]
    assert done.summary.startswith(f"2 commits from {one[:12]} to {two[:12]} are reverted")
    assert clone.file == text(l1="keep")
    assert runs.revert(str(clone.path), f"{base}..{two}").actions == []


def test_half_of_a_range_that_is_reverted_is_left_alone(clone: Clone, runs: Runs) -> None:
    base = clone.head
    one = clone.commit({"file": text(l3="bad")})
    two = clone.commit({"file": text(l3="bad", l8="bad")})
    runs.revert(str(clone.path), two)
    assert runs.revert(str(clone.path), f"{base}..{two}").actions == [(str(clone.path), f"revert {one[:12]}")]
    assert clone.file == text()


def merged(clone: Clone) -> str:
    """Merge a branch with one commit; return the merge."""
    clone.git("switch", "--quiet", "--create", "side")
    clone.commit({"file": text(l3="bad"), "more": "x"}, "side")
    clone.git("switch", "--quiet", "main")
    clone.commit({"file": text(l8="good")}, "meanwhile")
    clone.git("merge", "--quiet", "--no-edit", "side")
    return clone.head


@pytest.mark.parametrize("how", ["commit", "range"])
def test_a_merge_goes_back_with_its_mainline_alone(clone: Clone, runs: Runs, how: str) -> None:
    merge = merged(clone)
    clone.commit({"later": "1"})
    asked = f"{clone.git('rev-parse', f'{merge}^1')}..{merge}" if how == "range" else merge
    before = clone.everything()
    assert "is a merge; say which parent's line stays, as -e mainline=1" in runs.revert(str(clone.path), asked).error
    assert clone.everything() == before
    done = runs.revert(str(clone.path), asked, mainline="1")
    assert done.actions == [(str(clone.path), f"revert {merge[:12]}")]
    assert clone.file == text(l8="good")
    assert not (clone.path / "more").exists()
    assert runs.revert(str(clone.path), asked, mainline=1).actions == []


def test_what_nothing_is_left_of_is_not_reverted(clone: Clone, runs: Runs) -> None:
    bad = clone.commit({"file": text(l3="bad")})
    clone.commit({"file": text()}, "by hand")
    before = clone.everything()
    for check in (True, False):
        said = runs.revert(str(clone.path), bad, check=check)
        assert said.actions == []
        assert "is left on main" in said.summary
    assert clone.everything() == before


def test_a_conflict_leaves_the_tree_as_it_was(clone: Clone, runs: Runs) -> None:
    bad = clone.commit({"file": text(l3="bad")}, "bad")
    clone.commit({"file": text(l3="later")}, "later")
    before = clone.everything()
    for check in (True, False):
        said = runs.revert(str(clone.path), bad, check=check)
        assert f"{bad[:12]} 'bad' cannot be reverted by itself" in said.error
        assert "the same lines of file; nothing was changed" in said.error
        assert said.actions == []
        assert clone.everything()[1:] == before[1:]
        assert (clone.everything() == before) or not check


def dirty(clone: Clone) -> None:
    (clone.path / "file").write_text("mine")


def untracked(clone: Clone) -> None:
    (clone.path / "new\x1b").write_text("mine")


def detached(clone: Clone) -> None:
    clone.git("checkout", "--quiet", "--detach")


def elsewhere(clone: Clone) -> None:
    clone.git("switch", "--quiet", "--create", "other")


def unfinished(clone: Clone) -> None:
    (clone.path / ".git" / "MERGE_HEAD").write_text(clone.head)


def nameless(clone: Clone) -> None:
    clone.git("config", "user.email", "")
    clone.git("config", "user.useConfigOnly", "true")


UNFIT: list[tuple[t.Callable[[Clone], None], str]] = [
    (dirty, "has changes that no commit holds"),
    (untracked, r"new\x1b"),
    (detached, "is on no branch; git switch to the one that is deployed"),
    (elsewhere, "is on branch 'other', and repository_version declares 'main'"),
    (unfinished, "is in the middle of a merge; finish it"),
    (nameless, "git does not know who you are"),
]


@pytest.mark.parametrize(("seed", "words"), UNFIT, ids=[seed.__name__ for seed, _words in UNFIT])
def test_a_clone_that_is_not_fit_is_left_alone(
    clone: Clone, runs: Runs, monkeypatch: pytest.MonkeyPatch, seed: t.Callable[[Clone], None], words: str
) -> None:
    for name in ("GIT_COMMITTER_EMAIL", "GIT_AUTHOR_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    bad = clone.commit({"file": text(l3="bad")})
    seed(clone)
    before = clone.everything()
    for check in (True, False):
        said = runs.revert(str(clone.path), bad, check=check)
        assert words in said.error
        assert "\x1b" not in said.error
        assert said.error.count(". ") == 0
    assert clone.everything() == before


def test_what_is_not_in_the_history_is_refused(clone: Clone, runs: Runs) -> None:
    clone.git("switch", "--quiet", "--create", "other")
    other = clone.commit({"file": text(l3="bad")})
    clone.git("switch", "--quiet", "main")
    assert "is not in the history of main" in runs.revert(str(clone.path), other).error
    assert "is no commit of" in runs.revert(str(clone.path), "0123456").error
    head = clone.head
    assert "is empty; name the older commit first" in runs.revert(str(clone.path), f"{head}..{head}").error
    assert "is no merge; leave -e mainline out" in runs.revert(str(clone.path), head, mainline="1").error


@pytest.mark.parametrize("url", ["bare", "/nowhere", "https://git.example.org/ai-systems"])
def test_where_there_is_no_clone_to_revert_in(clone: Clone, runs: Runs, tmp_path: pathlib.Path, url: str) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(clone.path), "bare")
    given = str(tmp_path / "bare") if url == "bare" else url
    words = {"bare": "is bare", "/nowhere": "is no folder on this machine"}.get(url, "is no folder of this machine")
    said = runs.revert(given, clone.head)
    assert words in said.error
    assert "rollback_clone" in said.error or url == "/nowhere"


# ---- the lint


def test_a_new_lint_finding_stops_it_and_an_old_one_does_not(clone: Clone, runs: Runs) -> None:
    good = clone.commit({"file": text(l3="Restart=always")}, "heals itself")
    bad = clone.commit({"file": text(l3="Restart=no")}, "mended")
    assert good
    runs.found = {text(l3="Restart=always"): ["Restart", "old"], text(l3="Restart=no"): ["old"]}
    before = clone.everything()
    for check in (True, False):
        said = runs.revert(str(clone.path), bad, check=check)
        assert "the revert adds 1 lint finding: file: Restart [rule]; nothing was changed" in said.error
        assert "-e lint=warn" in said.error
        assert clone.everything()[1:] == before[1:]
    said = runs.revert(str(clone.path), bad, lint="warn")
    assert said.warnings == ["the revert adds 1 lint finding: file: Restart [rule]; accepted by -e lint=warn"]
    assert "1 lint finding accepted by -e lint=warn" in said.summary
    assert clone.file == text(l3="Restart=always")


# ---- what the inventory declares


@pytest.mark.parametrize("kind", ["commit", "tag"])
def test_a_pin_is_shown_and_nothing_deployed_until_it_is_changed(clone: Clone, runs: Runs, kind: str) -> None:
    bad = clone.commit({"file": text(l3="bad")})
    clone.git("tag", "--annotate", "--message=x", "v1")
    pin = bad if kind == "commit" else "v1"
    foretold = runs.revert(str(clone.path), bad, check=True, version=pin)
    assert "after the real run change it to the revert" in foretold.not_followed
    done = runs.revert(str(clone.path), bad, version=pin)
    assert f"repository_version is pinned to {kind} {pin[:12]} (by all), which no" in done.not_followed
    assert f"change it to repository_version: {clone.head}, then run the same command again" in done.not_followed
    # Not changed: the same again. Changed: nothing stands in the way.
    assert runs.revert(str(clone.path), bad, version=pin).not_followed == done.not_followed
    again = runs.revert(str(clone.path), bad, version=clone.head)
    assert (again.actions, again.not_followed) == ([], "")


def test_a_pin_that_never_had_the_commit_stays(clone: Clone, runs: Runs) -> None:
    pin = clone.head
    bad = clone.commit({"file": text(l3="bad")})
    assert runs.revert(str(clone.path), bad, version=pin).not_followed == ""


def test_a_declared_remote_demands_the_push(clone: Clone, runs: Runs, tmp_path: pathlib.Path) -> None:
    bad = clone.commit({"file": text(l3="bad")})
    bare = tmp_path / "server.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(clone.path), bare.name)
    mine = clone_of(_at(bare), tmp_path / "mine")
    before = mine.everything()
    for check in (True, False):
        said = runs.revert(str(bare), bad, named=str(mine.path), check=check)
        assert "declares branch 'main' of origin, which only a push moves" in said.error
        assert "nothing was done, so run again with -e push=true" in said.error
    assert mine.everything() == before
    foretold = runs.revert(str(bare), bad, named=str(mine.path), push="true", check=True)
    assert mine.everything() == before
    done = runs.revert(str(bare), bad, named=str(mine.path), push="true")
    assert [subject for subject, _action in done.actions] == [str(mine.path), "origin/main"]
    assert [subject for subject, _action in foretold.actions] == [str(mine.path), "origin/main"]
    assert git(bare, "rev-parse", "main") == mine.head == done.commit
    assert runs.revert(str(bare), bad, named=str(mine.path)).actions == []


def test_a_run_that_was_killed_before_its_push_is_finished(clone: Clone, runs: Runs, tmp_path: pathlib.Path) -> None:
    bad = clone.commit({"file": text(l3="bad")})
    bare = tmp_path / "server.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(clone.path), bare.name)
    mine = clone_of(_at(bare), tmp_path / "mine")
    mine.git("revert", "--no-edit", bad)
    assert "-e push=true" in runs.revert(str(bare), bad, named=str(mine.path)).error
    for check in (True, False):
        said = runs.revert(str(bare), bad, named=str(mine.path), push=True, check=check)
        assert said.actions == [("origin/main", f"push {mine.head[:12]}")]
    assert git(bare, "rev-parse", "main") == mine.head


def test_a_push_takes_nothing_else_along_and_forces_nothing(clone: Clone, runs: Runs, tmp_path: pathlib.Path) -> None:
    bad = clone.commit({"file": text(l3="bad")})
    bare = tmp_path / "server.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(clone.path), bare.name)
    mine = clone_of(_at(bare), tmp_path / "mine")
    mine.commit({"half": "done"}, "half done")
    said = runs.revert(str(bare), bad, named=str(mine.path), push=True)
    assert "has commits that origin lacks, and the push would take them along" in said.error
    assert "half done" in said.error
    mine.git("reset", "--quiet", "--hard", "HEAD~1")
    theirs = clone_of(_at(bare), tmp_path / "theirs")
    theirs.git("revert", "--no-edit", bad)
    theirs.git("push", "--quiet", "origin", "main")
    assert "origin has commits on main that" in runs.revert(str(bare), bad, named=str(mine.path), push=True).error
    mine.git("pull", "--quiet")
    assert "is reverted already" in runs.revert(str(bare), bad, named=str(mine.path)).summary


def test_a_push_that_is_refused_says_what_stands(clone: Clone, runs: Runs, tmp_path: pathlib.Path) -> None:
    bad = clone.commit({"file": text(l3="bad")})
    bare = tmp_path / "server.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(clone.path), bare.name)
    mine = clone_of(_at(bare), tmp_path / "mine")
    hook = bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho protected; exit 1\n")
    hook.chmod(0o755)
    said = runs.revert(str(bare), bad, named=str(mine.path), push=True)
    assert "has the revert, and origin did not take it" in said.error
    assert said.actions == [(str(mine.path), f"revert {bad[:12]}")]
    hook.unlink()
    assert runs.revert(str(bare), bad, named=str(mine.path), push=True).actions == [
        ("origin/main", f"push {mine.head[:12]}")
    ]


def test_a_clone_that_knows_no_such_remote(clone: Clone, runs: Runs, tmp_path: pathlib.Path) -> None:
    other = Upstream(tmp_path / "other")
    other.commit({"a": "1"})
    said = runs.revert(str(other.path), clone.head, named=str(clone.path))
    assert "has no remote with repository_url" in said.error
    assert "is no absolute path" in runs.revert(str(other.path), clone.head, named="clone").error
    assert "follows no branch of a remote" in runs.revert(str(clone.path), clone.head, push=True).error


# ---- signatures


def test_where_signatures_are_wanted_git_must_sign(clone: Clone, runs: Runs) -> None:
    bad = clone.commit({"file": text(l3="bad")})
    before = clone.everything()
    said = runs.revert(str(clone.path), bad, verify_signature=True)
    assert "git does not sign what you commit" in said.error
    assert clone.everything() == before


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen signs")
def test_the_revert_is_signed_as_the_operator_signs(clone: Clone, runs: Runs, tmp_path: pathlib.Path) -> None:
    bad = clone.commit({"file": text(l3="bad")})
    key, signers = tmp_path / "key", tmp_path / "signers"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    signers.write_text(f"anna@example.org {(tmp_path / 'key.pub').read_text()}")
    settings = {"gpg.format": "ssh", "user.signingKey": str(key), "commit.gpgSign": "true"}
    for name, value in settings.items():
        clone.git("config", name, value)
    before = clone.everything()
    said = runs.revert(str(clone.path), bad, verify_signature=True)
    assert "git does not verify the signature that it has just made" in said.error
    assert clone.everything()[1:] == before[1:]
    clone.git("config", "gpg.ssh.allowedSignersFile", str(signers))
    assert runs.revert(str(clone.path), bad, verify_signature=True, check=True).actions
    assert runs.revert(str(clone.path), bad, verify_signature=True).error == ""
    clone.git("verify-commit", "HEAD")


# ---- killed


KILLED = """
import pathlib, sys, time
from tests.revert_rig import Runs
runs = Runs(pathlib.Path(sys.argv[1]))
runs.look = lambda folder: (print("there", flush=True), time.sleep(600))
runs.revert(sys.argv[2], sys.argv[3])
"""


def test_a_run_that_is_killed_leaves_the_clone_as_it_was(
    clone: Clone, runs: Runs, temporary: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(temporary))
    bad = clone.commit({"file": text(l3="bad")})
    before = clone.everything()
    argv = [sys.executable, "-c", KILLED, str(runs.cache), str(clone.path), bad]
    top = pathlib.Path(__file__).parents[4]
    monkeypatch.setenv("PYTHONPATH", f"{top}:{top / '.collections'}")
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"there\n"
        process.kill()
    assert clone.everything()[3] == before[3]
    assert "ai-systems-rollback-" in clone.git("worktree", "list")
    assert runs.revert(str(clone.path), bad).error == ""
    assert clone.file == text()
    assert clone.git("worktree", "list").count("\n") == 0


def test_what_a_killed_run_left_is_cleared_away_also_where_nothing_is_left_to_do(
    clone: Clone, runs: Runs, temporary: pathlib.Path
) -> None:
    bad = clone.commit({"file": text(l3="bad")})
    assert runs.revert(str(clone.path), bad).error == ""
    left = temporary / "ai-systems-rollback-killed" / clone.path.name
    clone.git("worktree", "add", "--quiet", "--detach", str(left), "HEAD")
    again = runs.revert(str(clone.path), bad)
    assert again.error == ""
    assert clone.git("worktree", "list").count("\n") == 0
    assert not left.parent.exists()


def _at(path: pathlib.Path) -> Upstream:
    made = Upstream.__new__(Upstream)
    made.path = path
    return made
