# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which packages must be on a node before any module can run there, and how to get them. Private to the collection.

Ruling 11 exempts these by name from justification (runbook 3). All of this must work on a node without Python.
"""

from __future__ import annotations

import re
import shlex
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_names import BOOTSTRAP_PACKAGES as PACKAGES
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

# One round trip answers both that a login works and what is missing.
PROBE: t.Final = (
    "echo runbook-probe; "
    "command -v python3 >/dev/null 2>&1 && echo has:python3; "
    "test -e /usr/lib/python3/dist-packages/apt/__init__.py && echo has:python3-apt; "
    "command -v sudo >/dev/null 2>&1 && echo has:sudo; "
    "true"
)


def is_probe(said: str) -> bool:
    """Return whether ``said`` is an answer to the probe at all."""
    return "runbook-probe" in said.split()


def missing(said: str) -> list[str]:
    """Return which packages the answer to the probe does not list."""
    lines = said.split()
    return [name for name in PACKAGES if f"has:{name}" not in lines]


# A node without a route must not keep the operator waiting for hours; what is slow but alive may take its time.
_OPTIONS: t.Final = "-o Acquire::Retries=2 -o Acquire::http::Timeout=60 -o Acquire::https::Timeout=60 -o APT::Color=0"
_ENVIRONMENT: t.Final = "LC_ALL=C DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none"
_CACHE: t.Final = "/var/cache/apt/runbook-bootstrap"
_LOCK = re.compile(r"Could not get lock (\S+?)\.? (?:It is|- open|.*)held by process (\d+)(?: \(([^)]*)\))?")


# What apt says, and what the operator can do about it.
_REMEDIES: t.Final = (
    (("Temporary failure resolving", "Could not resolve"), "the node finds no name server; check network_dns"),
    (
        ("Network is unreachable", "Could not connect", "connection timed out", "Connection refused"),
        "the node does not reach its archive; check its gateway, and the proxy where there is one",
    ),
    (("is not valid yet", "Not live until"), "the node's clock is behind; wait until it has met a time server"),
    (("No space left",), "the card is full; remove files or flash a larger one"),
    (("Unable to locate package", "no installation candidate"), "its apt sources do not name main of Debian 13"),
    (("dpkg was interrupted", "unmet dependencies"), "run 'dpkg --configure -a' on its console and look at the answer"),
    (
        ("not signed", "NO_PUBKEY", "signature"),
        "its apt sources lack a signature of Debian; flash an official image",
    ),
)


def update_command() -> str:
    """Return the shell command that reads the package lists and fails when any of them could not be read."""
    return f"{_ENVIRONMENT} timeout 900 apt-get -q {_OPTIONS} -o APT::Update::Error-Mode=any update </dev/null"


def install_command(names: t.Iterable[str]) -> str:
    """Return the shell command that installs these packages by name and takes none away."""
    words = " ".join(shlex.quote(name) for name in names)
    flags = f"-q -y {_OPTIONS} -o Dir::Cache::archives={_CACHE}/ --no-install-recommends --no-remove"
    return f"{_ENVIRONMENT} timeout 1800 apt-get {flags} install {words} </dev/null"


def clear_command() -> str:
    """Return the shell command that removes what was fetched."""
    return f"rm -rf {_CACHE}"


def uris_command(names: t.Iterable[str]) -> str:
    """Return the shell command that prints what an installation would fetch, with SHA-256, and does nothing."""
    words = " ".join(shlex.quote(name) for name in names)
    flags = f"-qq -y --print-uris {_OPTIONS} -o Acquire::ForceHash=SHA256 --no-install-recommends --no-remove"
    # An empty cache: what lies in apt's own would be taken by name and size, and not be listed here.
    return (
        f"rm -rf {_CACHE} && mkdir -p {_CACHE}/partial && "
        f"{_ENVIRONMENT} timeout 300 apt-get {flags} -o Dir::Cache::archives={_CACHE}/ install {words} </dev/null"
    )


def count_command(names: t.Iterable[str]) -> str:
    """Return the shell command that prints a line for each package that an installation would unpack."""
    words = " ".join(shlex.quote(name) for name in names)
    flags = f"-q -s {_OPTIONS} --no-install-recommends --no-remove"
    return f"{_ENVIRONMENT} timeout 300 apt-get {flags} install {words} </dev/null | grep '^Inst '"


def lock_holder(said: str) -> str | None:
    """Return which process holds the lock that apt could not get, None when that was not its trouble."""
    match = _LOCK.search(said)
    if match:
        name = f" ({one_line(match[3], 40)})" if match[3] else ""
        return f"process {match[2]}{name}, which holds {one_line(match[1], 100)}"
    return "another package manager, which holds a lock" if "Could not get lock" in said else None


def explain(failed: str, said: str, rc: int) -> str:
    """Return why apt failed, as one sentence with the remedy; ``failed`` says what did."""
    errors = [line.removeprefix("E: ") for line in said.splitlines() if line.startswith("E: ")]
    cause = one_line(errors[0] if errors else last_line(said), 300) or f"status {rc}"
    remedy = next((remedy for marks, remedy in _REMEDIES if any(mark in said for mark in marks)), "")
    if not remedy:
        remedy = "it did not end in time; run again" if rc == 124 else "run again with -vvv for all that apt said"
    return f"{failed}: {cause.rstrip('.')}; {remedy}"


def last_line(said: str) -> str:
    """Return the last line that says something."""
    lines = [line for line in said.splitlines() if line.strip()]
    return one_line(lines[-1], 300) if lines else ""


__all__ = (
    "PACKAGES",
    "PROBE",
    "clear_command",
    "count_command",
    "explain",
    "install_command",
    "is_probe",
    "last_line",
    "lock_holder",
    "missing",
    "update_command",
    "uris_command",
)
