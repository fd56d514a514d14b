from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_manager import (
    DROP_IN,
    TEXT,
    ManagerState,
    Setting,
    in_force_of,
    parse,
    read_manager,
)
from tests.view import view

VENDOR = "/usr/lib/systemd/system.conf.d/40-rpi-enable-watchdog.conf"
PI = "[Manager]\nRuntimeWatchdogSec=1m\nRebootWatchdogSec=2m\n"


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("[Manager]\nRuntimeWatchdogSec=1m\n", [("RuntimeWatchdogSec", "1m")]),
        ("[Manager]\n#RuntimeWatchdogSec=1m\n; KExecWatchdogSec=2\n", []),
        ("[Other]\nRuntimeWatchdogSec=1m\n[Manager]\nCrashAction = reboot\n", [("CrashAction", "reboot")]),
        ("RuntimeWatchdogSec=1m\n", []),
        ("[Manager]\nRuntimeWatchdogSec=\\\n  30\n", [("RuntimeWatchdogSec", "30")]),
        ("[Manager]\nRebootWatchdogSec=2m\n", []),
    ],
)
def test_what_a_file_says(text: str, settings: list[tuple[str, str]]) -> None:
    assert [(one.key, one.value) for one in parse("/x", text)] == settings


def configured(tmp_path: pathlib.Path, files: dict[str, str], links: dict[str, str] | None = None) -> list[str]:
    state = read_manager(view(tmp_path, files=files, links=links), {})
    return [f"{one.key}={one.value}" for one in state.configured()]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param({}, [], id="Debian"),
        pytest.param({VENDOR: PI}, ["RuntimeWatchdogSec=1m"], id="Raspberry Pi OS"),
        pytest.param({VENDOR: PI, DROP_IN: TEXT}, [], id="ours comes later"),
        pytest.param(
            {VENDOR.replace("40-rpi", "zz"): PI, DROP_IN: TEXT}, ["RuntimeWatchdogSec=1m"], id="by name, not by folder"
        ),
        pytest.param(
            {VENDOR: PI, VENDOR.replace("/usr/lib", "/etc"): "[Manager]\n"}, [], id="a file of the same name hides it"
        ),
        pytest.param(
            {"/etc/systemd/system.conf": "[Manager]\nCrashReboot=yes\n"}, ["CrashReboot=yes"], id="the older name"
        ),
        pytest.param(
            {"/etc/systemd/system.conf": "[Manager]\nCrashReboot=yes\n", DROP_IN: TEXT}, [], id="the same setting"
        ),
        pytest.param(
            {"/etc/systemd/system.conf": "", "/usr/lib/systemd/system.conf": PI}, [], id="the first main file alone"
        ),
        pytest.param({VENDOR.removesuffix("conf") + "txt": PI}, [], id="another name is not read"),
        pytest.param(
            {VENDOR: "[Manager]\nRuntimeWatchdogSec=nonsense\n"}, ["RuntimeWatchdogSec=nonsense"], id="unknown"
        ),
    ],
)
def test_what_the_files_say_together(tmp_path: pathlib.Path, files: dict[str, str], found: list[str]) -> None:
    assert configured(tmp_path, files) == found


def test_a_link_to_nothing_switches_a_vendors_file_off(tmp_path: pathlib.Path) -> None:
    assert configured(tmp_path, {VENDOR: PI}, {VENDOR.replace("/usr/lib", "/etc"): "/dev/null"}) == []


def test_what_takes_ours_back_is_found() -> None:
    late = Setting("RuntimeWatchdogSec", "30", "/etc/systemd/system.conf.d/zz.conf")
    early = Setting("RuntimeWatchdogSec", "30", "/etc/systemd/system.conf.d/10.conf")
    main = Setting("RuntimeWatchdogSec", "30", "/etc/systemd/system.conf")
    off = Setting("RuntimeWatchdogSec", "off", "/etc/systemd/system.conf.d/zz.conf")
    assert ManagerState((main, early, late, off), {}).after_ours() == [late]


def test_what_is_in_force() -> None:
    said = {"RuntimeWatchdogUSec": "1min", "KExecWatchdogUSec": "0", "RebootWatchdogUSec": "10min"}
    state = ManagerState((), in_force_of(said))
    assert state.running() == ["RuntimeWatchdogSec"]
    assert ManagerState((), in_force_of({"RuntimeWatchdogUSec": "infinity"})).running() == ["RuntimeWatchdogSec"]
    assert ManagerState((), in_force_of({})).running() == []


def test_a_watchdog_that_is_not_stopped_again(tmp_path: pathlib.Path) -> None:
    folder = "/sys/class/watchdog"
    files = {f"{folder}/watchdog0/nowayout": "1\n", f"{folder}/watchdog1/nowayout": "0\n"}
    assert read_manager(view(tmp_path, files=files), {}).armed_for_good == ("watchdog0",)


def test_a_setting_is_shown_cleaned() -> None:
    assert str(Setting("RuntimeWatchdogSec", "\x1b[2J", "/x\n")) == r"RuntimeWatchdogSec=\x1b[2J in /x"
