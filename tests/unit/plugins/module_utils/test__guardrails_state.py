from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_state import read_guarded_units, read_state
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_units import UnitState
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import Systemctl, UnitStatus
from tests.units_view import APT_CONFIG, SYSTEM, USR, units_view

TIMER = "[Timer]\nOnCalendar=daily\n"


class Answers(Systemctl):
    """A systemd that has every unit up and enabled, unless a test says otherwise."""

    def __init__(self, **others: UnitStatus) -> None:
        super().__init__()
        self.others = others
        self.asked: list[str] = []

    def show(self, names: t.Sequence[str]) -> dict[str, UnitStatus]:
        self.asked += names
        up = {"load_state": "loaded", "active_state": "active", "unit_file_state": "enabled"}
        return {name: self.others.get(name.partition(".")[0], UnitStatus(name, id=name, **up)) for name in names}  # type: ignore[arg-type]


def read(folder: pathlib.Path, systemctl: Answers | None = None, **given: t.Any) -> list[str]:
    return [one.name for one in read_guarded_units(units_view(folder, **given), systemctl or Answers())]


def test_units_are_asked_for_by_what_there_is(tmp_path: pathlib.Path) -> None:
    files = {f"{USR}/apt-daily.timer": TIMER, f"{USR}/fstrim.timer": TIMER, f"{USR}/ssh.service": "[Service]\n"}
    systemctl = Answers()
    assert read(tmp_path, systemctl, files=files) == ["apt-daily.timer"]
    assert systemctl.asked == ["apt-daily.timer"]


def test_systemd_is_not_asked_where_there_is_nothing_to_ask(tmp_path: pathlib.Path) -> None:
    systemctl = Answers()
    assert read(tmp_path, systemctl, files={f"{USR}/ssh.service": "[Service]\n"}) == []
    assert systemctl.asked == []


@pytest.mark.parametrize(
    "status",
    [
        UnitStatus("x", id="apt-daily.timer", load_state="loaded", active_state="inactive", unit_file_state="disabled"),
        UnitStatus("x", id="apt-daily.timer", load_state="masked", active_state="inactive", unit_file_state="enabled"),
        UnitStatus("x", id="other.timer", load_state="loaded", active_state="active"),
    ],
)
def test_what_is_off_masked_or_another_one_is_left_out(tmp_path: pathlib.Path, status: UnitStatus) -> None:
    assert read(tmp_path, Answers(**{"apt-daily": status}), files={f"{USR}/apt-daily.timer": TIMER}) == []


@pytest.mark.parametrize(
    ("folder", "command", "found"),
    [
        pytest.param(USR, "/usr/bin/apt-get -y upgrade", True, id="a package's that updates"),
        pytest.param(USR, "/usr/bin/systemctl try-restart x.service", False, id="a package's that looks after itself"),
        pytest.param(SYSTEM, "/usr/bin/systemctl restart x.service", True, id="somebody's that heals"),
        pytest.param(SYSTEM, "/usr/bin/backup", False, id="somebody's that does neither"),
        pytest.param(SYSTEM, "/usr/local/bin/nightly", True, id="somebody's by its script"),
    ],
)
def test_a_timer_is_judged_by_what_it_starts(tmp_path: pathlib.Path, folder: str, command: str, *, found: bool) -> None:
    files = {
        f"{folder}/night.timer": TIMER,
        f"{folder}/night.service": f"[Service]\nExecStart={command}\n",
        "/usr/local/bin/nightly": "#!/bin/sh\ngit -C /srv pull\n",
    }
    assert read(tmp_path, files=files) == (["night.timer"] if found else [])


def test_a_timer_that_names_its_service(tmp_path: pathlib.Path) -> None:
    files = {
        f"{SYSTEM}/night.timer": f"{TIMER}Unit=other@x.service\n",
        f"{SYSTEM}/other@.service": "[Service]\nExecStart=/usr/bin/apt-get -y upgrade\n",
    }
    assert read(tmp_path, files=files) == ["night.timer"]


def test_a_unit_of_a_checkout_is_the_operators_own(tmp_path: pathlib.Path) -> None:
    path = "/home/ops/ai-systems/photo-update.timer"
    assert read(tmp_path, files={path: TIMER}, links={f"{SYSTEM}/photo-update.timer": path}) == []


def test_an_instance_that_is_enabled(tmp_path: pathlib.Path) -> None:
    link = f"{SYSTEM}/multi-user.target.wants/swupdate-usb@sda.service"
    template = f"{USR}/swupdate-usb@.service"
    assert read(tmp_path, files={template: "[Service]\n"}, links={link: template}) == ["swupdate-usb@sda.service"]


def test_all_of_it_is_read_once(tmp_path: pathlib.Path) -> None:
    files = {f"{USR}/apt-daily.timer": TIMER, "/etc/cron.d/x": "1 1 * * * root git pull\n"}
    state = read_state(
        units_view(tmp_path, files=files, manager="RuntimeWatchdogUSec=1min\n", commands={APT_CONFIG: ""}), Answers()
    )
    assert state.units == (UnitState("apt-daily.timer", "enabled", "active"),)
    assert [one.name for one in state.apt] == ["APT::Periodic::Enable"]
    assert state.manager.running() == ["RuntimeWatchdogSec"]
    assert [one.path for one in state.cron] == ["/etc/cron.d/x"]
    assert not state.cloud_init.is_there
