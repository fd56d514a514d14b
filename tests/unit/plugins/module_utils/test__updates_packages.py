from __future__ import annotations

import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._updates_packages import packages, why_updates
from tests.view import view

DBUS = "/usr/share/dbus-1/system-services/org.freedesktop.PackageKit.service"


def test_silence_on_a_node_without_any(tmp_path: pathlib.Path) -> None:
    assert list(packages(view(tmp_path, packages={"git": {"/usr/bin/git": "x"}}))) == []


def test_what_anybody_can_start_is_a_violation_while_it_is_installed(tmp_path: pathlib.Path) -> None:
    [found] = packages(view(tmp_path, packages={"packagekit": {DBUS: "x"}}))
    assert (found.verdict, found.subject) == ("violation", "packagekit")
    assert found.remedy.startswith("'apt-get --assume-yes remove packagekit'")


def test_the_same_that_no_package_brought(tmp_path: pathlib.Path) -> None:
    [found] = packages(view(tmp_path, files={DBUS: "x"}))
    assert found.verdict == "violation"
    assert "'" not in found.remedy


def test_what_nothing_starts_is_for_information(tmp_path: pathlib.Path) -> None:
    names = ("unattended-upgrades", "rpi-update", "snapd")
    found = packages(view(tmp_path, packages={name: {f"/usr/share/{name}": "x"} for name in names}))
    assert {(one.verdict, one.subject) for one in found} == {("info", name) for name in names}


def test_which_packages_exist_to_update() -> None:
    assert [bool(why_updates(name)) for name in ("unattended-upgrades", "packagekit", "vim")] == [True, True, False]
