# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's record of what apt did there. Private to the collection."""

from __future__ import annotations

import json
import os
import time
import typing as t

from ._files import sync_folder

RECORDS = "/var/lib/ai-systems-runbook"
TRANSACTIONS = f"{RECORDS}/transactions.jsonl"


def append_record(content: dict[str, t.Any]) -> None:
    """Add a line to the node's record of transactions, safe from a power cut."""
    os.makedirs(RECORDS, mode=0o755, exist_ok=True)
    line = json.dumps({"time": utc_now(), **content}, sort_keys=True) + "\n"
    descriptor = os.open(TRANSACTIONS, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(RECORDS)


def utc_now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


__all__ = ("RECORDS", "TRANSACTIONS", "append_record", "utc_now")
