# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runbook 2.8: what sshd says of itself, what its listener offers, and who is left without a way in."""

from __future__ import annotations

import subprocess
import typing as t

import pytest
from testinfra.host import Host

Variables = dict[str, t.Any]
DROP_IN = "/etc/ssh/sshd_config.d/00-ai-systems-runbook.conf"


def login(node: Variables, user: str, key: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Open a new connection from here."""
    return subprocess.run(
        [
            *("ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "ConnectTimeout=30"),
            *("-o", f"UserKnownHostsFile={node['runbook_known_hosts']}", "-o", "StrictHostKeyChecking=yes"),
            *(word for option in options for word in ("-o", option)),
            *("-i", node[key], f"{user}@{node['ansible_host']}", "sudo -n id -u"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("user", ["root", "debian", "nobody", "operator"])
def test_sshd_takes_keys_of_the_operator_alone(host: Host, node: Variables, user: str) -> None:
    operator = node["operator_user_name"]
    name = operator if user == "operator" else user
    said = host.check_output(f"/usr/sbin/sshd -T -C user={name},host=x,addr=192.0.2.1").splitlines()
    for wanted in (
        *("passwordauthentication no", "kbdinteractiveauthentication no", "permitrootlogin no"),
        *("authenticationmethods publickey", f"allowusers {operator}", "pubkeyauthentication yes"),
        *("allowagentforwarding no", "allowtcpforwarding no", "x11forwarding no", "permittunnel no"),
        *("allowstreamlocalforwarding no", "gatewayports no", "permituserenvironment no"),
    ):
        assert wanted in said
    assert len([line for line in said if line.startswith("allowusers")]) == 1


def test_our_file_sorts_first_and_is_roots(host: Host) -> None:
    assert host.file("/etc/ssh/sshd_config.d").listdir()[0] == DROP_IN.rpartition("/")[2]
    file = host.file(DROP_IN)
    assert (file.user, file.group, file.mode) == ("root", "root", 0o644)


def test_the_listener_offers_keys_alone(node: Variables) -> None:
    said = login(node, node["operator_user_name"], "operator_user_private_key_file", "LogLevel=DEBUG1")
    assert said.stdout.strip() == "0"
    assert "Authentications that can continue: publickey\n" in said.stderr.replace("\r", "")


def test_the_images_own_login_is_retired(host: Host, node: Variables) -> None:
    user = node["runbook_bootstrap_user"]
    assert login(node, user, "runbook_bootstrap_private_key_file").returncode == 255
    assert host.check_output(f"passwd -S {user}").split()[1] == "L"
    assert "not allowed" in host.run(f"sudo -l -U {user}").stdout
    aside = host.file("/var/lib/ai-systems-runbook/moved-aside")
    assert (aside.user, aside.mode) == ("root", 0o700)
    assert f'"original": "/home/{user}/.ssh/authorized_keys"' in host.file(f"{aside.path}/manifest.json").content_string


def test_sshd_still_belongs_to_its_unit_and_nothing_else_stayed(host: Host) -> None:
    assert host.service("ssh.service").is_running
    assert host.file("/etc/ssh/sshd_config.d").listdir() == [DROP_IN.rpartition("/")[2]]
