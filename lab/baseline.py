# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's image holds before anyone changes it, in the form that enroll.yml records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.command import run
from lab.repository import BRANCH, git

# One line per item; read from inside, before the node meets the network's other side.
QUERIES: Mapping[str, tuple[str, ...]] = {
    "packages": ("dpkg-query", "--show", "--showformat", "${binary:Package}\\t${Version}\\t${db:Status-Abbrev}\\n"),
    "units": ("systemctl", "list-unit-files", "--state=enabled", "--no-legend", "--no-pager", "--plain"),
    "accounts": ("getent", "passwd"),
}


def compose(output: Mapping[str, str]) -> dict[str, Any]:
    """The baseline out of what the queries print."""
    packages = {}
    for line in output["packages"].splitlines():
        name, version, status = line.split("\t")
        if status.strip() == "ii":
            packages[name.partition(":")[0]] = version
    accounts = {}
    for line in output["accounts"].splitlines():
        name, _, uid, gid, _, home, shell = line.split(":")
        accounts[name] = {"uid": int(uid), "gid": int(gid), "home": home, "shell": shell}
    units = sorted(line.split()[0] for line in output["units"].splitlines() if line.strip())
    return {"packages": packages, "enabled_units": units, "accounts": accounts}


def write(path: Path, baseline: Mapping[str, Any]) -> None:
    """Store a baseline where the inventory points to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(baseline, indent=2, sort_keys=True) + "\n")


def commit(path: Path) -> None:
    """Commit a baseline beside the others, as an operator does who has reviewed it: it is the lab's own image."""
    if not (path.parent / ".git").is_dir():
        run([*git(path.parent), "init", "--quiet", f"--initial-branch={BRANCH}"])
    run([*git(path.parent), "add", path.name])
    # A node that came up before had the same one.
    message = f"Baseline of {path.stem}"
    run([*git(path.parent), "commit", "--quiet", "--allow-empty", "--message", message, "--", path.name])
