from __future__ import annotations

import contextlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt, _dpkg
from ansible_collections.ai_systems.runbook.plugins.module_utils import _update_act as act
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt import Transaction
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_plan import Planned
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import Job
from ansible_collections.ai_systems.runbook.plugins.module_utils._dpkg import Installed, Node
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import UnitStatus
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_settled import Fallen
from ansible_collections.ai_systems.runbook.plugins.module_utils._update_health import Health
from ansible_collections.ai_systems.runbook.plugins.module_utils._update_left import Left
from ansible_collections.ai_systems.runbook.plugins.module_utils._update_plan import Pending, Room
from tests.step_host import Host

PLAN = [Planned("b", "1", "2"), Planned("new", "", "1")]
NOTHING = Pending((), (), ())
UNPACKED = Installed("x", "1", "unpacked", "ok", hold=False)
CUT_OFF = Installed("y", "1", "half-installed", "reinstreq", hold=False)


class Played:
    """A node that is played: what was done to it, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[str] = []
        self.plan = PLAN
        self.left: Left | None = None
        self.again = [Planned("y", "1", "1")]
        self.pending = [NOTHING]
        self.health = Health((), ("cron.service",))
        self.boot = "new"
        monkeypatch.setattr(act, "plan_of", lambda *_: Transaction([], self.plan, [], ["held"]))
        monkeypatch.setattr(act, "left_by_kill", lambda _: self.left)
        monkeypatch.setattr(act, "settle_journal", lambda: self.done.append("settle"))
        monkeypatch.setattr(_apt, "plan_again", lambda names, *_: Transaction(names, self.again, [], []))
        monkeypatch.setattr(_dpkg, "read", lambda *_: Node({}, frozenset(), interrupted=False))
        monkeypatch.setattr(act, "configure_all", lambda _: self.done.append("configure"))
        monkeypatch.setattr(act, "note_upgraded", lambda _, names: self.done.append(f"note {' '.join(names)}"))
        monkeypatch.setattr(act, "boot_id", lambda: self.boot)
        monkeypatch.setattr(act, "forget_reboot", lambda: self.done.append("forget the reboot"))
        monkeypatch.setattr(act, "read_room", lambda: Room(999, None, 0))
        monkeypatch.setattr(_apt, "carry_out", self._carry_out)
        monkeypatch.setattr(act, "pending_now", lambda _: self.pending.pop(0))
        monkeypatch.setattr(act, "read_health", lambda _: self.health)
        monkeypatch.setattr(act, "make_folder", lambda: None)
        monkeypatch.setattr(act, "alone", lambda *_: contextlib.nullcontext())
        monkeypatch.setattr(act, "watch", lambda *_, **__: [])
        monkeypatch.setattr(act, "tell", lambda status, why: Fallen(status.name, why, ["its last words"]))
        monkeypatch.setattr(act, "Systemctl", lambda: self)

    def _carry_out(self, _step: Step, transaction: Transaction, *_: t.Any, **__: t.Any) -> None:
        self.done.append(" ".join(["apt", *transaction.arguments]))

    def stop(self, name: str) -> None:
        self.done.append(f"stop {name}")

    def start(self, name: str) -> None:
        self.done.append(f"start {name}")

    def show(self, names: t.Sequence[str]) -> dict[str, UnitStatus]:
        return {name: UnitStatus(name, active_state="failed", result="exit-code") for name in names}


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    return Played(monkeypatch)


def step(**params: t.Any) -> Step:
    usual: dict[str, t.Any] = {
        "archive_keys": [],
        "backports": [],
        "units": ["a.service"],
        "restart_services": False,
        "reboot": False,
        "look": {},
        "settle": 0,
    }
    return Step(Host(**{**usual, "confirmed": ["b=2", "new=1"], **params}), act.CLAUSE)


def test_what_was_interrupted_comes_first_and_all_is_noted_before_it_is_done(played: Played) -> None:
    played.left = Left((), (UNPACKED,))
    told = step()
    said = act.upgrade(told, Job(), Health((), ()))
    assert played.done == ["note x", "configure", "note b new", "apt"]
    assert said == "What was interrupted is finished, 1 package was upgraded and 1 newly installed"
    assert told.result("")["kept_back"] == ["held"]


def test_what_was_cut_off_while_it_was_unpacked_is_installed_again(played: Played) -> None:
    played.left = Left((CUT_OFF,), (UNPACKED,))
    told = step(confirmed=["b=2", "new=1", "y=1"])
    act.upgrade(told, Job(), Health((), ()))
    assert played.done == ["note x y", "settle", "apt y", "configure", "note b new", "apt"]
    assert told.result("")["actions"][0]["action"] == "finish what was interrupted: x unpacked, y half-installed"
    played.done.clear()
    with pytest.raises(StepError, match="not what was confirmed, it differs in y=1"):
        act.upgrade(step(), Job(), Health((), ()))
    assert "apt y" not in played.done


def test_what_nobody_confirmed_is_not_done(played: Played) -> None:
    with pytest.raises(StepError, match="not what was confirmed"):
        act.upgrade(step(confirmed=["b=3"]), Job(), Health((), ()))
    assert played.done == []


def test_only_declared_services_are_stopped_and_started(played: Played) -> None:
    played.pending = [Pending(("a.service",), ("ssh.service",), ()), NOTHING]
    told = step(restart_services=True)
    said = act.finish(told, Job(), Health((), ()), "Done")
    assert played.done == ["stop a.service", "start a.service", "forget the reboot"]
    assert said == "Done, a.service stopped and started."
    assert told.result("")["actions"] == [{"clause": "6.1", "subject": "a.service", "action": "stop and start"}]


@pytest.mark.parametrize(
    ("params", "reasons", "reboots"),
    [
        ({"reboot": True}, ("x",), True),
        ({"reboot": True, "look": {"then": {"reasons": ["x"]}}}, (), True),
        ({"reboot": True}, (), False),
        ({}, ("x",), False),
    ],
)
def test_a_reboot_follows_where_it_is_asked_for_and_due(
    played: Played, *, params: dict[str, t.Any], reasons: tuple[str, ...], reboots: bool
) -> None:
    played.pending = [Pending(("a.service",), (), reasons), NOTHING]
    told = step(restart_services=True, **params)
    act.finish(told, Job(), Health((), ()), "Done")
    assert told.result("")["reboots"] is reboots
    # A boot starts all of them anyway.
    assert ("stop a.service" in played.done) is not reboots


def test_a_unit_that_failed_before_blocks_nothing_and_a_new_one_does(played: Played) -> None:
    played.health = Health(("old.service",), ())
    played.pending = [NOTHING, NOTHING]
    act.finish(step(), Job(), Health(("old.service",), ()), "Done")
    with pytest.raises(StepError, match=r"old.service failed that did not fail before.*result exit-code") as caught:
        act.finish(step(), Job(), Health((), ()), "Done")
    assert "its last words" in str(caught.value)


def test_a_node_is_back_with_all_its_services_from_another_boot(played: Played) -> None:
    before = {"boot": "old", "running": ["cron.service"], "failed": []}
    assert act.returned(step(before=before), Job()) == "Booted anew, with all 1 services as before."
    assert played.done == ["forget the reboot"]
    before["running"] = ["cron.service", "a.service"]
    with pytest.raises(
        StepError, match=r"a\.service did not come back\. a\.service ran before the reboot and is failed"
    ):
        act.returned(step(before=before), Job())
    played.boot = "old"
    with pytest.raises(StepError, match="did not boot anew: its boot id is the old one"):
        act.returned(step(before=before), Job())
