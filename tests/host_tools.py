# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs of this machine that tests stand on, installed with apt where they are missing."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

from lab import host_apt
from lab.packages import check_installer, is_present

LOGS: t.Final = Path(__file__).resolve().parents[1] / ".cache" / "logs"


def ensure_tools(needs: t.Mapping[str, str], *, log: str) -> None:
    """Install what is missing.

    :param needs: programs, with Debian's packages that bring them.
    :param log: the name of the file that apt's words go to.
    :raises LabError: it cannot be installed here; the message says what to install.
    """
    if not _missing(needs):
        return
    with host_apt.alone():
        missing = _missing(needs)
        if missing:
            check_installer(missing, is_root=os.geteuid() == 0, present=is_present)
            host_apt.read_index(LOGS / log)
            host_apt.install(missing, LOGS / log)


def _missing(needs: t.Mapping[str, str]) -> list[str]:
    return sorted({package for program, package in needs.items() if not is_present(program)})
