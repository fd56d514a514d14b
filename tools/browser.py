# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Chromium for the tests of pages: found on this machine, or brought by apt."""

from __future__ import annotations

import os
import shutil
import time
import typing as t
from pathlib import Path

from lab.command import LabError, as_root, run_slowly, say
from lab.packages import is_present
from tools.files import TOP

NAMES: t.Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Debian's, and what Ubuntu calls it.
PACKAGES: t.Final = ("chromium", "chromium-browser")
# Another gate may be installing what the lab needs: apt waits for nobody at its lists.
_ATTEMPTS: t.Final = 30
_PAUSE: t.Final = 10.0


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
    say(f"Installing on this host with apt: {PACKAGES[0]}")
    log = TOP / ".cache" / "logs" / "host-browser.log"
    _apt(["apt-get", "-q", "update"], "Reading the package index", "5 s", log)
    options = ["-q", "--yes", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
    wrong = ""
    for package in PACKAGES:
        try:
            _apt(["apt-get", *options, "install", package], f"Installing {package}", "40 s", log)
        except LabError as exc:
            wrong = str(exc)
            continue
        if path := found():
            return path
        wrong = f"apt installed {package}, but no {', '.join(NAMES)} is on PATH; see {log}."
    raise LabError(f"{wrong} Install a Chromium and name it by BROWSER.")


def _apt(argv: list[str], what: str, usually: str, log: Path) -> None:
    for attempt in range(_ATTEMPTS):
        try:
            run_slowly(as_root(argv, env={"DEBIAN_FRONTEND": "noninteractive"}), what=what, usually=usually, log=log)
        except LabError:
            if attempt + 1 == _ATTEMPTS or "lock" not in log.read_text("utf-8", "replace"):
                raise
            time.sleep(_PAUSE)
        else:
            return


__all__ = ("NAMES", "PACKAGES", "ensured", "found")
