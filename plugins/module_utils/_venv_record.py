# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What our runs have put into a .venv, written down there: pure decisions (runbook 3.4). Private to the collection.

pip keeps no note of the archive that a package came from. Without one, a package of the right version that was put
there by hand would pass for the audited one.
"""

from __future__ import annotations

import json
import typing as t

FILE = "runbook-installed.json"
_VERSION = 1


class Entry(t.NamedTuple):
    """One package as it was installed.

    :param archive: hash of its archive; for a package of the checkout git's id of the file or folder.
    :param record: SHA-256 of the list of files that it had after that.
    """

    archive: str
    record: str


Record = t.Mapping[str, Entry]


def parse(text: str | None) -> dict[str, Entry]:
    """Return what the file says; one that is not ours says nothing, so that everything is proven anew."""
    try:
        data = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    packages = data.get("packages") if isinstance(data, dict) and data.get("version") == _VERSION else None
    if not isinstance(packages, dict):
        return {}
    return {
        name: Entry(entry["archive"], entry["record"])
        for name, entry in packages.items()
        if isinstance(entry, dict) and all(isinstance(entry.get(key), str) for key in ("archive", "record"))
    }


def render(record: Record) -> str:
    """Return the file's text."""
    packages = {name: record[name]._asdict() for name in sorted(record)}
    return json.dumps({"version": _VERSION, "packages": packages}, indent=1) + "\n"


__all__ = ("FILE", "Entry", "Record", "parse", "render")
