from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._updates_units import (
    drop_ins,
    guarded,
    scheduled,
    units,
)
from tests.units_view import SYSTEM, USR, units_view

TIMER = "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n"
ON = {"ActiveState": "active", "UnitFileState": "enabled"}


def loaded(*names: str, **properties: str) -> dict[str, dict[str, str]]:
    return {name: {**ON, **properties} for name in names}


def service(command: str) -> str:
    return f"[Service]\nExecStart={command}\n"


def violations(found: t.Iterable[Finding]) -> dict[str, str]:
    return {one.subject: one.remedy for one in found if one.verdict == "violation"}


class TestUnits:
    def test_silence_where_nothing_updates(self, tmp_path: pathlib.Path) -> None:
        files = {f"{USR}/fstrim.timer": TIMER, f"{USR}/fstrim.service": service("/sbin/fstrim")}
        assert list(units(units_view(tmp_path, loaded=loaded("fstrim.timer"), files=files))) == []

    def test_an_updater_that_is_on_with_its_remedy(self, tmp_path: pathlib.Path) -> None:
        files = {f"{USR}/apt-daily.timer": TIMER}
        assert violations(units(units_view(tmp_path, loaded=loaded("apt-daily.timer"), files=files))) == {
            "apt-daily.timer": "'systemctl stop apt-daily.timer; systemctl disable apt-daily.timer'",
        }

    @pytest.mark.parametrize(
        ("properties", "found"),
        [
            ({"ActiveState": "inactive", "UnitFileState": "disabled"}, False),
            ({"ActiveState": "inactive", "UnitFileState": "enabled"}, True),
            ({"ActiveState": "active", "UnitFileState": "static"}, True),
        ],
    )
    def test_on_is_up_or_enabled(self, tmp_path: pathlib.Path, properties: dict[str, str], *, found: bool) -> None:
        files = {f"{USR}/snapd.service": service("/bin/x")}
        node = units_view(tmp_path, loaded=loaded("snapd.service", **properties), files=files)
        assert bool(violations(units(node))) is found

    def test_a_masked_one_is_no_matter_here(self, tmp_path: pathlib.Path) -> None:
        node = units_view(tmp_path, links={f"{SYSTEM}/apt-daily.timer": "/dev/null"})
        assert list(units(node)) == []

    def test_a_unit_of_the_checkout_is_judged_by_its_commands_alone(self, tmp_path: pathlib.Path) -> None:
        path = "/home/ops/ai-systems/photo-update.timer"
        node = units_view(
            tmp_path,
            loaded=loaded("photo-update.timer"),
            files={path: TIMER},
            links={f"{SYSTEM}/photo-update.timer": path},
        )
        assert list(units(node)) == []

    def test_links_in_peoples_managers(self, tmp_path: pathlib.Path) -> None:
        path = "/home/ops/.config/systemd/user/timers.target.wants/podman-auto-update.timer"
        assert violations(
            units(units_view(tmp_path, links={path: "/usr/lib/systemd/user/podman-auto-update.timer"}))
        ) == {
            "ops: podman-auto-update.timer": f"'rm -- {path}'",
        }

    def test_what_fetches_data_is_for_information(self, tmp_path: pathlib.Path) -> None:
        files = {f"{USR}/geoipupdate.timer": TIMER}
        [found] = units(units_view(tmp_path, loaded=loaded("geoipupdate.timer"), files=files))
        assert (found.verdict, found.subject) == ("info", "geoipupdate.timer")

    def test_what_heals_is_another_clause(self, tmp_path: pathlib.Path) -> None:
        files = {f"{USR}/watchdog.service": service("/usr/sbin/watchdog")}
        node = units_view(tmp_path, loaded=loaded("watchdog.service"), files=files)
        assert list(units(node)) == []
        assert set(violations(guarded(node, "6.2"))) == {"watchdog.service"}


class TestScheduled:
    def test_a_timer_is_found_by_what_it_starts(self, tmp_path: pathlib.Path) -> None:
        files = {f"{SYSTEM}/night.timer": TIMER, f"{SYSTEM}/night.service": service("/usr/bin/apt-get -y upgrade")}
        assert violations(scheduled(units_view(tmp_path, loaded=loaded("night.timer"), files=files))) == {
            "night.timer": "'systemctl stop night.timer; systemctl disable night.timer'",
        }

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("/etc/cron.d/x", "1 1 * * * root git -C /srv pull\n"),
            ("/var/spool/cron/crontabs/ops", "@daily pip install -U x\n"),
            ("/etc/rc.local", "#!/bin/sh\ncurl -s https://x/y | sh\nexit 0\n"),
            ("/etc/profile.d/x.sh", "npm update -g\n"),
            ("/etc/cron.daily/x", "#!/bin/sh\napt-get -y upgrade\n"),
            ("/etc/network/if-up.d/x", "#!/bin/sh\nrpi-eeprom-update -a\n"),
        ],
    )
    def test_what_brings_code_is_found_by_its_file(self, tmp_path: pathlib.Path, path: str, text: str) -> None:
        node = units_view(tmp_path, files={path: text})
        (tmp_path / "node" / path[1:]).chmod(0o755)
        assert [subject.partition(":")[0] for subject in violations(scheduled(node))] == [path]

    @pytest.mark.parametrize("command", ["/usr/bin/backup", "systemctl restart x", "echo apt-get upgrade"])
    def test_silence_where_no_code_comes(self, tmp_path: pathlib.Path, command: str) -> None:
        assert list(scheduled(units_view(tmp_path, files={"/etc/cron.d/x": f"1 1 * * * root {command}\n"}))) == []

    def test_what_the_kernels_command_line_has_systemd_run(self, tmp_path: pathlib.Path) -> None:
        path = "/boot/firmware/cmdline.txt"
        node = units_view(tmp_path, files={path: 'root=x systemd.run="/usr/bin/apt-get -y upgrade" rootwait\n'})
        [found] = scheduled(node)
        assert (found.verdict, found.subject) == ("violation", path)
        assert "'" not in found.remedy

    def test_one_finding_for_a_file_and_no_secret(self, tmp_path: pathlib.Path) -> None:
        line = "1 1 * * * root git pull https://ops:s3cret@x/y\n"
        found = list(
            scheduled(units_view(tmp_path, files={"/etc/cron.d/x": f"{line}{line}2 2 * * * root apt upgrade\n"}))
        )
        assert [one.subject for one in found] == ["/etc/cron.d/x"]
        assert "git pull, apt upgrade" in found[0].evidence
        assert "s3cret" not in str(found)

    def test_the_subject_does_not_move_with_the_line(self, tmp_path: pathlib.Path) -> None:
        line = "1 1 * * * root git pull\n"
        one = list(scheduled(units_view(tmp_path / "a", files={"/etc/cron.d/x": line})))
        two = list(scheduled(units_view(tmp_path / "b", files={"/etc/cron.d/x": f"# new\n\n{line}"})))
        assert one[0].fingerprint == two[0].fingerprint

    def test_a_packages_hook_is_not_taken_for_what_it_is_named_after(self, tmp_path: pathlib.Path) -> None:
        path = "/usr/lib/systemd/system-sleep/unattended-upgrades"
        node = units_view(tmp_path, packages={"unattended-upgrades": {path: "#!/bin/sh\nexit 0\n"}})
        (tmp_path / "node" / path[1:]).chmod(0o755)
        assert list(scheduled(node)) == []

    def test_what_cannot_be_read_is_unknown(self, tmp_path: pathlib.Path) -> None:
        node = units_view(tmp_path, files={"/etc/cron.d/x": b"x" * (2 * 1024 * 1024)})
        assert [(one.verdict, one.subject) for one in scheduled(node)] == [("unknown", "/etc/cron.d/x")]


def test_a_drop_in_whose_command_brings_code(tmp_path: pathlib.Path) -> None:
    path = f"{SYSTEM}/ssh.service.d/x.conf"
    node = units_view(
        tmp_path,
        files={path: "[Service]\nExecStartPre=/usr/bin/git pull\n"},
        packages={"ssh": {f"{USR}/ssh.service": service("/usr/sbin/sshd")}},
    )
    [found] = drop_ins(node)
    assert (found.clause, found.subject) == ("6.1", f"{path} updates")
    assert found.remedy.startswith(f"'mv --backup=numbered -- {path} /root/")
