# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node must be before it is touched (runbook 1, 2.2): pure decisions. Private to the collection.

Nothing here is mended: each thing that is not as it must be becomes one sentence with its value and the remedy, and
all of them are told together, so that an operator at a far-off machine walks there once.
"""

from __future__ import annotations

import re
import shlex
import typing as t

from ._raspberry_pi import Board, is_model
from ._text import one_line

RELEASE = "13"
CODENAME = "trixie"
_MIB = 1024 * 1024
# dpkg's words for a package that is whole, one way or the other; a hold is the operator's choice and no defect.
_CLEAN_STATES = frozenset(("installed", "config-files", "not-installed"))
_SHOWN = 5
_AT_WORK = ("active", "activating", "reloading")
_ASSIGNMENT = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")
_TREES = {"C1": "bcm2712-rpi-5-b.dtb", "D0": "bcm2712-d-rpi-5-b.dtb"}


class Machine(t.NamedTuple):
    """What the node says it is.

    :param model: the device tree's model, "" where there is no device tree or none is wanted.
    :param board: the decoded revision code, None where there is none.
    :param tree_stepping: the stepping that the loaded device tree was written for, "" where unknown.
    """

    model: str = ""
    board: Board | None = None
    tree_stepping: str = ""


class Space(t.NamedTuple):
    """What an ordinary user may still take of a file system: bytes and inodes, the latter None where it counts none."""

    path: str
    free_bytes: int
    free_inodes: int | None


class Clock(t.NamedTuple):
    """How the node keeps time.

    :param synchronised: whether the clock was set by a time server.
    :param load: systemd's LoadState of systemd-timesyncd, such as loaded or not-found.
    :param active: its ActiveState, such as active, activating, inactive.
    :param condition: whether its start condition held; containers fail it, since the clock is their host's.
    :param other_service: another time service that is active, such as chrony.service; "" for none.
    """

    synchronised: bool
    load: str = "not-found"
    active: str = "inactive"
    condition: bool = True
    other_service: str = ""

    @property
    def at_work(self) -> bool:
        """Whether waiting can help: something is trying to set the clock."""
        return bool(self.other_service) or (self.load == "loaded" and self.active in _AT_WORK)


class Dpkg(t.NamedTuple):
    """The package database.

    :param broken: packages that are neither whole nor absent, with dpkg's word for their state.
    :param unfinished: how many parts of an interrupted run lie in /var/lib/dpkg/updates.
    :param audit: what ``dpkg --audit`` says.
    :param locked_by: the process that holds dpkg's lock, as "1234 (apt-get)"; "" for none.
    """

    broken: tuple[tuple[str, str], ...] = ()
    unfinished: int = 0
    audit: str = ""
    locked_by: str = ""


def os_release(text: str) -> dict[str, str]:
    """Parse /etc/os-release; lines that are no assignment are left out."""
    values = {}
    for line in text.splitlines():
        match = _ASSIGNMENT.fullmatch(line.strip())
        if match is None:
            continue
        try:
            words = shlex.split(match[2])
        except ValueError:
            words = [match[2]]
        values[match[1]] = words[0] if words else ""
    return values


def broken_packages(status: str) -> tuple[tuple[str, str], ...]:
    """Return what /var/lib/dpkg/status lists as neither whole nor absent, each with dpkg's word for its state."""
    broken = []
    package = ""
    for line in status.splitlines():
        if line.startswith("Package: "):
            package = line.removeprefix("Package: ").strip()
        elif line.startswith("Status: "):
            words = line.removeprefix("Status: ").split()
            flag, state = (words[1], words[2]) if len(words) == 3 else ("ok", "unreadable")
            if flag != "ok":
                broken.append((package, flag))
            elif state not in _CLEAN_STATES:
                broken.append((package, state))
    return tuple(broken)


def read_only_reason(mountinfo: str, path: str) -> str:
    """Return how ``path`` is mounted read-only, "" when it is writable, from the text of /proc/self/mountinfo.

    The last line for a path is the mount that is seen there. Its own options come before the dash, those of the file
    system after it: after an error the kernel makes the latter read-only.
    """
    reason = ""
    for line in mountinfo.splitlines():
        mount, dash, filesystem = line.partition(" - ")
        fields, last = mount.split(), filesystem.split()
        if not dash or len(fields) < 6 or len(last) < 3 or fields[4] != path:
            continue
        reason = ""
        if "ro" in fields[5].split(","):
            reason = f"it is mounted read-only ({fields[5]})"
        elif "ro" in last[2].split(","):
            reason = f"its file system is read-only ({last[2]})"
    return reason


def system_problems(release: t.Mapping[str, str], architecture: str, wanted_architecture: str) -> list[str]:
    """Judge distribution, release and architecture."""
    problems = []
    name, version, codename = (release.get(key, "") for key in ("ID", "VERSION_ID", "VERSION_CODENAME"))
    if (name, version, codename) != ("debian", RELEASE, CODENAME):
        found = one_line(release.get("PRETTY_NAME") or f"{name} {version} {codename}".strip() or "no os-release", 80)
        problems.append(f"the node runs '{found}', not Debian {RELEASE} ({CODENAME}); flash an image of that (2.1)")
    if architecture != wanted_architecture:
        problems.append(
            f"dpkg's architecture is '{one_line(architecture, 40)}', not {wanted_architecture!r}; flash an image for "
            f"{wanted_architecture} (2.1), or set preflight_architecture if this node is meant to differ"
        )
    return problems


def machine_problems(machine: Machine, wanted_model: str) -> list[str]:
    """Judge the board; ``wanted_model`` "" means that no board is expected."""
    if not wanted_model or is_model(machine.model, wanted_model):
        return []
    found = f"the device tree says '{machine.model}'" if machine.model else "it has no device tree"
    return [
        (
            f"the node is not a {wanted_model}: {found}; check that this name stands for this machine, or set "
            "preflight_model if it is meant to differ"
        )
    ]


def machine_warning(machine: Machine) -> str:
    """Return what is odd about a board that works all the same, "" when nothing is."""
    if machine.board is None or "" in (machine.board.stepping, machine.tree_stepping):
        return ""
    if machine.board.stepping == machine.tree_stepping:
        return ""
    return (
        f"the board is of stepping {machine.board.stepping} by its revision code {machine.board.code}, but was booted "
        f"with the device tree for {machine.tree_stepping}; write device_tree={_TREES[machine.board.stepping]} into "
        "config.txt for the next boot, and into /etc/default/raspi-firmware-custom before any update, since Debian "
        "writes config.txt anew with each kernel"
    )


def machine_sentence(machine: Machine) -> str:
    """Describe the board in a few words for the table."""
    if machine.board is None:
        return machine.model or "no Raspberry Pi"
    board = machine.board
    words = [f"revision code {board.code}", f"{board.memory_mib} MiB"]
    if board.stepping:
        words.insert(0, f"stepping {board.stepping}")
    return f"{machine.model or board.model or 'unnamed board'} ({', '.join(words)})"


def space_problems(spaces: t.Iterable[Space], free_mib: t.Mapping[str, int], inodes_free: int) -> list[str]:
    """Judge free space; ``free_mib`` says what each path needs."""
    problems = []
    for space in spaces:
        free, wanted = space.free_bytes // _MIB, free_mib[space.path]
        if free < wanted:
            problems.append(f"{space.path} has {free} MiB free, less than {wanted}; remove files or take a larger card")
        if space.free_inodes is not None and space.free_inodes < inodes_free:
            problems.append(
                f"{space.path} has {space.free_inodes} inodes free, less than {inodes_free}; remove files or make the "
                "file system anew with more inodes"
            )
    return problems


def dpkg_problems(dpkg: Dpkg) -> list[str]:
    """Judge the package database: an interrupted run must be finished by the operator, who may know why it stopped."""
    if not (dpkg.broken or dpkg.unfinished or dpkg.audit):
        return []
    if dpkg.locked_by:
        return [f"another package manager is at work, process {dpkg.locked_by}; run again once it has ended"]
    if dpkg.broken:
        names = [f"{one_line(name, 80)} ({one_line(state, 40)})" for name, state in dpkg.broken]
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        found = f"dpkg has unfinished packages: {', '.join(names[:_SHOWN])}{more}"
    elif dpkg.unfinished:
        found = f"dpkg was interrupted: {dpkg.unfinished} parts of a run lie in /var/lib/dpkg/updates"
    else:
        found = f"dpkg --audit complains: {one_line(dpkg.audit, 200)}"
    remedy = "have 'ansible-playbook playbooks/update.yml' finish it on this node"
    return [f"{found}; {remedy}, or run 'dpkg --configure -a' there and look at what it says"]


def sync_problems(clock: Clock, waited: float) -> list[str]:
    """Judge whether a time server has set the clock; ``waited`` is how many seconds it was given for that."""
    if clock.synchronised:
        return []
    if clock.other_service:
        cause = f"{clock.other_service} runs but has reached no time server within {waited:.0f} s"
        remedy = "check that it names servers which the node can reach"
    elif clock.load != "loaded":
        cause = f"systemd-timesyncd is not installed (unit {clock.load}) and no other time service runs"
        remedy = "take an image that holds systemd-timesyncd, since a Pi has no battery clock"
    elif not clock.condition:
        cause = "systemd-timesyncd does not start here, its start condition fails as in a container"
        remedy = "set preflight_clock_owner to host where the machine's host keeps its clock"
    elif clock.active not in _AT_WORK:
        cause = f"systemd-timesyncd is {clock.active}"
        remedy = "run 'systemctl enable systemd-timesyncd' and 'systemctl start systemd-timesyncd' on the node"
    else:
        cause = f"systemd-timesyncd has reached no time server within {waited:.0f} s"
        remedy = "check the node's network and its time servers ('timedatectl timesync-status')"
    return [f"the clock is not synchronised: {cause}; {remedy}"]


def offset_problems(earliest: float, latest: float, tolerance: float) -> list[str]:
    """Judge the node's clock against the controller's.

    What a transfer takes is known only in sum, so that the offset in seconds is known to lie between ``earliest`` and
    ``latest``; the clock is called wrong when all of that is.
    """
    if earliest <= tolerance and latest >= -tolerance:
        return []
    off, word = (earliest, "ahead of") if earliest > tolerance else (-latest, "behind")
    return [
        (
            f"the node's clock is {_seconds(off)} {word} the controller's, more than {tolerance:g} s; "
            "look at 'timedatectl' on both, one of them is wrong"
        )
    ]


def _seconds(amount: float) -> str:
    days, rest = divmod(int(amount), 86_400)
    return f"{days} days {rest // 3600} h" if days else f"{amount:.1f} s"


def sentence(problems: t.Sequence[str]) -> str:
    """Join all problems to the message of a failed step, each on its own line where there are several."""
    if len(problems) == 1:
        return problems[0][0].upper() + problems[0][1:]
    return f"{len(problems)} things are not as they must be:\n" + "\n".join(f"- {problem}" for problem in problems)


__all__ = (
    "Clock",
    "Dpkg",
    "Machine",
    "Space",
    "broken_packages",
    "dpkg_problems",
    "machine_problems",
    "machine_sentence",
    "machine_warning",
    "offset_problems",
    "os_release",
    "read_only_reason",
    "sentence",
    "space_problems",
    "sync_problems",
    "system_problems",
)
