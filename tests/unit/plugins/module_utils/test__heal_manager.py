"""systemd's own watchdog and crash settings."""

from __future__ import annotations

import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._heal_manager import manager
from tests.units_view import command, matters, units_view

OFF = "RuntimeWatchdogUSec=0\nKExecWatchdogUSec=0\n"
ON = "RuntimeWatchdogUSec=1min\nKExecWatchdogUSec=0\n"
RPI = "/usr/lib/systemd/system.conf.d/40-rpi-enable-watchdog.conf"


def test_off_is_silent(tmp_path: pathlib.Path) -> None:
    files = {
        RPI: "[Manager]\nRuntimeWatchdogSec=1m\nRebootWatchdogSec=2m\n",
        "/etc/systemd/system.conf.d/99-ai-systems-runbook.conf": "[Manager]\nRuntimeWatchdogSec=off\n",
    }
    assert list(manager(units_view(tmp_path, files=files, manager=OFF))) == []


def test_a_packages_word_and_somebodys_own(tmp_path: pathlib.Path) -> None:
    files = {
        RPI: "[Manager]\nRuntimeWatchdogSec=1m\n",
        "/etc/systemd/system.conf.d/zz.conf": "[Manager]\nCrashReboot=1\n",
    }
    found = list(manager(units_view(tmp_path, files=files, manager=ON)))
    assert {subject for _clause, _verdict, subject in matters(found)} == {
        "systemd RuntimeWatchdogSec",
        "systemd CrashReboot",
    }
    by_subject = {one.subject: one for one in found}
    assert "'" not in by_subject["systemd RuntimeWatchdogSec"].remedy
    assert command(by_subject["systemd CrashReboot"]).startswith(
        "mv --backup=numbered -- /etc/systemd/system.conf.d/zz"
    )


def test_in_force_though_no_file_says_so(tmp_path: pathlib.Path) -> None:
    (one,) = manager(units_view(tmp_path, manager=ON))
    assert (one.subject, command(one)) == (
        "systemd RuntimeWatchdogSec",
        "systemctl enable /usr/lib/systemd/system/basic.target",
    )


def test_no_answer_is_unknown(tmp_path: pathlib.Path) -> None:
    assert matters(manager(units_view(tmp_path))) == [("6.2", "unknown", "systemd watchdog")]
