# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder that a run writes its reports to. Private to the collection.

It is named after the second in which the run began. Two runs can begin in one second, as on two terminals or in jobs of
a CI, and a clock can be set back: then the later one has a number as well, and no report takes the place of another.
"""

from __future__ import annotations

import re
import typing as t

if t.TYPE_CHECKING:
    import datetime as dt
    import pathlib

# Whatever writes that many reports in one second is no operator.
_MOST = 1000
_NAME = re.compile(r"(\d{8}T\d{6}Z)(?:-([1-9]\d{0,3}))?")


class RunFolder:
    """Makes the folder of one run, once in each place."""

    def __init__(self, started: dt.datetime) -> None:
        self._stamp = started.strftime("%Y%m%dT%H%M%SZ")
        self._made: dict[pathlib.Path, pathlib.Path] = {}

    def __call__(self, reports: pathlib.Path) -> pathlib.Path:
        """Return this run's folder in the folder of all reports; the first call makes it.

        :raises OSError: it cannot be made.
        """
        place = reports.expanduser()
        if place not in self._made:
            self._made[place] = self._make(place)
        return self._made[place]

    def _make(self, reports: pathlib.Path) -> pathlib.Path:
        reports.mkdir(parents=True, exist_ok=True)
        for number in range(1, _MOST):
            folder = reports / (self._stamp if number == 1 else f"{self._stamp}-{number}")
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            return folder
        raise FileExistsError(f"{_MOST - 1} runs have begun in that second")


def order_of(name: str) -> tuple[str, int] | None:
    """Return what sorts the names of such folders by time, None for any other name."""
    found = _NAME.fullmatch(name)
    return (found[1], int(found[2] or 1)) if found else None


__all__ = ("RunFolder", "order_of")
