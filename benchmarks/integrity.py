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

from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import declared_from
from ansible_collections.ai_systems.runbook.plugins.module_utils._dpkg import STATUS, STATUS_LIMIT
from ansible_collections.ai_systems.runbook.plugins.module_utils._dpkg_checksums import parse_conffiles, parse_md5sums
from ansible_collections.ai_systems.runbook.plugins.module_utils._dpkg_files import INFO, LIST_LIMIT
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import NodeView

FOLDERS: t.Final = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin")


def changed(view: NodeView) -> list[str]:
    """Return the files that are not as their packages brought them."""
    expected = dict(parse_conffiles(view.text(STATUS, limit=STATUS_LIMIT) or ""))
    for name in view.names(INFO):
        if name.endswith(".md5sums"):
            expected.update(parse_md5sums(os.fsdecode(view.content(f"{INFO}/{name}", limit=LIST_LIMIT) or b"")))
    return [path for path, digest in expected.items() if view.checksums.actual(path) != digest]


def nobodys(view: NodeView) -> list[str]:
    """Return the commands that no package brought."""
    return [path for folder in FOLDERS for name in view.names(folder) if (path := f"{folder}/{name}") not in view.owned]


def main() -> None:
    """Print what was found."""
    view = NodeView(declared_from({}))
    for path in changed(view):
        print(f"changed {path}")
    for path in nobodys(view):
        print(f"nobody's {path}")


if __name__ == "__main__":
    main()
