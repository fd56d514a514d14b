# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Chromium for the tests of pages: found on this machine, or brought by apt."""

from __future__ import annotations

import os
import shutil
import typing as t
from pathlib import Path

from lab import host_apt
from lab.command import LabError
from lab.packages import is_present
from tools.files import TOP

NAMES: t.Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Debian's, and what Ubuntu calls it.
PACKAGES: t.Final = ("chromium", "chromium-browser")


def found(environment: t.Mapping[str, str] = os.environ) -> str:
    """Return the browser's path, the empty string where there is none; BROWSER names one of the user's own choice."""
    for name in (environment.get("BROWSER", ""), *NAMES):
        if name and (path := shutil.which(name, path=environment.get("PATH"))):
            return path
    return ""


def ensured() -> str:
    """Return the browser's path; install Debian's package first where there is none.

    :raises LabError: it cannot be installed here.
    """
    if path := found():
        return path
    if not is_present("apt-get") or (os.geteuid() != 0 and not is_present("sudo")):
        raise LabError(
            f"The tests of pages need a Chromium; install {PACKAGES[0]} as root, or name one by BROWSER: "
            "this host has no apt or no sudo to do it."
        )
    with host_apt.alone():
        return found() or _installed(TOP / ".cache" / "logs" / "host-browser.log")


def _installed(log: Path) -> str:
    host_apt.read_index(log)
    wrong = ""
    for package in PACKAGES:
        try:
            host_apt.install([package], log, usually="40 s")
        except LabError as exc:
            wrong = str(exc)
            continue
        if path := found():
            return path
        wrong = f"apt installed {package}, but no {', '.join(NAMES)} is on PATH; see {log}."
    raise LabError(f"{wrong} Install a Chromium and name it by BROWSER.")


__all__ = ("NAMES", "PACKAGES", "ensured", "found")
