# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runbook 2.7: the operator's account, as the node has it and as a login sees it."""

from __future__ import annotations

import subprocess
import typing as t

from testinfra.host import Host

Variables = dict[str, t.Any]


def test_the_account_is_a_person_with_a_home_and_a_group_of_its_own(host: Host, node: Variables) -> None:
    user = host.user(node["operator_user_name"])
    assert 1000 <= user.uid < 60000
    assert (user.group, user.home, user.shell) == (user.name, f"/home/{user.name}", "/bin/bash")
    home = host.file(user.home)
    assert (home.user, home.group, home.mode) == (user.name, user.name, 0o711)


def test_exactly_the_declared_keys_are_there(host: Host, node: Variables) -> None:
    name = node["operator_user_name"]
    keys = host.file(f"/home/{name}/.ssh/authorized_keys")
    assert keys.content_string.splitlines() == node["operator_user_authorized_keys"]
    assert (keys.user, keys.mode) == (name, 0o600)
    assert not host.file(f"/home/{name}/.ssh/authorized_keys2").exists


def test_the_password_is_locked_and_sudo_needs_none(host: Host, node: Variables) -> None:
    name = node["operator_user_name"]
    assert host.check_output(f"passwd -S {name}").split()[1] == "L"
    assert host.check_output(f"su {name} -c 'sudo -n id -u'") == "0"


def test_the_rule_is_a_file_of_root_that_visudo_accepts(host: Host) -> None:
    rule = host.file("/etc/sudoers.d/zz-runbook-operator")
    assert (rule.user, rule.group, rule.mode) == ("root", "root", 0o440)
    host.check_output("visudo --check")


def test_nothing_of_the_trial_is_left(host: Host) -> None:
    assert host.check_output("find /run/ai-systems-runbook/sudoers.d -type f") == ""
    # Of the last change: each has a file of its own.
    said = host.check_output("ls -t /run/ai-systems-runbook/guarded/operator-account.*.json | head -n 1 | xargs cat")
    assert '"committed"' in said


def test_the_operator_logs_in_with_the_key_and_becomes_root(node: Variables) -> None:
    done = subprocess.run(
        [
            *(
                "ssh",
                "-F",
                "none",
                "-o",
                "BatchMode=yes",
                "-o",
                "IdentitiesOnly=yes",
                "-o",
                "StrictHostKeyChecking=yes",
            ),
            *("-o", f"UserKnownHostsFile={node['runbook_known_hosts']}", "-i", node["operator_user_private_key_file"]),
            *(f"{node['operator_user_name']}@{node['ansible_host']}", "sudo -n id -u"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "0"), done.stderr
