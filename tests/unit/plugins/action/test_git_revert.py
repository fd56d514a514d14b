"""One revert for all nodes of a run: the first task makes it, the others are told."""

from __future__ import annotations

import pathlib
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action import git_revert
from ansible_collections.ai_systems.runbook.plugins.modules import git_revert as module
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _git_mirror, _git_source
from tests.revert_rig import Clone, text
from tests.thin_module import assert_documented


class Played:
    """Tasks of runs of ansible-playbook."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clone = Clone(folder / "ai-systems")
        self.warnings: list[str] = []
        self.run_id = "one"
        monkeypatch.setattr(_git_mirror, "_cache", lambda: folder / "cache")
        monkeypatch.setattr(_git_source, "this_run", lambda: self.run_id)
        monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
        monkeypatch.setattr(git_revert.ActionModule, "_places", lambda _: ["all"])

    def run(self, node: str = "n1", *, check: bool = False, version: str = "main", **args: t.Any) -> dict[str, t.Any]:
        plugin = git_revert.ActionModule.__new__(git_revert.ActionModule)
        given = {"repository": {"url": str(self.clone.path), "version": version}, **args}
        plugin._task = types.SimpleNamespace(args=given, check_mode=check)  # type: ignore[assignment]
        plugin._templar = types.SimpleNamespace()  # type: ignore[assignment]
        plugin._display = types.SimpleNamespace(warning=self.warnings.append)  # type: ignore[assignment]
        return plugin.run(None, {"inventory_hostname": node})


@pytest.fixture
def played(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    return Played(tmp_path, monkeypatch)


def test_what_it_documents_is_what_it_takes() -> None:
    assert_documented(module, git_revert._SPEC)


@pytest.mark.parametrize("way", ["dry", "real"])
def test_the_first_node_reverts_and_the_others_are_told(played: Played, way: str) -> None:
    bad = played.clone.commit({"file": text(l3="bad")})
    first = played.run(commit=bad, check=way == "dry")
    assert [one["action"] for one in first["actions"]] == [f"revert {bad[:12]}"]
    assert "-bad" in first["diff"][0]["prepared"]
    second = played.run("n2", commit=bad, check=way == "dry")
    assert (second["changed"], second["actions"], second["diff"]) == (False, [], [])
    assert (second["summary"], second["commit"]) == (first["summary"], first["commit"])
    played.run_id = "two"
    again = played.run(commit=bad, check=way == "dry")
    assert again["changed"] is (way == "dry")


def test_what_cannot_be_is_one_sentence_with_the_clause(played: Played) -> None:
    cases: list[tuple[dict[str, t.Any], str]] = [
        ({}, "commit is not set"), ({"commit": "1234567"}, "is no commit of"),
        ({"commit": "1234567", "clone": "/nowhere/x"}, "rollback_clone '/nowhere/x' is no folder"),
    ]  # fmt: skip
    for args, words in cases:
        result = played.run(**args)
        assert result["failed"]
        assert words in result["msg"]
        assert (result["clause"], result["actions"]) == ("5.3", [])


def test_a_pin_is_handed_on(played: Played) -> None:
    bad = played.clone.commit({"file": text(l3="bad")})
    said = played.run(commit=bad, version=bad)
    assert "is pinned to commit" in said["not_followed"]
    assert "failed" not in said
