# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine and the versions that figures belong to."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
import subprocess
from pathlib import Path

from benchmarks.report import Facts
from benchmarks.running import TOP, clean_environment, on_node


def gather(node: str, *, rounds: int, load: float, pyinfra: str, peers: str) -> Facts:
    """Return the head of the page.

    :param load: what else the machine did when it began.
    """
    return Facts(
        (
            ("date", dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")),
            ("rounds", str(rounds)),
            ("processor", f"{processor(_read('/proc/cpuinfo'))}, {os.cpu_count()} cores"),
            ("memory", f"{memory_gib(_read('/proc/meminfo'))} GiB"),
            ("controller", f"{platform.machine()}, kernel {platform.release()}, Python {platform.python_version()}"),
            ("load before", f"{load:.1f}"),
            ("ansible-core", first_line("ansible-playbook", "--version").partition("core ")[2].rstrip("]")),
            ("OpenSSH", first_line("ssh", "-V").partition(",")[0]),
            ("pyinfra", pyinfra),
            ("on the node", peers),
            ("node", on_node(node, ". /etc/os-release; echo $PRETTY_NAME, $(dpkg -l | grep -c ^ii) packages").strip()),
            ("commit", first_line("git", "-C", str(TOP), "rev-parse", "--short=12", "HEAD")),
        )
    )


def processor(cpuinfo: str) -> str:
    """Return the processor's name; an ARM's has none there."""
    found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return found.group(1).strip() if found else platform.machine()


def memory_gib(meminfo: str) -> int:
    """Return the memory in whole GiB."""
    found = re.search(r"^MemTotal:\s*(\d+) kB$", meminfo, re.MULTILINE)
    return round(int(found.group(1)) / 1024 / 1024) if found else 0


def first_line(*argv: str) -> str:
    """Return the first line that a command prints."""
    try:
        done = subprocess.run(
            argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=clean_environment()
        )
    except FileNotFoundError:
        return ""
    return next(iter(done.stdout.splitlines()), "")


def _read(path: str) -> str:
    return Path(path).read_text("utf-8", "replace")


__all__ = ("first_line", "gather", "memory_gib", "processor")
