from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_node_update as node_update
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_plan import Planned
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import Job
from ansible_collections.ai_systems.runbook.plugins.module_utils._dpkg import Installed
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._update_health import Health
from ansible_collections.ai_systems.runbook.plugins.module_utils._update_left import Left
from ansible_collections.ai_systems.runbook.plugins.module_utils._update_plan import Pending
from tests.step_host import Host

LEFT = Left((), (Installed("x", "1", "unpacked", "ok", hold=False),))
THEN = Pending(("a.service",), (), ("libc6 upgraded since boot",))


@pytest.mark.parametrize(
    ("restart", "reboot", "left", "actions", "said"),
    [
        (False, False, None, ["upgrade 1 -> 2"], "Upgrade or install 1 package"),
        (
            *(False, False, LEFT, ["finish what was interrupted: x unpacked", "upgrade 1 -> 2"]),
            "Finish what was interrupted, upgrade or install 1 package",
        ),
        (
            *(True, False, None, ["upgrade 1 -> 2", "stop and start"]),
            "Upgrade or install 1 package, stop and start a.service",
        ),
        (True, True, None, ["upgrade 1 -> 2", "reboot"], "Upgrade or install 1 package, boot anew"),
    ],
)
def test_what_is_foretold_is_what_is_asked_for(
    *, restart: bool, reboot: bool, left: Left | None, actions: list[str], said: str
) -> None:
    step = Step(Host(restart_services=restart, reboot=reboot), node_update.CLAUSE)
    changes = node_update._foretold(step, [Planned("b", "1", "2")], left, THEN)
    assert [change.action for change in changes] == actions
    assert node_update._said(changes) == said


def test_a_reboot_is_begun_by_the_quick_part_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []

    class Systemctl:
        def start_over(self) -> None:
            begun.append("reboot")

    monkeypatch.setattr(node_update, "Systemctl", Systemctl)
    monkeypatch.setattr(node_update, "read_health", lambda _: Health((), ("cron.service",)))
    monkeypatch.setattr(node_update, "boot_id", lambda: "b")
    monkeypatch.setattr(node_update, "note_reboot", lambda boot, health: begun.append(f"note {boot} {health.running}"))
    for stage in ("look", "upgrade", "return"):
        assert node_update.quick(Step(Host(stage=stage, units=[]), node_update.CLAUSE)) is None
    assert begun == []
    step = Step(Host(stage="reboot", units=[]), node_update.CLAUSE)
    said = node_update.quick(step)
    assert said
    assert step.result(said)["before"] == {"boot": "b", "failed": (), "running": ("cron.service",)}
    # Noted before: it also ends this process.
    assert begun == ["note b ('cron.service',)", "reboot"]


def test_a_reboot_after_which_a_run_was_cut_off_is_proven_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten: list[str] = []
    before: list[Health | None] = [None]

    def require_back(health: Health, *_: t.Any) -> None:
        if health.running:
            raise StepError("x did not come back")

    monkeypatch.setattr(node_update, "boot_id", lambda: "b")
    monkeypatch.setattr(node_update, "before_reboot", lambda _: before[0])
    monkeypatch.setattr(node_update, "require_back", require_back)
    monkeypatch.setattr(node_update, "forget_reboot", lambda: forgotten.append("x"))
    for health, check, lost, gone in (
        (None, False, "", 0),
        (Health((), ("x",)), False, "x did not come back", 0),
        (Health((), ()), True, "", 0),
        (Health((), ()), False, "", 1),
    ):
        before[0] = health
        step = Step(Host(check_mode=check, units=[], settle=0), node_update.CLAUSE)
        assert node_update._lost_in_reboot(step, Job()) == lost
        assert len(forgotten) == gone
