# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The peer that Debian does not have, in an environment of its own: hash-locked, and no part of the project's."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import typing as t
from pathlib import Path

from benchmarks.running import CACHE, BenchmarkError

PEERS: t.Final = Path(__file__).with_name("peers")
LOCK: t.Final = PEERS / "requirements.txt"
VENV: t.Final = CACHE / "venv"


def ensure_pyinfra() -> Path:
    """Return the path of pyinfra, after making its environment where there is none of this lock."""
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    mark = VENV / "locked"
    program = VENV / "bin" / "pyinfra"
    if program.exists() and mark.exists() and mark.read_text("ascii") == wanted:
        return program
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    for argv in (
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        # Wheels only: building from source would run code that no hash in the lock covers.
        [*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(LOCK)],
    ):
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchmarkError(f"the environment of pyinfra cannot be made: {done.stderr.strip()[-500:]}")
    mark.write_text(wanted, encoding="ascii")
    return program


def version_of_pyinfra(program: Path) -> str:
    """Return its version, as it says itself."""
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True).stdout
    return said.strip().removeprefix("pyinfra: v")


__all__ = ("LOCK", "PEERS", "VENV", "ensure_pyinfra", "version_of_pyinfra")
