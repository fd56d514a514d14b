# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares every file of every package with its sum, and asks who brought each command, with the audit's readers.

As the audit does it, but for all files, not for code alone: as much as ``dpkg -V`` looks at, and ownership beside. Runs
on a node by its text; the first argument is the folder that holds the collection's module_utils.
"""

from __future__ import annotations

import os
import sys
import typing as t

if len(sys.argv) > 1:
    sys.path.insert(0, sys.argv[1])

from ansible_collections.ai_systems.runbook.plugins.module_utils._dpkg import STATUS, STATUS_LIMIT
from ansible_collections.ai_systems.runbook.plugins.module_utils._dpkg_checksums import in_usr, read_checksums
from ansible_collections.ai_systems.runbook.plugins.module_utils._dpkg_files import (
    DIVERSIONS,
    INFO,
    OwnedFiles,
    parse_diversions,
    read_owned,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import read_bounded

FOLDERS: t.Final = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin")


def changed(owned: OwnedFiles) -> list[str]:
    """Return the files that are not as their packages brought them."""
    diversions = parse_diversions(_read(DIVERSIONS))
    sums = read_checksums(_read(STATUS), info=INFO, owned=owned, diversions=diversions)
    paths = sums.paths()
    sums.ahead(paths)
    return [path for path in paths if not sums.is_original(path)]


def nobodys(owned: OwnedFiles) -> list[str]:
    """Return the commands that no package brought."""
    return [
        path for folder in FOLDERS for name in os.listdir(folder) if in_usr(path := f"{folder}/{name}") not in owned
    ]


def _read(path: str) -> str:
    return os.fsdecode(read_bounded(path, limit=STATUS_LIMIT) or b"")


def main() -> None:
    """Print what was found."""
    owned = read_owned()
    for path in changed(owned):
        print(f"changed {path}")
    for path in nobodys(owned):
        print(f"nobody's {path}")


if __name__ == "__main__":
    main()
