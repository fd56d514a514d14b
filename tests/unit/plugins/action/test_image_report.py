"""The report is shown once, cleaned, and its paths are the operator's."""

from __future__ import annotations

import pathlib
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action import image_report


class Played:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
        monkeypatch.setattr(image_report.ActionModule, "_execute_module", self._module)
        self.calls: list[dict[str, t.Any]] = []
        self.shown: list[str] = []
        self.answer: dict[str, t.Any] = {"summary": "It is.", "table": ["one", "two \x1b[2J"]}

    def _module(self, *, module_args: dict[str, t.Any], **_more: t.Any) -> dict[str, t.Any]:
        self.calls.append(module_args)
        return dict(self.answer)

    def run(self, transport: str = "local", **args: t.Any) -> t.Any:
        plugin = image_report.ActionModule.__new__(image_report.ActionModule)
        plugin._task = types.SimpleNamespace(args={"image": "x.img", **args}, check_mode=False)  # type: ignore[assignment]
        plugin._templar = types.SimpleNamespace()  # type: ignore[assignment]
        plugin._connection = types.SimpleNamespace(transport=transport)  # type: ignore[assignment]
        plugin._display = types.SimpleNamespace(display=self.shown.append)  # type: ignore[assignment]
        return plugin.run(None, {})


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    return Played(monkeypatch)


def test_the_report_is_shown_and_cleaned(played: Played) -> None:
    assert played.run() == {"summary": "It is."}
    assert played.shown == ["\none\ntwo \\x1b[2J\n"]


def test_paths_are_where_the_operator_stands(
    played: Played, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    played.run(keyring="key.asc")
    assert played.calls[0]["image"] == str(tmp_path / "x.img")
    assert played.calls[0]["keyring"] == str(tmp_path / "key.asc")
    assert played.calls[0]["pipe"]


def test_on_another_machine_paths_are_its_own(played: Played) -> None:
    played.run("ssh", pipe="/mine")
    assert played.calls[0]["image"] == "x.img"
    assert not played.calls[0].get("pipe")


def test_a_refused_image_has_no_report(played: Played) -> None:
    played.answer = {"failed": True, "msg": "no"}
    assert played.run() == {"failed": True, "msg": "no"}
    assert played.shown == []


def test_a_long_report_is_cut(played: Played) -> None:
    played.answer["table"] = ["x"] * 10_000
    played.run()
    assert len(played.shown[0].splitlines()) < 100
