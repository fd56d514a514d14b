from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_others import (
    NEEDRESTART_FILE,
    NEEDRESTART_TEXT,
    parse_restart,
    read_firmware_updates,
    read_on_demand,
    read_prepared,
    read_restart,
    read_user_links,
)
from tests.view import view

MAIN = "/etc/needrestart/needrestart.conf"
FOLDER = "/etc/needrestart/conf.d"
AUTO = "$nrconf{restart} = 'a';\n"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (AUTO, ["a"]),
        ('  $nrconf{restart} = "l" ;', ["l"]),
        ("$nrconf{'restart'} = 'i';", ["i"]),
        ("#$nrconf{restart} = 'a';\n$nrconf{kernelhints} = -1;\n", []),
        (NEEDRESTART_TEXT, ["l"]),
    ],
)
def test_what_a_configuration_says(text: str, values: list[str]) -> None:
    assert parse_restart(text) == values


@pytest.mark.parametrize(
    ("files", "automatic"),
    [
        pytest.param({}, False, id="not there"),
        pytest.param({MAIN: "# $nrconf{restart} = 'i';\n"}, False, id="Debian asks"),
        pytest.param({MAIN: AUTO}, True, id="in the main file"),
        pytest.param({MAIN: "", f"{FOLDER}/50.conf": AUTO}, True, id="in a part"),
        pytest.param({MAIN: AUTO, NEEDRESTART_FILE: NEEDRESTART_TEXT}, False, id="ours comes later"),
        pytest.param({f"{FOLDER}/50.conf": AUTO}, False, id="parts without the program"),
        pytest.param({MAIN: "", f"{FOLDER}/README": AUTO}, False, id="no part"),
    ],
)
def test_whether_it_restarts_without_asking(tmp_path: pathlib.Path, files: dict[str, str], *, automatic: bool) -> None:
    assert read_restart(view(tmp_path, files=files)).is_automatic is automatic


def test_what_takes_ours_back_is_found(tmp_path: pathlib.Path) -> None:
    files = {MAIN: AUTO, f"{FOLDER}/50.conf": AUTO, NEEDRESTART_FILE: NEEDRESTART_TEXT, f"{FOLDER}/zzz.conf": AUTO}
    assert read_restart(view(tmp_path, files=files)).after_ours() == [f"{FOLDER}/zzz.conf"]


def test_updates_that_wait_for_the_next_boot(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, links={"/system-update": "/gone"}, files={"/boot/firmware/pieeprom.upd": "x"})
    assert read_prepared(node) == ["/system-update"]
    assert read_firmware_updates(node) == ["/boot/firmware/pieeprom.upd"]


def test_what_is_started_on_demand(tmp_path: pathlib.Path) -> None:
    file = "/usr/share/dbus-1/system-services/org.freedesktop.PackageKit.service"
    assert [one.package for one in read_on_demand(view(tmp_path, files={file: "x"}))] == ["packagekit"]


def test_links_in_peoples_managers(tmp_path: pathlib.Path) -> None:
    of_ops = "/home/ops/.config/systemd/user/timers.target.wants"
    links = {
        f"{of_ops}/podman-auto-update.timer": "/usr/lib/systemd/user/podman-auto-update.timer",
        f"{of_ops}/photos.timer": "/x",
        "/etc/systemd/user/default.target.wants/podman-restart.service": "/x",
        "/home/ops/.config/systemd/user/podman-auto-update.timer": "/x",
    }
    assert [(one.unit, one.account, one.guard.clause) for one in read_user_links(view(tmp_path, links=links))] == [
        ("podman-restart.service", "", "6.2"),
        ("podman-auto-update.timer", "ops", "6.1"),
    ]
