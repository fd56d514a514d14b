"""Runbook 2.9: every local change is seen and kept, with real git on real files."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_shadow import Entry
from ansible_collections.ai_systems.runbook.plugins.module_utils._git_worktree import Disk
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from tests.git_rig import Rig


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("printf edited > a.txt", "modified a.txt"),
        ("printf 'one\\n!' > a.txt", "modified a.txt"),
        (": > a.txt", "modified a.txt"),
        ("rm a.txt", "deleted a.txt"),
        ("rm a.txt && mkfifo a.txt", "modified a.txt"),
        ("rm a.txt && mkdir a.txt", "modified a.txt"),
        ("truncate -s 1T a.txt", "modified a.txt"),
        ("chmod 644 bin/run", "other mode of bin/run"),
        ("rm link && cp a.txt link", "modified link"),
        ("ln -sf /etc/passwd link", "modified link"),
        ("cp -r bin bin2 && rm -r bin && ln -s bin2 bin", "deleted bin/run"),
        ("printf x > 'mine\x1b[31m'", "untracked mine\\x1b[31m"),
        ("git init --quiet nested && touch nested/file", "untracked nested/"),
        ("printf '[core]' > .gitmodules", "untracked .gitmodules"),
        ("git update-index --assume-unchanged a.txt && printf hidden > a.txt", "modified a.txt"),
        ("printf x > hidden && mkdir -p .git/info && echo hidden > .git/info/exclude", "untracked hidden"),
    ],
)  # fmt: skip
def test_local_changes_are_listed_and_kept(rig: Rig, command: str, words: str) -> None:
    rig.ship()
    rig.shell(command)
    sized = pathlib.Path(rig.path / "a.txt")
    huge = sized.is_file() and sized.stat().st_size > 1 << 30
    before = {} if huge or not sized.exists() or sized.is_fifo() else rig.fingerprint()
    for _upstream in ("as it was", "moved on"):
        with pytest.raises(StepError) as error:
            rig.ship()
        assert words in str(error.value)
        assert "nothing was discarded" in str(error.value)
        assert "\x1b" not in str(error.value)
        assert not before or rig.fingerprint() == before
        rig.upstream.commit({"b.txt": "two"})


def test_disk_hashes_as_git_does(rig: Rig) -> None:
    rig.ship()
    disk = Disk(str(rig.path), largest=1000)
    for line in rig.git("ls-tree", "-r", "HEAD").splitlines():
        what, _tab, path = line.partition("\t")
        mode, _kind, blob = what.split()
        assert disk.entry(path) == Entry(mode, blob)
    assert disk.entry("nothing/here") is None
    assert disk.entry("bin") == Entry("040000", "")


def test_a_file_larger_than_any_of_the_commit_is_not_read(rig: Rig) -> None:
    rig.ship()
    assert Disk(str(rig.path), largest=1).entry("a.txt") == Entry("100644", "")
