"""The order is written down before the node is asked, and never for a whole fleet by mistake."""

from __future__ import annotations

import pathlib
import types
import typing as t

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.ai_systems.runbook.plugins.action import isolation_order
from ansible_collections.ai_systems.runbook.plugins.modules import isolation_order as module
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._isolation_record import read
from tests.thin_module import assert_documented


class Played:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
        self.warnings: list[str] = []

    def run(self, *, check: bool = False, nodes: t.Sequence[str] = ("n1",), limit: str = "", **args: t.Any) -> t.Any:
        plugin = isolation_order.ActionModule.__new__(isolation_order.ActionModule)
        plugin._task = types.SimpleNamespace(args=args, check_mode=check)  # type: ignore[assignment]
        plugin._templar = types.SimpleNamespace()  # type: ignore[assignment]
        plugin._display = types.SimpleNamespace(warning=self.warnings.append)  # type: ignore[assignment]
        told = {"inventory_hostname": "n1", "ansible_play_hosts_all": list(nodes)}
        return plugin.run(None, {**told, **({"ansible_limit": limit} if limit else {})})


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    return Played(monkeypatch)


def test_what_it_documents_is_what_it_takes() -> None:
    assert_documented(module, isolation_order._SPEC)


def test_an_order_is_written_down(played: Played, tmp_path: pathlib.Path) -> None:
    result = played.run(records_dir=str(tmp_path))
    assert read(str(tmp_path))["n1"].state == "pending"
    assert result["when_lost"].startswith("Pull the cable of n1, or switch its port off: it is not under our control")
    assert result["when_lost"].endswith("it is noted as pending, and every run names it until it is done")
    assert not result["changed"]
    result = played.run(records_dir=str(tmp_path), state="off")
    assert read(str(tmp_path))["n1"].state == "lifting"
    assert result["when_lost"].startswith("n1 is not under our control, so it was not opened")


@pytest.mark.parametrize("given", [{"check": True}, {"records_dir": ""}])
def test_nothing_is_written_where_nothing_is_to_be(
    played: Played, tmp_path: pathlib.Path, given: dict[str, t.Any]
) -> None:
    result = played.run(**{"records_dir": str(tmp_path), **given})
    assert read(str(tmp_path)) == {}
    assert "noted" not in result["when_lost"]


def test_a_record_that_cannot_be_written_keeps_nobody_from_isolating(played: Played, tmp_path: pathlib.Path) -> None:
    (tmp_path / "isolation.json").write_text("damaged")
    result = played.run(records_dir=str(tmp_path))
    assert "failed" not in result
    assert "noted" not in result["when_lost"]
    assert "restore it from git" in played.warnings[0]


def test_a_fleet_is_isolated_by_name_only(played: Played, tmp_path: pathlib.Path) -> None:
    with pytest.raises(AnsibleActionFail, match=r"all 2 nodes of the inventory are meant.*nothing was done"):
        played.run(records_dir=str(tmp_path), nodes=["n1", "n2"])
    assert read(str(tmp_path)) == {}
    assert played.run(records_dir=str(tmp_path), nodes=["n1", "n2"], limit="all")["when_lost"]
