# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an update finds on a node that is not in effect yet (runbook 6.1). Private to the collection."""

from __future__ import annotations

import os
import re
import typing as t

from . import _dpkg
from ._files import read_text
from ._initial_update import boot_id, read_record
from ._step import StepError
from ._update_health import upgraded_in
from ._update_left import TO_CONFIGURE
from ._update_plan import Pending, why_reboot
from ._update_uses import files_of, on_files_of, on_replaced, read_uses

if t.TYPE_CHECKING:
    from ._apt_plan import Planned
    from ._apt_root import Root

_BOOT: t.Final = "/boot"
_REQUESTED: t.Final = "/run/reboot-required"
_STATUS = re.compile(rf"(?m)^Status: (\S+) \S+ (?:{'|'.join(TO_CONFIGURE)})$")


def pretend_configured(root: Root) -> None:
    """Have a private place take for whole what a real run configures before it plans."""
    status = read_text(root.status, limit=_dpkg.STATUS_LIMIT) or ""
    with open(root.status, "w", encoding="utf-8") as file:
        file.write(_STATUS.sub(r"Status: \1 ok installed", status))


def pending_now(declared: t.Collection[str]) -> Pending:
    """Return what of earlier upgrades is not in effect yet.

    :param declared: the services that the inventory declares.
    """
    return _pending(declared, on_replaced(read_uses()), _upgraded())


def pending_then(declared: t.Collection[str], plan: t.Sequence[Planned]) -> Pending:
    """Return what will not be in effect once a plan is carried out: what runs on the files of its packages."""
    uses = read_uses()
    upgraded = [item.name for item in plan if item.before]
    users = {*on_replaced(uses), *on_files_of(uses, files_of(upgraded))}
    return _pending(declared, sorted(users), _upgraded() | {item.name for item in plan})


def _pending(declared: t.Collection[str], users: t.Sequence[str], upgraded: t.Collection[str]) -> Pending:
    others = tuple(one for one in users if one not in declared)
    reasons = why_reboot(
        running=os.uname().release,
        installed=_kernels(),
        requested=os.path.exists(_REQUESTED),
        upgraded=upgraded,
        others=others,
    )
    return Pending(tuple(one for one in users if one in declared), others, reasons)


def _upgraded() -> set[str]:
    """Return what was upgraded since the node booted, by an update or by the initial one."""
    boot = boot_id()
    try:
        initial = read_record()
    except StepError:
        # It is damaged; provision.yml says so.
        initial = None
    return upgraded_in(boot) | set(initial.upgraded_since_boot(boot) if initial else ())


def _kernels() -> list[str]:
    try:
        return [name.removeprefix("vmlinuz-") for name in os.listdir(_BOOT) if name.startswith("vmlinuz-")]
    except FileNotFoundError:
        return []


__all__ = ("boot_id", "pending_now", "pending_then", "pretend_configured")
