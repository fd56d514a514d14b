# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was installed into a node_modules, as our own note in it says (runbook 3.5): pure. Private to the collection.

npm's own note holds what it meant to install, not what lies there. Ours holds what lay there when the archives had just
been proven: whatever has changed since is installed again.
"""

from __future__ import annotations

import json
import typing as t

# npm takes nothing for a package whose name begins with a dot.
FILE = ".runbook-installed.json"
_VERSION = 1


class Noted(t.NamedTuple):
    """One package as it was installed.

    :param digest: of all its files then.
    :param ran: whether its install scripts ran.
    """

    version: str
    integrity: str
    digest: str
    ran: bool = False


class Record(t.NamedTuple):
    """The note.

    :param registry: npm's own default at that time, "" where the lock did not name it.
    :param bins: digest of the links to the packages' commands.
    """

    packages: t.Mapping[str, Noted] = {}
    registry: str = ""
    bins: str = ""


def parse(text: str | None) -> Record:
    """Return what the note says; one that is not ours says nothing, so that everything is installed anew."""
    try:
        data = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return Record()
    if not isinstance(data, dict) or data.get("version") != _VERSION or not isinstance(data.get("packages"), dict):
        return Record()
    packages = {}
    for location, said in data["packages"].items():
        if isinstance(said, dict) and all(isinstance(said.get(key), str) for key in ("version", "integrity", "digest")):
            packages[location] = Noted(said["version"], said["integrity"], said["digest"], said.get("ran") is True)
    registry, bins = data.get("registry"), data.get("bins")
    return Record(packages, registry if isinstance(registry, str) else "", bins if isinstance(bins, str) else "")


def render(record: Record) -> str:
    """Return the note's text."""
    packages = {location: record.packages[location]._asdict() for location in sorted(record.packages)}
    said = {"version": _VERSION, "registry": record.registry, "bins": record.bins, "packages": packages}
    return json.dumps(said, indent=1) + "\n"


__all__ = ("FILE", "Noted", "Record", "parse", "render")
