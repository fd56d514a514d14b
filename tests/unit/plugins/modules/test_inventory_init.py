"""A new inventory repository: nothing is overwritten, and nothing is half made."""

from __future__ import annotations

import os
import pathlib
import types
import typing as t

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.ai_systems.runbook.plugins.action.inventory_init import ActionModule
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._inventory_sample import FILES


def init(monkeypatch: pytest.MonkeyPatch, *, check_mode: bool = False, **args: t.Any) -> dict[str, t.Any]:
    plugin = ActionModule.__new__(ActionModule)
    plugin._task = types.SimpleNamespace(args=args, check_mode=check_mode)  # type: ignore[assignment]
    plugin._display = types.SimpleNamespace(display=lambda _: None)  # type: ignore[assignment]
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
    return plugin.run(None, {})


def made(folder: pathlib.Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_all_files_are_made_and_named(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    dry = init(monkeypatch, dest=str(tmp_path / "a"), check_mode=True)
    assert list(tmp_path.iterdir()) == []
    real = init(monkeypatch, dest=str(tmp_path / "a"))
    assert made(tmp_path / "a") == set(FILES)
    assert real["actions"] == dry["actions"]
    assert {action["subject"] for action in real["actions"]} == {str(tmp_path / "a" / name) for name in FILES}


def test_an_existing_folder_with_other_files_is_fine(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    (tmp_path / "LICENSE").write_text("mine")
    init(monkeypatch, dest=str(tmp_path))
    assert made(tmp_path) == {*FILES, "LICENSE"}


@pytest.mark.parametrize("name", FILES)
def test_no_file_is_ever_overwritten(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    with pytest.raises(AnsibleActionFail, match="nothing is overwritten"):
        init(monkeypatch, dest=str(tmp_path))
    assert made(tmp_path) == {name}
    assert path.read_text() == "mine"


def test_a_dangling_link_is_a_file_too(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    (tmp_path / "hosts.yml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AnsibleActionFail, match=r"holds hosts\.yml already"):
        init(monkeypatch, dest=str(tmp_path))
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_may_not_be_written_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(AnsibleActionFail, match="you may not write to"):
        init(monkeypatch, dest=str(tmp_path / "a"))


@pytest.mark.parametrize("dest", ["", "  ", None])
def test_no_destination_is_an_error(monkeypatch: pytest.MonkeyPatch, dest: str | None) -> None:
    with pytest.raises(AnsibleActionFail, match="dest is not set"):
        init(monkeypatch, dest=dest)
