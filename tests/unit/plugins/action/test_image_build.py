"""The progress of a build on this machine is shown, and paths are the operator's."""

from __future__ import annotations

import os
import pathlib
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action import image_build


class Played:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
        monkeypatch.setattr(image_build.ActionModule, "_execute_module", self._module)
        self.shown: list[str] = []
        self.call: dict[str, t.Any] = {}

    def _module(self, *, module_args: dict[str, t.Any], **_more: t.Any) -> dict[str, t.Any]:
        self.call = module_args
        if pipe := module_args.get("pipe"):
            pathlib.Path(pipe).write_text("fetching 3 packages\n")
        return {"changed": True, "summary": "Built."}

    def run(self, transport: str = "ansible.builtin.local") -> t.Any:
        plugin = image_build.ActionModule.__new__(image_build.ActionModule)
        given = {"dest": "images", "cache_dir": "~/cache", "first_boot": "x", "first_boot_unit": "y", "pipe": "/evil"}
        plugin._task = types.SimpleNamespace(args=given, check_mode=False)  # type: ignore[assignment]
        plugin._templar = types.SimpleNamespace()  # type: ignore[assignment]
        plugin._connection = types.SimpleNamespace(transport=transport)  # type: ignore[assignment]
        plugin._display = types.SimpleNamespace(display=self.shown.append)  # type: ignore[assignment]
        return plugin.run(None, {})


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    return Played(monkeypatch)


def test_progress_is_shown_and_paths_begin_where_the_operator_stands(played: Played) -> None:
    assert played.run()["summary"] == "Built."
    assert played.shown == ["fetching 3 packages"]
    assert played.call["dest"] == os.path.abspath("images")  # noqa: PTH100
    assert played.call["cache_dir"] == os.path.expanduser("~/cache")  # noqa: PTH111
    assert played.call["keyring"] == ""


def test_another_machine_builds_with_its_own_paths_and_no_pipe(played: Played) -> None:
    assert played.run("ssh")["changed"]
    assert played.call["dest"] == "images"
    assert "pipe" not in played.call
    assert played.shown == []
