"""What devices, networks, desktops, apt and the kernel's command line start."""

from __future__ import annotations

import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._schedule_events import (
    apt_hooks,
    autostart,
    dispatchers,
    kernel,
    udev,
)
from tests.units_view import APT_CONFIG, units_view
from tests.view import view


def test_rules_of_udev(tmp_path: pathlib.Path) -> None:
    rules = 'ACTION=="add", RUN+="/opt/a b"\n# RUN+="no"\nENV{SYSTEMD_WANTS}="x.service", RUN{program}+="/opt/c"\n'
    packages = {"p": {"/usr/lib/udev/rules.d/50-p.rules": 'IMPORT{program}="/lib/p"\n'}}
    found = list(udev(view(tmp_path, files={"/etc/udev/rules.d/99-x.rules": rules}, packages=packages)))
    assert [(one.where, one.command, one.is_vendor) for one in found] == [
        ("/etc/udev/rules.d/99-x.rules:1", "/opt/a b", False),
        ("/etc/udev/rules.d/99-x.rules:3", "x.service", False),
        ("/etc/udev/rules.d/99-x.rules:3", "/opt/c", False),
        ("/usr/lib/udev/rules.d/50-p.rules:1", "/lib/p", True),
    ]


def test_scripts_for_the_network_and_for_logins(tmp_path: pathlib.Path) -> None:
    files = {
        "/etc/NetworkManager/dispatcher.d/90-x": "#!/bin/sh\n",
        "/etc/network/if-up.d/readme": "",
        "/etc/network/interfaces": "auto eth0\niface eth0 inet dhcp\n  post-up /opt/x\n",
        "/etc/network/interfaces.d/b": "  up /opt/y &\n",
    }
    node = view(tmp_path, files=files)
    (tmp_path / "node/etc/NetworkManager/dispatcher.d/90-x").chmod(0o755)
    assert [(one.where, one.command) for one in dispatchers(node)] == [
        ("/etc/NetworkManager/dispatcher.d/90-x", "/etc/NetworkManager/dispatcher.d/90-x"),
        ("/etc/network/interfaces:3", "/opt/x"),
        ("/etc/network/interfaces.d/b:1", "/opt/y &"),
    ]


def test_what_desktops_start(tmp_path: pathlib.Path) -> None:
    files = {
        "/etc/xdg/autostart/a.desktop": "[Desktop Entry]\nExec=/opt/a\n",
        "/home/ops/.config/autostart/b.desktop": "[Desktop Entry]\nExec=/opt/b\nHidden=true\n",
        "/home/ops/.config/autostart/c.desktop": "[Desktop Entry]\nName=x\nExec=/opt/c %U\n",
    }
    assert [(one.user, one.command) for one in autostart(view(tmp_path, files=files))] == [
        ("*", "/opt/a"),
        ("ops", "/opt/c %U"),
    ]


def test_hooks_of_apt_and_dpkg(tmp_path: pathlib.Path) -> None:
    dump = 'APT::Architecture "arm64";\nDPkg::Post-Invoke "";\nDPkg::Post-Invoke:: "/opt/x || true";\n'
    files = {
        "/etc/apt/apt.conf.d/99x": 'DPkg::Post-Invoke {"/opt/x || true";};\n',
        "/etc/dpkg/dpkg.cfg.d/x": "log /var/log/dpkg.log\npost-invoke=/opt/y\n",
    }
    found = list(apt_hooks(units_view(tmp_path, files=files, commands={APT_CONFIG: dump})))
    assert [(one.where, one.command) for one in found] == [
        ("/etc/apt/apt.conf.d/99x", "/opt/x || true"),
        ("/etc/dpkg/dpkg.cfg.d/x:2", "/opt/y"),
    ]


def test_an_apt_that_does_not_answer_is_an_entry_of_its_own(tmp_path: pathlib.Path) -> None:
    (one,) = apt_hooks(view(tmp_path))
    assert (one.kind, "apt-config" in one.command) == ("unreadable", True)


def test_the_kernels_command_line_is_a_containers_hosts(tmp_path: pathlib.Path) -> None:
    files = {"/proc/cmdline": "root=/dev/x init=/bin/bash", "/boot/firmware/cmdline.txt": 'a systemd.run="rm x" b'}
    found = list(kernel(view(tmp_path, files=files)))
    assert [one.command for one in found] == ["init=/bin/bash", 'systemd.run="rm x"']
    contained = view(tmp_path / "2", files={**files, "/run/.containerenv": ""})
    assert [one.where for one in kernel(contained)] == ["/boot/firmware/cmdline.txt"]
