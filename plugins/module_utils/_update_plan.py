# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an update will do to a node, and what it leaves to be done: pure decisions (runbook 6.1). Private."""

from __future__ import annotations

import re
import typing as t

from ._apt_plan import restart_reasons
from ._step import Change, StepError
from ._text import one_line

if t.TYPE_CHECKING:
    from ._apt_plan import Detail, Planned

# What a Pi boots from: a mistake in one of these shows at the next boot only.
_KERNEL = re.compile(r"linux-(?:image|base|binary|modules)-.+|linux-base")
_FIRMWARE = re.compile(r"raspi-firmware|raspi-firmware-.+|rpi-eeprom|firmware-brcm80211")
_INITRAMFS = re.compile(r"initramfs-tools(?:-core|-bin)?|dracut(?:-.+)?|initramfs-tools-.+")
MARGIN_MIB: t.Final = 64
# A kernel of Debian with its initramfs, where the partition holds none to be measured.
_KERNEL_MIB: t.Final = 80
_MIB: t.Final = 2**20
FIRST: t.Final = "systemd itself"
LOGINS: t.Final = "logins"
_MOST: t.Final = 12
_NOT_CONFIRMED: t.Final = "what apt would do now is not what was confirmed, it differs in {}; run again to see it anew"


class Room(t.NamedTuple):
    """Where an update needs room.

    :param free: MiB that are free in ``/``.
    :param firmware: MiB that are free in ``/boot/firmware``, None where nothing is mounted there.
    :param kernel: MiB that a kernel with its initramfs takes there now; 0 where there is none.
    """

    free: int
    firmware: int | None
    kernel: int


class Pending(t.NamedTuple):
    """What is not in effect yet on a node, or will not be after an update.

    :param services: declared services that run on replaced files.
    :param others: what else does: services that nobody declares, systemd itself, logins.
    :param reasons: why the node needs a reboot.
    """

    services: tuple[str, ...]
    others: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Half a sentence for each thing that is left to be done, "" where nothing is."""
        said = []
        if self.services:
            said.append(f"{named(self.services)} still run the old code, until -e restart_services=yes")
        if self.reasons:
            said.append(f"a reboot is due, with -e reboot=yes: {'; '.join(self.reasons)}")
        return ". Pending: " + "; ".join(said) if said else ""


def kind_of(package: str) -> str:
    """Return "kernel", "firmware" or "initramfs" for what a node boots from, "" for all else."""
    name = package.partition(":")[0]
    kinds = {"kernel": _KERNEL, "firmware": _FIRMWARE, "initramfs": _INITRAMFS}
    return next((kind for kind, pattern in kinds.items() if pattern.fullmatch(name)), "")


def is_security(detail: Detail) -> bool:
    """Whether Debian's security archive offers this version."""
    return any(offer.kind == "official" and offer.codename.endswith("-security") for offer in detail.offers)


def described(detail: Detail) -> dict[str, t.Any]:
    """Return what the operator is shown of a planned package."""
    codenames = {offer.codename for offer in detail.offers if offer.kind != "foreign"}
    return {
        "name": detail.planned.name,
        "before": detail.planned.before,
        "after": detail.planned.after,
        "archives": sorted(one_line(codename, 60) for codename in codenames),
        "security": is_security(detail),
        "size": detail.size,
        "growth": detail.growth,
        "kind": kind_of(detail.planned.name),
    }


def require_room(details: t.Sequence[Detail], room: Room) -> None:
    """Refuse an update for which there is no room, before it leaves a node half-way.

    :raises StepError: naming need and room.
    """
    need = sum(detail.size + max(detail.growth, 0) for detail in details) // _MIB + MARGIN_MIB
    if details and need > room.free:
        raise StepError(
            f"/ is too full: the update needs about {need} MiB with a margin, {room.free} MiB are free; make room on "
            "the node, then run again"
        )
    boot = [detail.planned.name for detail in details if kind_of(detail.planned.name)]
    if not any(kind_of(name) in ("kernel", "firmware") for name in boot):
        return
    if room.firmware is None:
        # Debian's hook fails without it, and leaves dpkg half-way. What boots by other means has no such partition.
        if any(kind_of(name) == "firmware" for name in boot):
            raise StepError(
                f"/boot/firmware is not mounted, and {named(boot)} would be written there; mount it on the node "
                "(look at /etc/fstab), then run again"
            )
        return
    need = (room.kernel or _KERNEL_MIB) + MARGIN_MIB // 4
    if need > room.firmware:
        raise StepError(
            f"/boot/firmware is too full: {named(boot)} needs about {need} MiB there, {room.firmware} MiB are free; "
            "remove a kernel that does not run ('apt-get purge linux-image-...'), then run again"
        )


def unfinished_change(names: t.Sequence[str]) -> Change:
    """Return the step that ends what an interrupted dpkg left.

    :param names: each package, with dpkg's word for how it is.
    """
    what = named(names) if names else "its journal"
    return Change("dpkg", f"finish what was interrupted: {what}", "unfinished\n", "configured\n")


def restart_change(service: str) -> Change:
    """Return the stop and start of a service that runs on replaced files."""
    return Change(service, "stop and start", "runs the old code\n", "runs what is installed\n")


def reboot_change(reasons: t.Sequence[str]) -> Change:
    """Return the reboot, with why."""
    return Change("the node", "reboot", "".join(f"{reason}\n" for reason in reasons), "")


def as_confirmed(plan: t.Iterable[Planned]) -> list[str]:
    """Return a plan in the form in which the operator's word travels: one word for each package."""
    return sorted(f"{item.name}={item.after}" for item in plan)


def require_confirmed_too(plan: t.Iterable[Planned], confirmed: t.Collection[str]) -> list[str]:
    """Return what of the confirmed words is left once a part of the plan is carried out.

    :raises StepError: the part holds what nobody was shown.
    """
    now = as_confirmed(plan)
    other = sorted(set(now) - set(confirmed))
    if other:
        raise StepError(_NOT_CONFIRMED.format(named(other)))
    return sorted(set(confirmed) - set(now))


def require_confirmed(plan: t.Iterable[Planned], confirmed: t.Collection[str]) -> None:
    """Refuse what nobody was shown.

    :raises StepError: the archive offers something else by now.
    """
    now = as_confirmed(plan)
    if now != sorted(confirmed):
        other = sorted(set(now) ^ set(confirmed))
        raise StepError(_NOT_CONFIRMED.format(named(other)))


def why_reboot(
    *, running: str, installed: t.Sequence[str], requested: bool, upgraded: t.Collection[str], others: t.Sequence[str]
) -> tuple[str, ...]:
    """Return why a node needs a reboot, after what was or will be upgraded in this boot.

    :param others: what runs on replaced files and is no declared service.
    """
    reasons = restart_reasons(running=running, installed=installed, requested=requested, upgraded=upgraded)
    kernels = [name for name in sorted(upgraded) if kind_of(name) == "kernel"]
    if kernels and not any(reason.startswith("kernel ") for reason in reasons):
        reasons.append(f"{named(kernels)} takes effect at a boot")
    firmware = [name for name in sorted(upgraded) if kind_of(name) == "firmware"]
    if firmware:
        reasons.append(f"{named(firmware)} takes effect at a boot")
    left = [one for one in others if one != LOGINS]
    if left:
        reasons.append(f"{named(left)} still run the old code")
    return tuple(reasons)


def named(names: t.Sequence[str]) -> str:
    """Return names as part of a sentence, not more than a reader takes in."""
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"{', '.join(one_line(name, 80) for name in names[:_MOST])}{more}"


__all__ = (
    "FIRST",
    "LOGINS",
    "MARGIN_MIB",
    "Pending",
    "Room",
    "as_confirmed",
    "described",
    "is_security",
    "kind_of",
    "named",
    "reboot_change",
    "require_confirmed",
    "require_confirmed_too",
    "require_room",
    "restart_change",
    "unfinished_change",
    "why_reboot",
)
