# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether systemd itself takes the unit files (runbook 4.3): the seam to systemd-analyze. Private to the collection."""

from __future__ import annotations

import os
import shutil
import tempfile
import typing as t

from ._command import Command
from ._detached import FOLDER, make_folder
from ._text import one_line
from ._unit_order import Order, UnitOrder

_SECONDS = 120
_MOST_LINES = 20


def verify(order: Order, units: t.Sequence[UnitOrder]) -> list[str]:
    """Return what systemd would say of these units on this node: one line for each problem.

    They are read from a copy, with the other declared units beside them, so that a dry run can ask before the checkout
    has them. In one, commands in the checkout are not complained of: steps before may be what brings them.
    """
    if not units:
        return []
    make_folder()
    folder = tempfile.mkdtemp(prefix="units-", dir=FOLDER)
    try:
        for one in order.units:
            if one.unit is not None:
                _copy(order, one, folder)
        paths = [f"{folder}/{name}" for one in units for name in _asked(one)]
        # An empty part at the end stands for systemd's own folders.
        command = Command("systemd-analyze", environ={"SYSTEMD_UNIT_PATH": f"{folder}:", "SYSTEMD_COLORS": "0"})
        done = command.run(["verify", "--man=no", "--recursive-errors=no", "--", *paths], check=False, timeout=_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if done.rc == 0:
        return []
    said = [one_line(line, 300).replace(f"{folder}/", "") for line in done.err.splitlines() if line.strip()]
    if not said:
        return [f"it ended with status {done.rc} and said nothing; run it on the node"]
    if order.dry_run:
        said = [line for line in said if f"Command {order.checkout}/" not in line]
        if all("failed with error" in line or "has a bad unit file setting" in line for line in said):
            said = []
    return said[:_MOST_LINES]


def _copy(order: Order, one: UnitOrder, folder: str) -> None:
    _write(f"{folder}/{one.name}", order.files[one.src])
    for path in one.drop_ins:
        os.makedirs(f"{folder}/{one.name}.d", exist_ok=True)
        _write(f"{folder}/{one.name}.d/{path.rpartition('/')[2]}", order.files[path])


def _write(path: str, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)


def _asked(one: UnitOrder) -> tuple[str, ...]:
    """Return the names to verify: a template can only be read as one of its instances."""
    return one.running_names or (one.name.replace("@.", "@verify."),)


__all__ = ("verify",)
