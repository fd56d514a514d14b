"""Timers, paths, rc.local and old start scripts."""

from __future__ import annotations

import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._schedule_units import (
    init_scripts,
    rc_local,
    triggered,
)
from tests.units_view import SERVICE, SYSTEM, USR, units_view

JOB = "[Service]\nExecStartPre=/bin/a\nExecStart=/bin/b c\n"


def test_timers_in_force_with_what_they_start(tmp_path: pathlib.Path) -> None:
    files = {
        f"{SYSTEM}/own.timer": "[Timer]\nOnCalendar=daily\nUnit=job@%i.service\n",
        f"{SYSTEM}/job@.service": "[Service]\nUser=web\nExecStart=/bin/w\n",
        f"{SYSTEM}/off.timer": "[Timer]\nOnCalendar=daily\n",
        f"{SYSTEM}/watch.path": "[Path]\nPathExists=/x\n[Install]\nWantedBy=paths.target\n",
        "/home/ops/.config/systemd/user/u.timer": "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n",
        "/home/ops/.config/systemd/user/u.service": JOB,
    }
    packages = {"p": {f"{USR}/vendor.timer": "[Timer]\n", f"{USR}/vendor.service": JOB}}
    links = {
        f"{SYSTEM}/paths.target.wants/watch.path": f"{SYSTEM}/watch.path",
        "/home/ops/.config/systemd/user/timers.target.wants/u.timer": "../u.timer",
    }
    loaded = {
        "own.timer": {"Triggers": "job@one.service"},
        "off.timer": {"ActiveState": "inactive"},
        "vendor.timer": {"Triggers": "vendor.service"},
    }
    found = list(triggered(units_view(tmp_path, files=files, packages=packages, links=links, loaded=loaded)))
    assert [tuple(one) for one in found] == [
        ("timer", "own.timer", "web", "/bin/w", False),
        ("timer", "vendor.timer", "root", "/bin/a", True),
        ("timer", "vendor.timer", "root", "/bin/b c", True),
        ("path", "watch.path", "root", "watch.service", False),
        ("timer", "ops: u.timer", "ops", "/bin/a", False),
        ("timer", "ops: u.timer", "ops", "/bin/b c", False),
    ]


def test_a_packages_timer_with_a_drop_in_is_none_of_the_packages(tmp_path: pathlib.Path) -> None:
    packages = {"p": {f"{USR}/v.timer": "[Timer]\n", f"{USR}/v.service": JOB}}
    files = {f"{SYSTEM}/v.service.d/x.conf": "[Service]\nExecStart=\nExecStart=/opt/x\n"}
    node = units_view(tmp_path, files=files, packages=packages, loaded={"v.timer": {"Triggers": "v.service"}})
    assert [(one.command, one.is_vendor) for one in triggered(node)] == [("/bin/a", False), ("/opt/x", False)]


def test_rc_local_counts_where_it_can_be_executed(tmp_path: pathlib.Path) -> None:
    node = units_view(tmp_path, files={"/etc/rc.local": "#!/bin/sh\n/opt/x &\nexit 0\n"})
    assert list(rc_local(node)) == []
    (tmp_path / "node/etc/rc.local").chmod(0o755)
    assert [(one.where, one.command) for one in rc_local(node)] == [("/etc/rc.local:2", "/opt/x &")]


def test_start_scripts_without_a_unit(tmp_path: pathlib.Path) -> None:
    files = {f"/etc/init.d/{name}": "#!/bin/sh\n" for name in ("old", "cron", "masked", "kmod", "README")}
    links = {f"{SYSTEM}/masked.service": "/dev/null", f"{SYSTEM}/kmod.service": f"{USR}/modules.service"}
    packages = {"cron": {f"{USR}/cron.service": SERVICE, f"{USR}/modules.service": SERVICE}}
    node = units_view(tmp_path, files=files, links=links, packages=packages)
    for name in ("old", "cron", "masked", "kmod"):
        (tmp_path / "node/etc/init.d" / name).chmod(0o755)
    assert [one.where for one in init_scripts(node)] == ["/etc/init.d/old"]
