# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's known_hosts file: a node's lines come with it and go with it."""

from __future__ import annotations

import os
from pathlib import Path


def without(text: str, address: str) -> str:
    """The file without the lines of one address."""
    kept = [line for line in text.splitlines() if address not in line.split(" ")[0].split(",")]
    return "".join(line + "\n" for line in kept)


def replace(path: Path, address: str, public_keys: list[str]) -> None:
    """Make the given keys (`type base64` each) the only ones of an address; none forgets it."""
    text = without(path.read_text() if path.exists() else "", address)
    text += "".join(f"{address} {' '.join(key.split()[:2])}\n" for key in public_keys)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_text(text)
    temporary.replace(path)
