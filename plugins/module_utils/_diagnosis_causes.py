# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The causes of a failure that diagnostics tell apart, and what the runbook does about each (5). Private.

The table is ordered: where several faults are seen at once, the one that stands first explains the others. A card that
fails fills no disk, but makes file systems read-only and services fail.
"""

from __future__ import annotations

import typing as t

Component = t.Literal["hardware", "OS", "application"]
COMPONENTS: t.Final[tuple[Component, ...]] = t.get_args(Component)


class NextStep(t.NamedTuple):
    """A step of the runbook's section 5.

    :param clause: as ``5.3``.
    :param name: in few words, as a table has it.
    :param words: what the operator does, one sentence or two.
    """

    clause: str
    name: str
    words: str


class Cause(t.NamedTuple):
    """One kind of fault.

    :param what: what fails, for the sentence "hardware: ...".
    """

    component: Component
    what: str
    step: NextStep


_POWER: t.Final = NextStep(
    "5.4",
    "replace power, else decommission",
    "Replace the power supply and its cable by the 27 W ones of the Raspberry Pi 5 and take USB devices off. If it "
    "comes back, decommission the node (5.4).",
)
_COOL: t.Final = NextStep(
    "5.4",
    "cool, else decommission",
    "Clean and refit the cooler and its fan. If it comes back, decommission the node (5.4).",
)
_CARD: t.Final = NextStep(
    "5.3",
    "new card, re-image",
    "Flash a new card or disk and re-image the node on it: enroll.yml with -e replace=true -e replace_baseline=true, "
    "then provision.yml. If it comes back, decommission the node (5.4).",
)
_CABLE: t.Final = NextStep(
    "5.4",
    "cable and switch, else decommission",
    "Replace the cable and try another port of the switch. If it comes back, decommission the node (5.4).",
)
_BOARD: t.Final = NextStep(
    "5.3",
    "re-image, else decommission",
    "Re-image the node. If it comes back on a fresh image, the board is what fails: decommission the node (5.4).",
)
_IMAGE: t.Final = NextStep(
    "5.3",
    "rollback: re-image",
    "Re-image the node: flash its card anew, run enroll.yml with -e replace=true -e replace_baseline=true, then "
    "provision.yml.",
)
_REVERT: t.Final = NextStep(
    "5.3",
    "rollback: git revert",
    "If it came with a commit, revert that commit in the repository (git revert) and deploy it with services.yml.",
)
_ISOLATE: t.Final = NextStep(
    "5.2",
    "isolate, then re-image",
    "Isolate the node (5.2): isolate.yml, or pull its cable. Then re-image it (5.3): what runs on it is not known.",
)

CAUSES: t.Final[t.Mapping[str, Cause]] = {
    "foreign": Cause("OS", "programs were changed past the package manager", _ISOLATE),
    "power": Cause("hardware", "the power supply", _POWER),
    "heat": Cause("hardware", "the cooling", _COOL),
    "storage": Cause("hardware", "the card or disk", _CARD),
    "cable": Cause("hardware", "the network link", _CABLE),
    "board": Cause("hardware", "the board", _BOARD),
    "kernel": Cause("OS", "the kernel", _BOARD),
    "filesystem": Cause("OS", "a file system", _IMAGE),
    "space": Cause("OS", "a full file system", _IMAGE),
    "boot": Cause("OS", "what the node boots from", _IMAGE),
    "packages": Cause("OS", "the package database", _IMAGE),
    "manager": Cause("OS", "systemd", _IMAGE),
    "clock": Cause("OS", "the clock", _IMAGE),
    "network": Cause("OS", "the network's configuration", _IMAGE),
    "journal": Cause("OS", "the journal", _IMAGE),
    "memory": Cause("application", "a program takes more memory than there is", _REVERT),
    "system-unit": Cause("OS", "a unit of Debian's", _IMAGE),
    "service": Cause("application", "a service of ours", _REVERT),
    "load": Cause("application", "programs keep the disk busier than it can be", _REVERT),
}
NOTHING: t.Final = NextStep(
    "5.1",
    "keep looking",
    "Nothing has to be rolled back. Look at what is unknown by hand, and diagnose again while the failure is seen.",
)
UNDECIDED: t.Final = NextStep(
    "5.1",
    "look by hand",
    "Look at the node's console, lights, power and card by hand (5.1). What nobody can explain is re-imaged (5.3).",
)
SILENT: t.Final = NextStep(
    "5.1",
    "go to the node",
    "Go to the node: look at its lights, power, cable and console. If it may be a risk, pull its cable first (5.2); if "
    "it does not start any more, re-image it (5.3).",
)

__all__ = ("CAUSES", "COMPONENTS", "NOTHING", "SILENT", "UNDECIDED", "Cause", "Component", "NextStep")
