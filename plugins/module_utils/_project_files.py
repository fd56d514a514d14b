# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to a project and to the files that it names, walked by its owner (runbook 3.4 and 3.5).

Private to the collection. No part of it may be a link: what lies behind one is not what the commit has.
"""

from __future__ import annotations

import os
import posixpath

from ._files import READ_LIMIT, metadata, read_bounded
from ._project_commit import head_of
from ._step import StepError


def why_absent(checkout: str, path: str, uid: int) -> str:
    """Return why a project is not there, after each part of the way to it was found to be a folder of its own.

    :param path: the project's folder relative to the checkout.
    :param uid: its owner's.
    :raises StepError: a part of the way is a link, or somebody else's, or the checkout is none.
    """
    at = checkout
    for part in ["", *filter(None, path.split("/"))]:
        at = posixpath.join(at, part) if part else at
        found = metadata(at)
        if found is None:
            return f"{at} is not on the node"
        if found.kind != "folder":
            raise StepError(f"{at} is a {found.kind}, and no folder; a project is a folder of the checkout itself")
        if found.uid not in (0, uid):
            raise StepError(f"{at} belongs to user id {found.uid}; a project belongs to the operator, so correct it")
    head_of(checkout)
    return ""


def full_path(checkout: str, path: str) -> str:
    """Return the absolute path of a file of the checkout.

    :raises StepError: the way there holds a link.
    """
    full = f"{checkout}/{path}"
    if os.path.realpath(full) != full:
        raise StepError(f"{full} is reached through a link; commit the file itself in its place")
    return full


def content_of(checkout: str, path: str, limit: int = READ_LIMIT) -> bytes | None:
    """Return the content of a file of the checkout, None where nothing is there."""
    return read_bounded(full_path(checkout, path), limit=limit)


__all__ = ("content_of", "full_path", "why_absent")
