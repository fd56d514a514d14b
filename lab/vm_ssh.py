# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entering a virtual machine: over SSH with the lab's own keys, as nothing of the lab runs inside."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.command import LabError, run

KNOWN_HOSTS = "known_hosts"
LAST_LOGIN = "last-login"


@dataclass(frozen=True)
class Login:
    """Who can log in, and with which key."""

    user: str
    key: Path


@dataclass(frozen=True)
class Door:
    """The way into one machine.

    :ivar folder: the machine's, with its host keys.
    :ivar logins: those to try.
    """

    folder: Path
    address: str
    logins: tuple[Login, ...]

    def argv(self, login: Login, *command: str, options: Sequence[str] = ()) -> list[str]:
        """The ssh call that runs a command as root."""
        words = [] if login.user == "root" else ["sudo", "-n", "--"]
        return [
            *("ssh", "-F", "none", "-q", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "ConnectTimeout=20"),
            *("-o", f"UserKnownHostsFile={self.folder / KNOWN_HOSTS}", "-o", "StrictHostKeyChecking=yes"),
            *("-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=8", *options),
            *("-i", str(login.key), f"{login.user}@{self.address}", "--"),
            # ssh joins its words with blanks, and the other side's shell takes them apart.
            shlex.join([*words, *command]),
        ]

    def login(self) -> Login:
        """The login that works now: the bootstrap login's before provisioning, the operator's after.

        :raises LabError: none does.
        """
        last = self.folder / LAST_LOGIN
        name = last.read_text() if last.is_file() else ""
        # sshd punishes wrong logins by keeping their sender out for a while: the one that worked comes first.
        for login in sorted(self.logins, key=lambda one: one.user != name):
            if run(self.argv(login, "true"), check=False, timeout=120).code == 0:
                last.write_text(login.user)
                return login
        names = " or ".join(login.user for login in self.logins)
        raise LabError(f"Nobody gets into {self.address} as {names}; see {self.folder / 'console.log'}.")

    def run(self, *command: str, timeout: float = 300, stdin: bytes | None = None, check: bool = True) -> str:
        """What a command prints that runs as root inside."""
        return run(self.argv(self.login(), *command), timeout=timeout, stdin=stdin, check=check).out

    def enter(self, command: Sequence[str], *, terminal: bool) -> int:
        """Become root inside, with this process's input and output; the command's exit status."""
        options = ["-t"] if terminal else ["-T"]
        argv = self.argv(self.login(), *(command or ["bash", "--login"]), options=options)
        return subprocess.run(argv, check=False).returncode
