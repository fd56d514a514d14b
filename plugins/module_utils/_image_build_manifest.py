# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image says of itself: its packages and where each came from, and what a node of it begins with. Private.

Format 1, in docs/image.md. The part ``baseline`` has the form of baselines/<node>.json.
"""

from __future__ import annotations

import hashlib
import json
import typing as t

from ._files import read_text

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ._image_build_apt import Package
    from ._image_build_files import File

FORMAT: t.Final = 1
# What the first boot removes is nothing that a node has.
_LEAVES: t.Final = "runbook-first-boot.service"
_LIMIT: t.Final = 16 * 1024 * 1024
# Changes where the collection builds in another way, so that an image of the old one counts as another.
_WAY: t.Final = 1

Manifest = dict[str, t.Any]


class Image(t.NamedTuple):
    """What the manifest says of the image as a whole."""

    file: str
    sha256: str
    bytes: int
    architecture: str
    suite: str
    epoch: int
    recipe: str


def recipe(files: Mapping[str, File], tools: Iterable[Package], command: Sequence[str]) -> str:
    """Return a digest of all that decides what an image is, beside its packages.

    :param command: by which its root is made, with nothing in it that differs from build to build.
    """
    told = {
        "way": _WAY,
        "files": {path: [file.mode, file.text] for path, file in files.items()},
        "tools": sorted(f"{tool.name} {tool.version}" for tool in tools),
        "command": list(command),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def baseline(packages: Iterable[Package], units: str, accounts: str) -> dict[str, t.Any]:
    """Return what a node of this image begins with.

    :param units: what systemctl lists as enabled, one a line.
    :param accounts: the text of /etc/passwd.
    """
    fields = [line.split(":") for line in accounts.splitlines() if line]
    return {
        "packages": {package.name: package.version for package in packages},
        "enabled_units": sorted({line.split()[0] for line in units.splitlines() if line.strip()} - {_LEAVES}),
        "accounts": {
            one[0]: {"uid": int(one[2]), "gid": int(one[3]), "home": one[5], "shell": one[6]} for one in fields
        },
    }


def compose(image: Image, packages: Iterable[Package], begins_with: Mapping[str, t.Any]) -> Manifest:
    """Return the manifest."""
    return {
        "format": FORMAT,
        "image": image._asdict(),
        "packages": [listed(package) for package in packages],
        "baseline": dict(begins_with),
    }


def listed(package: Package) -> dict[str, str]:
    """Return what the manifest says of one package."""
    return {
        "name": package.name,
        "version": package.version,
        "architecture": package.architecture,
        "archive": package.archive,
        "origin": package.origin,
        "sha256": package.sha256,
    }


def to_text(manifest: Manifest) -> str:
    """Return the file's text, the same for the same content."""
    return json.dumps(manifest, indent=2, sort_keys=True) + "\n"


def read(path: str) -> Manifest | None:
    """Return the manifest of an image that is there, None where there is none, or one of another format."""
    try:
        found = json.loads(read_text(path, limit=_LIMIT) or "null")
    except ValueError:
        return None
    if not isinstance(found, dict) or found.get("format") != FORMAT or not isinstance(found.get("image"), dict):
        return None
    return found


def package_lines(packages: t.Any) -> str:
    """Return the packages of a manifest as a diff shows them, one a line."""
    rows = packages if isinstance(packages, list) else []
    return "".join(
        sorted(f"{row['name']} {row['version']} ({row['archive']})\n" for row in rows if isinstance(row, dict))
    )


__all__ = ("FORMAT", "Image", "Manifest", "baseline", "compose", "listed", "package_lines", "read", "recipe", "to_text")
