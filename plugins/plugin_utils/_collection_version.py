# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which version of the collection this is. Private to the collection."""

from __future__ import annotations

import json
import pathlib
import typing as t

import yaml

_TOP: t.Final = pathlib.Path(__file__).resolve().parents[2]
_LOADER: t.Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def version() -> str:
    """Return the collection's version: built and installed it has a manifest, in its repository galaxy.yml."""
    try:
        manifest = json.loads((_TOP / "MANIFEST.json").read_text(encoding="utf-8"))
        return str(manifest["collection_info"]["version"])
    except (OSError, ValueError, LookupError, TypeError):
        pass
    try:
        text = (_TOP / "galaxy.yml").read_text(encoding="utf-8")
        return str(yaml.load(text, Loader=_LOADER)["version"])  # noqa: S506  (it is safe)
    except (OSError, yaml.YAMLError, LookupError, TypeError):
        return ""


__all__ = ("version",)
