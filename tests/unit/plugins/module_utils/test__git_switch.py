"""Runbook 2.9: a switch loses nothing and is finished by the next, with real git on real files."""

from __future__ import annotations

import pathlib
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _git_checkout, _git_refs, _git_switch
from ansible_collections.ai_systems.runbook.plugins.module_utils._git_refs import SHIPPED
from ansible_collections.ai_systems.runbook.plugins.module_utils._git_shadow import Shadow
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from tests.git_rig import Rig


@pytest.mark.parametrize(
    ("files", "command", "words"),
    [
        ({".venv/own": "theirs"}, "mkdir .venv && echo mine > .venv/own", "in the way .venv/own"),
        ({".venv": "theirs"}, "mkdir .venv && echo mine > .venv/own", "in the way .venv/own"),
        ({".venv/own": "theirs"}, "echo '.venv' > .gitignore && echo mine > .venv", "modified"),
        ({"old/deep/own": "theirs"}, "mkdir old/deep && echo '*' > old/deep/.gitignore && echo mine > old/deep/own",
         "in the way old/deep/own"),
    ],
)  # fmt: skip
def test_ignored_files_are_kept_where_the_new_commit_wants_their_place(
    rig: Rig, files: dict[str | bytes, str | bytes | None], command: str, words: str
) -> None:
    commit = rig.upstream.head
    rig.ship()
    rig.shell(command)
    (rig.upstream.path / ".gitignore").write_text("")
    rig.upstream.commit(files)
    before = {path: what for path, what in rig.fingerprint().items() if "/.git/" not in path}
    with pytest.raises(StepError, match="nothing was discarded") as error:
        rig.ship()
    assert words in str(error.value)
    assert {path: what for path, what in rig.fingerprint().items() if "/.git/" not in path} == before
    assert rig.git("rev-parse", "HEAD") == commit


def test_ignored_files_survive_an_update(rig: Rig) -> None:
    rig.ship()
    rig.shell("mkdir .venv node_modules && echo keep > .venv/own && echo '*' > node_modules/.gitignore")
    commit = rig.upstream.commit({"b.txt": "two"})
    rig.ship()
    rig.is_good(commit)
    assert (rig.path / ".venv/own").read_text() == "keep\n"
    assert (rig.path / "node_modules/.gitignore").exists()


def test_staged_content_is_kept(rig: Rig) -> None:
    rig.ship()
    rig.shell("printf staged > s && git add s && rm s")
    rig.upstream.commit({"b.txt": "two"})
    with pytest.raises(StepError, match="staged s"):
        rig.ship()
    rig.shell("git rm --quiet --cached s")
    rig.ship()
    rig.is_good(rig.upstream.head)


def test_objects_that_were_not_shipped_are_refused(rig: Rig, tmp_path: pathlib.Path) -> None:
    rig.ship()
    wanted = rig.order(rig.source(), digest="0" * 64)
    before = rig.fingerprint()
    with pytest.raises(StepError, match="not what was shipped"):
        _git_switch.switch(Shadow(str(tmp_path), str(rig.path)), wanted, rig.account)
    assert rig.fingerprint() == before


CUTS: tuple[tuple[types.ModuleType, str], ...] = (
    (_git_checkout, "receive"),
    (_git_switch, "write_mark"),
    (_git_switch, "_write_files"),
    (_git_switch, "write_ref"),
    (_git_switch, "point_head"),
    (_git_switch, "remove_mark"),
    # Between the branch and HEAD.
    (_git_refs, "write_ref"),
)


@pytest.mark.parametrize(("module", "step"), CUTS, ids=lambda part: getattr(part, "__name__", part).rpartition(".")[2])
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_update_that_was_cut_off_anywhere_is_finished(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, module: types.ModuleType, step: str, when: str
) -> None:
    rig.ship()
    rig.upstream.git("rm", "--quiet", "-r", "old")
    commit = rig.upstream.commit({"a.txt": "changed\n", "new/er": "x", "old": "file"})
    real = getattr(module, step)

    def cut_off(*arguments: t.Any, **options: t.Any) -> None:
        if when == "after":
            real(*arguments, **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, step, cut_off)
        with pytest.raises(KeyboardInterrupt):
            rig.ship()
    actions = rig.ship()
    rig.is_good(commit)
    assert rig.git("rev-parse", SHIPPED) == commit
    assert actions in ([f"update to {commit[:12]}"], [f"finish the update to {commit[:12]}"], [])
    assert rig.ship() == []
