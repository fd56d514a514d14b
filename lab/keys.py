# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Key pairs: the lab's two logins, and the host keys that each node is born with."""

from __future__ import annotations

import tempfile
from pathlib import Path

from lab.command import run
from lab.configuration import File
from lab.paths import Paths

BOOTSTRAP = "bootstrap_ed25519"
OPERATOR = "operator_ed25519"
# A 3072 bit RSA key can take seconds to make; in the lab 2048 do.
HOST_KEY_KINDS = {"ed25519": (), "ecdsa": (), "rsa": ("-b", "2048")}


def ensure(paths: Paths) -> None:
    """Make the lab's key pairs once."""
    paths.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in (BOOTSTRAP, OPERATOR):
        if not (paths.keys / f"{name}.pub").exists():
            (paths.keys / name).unlink(missing_ok=True)
            comment = f"{name.split('_')[0]}@lab"
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(paths.keys / name)])


def public_line(paths: Paths, name: str) -> str:
    """The public half as one authorized_keys line."""
    return (paths.keys / f"{name}.pub").read_text().strip()


def host_key_files(hostname: str) -> dict[str, File]:
    """Fresh SSH host keys of the kinds that Debian makes, as a node's files."""
    files = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind, size in HOST_KEY_KINDS.items():
            path = Path(folder) / f"ssh_host_{kind}_key"
            run(["ssh-keygen", "-q", "-t", kind, *size, "-N", "", "-C", f"root@{hostname}", "-f", str(path)])
            files[f"etc/ssh/{path.name}"] = File(path.read_text(), mode=0o600)
            files[f"etc/ssh/{path.name}.pub"] = File(path.with_suffix(".pub").read_text())
    return files
