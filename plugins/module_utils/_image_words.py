# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes and times as people write them: pure. Private to the collection."""

from __future__ import annotations

import typing as t

_SOON: t.Final = 1.0
_UNITS: t.Final = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def size_words(count: int) -> str:
    """Return a number of bytes in the units that are printed on cards, where a GB is 10^9."""
    for unit, name in _UNITS:
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} bytes"


def time_words(seconds: float) -> str:
    """Return a time as a person says it, without a false precision."""
    whole = max(int(seconds + 0.5), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def progress_words(what: str, done: int, total: int, seconds: float) -> str:
    """Return how far a work is, how fast it goes and how long it will still take.

    :param what: what is done, as ``writing``.
    :param done: bytes until now.
    :param total: bytes in all.
    :param seconds: how long it has taken until now.
    """
    if not done:
        return f"{what}: {size_words(total)}"
    share = min(100 * done // total, 100) if total else 100
    words = f"{what}: {size_words(done)} of {size_words(total)} ({share} %)"
    # Of the first moment no speed can be told.
    if seconds >= _SOON and (speed := done / seconds) >= 1:
        words += f", {size_words(int(speed))}/s, {time_words((total - done) / speed)} left"
    return words


__all__ = ("progress_words", "size_words", "time_words")
