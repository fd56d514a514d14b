"""The first node stands for all: where it is not well the task fails."""

from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action import rollback_verdict
from ansible_collections.ai_systems.runbook.plugins.modules import rollback_verdict as module
from tests.thin_module import assert_documented


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})


def run(nodes: t.Sequence[str] = ("n1", "n2"), *, check: bool = False, **args: t.Any) -> dict[str, t.Any]:
    plugin = rollback_verdict.ActionModule.__new__(rollback_verdict.ActionModule)
    given = {"reverted": {"summary": "R."}, **args}
    plugin._task = types.SimpleNamespace(args=given, check_mode=check)  # type: ignore[assignment]
    plugin._templar = types.SimpleNamespace()  # type: ignore[assignment]
    return plugin.run(None, {"inventory_hostname": "n1", "ansible_play_hosts_all": list(nodes)})


def test_what_it_documents_is_what_it_takes() -> None:
    assert_documented(module, rollback_verdict._SPEC)


def test_a_node_that_is_well_lets_the_others_follow() -> None:
    result = run(before={"findings": []}, after={"findings": []})
    assert "failed" not in result
    assert (result["concludes"], result["changed"]) == (True, False)
    assert result["summary"].startswith("R. It runs here")


def test_one_that_is_not_stops_them_and_only_the_first_speaks_for_others() -> None:
    result = run(lost="no")
    assert result["failed"]
    assert "The other node was left as it is" in result["msg"]
    assert "left" not in run(["n0", "n1"], lost="no")["msg"]
    assert "then the other 1" in run(check=True)["summary"]


def test_waivers_that_cannot_be_read_stop_them_too(tmp_path: t.Any) -> None:
    file = tmp_path / "waivers.yml"
    file.write_text("- nonsense\n")
    assert run(after={"findings": []}, waivers_file=str(file))["failed"]
