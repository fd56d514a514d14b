# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services a new commit concerns: whose unit or code it changes (runbook 4.2). Private to the collection."""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_names import is_commit
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_mirror import Mirror
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._service_entry import Service


def affected(services: t.Iterable[Service], changed: t.Iterable[str] | None) -> list[Service]:
    """Return the services that cannot run on while these files change.

    :param changed: paths from the top of the repository; None where it is not known what changes, so that all count.
    """
    if changed is None:
        return list(services)
    places = _with_folders(changed)
    return [service for service in services if not _runs_from(service).isdisjoint(places)]


def changed_between(mirror: Mirror, old: str, new: str) -> frozenset[str] | None:
    """Return the files that differ between two commits, None where ``old`` is not upstream's.

    :param old: a commit id, which may be the node's word.
    """
    if not is_commit(old) or mirror.known([old, new]) != {old, new}:
        return None
    said = mirror.git("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new, "--", exact=True).out
    return frozenset(said.split("\0")[:-1])


def _with_folders(changed: t.Iterable[str]) -> set[str]:
    """Return the changed files, and the folders that they are in."""
    places: set[str] = set()
    for path in changed:
        place = path
        while place not in places:
            places.add(place)
            place = place.rpartition("/")[0]
    return places


def _runs_from(service: Service) -> set[str]:
    # The empty path is the top of the repository, where every file is.
    return {service.src, f"{service.src}.d", *(service.paths or ("",))}


__all__ = ("affected", "changed_between")
