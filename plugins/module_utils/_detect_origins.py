# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each package of a node comes from, through python3-apt (runbook 3.1). Private to the collection."""

from __future__ import annotations

import typing as t

from ._apt_archive import Archive
from ._apt_root import LISTS
from ._debian_archive import RELEASE
from ._detect_packages import Judged, finding, missing_archives, no_lists, origin_of

if t.TYPE_CHECKING:
    from ._apt import Allowed
    from ._findings import Finding


def of_packages(allowed: Allowed, proven: t.Collection[str]) -> tuple[list[Finding], list[Judged]]:
    """Return what there is to say of dpkg's packages, and where each comes from."""
    archive = Archive({}, lists=LISTS, keys=allowed.keys, backports=allowed.backports)
    missing = missing_archives(archive.codenames, allowed.backports)
    judged = [
        origin_of(package, proven=proven, backports=allowed.backports, complete=not missing)
        for package in archive.held()
    ]
    found = [one for one in map(finding, judged) if one]
    if RELEASE in missing:
        # Each of the node's packages would be one more unknown.
        found = [one for one in found if one.verdict == "violation"]
    return [*([no_lists(missing)] if missing else []), *found], judged


__all__ = ("of_packages",)
