# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image holds, by the manifest that was written when it was built (runbook 2.1). Private to the collection.

A node's own word is no proof of what it should hold; what went into its image is.
"""

from __future__ import annotations

import json
import pathlib
import re
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError, read_bounded
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._baseline import BaselineError, require_sound

FORMAT: t.Final = 1
_LIMIT: t.Final = 32 * 1024 * 1024
_SHA256: t.Final = re.compile(r"[0-9a-f]{64}")


class ManifestError(Exception):
    """The manifest cannot be used; the message is one sentence with the file and the remedy."""


class Manifest(t.NamedTuple):
    """What the image of a node holds.

    :param path: the file that says so.
    :param image: the image's file name.
    :param sha256: of the image, unpacked.
    :param baseline: packages, enabled units and accounts, in the form of ``_baseline``.
    """

    path: pathlib.Path
    image: str
    sha256: str
    baseline: dict[str, t.Any]


def read_manifest(path: pathlib.Path) -> Manifest:
    """Return the manifest of an image.

    :raises ManifestError: there is none, or it is not what a build writes.
    """
    try:
        content = read_bounded(str(path), limit=_LIMIT)
    except (FileError, OSError) as exc:
        raise _wrong(path, f"cannot be read ({one_line(str(exc), 200)})") from exc
    if content is None:
        raise _wrong(path, "is not there")
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as exc:
        raise _wrong(path, f"is no JSON ({one_line(str(exc), 100)})") from exc
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        shown = one_line(repr(said.get("format")) if isinstance(said, dict) else type(said).__name__, 40)
        raise _wrong(path, f"is no manifest of format {FORMAT}, but {shown}")
    image = said.get("image")
    named = isinstance(image, dict) and isinstance(image.get("file"), str) and isinstance(image.get("sha256"), str)
    if not isinstance(image, dict) or not named or not _SHA256.fullmatch(image["sha256"]):
        raise _wrong(path, "does not name its image with a SHA-256")
    try:
        baseline = require_sound(said.get("baseline"))
    except BaselineError as exc:
        raise _wrong(path, f"has no sound baseline ({exc})") from exc
    return Manifest(path, one_line(image["file"], 100), image["sha256"], baseline)


def _wrong(path: pathlib.Path, what: str) -> ManifestError:
    return ManifestError(
        f"image manifest {one_line(str(path), 300)} {what}; name the .manifest.json that image.yml wrote beside the "
        "image, with -e manifest=FILE"
    )


__all__ = ("FORMAT", "Manifest", "ManifestError", "read_manifest")
