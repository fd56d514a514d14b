"""What is stopped and disabled for good: all that is declared or linked from the checkout, and nothing else."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _services_off
from ansible_collections.ai_systems.runbook.plugins.module_utils._services_off import Found, decide, read
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import UnitStatus
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_links import Links

CHECKOUT = "/home/ops/ai-systems"


class Systemd:
    """systemd in which the units of these names run."""

    def __init__(self, *running: str) -> None:
        self.running = running
        self.asked: list[str] = []

    def show(self, names: t.Sequence[str]) -> dict[str, UnitStatus]:
        self.asked = list(names)
        return {name: UnitStatus(name, active_state="active" if name in self.running else "inactive") for name in names}


@pytest.fixture
def links(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., None]:
    def put(units: dict[str, str], enabled: dict[str, str] | None = None, running: t.Sequence[str] = ()) -> None:
        monkeypatch.setattr(_services_off, "read_links", lambda: Links(units, enabled or {}))
        monkeypatch.setattr(_services_off, "running_instances", lambda _template: list(running))

    return put


def off(systemd: Systemd, *declared: str, memory: str = "/nowhere") -> Found:
    return read(systemd, declared, f"{CHECKOUT}/", memory=memory)  # type: ignore[arg-type]


def done(found: Found) -> list[tuple[str, str]]:
    return [(change.subject, change.action) for change in decide(found)]


def test_what_starts_others_goes_first(links: t.Callable[..., None]) -> None:
    path = f"{CHECKOUT}/web"
    links(
        {
            "web.service": f"{path}/web.service",
            "web.socket": f"{path}/web.socket",
            "sshd.service": "/usr/lib/ssh.service",
        },
        {"multi-user.target.wants/web.service": f"{path}/web.service"},
    )
    found = off(Systemd("web.service", "web.socket", "sshd.service"))
    assert done(found) == [
        ("web.socket", "stop"),
        ("web.service", "stop"),
        ("web.service", "disable"),
        ("web.socket", "disable"),
    ]


def test_declared_ones_without_a_link_are_stopped_too(links: t.Callable[..., None]) -> None:
    links({})
    assert done(off(Systemd("web.service"), "web.service", "old.service")) == [("web.service", "stop")]


def test_instances_go_with_their_template(links: t.Callable[..., None]) -> None:
    path = f"{CHECKOUT}/b@.timer"
    links({"b@.timer": path}, {"timers.target.wants/b@one.timer": path}, running=["two"])
    systemd = Systemd("b@one.timer", "b@two.timer")
    assert done(off(systemd)) == [("b@one.timer", "stop"), ("b@two.timer", "stop"), ("b@.timer", "disable")]


def test_a_link_of_another_name_is_found(links: t.Callable[..., None]) -> None:
    links({"alias.service": f"{CHECKOUT}/web.service"})
    assert ("alias.service", "disable") in done(off(Systemd("web.service")))


@pytest.mark.parametrize(
    "name", ["ssh.service", "systemd-journald.service", "x\x1b[31m.service", "a b.service", ".mount"]
)
def test_what_is_not_ours_to_stop_is_named_and_left(links: t.Callable[..., None], name: str) -> None:
    links({name: f"{CHECKOUT}/{name}"})
    systemd = Systemd(name)
    found = off(systemd)
    assert done(found) == []
    assert name not in systemd.asked
    assert "was left alone: " in found.left[0]
    assert found.left[0].isprintable()


def test_credentials_leave_the_memory(links: t.Callable[..., None], tmp_path: pathlib.Path) -> None:
    links({})
    (tmp_path / "web.service").mkdir()
    assert done(off(Systemd(), memory=str(tmp_path))) == [("web.service", "remove credentials")]


def test_a_neighbour_of_the_checkout_is_not_in_it(links: t.Callable[..., None]) -> None:
    links({"web.service": f"{CHECKOUT}-old/web.service"})
    assert done(off(Systemd("web.service"))) == []
