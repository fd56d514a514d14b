# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files in .venv and node_modules against the hash lock that is committed in git (runbook 6.4, ruling 8). Private.

A file is audited where its package lists it with the hash that it has, where that list is the one that lay there when a
run of ours had just installed the package, and where the archive that it came from is one whose hash is committed.
Read by the checkout's owner.
"""

from __future__ import annotations

import base64
import csv
import glob
import hashlib
import os
import re
import typing as t

from ._files import FileError, read_bounded, read_text
from ._npm_modules import Modules, read_modules
from ._python_names import canonical, why_not_a_name
from ._venv_record import FILE as VENV_RECORD
from ._venv_record import Record
from ._venv_record import parse as parse_venv_record

_RECORD_LIMIT = 16 * 1024 * 1024
_FILE_LIMIT = 512 * 1024 * 1024
_HASH = re.compile(r"(?<![A-Za-z0-9])(sha(?:256|384|512)[:-][A-Za-z0-9+/=]{40,})")
_LOCK = re.compile(r"(?:^|/)(?:[^/]*requirements[^/]*\.txt|[^/]*constraints[^/]*\.txt|pylock[^/]*\.toml|[^/]*\.lock)$")
_NPM_LOCK = re.compile(r"(?:^|/)(?:package-lock|npm-shrinkwrap)\.json$")

Reasons = dict[str, str]


class Listed(t.NamedTuple):
    """A file as the list of its package has it.

    :param digest: SHA-256, "" where the list names none.
    :param why_not: why the package itself is not audited, "" where it is.
    """

    package: str
    digest: str
    why_not: str


def is_lock(path: str) -> bool:
    """Whether a file of the repository may hold hashes of what is installed."""
    return bool(_LOCK.search(path) or _NPM_LOCK.search(path))


def hashes_in(text: str) -> set[str]:
    """Return the hashes of archives that a lock file names."""
    return set(_HASH.findall(text))


def parse_list(text: str) -> dict[str, str]:
    """Return path and SHA-256, in hex, of each file that a RECORD names; "" where it names no hash."""
    found = {}
    for row in csv.reader(text.splitlines()):
        if len(row) >= 2:
            algorithm, _equals, value = row[1].partition("=")
            found[row[0]] = _hex(value) if algorithm == "sha256" else ""
    return found


def _hex(value: str) -> str:
    try:
        return base64.urlsafe_b64decode(f"{value}{'=' * (-len(value) % 4)}").hex()
    except ValueError:
        return ""


def why_not_proven(name: str, record_sha256: str, noted: Record, allowed: t.Container[str]) -> str:
    """Return why a package of a .venv is not audited, "" where it is."""
    entry = noted.get(name)
    if entry is None:
        return f"no run of ours noted that it installed {name}"
    if entry.record != record_sha256:
        return f"the list of the files of {name} is not the one of its installation"
    if entry.archive not in allowed:
        return f"{name} came from an archive whose hash is committed nowhere in the repository"
    return ""


def of_venv(path: str, code: t.Iterable[str], allowed: t.Container[str]) -> Reasons:
    """Return why files of code in a .venv are not audited; those that are, are left out.

    :param code: their absolute paths.
    :param allowed: the hashes and git ids that the repository's commit holds.
    """
    listed = _listed(path, allowed)
    reasons: Reasons = {}
    for one in code:
        entry = listed.get(one)
        if entry is None:
            reasons[one] = "no package of that .venv lists it"
        elif entry.why_not:
            reasons[one] = entry.why_not
        elif _sha256(one) != entry.digest:
            reasons[one] = f"it is not as {entry.package} brought it"
    return reasons


def _listed(path: str, allowed: t.Container[str]) -> dict[str, Listed]:
    noted = parse_venv_record(read_text(f"{path}/{VENV_RECORD}"))
    found: dict[str, Listed] = {}
    for site in glob.glob(f"{glob.escape(path)}/lib/python3*/site-packages"):
        for info in sorted(name for name in os.listdir(site) if name.endswith(".dist-info")):
            content = read_bounded(f"{site}/{info}/RECORD", limit=_RECORD_LIMIT)
            said = info.partition("-")[0]
            name = canonical(said) if not why_not_a_name(said) else said
            if content is None:
                continue
            why_not = why_not_proven(name, hashlib.sha256(content).hexdigest(), noted, allowed)
            for at, digest in parse_list(content.decode("utf-8", "replace")).items():
                found[os.path.normpath(f"{site}/{at}")] = Listed(name, digest, why_not)
    return found


def _sha256(path: str) -> str:
    try:
        content = read_bounded(path, limit=_FILE_LIMIT)
    except (FileError, OSError):
        return ""
    return hashlib.sha256(content).hexdigest() if content is not None else ""


def of_modules(path: str, uid: int, allowed: t.Container[str]) -> Reasons:
    """Return why packages in a node_modules are not audited, by their folders."""
    return judge_modules(path, read_modules(path, uid), allowed)


def judge_modules(path: str, modules: Modules, allowed: t.Container[str]) -> Reasons:
    """Return why packages are not audited: what lies there against our note, and the note against the lock."""
    if modules.kind == "none":
        return {}
    if modules.kind != "folder":
        return {path: "it is no folder of its project"}
    above = path.rpartition("/")[0]
    reasons: Reasons = {}
    for location, present in modules.packages.items():
        noted = modules.record.packages.get(location)
        if noted is None:
            reasons[f"{above}/{location}"] = "no run of ours noted that it installed it"
        elif noted.digest != present.digest:
            reasons[f"{above}/{location}"] = "it was changed since it was installed"
        elif noted.integrity and not any(one in allowed for one in noted.integrity.split()):
            reasons[f"{above}/{location}"] = "its hash is committed nowhere in the repository"
    if modules.record.packages and modules.bins != modules.record.bins:
        reasons[f"{path}/.bin"] = "the links to commands are not those of the installation"
    return reasons


__all__ = (
    "Listed",
    "Reasons",
    "hashes_in",
    "is_lock",
    "judge_modules",
    "of_modules",
    "of_venv",
    "parse_list",
    "why_not_proven",
)
