"""Drop-ins of no package, masks, and units that systemd has not read anew."""

from __future__ import annotations

import os
import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils import _services_drop_ins as drop_ins
from tests.units_view import CHECKOUT, SERVICE, SYSTEM, USR, checkout, command, matters, units_view

NICE = "[Service]\nNice=1\n"


def test_each_drop_in_of_no_package_once_however_many_units_read_it(tmp_path: pathlib.Path) -> None:
    packages = {
        "p": {f"{USR}/{name}.service": SERVICE for name in "abc"},
        "q": {f"{USR}/a.service.d/vendor.conf": NICE},
    }
    files = {
        f"{SYSTEM}/service.d/all.conf": NICE,
        f"{SYSTEM}/a.service.d/one.conf": NICE,
        f"{SYSTEM}.control/a.service.d/50-CPUWeight.conf": "[Service]\nCPUWeight=5\n",
        "/home/ops/.config/systemd/user/agent.service.d/x.conf": NICE,
        f"{SYSTEM}/a.service.d/notes": "",
        "/home/ops/.config/systemd/user/service.d/all.conf": NICE,
    }
    node = units_view(tmp_path, packages=packages, files=files)
    found = list(drop_ins.drop_ins(node))
    assert {(clause, subject) for clause, _verdict, subject in matters(found)} == {
        ("4.3", f"{SYSTEM}/service.d/all.conf"),
        ("4.3", f"{SYSTEM}/a.service.d/one.conf"),
        ("4.2", f"{SYSTEM}.control/a.service.d/50-CPUWeight.conf"),
        ("4.3", "/home/ops/.config/systemd/user/agent.service.d/x.conf"),
        ("4.3", "/home/ops/.config/systemd/user/service.d/all.conf"),
    }
    assert len(found) == 5
    assert "changes every service" in next(one.evidence for one in found if one.subject.endswith("all.conf"))
    assert command(found[0]).startswith("mv --backup=numbered -- ")


def test_drop_ins_from_the_repository(tmp_path: pathlib.Path) -> None:
    links = {
        f"{SYSTEM}/p.service.d/good.conf": f"{CHECKOUT}/p.service.d/good.conf",
        f"{SYSTEM}/p.service.d/new.conf": f"{CHECKOUT}/p.service.d/new.conf",
        f"{SYSTEM}/p.service.d/far.conf": "/opt/far.conf",
        f"{SYSTEM}/web.service": f"{CHECKOUT}/web.service",
        f"{SYSTEM}/web.service.d/new.conf": f"{CHECKOUT}/p.service.d/new.conf",
    }
    node = units_view(tmp_path, packages={"p": {f"{USR}/p.service": SERVICE}}, links=links)
    repository = checkout(tmp_path, {"p.service.d/good.conf": NICE, "web.service": SERVICE})
    (repository.path / "p.service.d/new.conf").write_text(NICE)
    # That of web.service is looked at together with web.service.
    assert [one.subject for one in drop_ins.drop_ins(node)] == [
        f"{SYSTEM}/p.service.d/far.conf",
        f"{SYSTEM}/p.service.d/new.conf",
    ]


def test_what_a_drop_in_says_by_itself(tmp_path: pathlib.Path) -> None:
    files = {f"{SYSTEM}/service.d/all.conf": "[Service]\nRestart=always\n"}
    node = units_view(tmp_path, files=files, links={f"{SYSTEM}/service.d/off.conf": "/dev/null"})
    found = {one.path: drop_ins.parsed(node, one) for one in drop_ins.other_drop_ins(node)}
    assert [one.value for one in found[f"{SYSTEM}/service.d/all.conf"].said("Service", "Restart")] == ["always"]
    assert found[f"{SYSTEM}/service.d/all.conf"].kind == "service"
    assert found[f"{SYSTEM}/service.d/off.conf"].assignments == {}


def test_masks_of_somebody_of_the_image_and_of_packages(tmp_path: pathlib.Path) -> None:
    links = {f"{SYSTEM}/{name}.service": "/dev/null" for name in ("mine", "images", "packages")}
    links[f"{USR}/owned.service"] = "/dev/null"
    files = {
        "/etc/ssh/ssh_host_ed25519_key": "",
        "/var/lib/systemd/deb-systemd-helper-masked/packages.service": "",
        "/var/lib/dpkg/info/p.list": f"{USR}/owned.service\n",
    }
    node = units_view(tmp_path, links=links, files=files)
    os.utime(tmp_path / "node/etc/ssh/ssh_host_ed25519_key", (1000, 1000))
    os.utime(tmp_path / f"node{SYSTEM}/images.service", (500, 500), follow_symlinks=False)
    found = list(drop_ins.masks(node))
    assert matters(found) == [("4.2", "info", "images.service"), ("4.2", "violation", "mine.service")]
    assert command(found[1]).startswith(f"rm -- {SYSTEM}/mine.service && systemctl enable")


def test_units_that_changed_since_systemd_read_them(tmp_path: pathlib.Path) -> None:
    packages = {"p": {f"{USR}/p.service": SERVICE}}
    files = {f"{SYSTEM}/x.service": SERVICE, "/run/systemd/generator/g.mount": "[Mount]\n"}
    changed = {"NeedDaemonReload": "yes"}
    loaded = {"p.service": changed, "x.service": changed, "g.mount": changed, "y.service": {"NeedDaemonReload": "no"}}
    assert matters(drop_ins.unread(units_view(tmp_path, packages=packages, files=files, loaded=loaded))) == [
        ("4.3", "info", "g.mount unread"),
        ("4.3", "info", "p.service unread"),
        ("4.3", "violation", "x.service unread"),
    ]
