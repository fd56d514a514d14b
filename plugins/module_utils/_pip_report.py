# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pip would install, or has installed, out of its own report (runbook 3.4). Private to the collection."""

from __future__ import annotations

import json
import typing as t

from ._pip_requirement import RequirementError, parse_requirement
from ._python_names import canonical, why_not_a_name
from ._step import StepError


class Item(t.NamedTuple):
    """One package of a report.

    :param hashes: of its archive, as ``sha256:...``.
    :param requires: what it needs, one PEP 508 text each.
    """

    name: str
    version: str
    hashes: tuple[str, ...]
    requires: tuple[str, ...]
    url: str


def read_report(text: str | None) -> list[Item]:
    """Return the packages of a report of ``pip install --report``.

    :raises StepError: it is not what pip 25 writes.
    """
    try:
        data = json.loads(text or "")
        if data["version"] != "1":
            raise StepError(f"pip writes reports of version {data['version']!r}, which this collection does not know")
        return [_item(entry) for entry in data["install"]]
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise StepError(f"pip's report cannot be read ({exc!r}); is python3-venv of Debian 13 installed?") from exc


def _item(entry: dict[str, t.Any]) -> Item:
    metadata, download = entry["metadata"], entry["download_info"]
    name, version = str(metadata["name"]), str(metadata["version"])
    reason = why_not_a_name(name)
    try:
        reason = reason or ("" if parse_requirement(f"{name}=={version}").pin else "it has no version")
    except RequirementError as exc:
        reason = str(exc)
    if reason:
        raise StepError(f"pip reports a package {name[:60]!r} {version[:60]!r}, which cannot be one: {reason}")
    hashes = download.get("archive_info", {}).get("hashes", {})
    return Item(
        canonical(name),
        version,
        tuple(f"{kind}:{value}" for kind, value in sorted(hashes.items())),
        tuple(str(one) for one in metadata.get("requires_dist", [])),
        str(download["url"]),
    )


__all__ = ("Item", "read_report")
