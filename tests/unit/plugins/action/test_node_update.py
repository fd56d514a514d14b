"""What the controller makes of a look and an upgrade, and how it proves a reboot: with the node and ssh played."""

from __future__ import annotations

import types
import typing as t

import pytest
from ansible.errors import AnsibleConnectionFailure

from ansible_collections.ai_systems.runbook.plugins.action import node_update
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fresh_session import Answer

OLD, NEW = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
ACTION = {"clause": "6.1", "subject": "vim", "action": "upgrade 1 -> 2"}
LOOK = {
    "due": True,
    "confirmed": ["vim=2"],
    "then": {"services": [], "others": [], "reasons": ["x"]},
    "foretold": {"actions": [ACTION], "diff": [{"before": "1", "after": "2"}]},
    "summary": "Upgrade or install 1 package.",
}


class Played:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[dict[str, t.Any]] = []
        self.boots = [OLD, "", "Connection refused", NEW]
        self.broken: dict[str, t.Any] = {}
        self.reboots = False
        self.now = 0.0
        monkeypatch.setattr(node_update, "FreshSession", lambda *_, **__: self)
        monkeypatch.setattr(node_update, "time", self)
        monkeypatch.setattr(node_update.ActionModule, "follow", self._follow)
        monkeypatch.setattr(node_update.ActionModule, "_call", lambda _, args: self._call(args))

    def run(self, _command: str, **_: t.Any) -> Answer:
        return Answer(0, f"{self.boots.pop(0) if len(self.boots) > 1 else self.boots[0]}\n", "")

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def monotonic(self) -> float:
        return self.now

    def _call(self, args: dict[str, t.Any]) -> dict[str, t.Any]:
        self.calls.append(args)
        said = self.broken.get(args["stage"])
        if isinstance(said, Exception):
            raise said
        return said or {"before": {"boot": "ignored", "running": ["cron.service"]}}

    def _follow(self, args: dict[str, t.Any], _vars: t.Any) -> dict[str, t.Any]:
        self.calls.append(dict(args))
        stage = args.get("stage", "look")
        if isinstance(said := self.broken.get(stage), Exception):
            raise said
        if stage in self.broken:
            return t.cast("dict[str, t.Any]", self.broken[stage])
        answers: dict[str, dict[str, t.Any]] = {
            "look": dict(LOOK),
            "upgrade": {
                "clause": "6.1", "changed": True, "actions": [ACTION], "diff": [{}], "summary": "Done.",
                "reboots": self.reboots,
            },
            "return": {"summary": "Booted anew, with all 1 services as before.", "pending": {}},
        }  # fmt: skip
        return answers[stage]

    def act(self, *, check: bool = False, **args: t.Any) -> dict[str, t.Any]:
        plugin = node_update.ActionModule.__new__(node_update.ActionModule)
        plugin._task = types.SimpleNamespace(args=args, check_mode=check)  # type: ignore[assignment]
        connection = types.SimpleNamespace(get_option=lambda _: "", reset=lambda: None)
        plugin._connection = connection  # type: ignore[assignment]
        plugin._display = types.SimpleNamespace(display=lambda _: None)  # type: ignore[assignment]
        return plugin.run(None, {"inventory_hostname": "n1"})


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    return Played(monkeypatch)


def test_a_look_with_something_to_do_leaves_its_row_to_what_does_it(played: Played) -> None:
    assert played.act(units=["a.service"])["row_follows"] is True
    played.broken["look"] = {"due": False}
    assert played.act()["row_follows"] is False


def test_a_dry_run_says_what_the_look_foretold_and_asks_no_node(played: Played) -> None:
    result = played.act(check=True, stage="upgrade", look=LOOK)
    assert (result["actions"], result["diff"], result["changed"]) == ([ACTION], LOOK["foretold"]["diff"], True)  # type: ignore[index]
    assert result["summary"] == "Would upgrade or install 1 package."
    assert played.calls == []


def test_only_what_was_confirmed_reaches_the_node(played: Played) -> None:
    result = played.act(stage="upgrade", look=LOOK)
    [call] = played.calls
    assert (call["confirmed"], call["look"]) == (["vim=2"], {"then": LOOK["then"]})
    assert result["summary"] == "Done."


def test_a_reboot_is_proven_from_outside(played: Played) -> None:
    played.reboots = True
    result = played.act(stage="upgrade", look=LOOK)
    assert [call["stage"] for call in played.calls] == ["upgrade", "reboot", "return"]
    # The node's own word on its boot id counts for nothing.
    assert played.calls[-1]["before"] == {"boot": OLD, "running": ["cron.service"]}
    assert result["actions"][-1] == {"clause": "6.1", "subject": "the node", "action": "reboot"}
    assert result["summary"] == "Done. Booted anew, with all 1 services as before."


def test_an_answer_that_the_reboot_cut_off_is_no_failure(played: Played) -> None:
    played.reboots = True
    played.broken["reboot"] = AnsibleConnectionFailure("gone")
    assert "failed" not in played.act(stage="upgrade", look=LOOK)


@pytest.mark.parametrize(
    ("broken", "boots", "sentence"),
    [
        ({}, [OLD], "did not come back within 9 s of its reboot"),
        ({}, ["?"], "does not say which boot it is in"),
        ({"reboot": {"failed": True, "clause": "6.1", "msg": "refused"}}, [OLD], "was not begun: refused"),
        (
            {"return": {"failed": True, "msg": "cron.service did not come back"}},
            [OLD, NEW],
            "cron.service did not come",
        ),
        ({"return": {"unreachable": True}}, [OLD, NEW], "is lost again after its reboot"),
        ({"return": AnsibleConnectionFailure("gone")}, [OLD, NEW], "is lost again after its reboot: gone"),
    ],
)
def test_a_reboot_that_is_not_proven_is_a_failure_that_keeps_what_was_done(
    played: Played, broken: dict[str, t.Any], boots: list[str], sentence: str
) -> None:
    played.reboots, played.broken, played.boots = True, broken, boots
    result = played.act(stage="upgrade", look=LOOK, reboot_timeout=9)
    assert result["failed"]
    assert sentence in result["msg"]
    assert result["actions"] == [ACTION]


def test_a_node_that_is_lost_in_the_middle_stops_the_fleet(played: Played) -> None:
    played.broken["upgrade"] = AnsibleConnectionFailure("n1 does not answer any more")
    result = played.act(stage="upgrade", look=LOOK)
    assert (result["failed"], result["msg"]) == (True, "n1 does not answer any more")
    assert "unreachable" not in result


def test_a_failed_upgrade_is_not_rebooted(played: Played) -> None:
    played.broken["upgrade"] = {"failed": True, "reboots": True, "msg": "dpkg"}
    assert played.act(stage="upgrade", look=LOOK)["msg"] == "dpkg"
    assert len(played.calls) == 1
