# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runbook 2.8 on a real node: only the operator logs in, however its sshd is started."""

from __future__ import annotations

import pytest

from tests.nodes.conftest import LabNodes
from tests.nodes.ssh_node import DROP_IN, SshNode

RESTART = ("2.8", "ssh.service", "stop and start")


@pytest.fixture(scope="module")
def ssh(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> SshNode:
    return SshNode(lab_node("t-ssh-new"), tmp_path_factory.mktemp("ssh"))


@pytest.fixture(scope="module")
def prepared(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> SshNode:
    node = SshNode(lab_node("t-ssh"), tmp_path_factory.mktemp("ssh"))
    node.prepare()
    return node


@pytest.fixture
def fresh(prepared: SshNode) -> SshNode:
    """The operator exists, and sshd is as the image left it."""
    prepared.reset()
    return prepared


def test_four_runs_from_a_fresh_node(ssh: SshNode) -> None:
    roles = ["operator_user", "ssh"]
    ssh.root("mkdir -p -m 700 /root/.ssh && cp /home/debian/.ssh/authorized_keys /root/.ssh/")
    ssh.root("echo debian:correct-horse | chpasswd")
    # The image's files are older than the node's own.
    changed = "find /etc /home /root /var/lib -xdev -newer /etc/machine-id -type f | sort"
    before = ssh.root(changed)
    predicted = ssh.node.roles(roles, check=True).ok()
    assert ssh.root(changed) == before
    done = ssh.node.roles(roles).ok()
    assert predicted.actions == done.actions
    assert {action for action in done.actions if action[0] == "2.8"} == {
        ("2.8", DROP_IN, "write"),
        RESTART,
        ("2.8", "/home/debian/.ssh/authorized_keys", "move aside"),
        ("2.8", "/root/.ssh/authorized_keys", "move aside"),
        ("2.8", "/etc/sudoers.d/90-bootstrap", "move aside"),
        ("2.8", "password of debian", "lock"),
    }
    assert "no account has a password for the console" in done.rows("t-ssh-new")["2.8"]["sentence"]
    ssh.is_closed()
    for check in (True, False):
        again = ssh.node.roles(roles, check=check).ok()
        assert again.actions == set()
        assert "Logged in as ops" in again.rows("t-ssh-new")["1"]["sentence"]


def test_what_was_moved_is_kept_for_root_alone(ssh: SshNode) -> None:
    folder = "/var/lib/ai-systems-runbook/moved-aside"
    assert ssh.root(f"stat -c '%a %U' {folder}").strip() == "700 root"
    manifest = ssh.root(f"cat {folder}/manifest.json")
    for path in ("/home/debian/.ssh/authorized_keys", "/root/.ssh/authorized_keys", "/etc/sudoers.d/90-bootstrap"):
        assert f'"original": "{path}"' in manifest
    assert ssh.root("passwd -S debian").split()[1] == "L"
    assert ssh.node.root("sudo -l -U debian").out.count("not allowed") == 1


def test_no_process_and_no_unit_stays_behind(ssh: SshNode) -> None:
    assert ssh.root("ps -eo args").count("ansible") == 0
    assert ssh.root("ls /etc/ssh/sshd_config.d").split() == ["00-ai-systems-runbook.conf"]
    assert ssh.node.root("ls -A /etc/ssh/sshd_config.d /etc/ssh | grep -E 'before|new'").out == ""
    assert ssh.root("systemctl is-system-running").strip() == "running"


def test_a_run_that_died_before_the_restart_is_finished(fresh: SshNode) -> None:
    fresh.run().ok()
    text = fresh.root(f"cat {DROP_IN}")
    fresh.reset()
    fresh.node.root(f"cat > {DROP_IN} && chmod 644 {DROP_IN}", stdin=text).ok()
    assert "password" in fresh.offered()
    assert fresh.run(check=True).ok().actions >= {RESTART}
    done = fresh.run().ok()
    assert RESTART in done.actions
    assert ("2.8", DROP_IN, "write") not in done.actions
    fresh.is_closed()
    assert fresh.run().ok().actions == set()


def test_what_a_power_cut_leaves_of_a_trial_is_finished(fresh: SshNode) -> None:
    fresh.root(
        f"echo 'Include /run/ai-systems-runbook/sshd/*.conf' > {DROP_IN}; systemctl stop ssh; systemctl start ssh"
    )
    fresh.is_open_as_before()
    fresh.run().ok()
    fresh.is_closed()


def test_cloud_inits_later_file_is_not_heard(fresh: SshNode) -> None:
    fresh.root("echo PasswordAuthentication yes > /etc/ssh/sshd_config.d/50-cloud-init.conf")
    fresh.run().ok()
    fresh.is_closed()


def test_a_main_file_without_include_gets_one(fresh: SshNode) -> None:
    fresh.root("sed -i '/^Include/d; 1i UsePAM yes' /etc/ssh/sshd_config")
    wanted = ("2.8", "/etc/ssh/sshd_config", "include drop-ins")
    assert wanted in fresh.run(check=True).ok().actions
    assert wanted in fresh.run().ok().actions
    assert fresh.root("head -1 /etc/ssh/sshd_config").strip() == "Include /etc/ssh/sshd_config.d/*.conf"
    fresh.is_closed()
    assert fresh.run().ok().actions == set()


def test_ssh_socket_listens_in_place_of_the_service(fresh: SshNode) -> None:
    fresh.root("systemctl stop ssh.service && systemctl start ssh.socket")
    # The first login has systemd start the service, which takes the socket over.
    assert "password" in fresh.offered()
    assert fresh.run().ok().actions >= {("2.8", DROP_IN, "write"), RESTART}
    fresh.is_closed()
    assert fresh.root("systemctl is-active ssh.socket").strip() == "active"
    assert fresh.run().ok().actions == set()


def test_another_file_named_by_the_units_options(fresh: SshNode) -> None:
    fresh.root(
        "cp /etc/ssh/sshd_config /etc/ssh/own_config && sed -i /^Include/d /etc/ssh/own_config"
        " && echo 'SSHD_OPTS=\"-f /etc/ssh/own_config -o LogLevel=VERBOSE\"' > /etc/default/ssh"
        " && systemctl stop ssh && systemctl start ssh"
    )
    assert ("2.8", "/etc/ssh/own_config", "include drop-ins") in fresh.run().ok().actions
    fresh.is_closed()
    assert fresh.run().ok().actions == set()
