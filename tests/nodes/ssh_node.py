# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node whose operator exists and whose sshd is still open, and what a test of line 2.8 asks of it."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import time
import typing as t

from tests.nodes.harness import Node, Run

DROP_IN = "/etc/ssh/sshd_config.d/00-ai-systems-runbook.conf"
GUARDED = "/run/ai-systems-runbook/guarded"
PASSWORD = "correct-horse"  # noqa: S105 -- of a lab node, to see it refused
# What line 2.8 changes, and what tests break; everything is put back between two tests.
_KEPT = (
    "/etc/ssh /etc/sudoers.d /etc/sudoers /etc/shadow /etc/group /etc/default/ssh /etc/pam.d"
    " /home/debian/.ssh /home/ops/.ssh"
)
_SNAPSHOT = f"rm -rf /root/kept && mkdir /root/kept && cp -a --parents {_KEPT} /root/kept"
_RESET = f"""
umount /etc/ssh/sshd_config.d 2>/dev/null
nft delete table inet cut 2>/dev/null
rm -rf {_KEPT} /run/ai-systems-runbook /root/.ssh /etc/systemd/system/ssh.service.d /var/lib/ai-systems-runbook
cp -a /root/kept/. /
chown ops: /home/ops && chmod 711 /home/ops
systemctl daemon-reload
systemctl stop ssh.socket ssh.service 2>/dev/null
while pkill -x sshd; do sleep 0.1; done
systemctl reset-failed ssh.service 2>/dev/null
systemctl start ssh.service
"""


class SshNode:
    """One lab node, its logins, and its sshd."""

    def __init__(self, node: Node, directory: pathlib.Path) -> None:
        self.node = node
        self.directory = directory
        self.variables = node.variables
        self.operator = str(self.variables["operator_user_name"])
        self.operator_key = str(self.variables["operator_user_private_key_file"])
        self.bootstrap_key = str(self.variables["runbook_bootstrap_private_key_file"])

    def prepare(self) -> None:
        """Make the operator, give the bootstrap login a password, and remember all that as the state before 2.8."""
        self.root(f"echo debian:{PASSWORD} | chpasswd && usermod -aG sudo debian")
        self.node.role("operator_user").ok()
        self.root(_SNAPSHOT)

    def reset(self) -> None:
        self.node.root(_RESET)
        self.root("rm -f /root/.ssh/authorized_keys; systemctl is-active ssh.service")

    def root(self, command: str) -> str:
        return self.node.root(command).ok()

    def run(self, *, check: bool = False, **variables: t.Any) -> Run:
        return self.node.role("ssh", check=check, variables={"ssh_proof_timeout": 20, **variables})

    def operator_gets_in(self) -> bool:
        """Whether the operator logs in by key over a new connection and becomes root."""
        said = self.node.ssh(self.operator, self.operator_key, "sudo -n id -u")
        return said.rc == 0 and said.out.strip() == "0"

    def bootstrap_gets_in(self) -> bool:
        said = self.node.ssh("debian", self.bootstrap_key, "sudo -n id -u")
        return said.rc == 0 and said.out.strip() == "0"

    def password_gets_in(self) -> bool:
        """Whether the bootstrap login's password opens a session, typed by a program as a person would."""
        ask = self.directory / "askpass"
        ask.write_text(f"#!/bin/sh\necho {PASSWORD}\n", encoding="utf-8")
        ask.chmod(0o700)
        done = subprocess.run(
            [
                *("ssh", "-F", "none", "-o", "PreferredAuthentications=password,keyboard-interactive"),
                *("-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1", "-o", "ConnectTimeout=10"),
                *("-o", f"UserKnownHostsFile={self.variables['runbook_known_hosts']}"),
                *("-o", "StrictHostKeyChecking=yes", f"debian@{self.variables['ansible_host']}", "true"),
            ],
            env={**os.environ, "SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=60,
        )
        return done.returncode == 0

    def offered(self) -> list[str]:
        """Return what the live listener offers, as a login that succeeds is told."""
        said = self.node.ssh(self.operator, self.operator_key, "true", "LogLevel=DEBUG1")
        found = re.search(r"Authentications that can continue: (\S+)", said.err)
        assert found, said
        return found.group(1).split(",")

    def held(self) -> str:
        """Return everything that 2.8 may change, to see that nothing did."""
        return self.root(
            "cd / && find etc/ssh etc/sudoers.d etc/shadow etc/group home/debian/.ssh -type f -exec cksum {} + | sort"
            "; pgrep -x -P 1 sshd"
        )

    def guards_end(self, *, seconds: float = 300) -> None:
        """Wait until no guarded change waits any more."""
        deadline = time.monotonic() + seconds
        while self.node.root(f"grep -lE 'applying|waiting' {GUARDED}/*.json").rc == 0:
            assert time.monotonic() < deadline
            time.sleep(0.3)

    def is_open_as_before(self) -> None:
        """Assert that whoever got in before 2.8 still does."""
        assert self.operator_gets_in()
        assert self.bootstrap_gets_in()
        assert self.password_gets_in()

    def is_closed(self) -> None:
        """Assert that the operator gets in by key, and nobody else."""
        assert self.operator_gets_in()
        assert not self.bootstrap_gets_in()
        assert not self.password_gets_in()
        assert self.offered() == ["publickey"]
