# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bundles of a mirror's commits, which is what a node is sent (runbook 2.9). Private to the collection."""

from __future__ import annotations

import pathlib
import time

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_mirror import Mirror
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError

LARGEST_BUNDLE = 1 << 30
_WEEK_SECONDS = 7 * 86400


def bundle_of(mirror: Mirror, commit: str, base: str) -> pathlib.Path:
    """Return a bundle that brings ``commit`` to one who has ``base`` ("" for nothing); made once for all nodes.

    :raises SourceError: it cannot be made, or is larger than a node is sent.
    """
    with mirror.locked():
        path = mirror.folder / f"{commit}-{base or 'all'}.bundle"
        if not path.is_file():
            for old in mirror.folder.glob("*.bundle*"):
                if time.time() - old.stat().st_mtime > _WEEK_SECONDS:
                    old.unlink(missing_ok=True)
            # Only a ref can be bundled; this one also keeps git from ever forgetting what nodes have.
            ref = f"refs/ai-systems/{commit}"
            mirror.git("update-ref", ref, commit)
            new = f"{path}.new"
            mirror.git("bundle", "create", "--quiet", new, ref, *([f"^{base}"] if base else []), seconds=600)
            pathlib.Path(new).rename(path)
        size = path.stat().st_size
    if size > LARGEST_BUNDLE:
        raise SourceError(
            f"commit {commit[:12]} of {mirror.shown} packs to {size >> 20} MiB, more than the "
            f"{LARGEST_BUNDLE >> 20} MiB that a node is sent; keep large files out of the repository"
        )
    return path


__all__ = ("LARGEST_BUNDLE", "bundle_of")
