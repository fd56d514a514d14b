from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action import apt_package
from ansible_collections.ai_systems.runbook.plugins.action.apt_package import ActionModule
from ansible_collections.ai_systems.runbook.plugins.module_utils._context_md import read_context
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._documents import Documents
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_packages import Anywhere, Wanted

NODE = {"inventory_hostname": "greenhouse-1"}


def test_the_module_is_asked_until_it_is_done_and_its_progress_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[dict[str, t.Any]] = [
        {"running": "fetching 1 package: 10 %"},
        {"running": "fetching 1 package: 90 %"},
        {"running": "installing\x1b[2J\nnow"},
        {"changed": True, "summary": "Done."},
    ]
    asked: list[dict[str, t.Any]] = []
    shown: list[str] = []
    plugin = ActionModule.__new__(ActionModule)
    plugin._task = types.SimpleNamespace(args={"lock_timeout": 5, "name": ["git"]}, check_mode=False)  # type: ignore[assignment]
    plugin._display = types.SimpleNamespace(display=shown.append)  # type: ignore[assignment]

    def execute(module_name: str, module_args: dict[str, t.Any], task_vars: t.Any) -> dict[str, t.Any]:
        assert (module_name, task_vars) == ("ai_systems.runbook.apt_package", NODE)
        asked.append(dict(module_args))
        return answers.pop(0)

    monkeypatch.setattr(plugin, "_execute_module", execute)
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
    assert plugin.run(None, NODE) == {"changed": True, "summary": "Done."}
    assert len(asked) == 4
    assert {call["job"] for call in asked} == {asked[0]["job"]}
    assert len(asked[0]["job"]) == 32
    assert all(call["lock_timeout"] == 5 for call in asked)
    # The second line says the same in other figures, within seconds; what a node says is one printable line.
    assert shown == ["greenhouse-1: fetching 1 package: 10 %", r"greenhouse-1: installing\x1b[2J now"]


def test_two_runs_are_two_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[str] = []
    plugin = ActionModule.__new__(ActionModule)
    plugin._task = types.SimpleNamespace(args={"name": ["git"]}, check_mode=False)  # type: ignore[assignment]

    def execute(module_args: dict[str, t.Any], **_: t.Any) -> dict[str, t.Any]:
        jobs.append(module_args["job"])
        return {"failed": True, "msg": "x"}

    monkeypatch.setattr(plugin, "_execute_module", execute)
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
    assert plugin.run(None, NODE) == plugin.run(None, NODE) == {"failed": True, "msg": "x"}
    assert len(set(jobs)) == 2


def test_nothing_asked_for_is_answered_without_the_node(monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = ActionModule.__new__(ActionModule)
    plugin._task = types.SimpleNamespace(args={"name": [], "clause": "3.3"}, check_mode=False)  # type: ignore[assignment]
    monkeypatch.setattr(plugin, "_execute_module", lambda **_: pytest.fail("the node was asked"))
    result = plugin.run(None, NODE)
    assert (result["clause"], result["changed"], result["summary"]) == ("3.3", False, "No packages are asked for.")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"name": ["htop"]}, "repository_url or repository_version is not set"),
        ({"name": ["git", "htop"]}, "3.3"),
        ({"name": ["git"], "state": "absent"}, "the runbook needs it on every node"),
        ({"name": ["htop", "python3"], "state": "absent"}, "python3 shall be removed"),
    ],
)
def test_what_must_not_be_done_never_reaches_the_node(
    args: dict[str, t.Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = ActionModule.__new__(ActionModule)
    plugin._task = types.SimpleNamespace(args=args, check_mode=False)  # type: ignore[assignment]
    monkeypatch.setattr(plugin, "_execute_module", lambda **_: pytest.fail("the node was asked"))
    result = plugin.run(None, NODE)
    assert result["failed"]
    assert said in result["msg"]


def declared(monkeypatch: pytest.MonkeyPatch, **lists: t.Sequence[str]) -> None:
    """Have the inventory ask for these packages, each list by the name of its variable."""

    def wanted(_variables: object, _node: str, variable: str, **_: object) -> list[Wanted]:
        return [Wanted(name, "", "group workers") for name in lists.get(variable, ())]

    monkeypatch.setattr(apt_package, "wanted_packages", wanted)
    monkeypatch.setattr(apt_package, "wanted_anywhere", lambda *_: Anywhere(frozenset(), ()))
    monkeypatch.setattr(ActionModule, "_declared", lambda _self: None)


def merging(monkeypatch: pytest.MonkeyPatch, merge: str, state: str) -> dict[str, t.Any]:
    plugin = ActionModule.__new__(ActionModule)
    args = {"name": ["htop"], "merge": merge, "state": state, "clause": "3.3"}
    plugin._task = types.SimpleNamespace(args=args, check_mode=False)  # type: ignore[assignment]
    plugin._templar = types.SimpleNamespace(template=None)  # type: ignore[assignment]
    plugin._display = types.SimpleNamespace(warning=lambda _said: None)  # type: ignore[assignment]
    monkeypatch.setattr(plugin, "_execute_module", lambda **_: pytest.fail("the node was asked"))
    return plugin.run(None, NODE)


@pytest.mark.parametrize(("merge", "state"), [("packages_list", "present"), ("packages_absent", "absent")])
def test_wanted_and_unwanted_at_once_never_reaches_the_node(
    merge: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared(monkeypatch, packages_list=["htop"], packages_absent=["htop"])
    result = merging(monkeypatch, merge, state)
    assert result["failed"]
    assert "keep one of them" in result["msg"]


def test_an_undocumented_package_never_reaches_the_node(monkeypatch: pytest.MonkeyPatch) -> None:
    declared(monkeypatch, packages_list=["htop"])
    context = read_context(b"# Installed packages\n\n- `tree`: shows what a folder holds\n")
    monkeypatch.setattr(Documents, "context", lambda _self: context)
    result = merging(monkeypatch, "packages_list", "present")
    assert result["failed"]
    assert "- `htop`: <why this node needs it>" in result["msg"]


def test_a_package_that_no_archive_offers_is_told_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    declared(monkeypatch, packages_list=["htpo", "ht"])
    context = read_context(
        b"# Installed packages\n\n- `htpo`: shows load over SSH\n- `ht`: edits binary files\n", "context.md"
    )
    monkeypatch.setattr(Documents, "context", lambda _self: context)
    plugin = ActionModule.__new__(ActionModule)
    args = {"name": ["htpo", "ht"], "merge": "packages_list", "clause": "3.3"}
    plugin._task = types.SimpleNamespace(args=args, check_mode=False)  # type: ignore[assignment]
    plugin._templar = types.SimpleNamespace(template=None)  # type: ignore[assignment]
    plugin._display = types.SimpleNamespace(warning=lambda _said: None)  # type: ignore[assignment]
    said = "the node's archives offer no package named htpo; correct the name"
    monkeypatch.setattr(plugin, "_execute_module", lambda **_: {"failed": True, "msg": said})
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
    result = plugin.run(None, NODE)
    assert result["msg"] == f"{said}; htpo is asked for by group workers and documented in context.md:3"
    assert result["summary"] == result["msg"]
