"""The order of an isolation, and what is on record after each step that fails: with the node and ssh played."""

from __future__ import annotations

import pathlib
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action import node_isolation
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _isolation_record as record
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fresh_session import Refusal

PLANNED = [{"clause": "5.2", "subject": "table", "action": "load"}]
SAID = "Only 192.0.2.1 reaches the node, at port 22."


class Played:
    """The controller's session, the second host and the node's module; ``broken`` names the step that fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, records: pathlib.Path, *, broken: str = "") -> None:
        self.order: list[str] = []
        self.broken = broken
        self.records = str(records)
        self.leaks = False
        self.kept = Refusal("undone")
        self.answer: dict[str, t.Any] = {
            "changed": True, "guarded": True, "actions": list(PLANNED), "diff": [{}], "summary": SAID,
        }  # fmt: skip
        monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
        monkeypatch.setattr(node_isolation, "SecondHost", lambda *_, **__: self)
        monkeypatch.setattr(node_isolation.ActionModule, "_session", lambda _: self)
        monkeypatch.setattr(node_isolation.ActionModule, "_module", self._module)

    def _do(self, what: str) -> str:
        self.order.append(what)
        return f"{what} failed" if what == self.broken else ""

    def _module(self, args: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        self.token = args["token"]
        why = self._do("module")
        return {"failed": True, "msg": why, "changed": False} if why else dict(self.answer)

    def proves_login(self, **_: t.Any) -> str:
        return self._do("login")

    def ask_before(self, *, port: int) -> None:
        assert port == 22
        self._do("before")

    def finds_applied(self, _name: str, **_: t.Any) -> str:
        return self._do("applied")

    def proves_change(self, _name: str, *, token: str, **_: t.Any) -> str:
        assert (token, len(token)) == (self.token, 32)
        return self._do("proof")

    def refuse(self, _name: str, *, token: str, **_: t.Any) -> Refusal:
        assert token == self.token
        self._do("refuse")
        return self.kept

    def ask_after(self, *, port: int, changed: bool) -> tuple[bool, str]:
        self._do(f"after {port} {changed}")
        return self.leaks, "n2 still reaches it" if self.leaks else "n2 no longer reaches it"

    def run(self, *, check: bool = False, **args: t.Any) -> dict[str, t.Any]:
        plugin = node_isolation.ActionModule.__new__(node_isolation.ActionModule)
        given = {"operators": ["192.0.2.1"], "records_dir": self.records, **args}
        plugin._task = types.SimpleNamespace(args=given, check_mode=check)  # type: ignore[assignment]
        plugin._templar = types.SimpleNamespace()  # type: ignore[assignment]
        options = {"port": None, "host": "192.0.2.10"}
        plugin._connection = types.SimpleNamespace(get_option=options.get)  # type: ignore[assignment]
        variables = {"inventory_hostname": "n1", "groups": {"all": ["n1"]}, "hostvars": {}}
        return plugin.run(None, variables)

    @property
    def recorded(self) -> str:
        entry = record.read(self.records).get("n1")
        return entry.state if entry else ""


def test_everything_in_order(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    played = Played(monkeypatch, tmp_path)
    result = played.run()
    assert played.order == ["login", "before", "module", "applied", "proof", "after 22 True"]
    assert result["summary"] == (
        f"{SAID} n2 no longer reaches it. Filtered by the node itself; a hostile root can undo this: pull the cable."
    )
    assert (result["changed"], result["actions"], "guarded" in result) == (True, PLANNED, False)
    assert played.recorded == "isolated"


def test_a_proof_whose_answer_was_lost_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    played = Played(monkeypatch, tmp_path, broken="proof")
    played.kept = Refusal("committed")
    result = played.run()
    assert not result.get("failed")
    assert (result["changed"], result["actions"]) == (True, PLANNED)
    assert played.recorded == "isolated"


def test_rules_that_are_not_seen_to_go_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    played = Played(monkeypatch, tmp_path, broken="proof")
    played.kept = Refusal("unknown", "no route")
    assert "within 60 s, but that was not seen: no route: pull" in played.run()["msg"]


def test_a_converged_node_is_proven_again(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    played = Played(monkeypatch, tmp_path)
    played.answer = {"changed": False, "actions": [], "diff": [], "summary": SAID}
    assert not played.run()["changed"]
    assert played.order == ["login", "before", "module", "after 22 False"]
    assert played.recorded == "isolated"


def test_a_dry_run_is_one_call(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    played = Played(monkeypatch, tmp_path)
    del played.answer["guarded"]
    result = played.run(check=True)
    assert played.order == ["module"]
    assert "pull the cable" in result["summary"]
    assert played.recorded == ""


@pytest.mark.parametrize(
    ("broken", "order", "changed"),
    [
        ("login", ["login"], False),
        ("module", ["login", "before", "module"], False),
        ("applied", ["login", "before", "module", "applied", "refuse"], False),
        ("proof", ["login", "before", "module", "applied", "proof", "refuse"], False),
    ],
)
def test_nothing_goes_on_after_a_step_that_failed(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: pathlib.Path,
    broken: str,
    order: list[str],
    changed: bool,  # noqa: FBT001
) -> None:
    played = Played(monkeypatch, tmp_path, broken=broken)
    record.order(played.records, "n1", lift=False)
    result = played.run()
    assert result["failed"]
    assert f"{broken} failed" in result["msg"]
    if broken == "login":
        assert result["msg"].startswith("Pull its cable, or switch its port off: ")
    assert (result["changed"], played.order) == (changed, order)
    assert played.recorded == "pending"
    if broken in ("applied", "proof"):
        assert "The node has taken its rules away again, and is open: pull its cable" in result["msg"]
        assert (result["actions"], result["diff"]) == ([], [])


def test_a_second_host_that_still_gets_in_is_a_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    played = Played(monkeypatch, tmp_path)
    record.settle(played.records, "n1", isolated=True)
    played.leaks = True
    result = played.run()
    assert result["failed"]
    assert "n2 still reaches it although the node says that it filters: pull its cable" in result["msg"]
    assert played.recorded == "pending"


def test_a_kernel_that_nobody_can_ask_proves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    played = Played(monkeypatch, tmp_path)
    played.answer.update(undecided=True, summary="unknown: emulated.")
    result = played.run()
    assert result["summary"] == "unknown: emulated."
    assert "after 22 True" not in played.order
    assert played.recorded == ""


def test_operators_that_are_none_are_left_to_the_node_to_tell(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    played = Played(monkeypatch, tmp_path, broken="module")
    assert "module failed" in played.run(operators=[])["msg"]


def test_a_second_host_that_is_none_stops_it(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    played = Played(monkeypatch, tmp_path)
    result = played.run(second_host="nobody")
    assert result["failed"]
    assert "isolate_second_host 'nobody'" in result["msg"]
    assert played.order == []


def test_what_is_opened_leaves_the_record(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    played = Played(monkeypatch, tmp_path)
    played.answer = {"changed": True, "actions": PLANNED, "diff": [{}], "summary": "The node is open as before."}
    record.settle(played.records, "n1", isolated=True)
    assert played.run(state="off", check=True)["changed"]
    assert played.recorded == "isolated"
    assert played.run(state="off")["changed"]
    assert played.recorded == ""
    played.broken = "module"
    record.settle(played.records, "n1", isolated=True)
    assert played.run(state="off")["failed"]
    assert played.recorded == "isolated"
