# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials that the operator pushes to a node's memory, each for one unit (runbook 6.3). Private to the collection.

They lie in /run, which is memory and which a reboot empties; root alone reads them, and systemd hands each to the unit
that names it with LoadCredential=. Nothing is ever written to a disk, and nobody but the operator can bring them back.
"""

from __future__ import annotations

import hmac
import os
import re
import shutil
import typing as t

from ._files import read_bounded, write_atomically
from ._step import StepError

FOLDER = "/run/ai-systems-credentials"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}")
# systemd takes no more for all credentials of a unit.
LONGEST = 1024 * 1024
_MEMORY = ("tmpfs", "ramfs")


def why_not_a_credential(name: str, value: str) -> str:
    """Return why a credential cannot be pushed, with the remedy and without its value; "" when it can."""
    if not _NAME.fullmatch(name):
        return "a credential's name has letters, digits and any of '_.-'; rename it"
    if not value:
        return "it is empty; give it a value, from Ansible Vault or a secret store on the controller"
    if any("\ud800" <= char <= "\udfff" for char in value):
        return "it is no text that UTF-8 can hold; give it in base64, and let the service decode it"
    if len(value.encode()) > LONGEST:
        return f"it has more than {LONGEST} bytes, which systemd does not take; make it shorter"
    return ""


def path_of(unit: str, name: str) -> str:
    return f"{FOLDER}/{unit}/{name}"


def missing(unit: str, wanted: t.Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the credentials of a unit that are not on the node as they must be."""
    names = []
    for name, value in sorted(wanted.items()):
        there = read_bounded(path_of(unit, name), limit=LONGEST)
        if there is None or not hmac.compare_digest(there, value.encode()):
            names.append(name)
    return tuple(names)


def push(unit: str, name: str, value: str) -> bytes | None:
    """Put a credential into memory, and return what was there before.

    :raises StepError: /run is no memory on this node, so that it would be stored.
    """
    require_memory()
    folder = f"{FOLDER}/{unit}"
    os.makedirs(folder, mode=0o700, exist_ok=True)
    for at in (FOLDER, folder):
        os.chmod(at, 0o700)
    before = read_bounded(path_of(unit, name), limit=LONGEST)
    write_atomically(path_of(unit, name), value.encode(), mode=0o400)
    return before


def put_back(unit: str, name: str, before: bytes | None) -> None:
    """Undo :func:`push`."""
    if before is None:
        os.unlink(path_of(unit, name))
    else:
        write_atomically(path_of(unit, name), before, mode=0o400)


def has_any(unit: str) -> bool:
    return os.path.lexists(f"{FOLDER}/{unit}")


def forget(unit: str) -> None:
    """Remove all credentials of a unit."""
    shutil.rmtree(f"{FOLDER}/{unit}", ignore_errors=True)


def require_memory(mounts: str = "/proc/self/mounts") -> None:
    """Raise StepError where what is written to /run would be written to a disk."""
    with open(mounts, encoding="utf-8", errors="replace") as file:
        kinds = [words[2] for words in (line.split() for line in file) if len(words) > 2 and words[1] == "/run"]
    if not kinds or kinds[-1] not in _MEMORY:
        raise StepError(
            "/run is not in memory on this node, so a credential would be stored on its disk; it was not pushed"
        )


__all__ = (
    "FOLDER",
    "LONGEST",
    "forget",
    "has_any",
    "missing",
    "path_of",
    "push",
    "put_back",
    "require_memory",
    "why_not_a_credential",
)
