# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a node is one machine of its own, and knows what time it is (runbook 1.2). Private to the collection."""

from __future__ import annotations

import re
import stat
import typing as t

from ._access_keys import SSHD, read_effective
from ._access_words import NODES, all_of, by, typed, unknown, unreadable, violation
from ._node_view import ViewError
from ._preflight import sync_problems
from ._step_node_preflight import read_clock
from ._systemctl import as_typed
from ._text import one_line

if t.TYPE_CHECKING:
    from ._findings import Finding
    from ._node_view import NodeView
    from ._preflight import Clock

MACHINE_ID = "/etc/machine-id"
_DBUS_ID = "/var/lib/dbus/machine-id"
_ID = re.compile(r"[0-9a-f]{32}")
_HOST_KEYS = tuple(f"/etc/ssh/ssh_host_{kind}_key" for kind in ("rsa", "ecdsa", "ed25519"))
_ENABLE_CLOCK = all_of(as_typed("enable", "systemd-timesyncd"), as_typed("start", "systemd-timesyncd"))
# A machine makes both when it starts for the first time; its clock may be set in between, but only once.
_OLDER_BY = 24 * 3600
_NEW_ID = f"rm -f {MACHINE_ID} {_DBUS_ID} && systemd-machine-id-setup && ln -s {MACHINE_ID} {_DBUS_ID}"
_NEW_KEYS = all_of("rm -f /etc/ssh/ssh_host_*_key*", "ssh-keygen -A", as_typed("stop", "ssh"), as_typed("start", "ssh"))


def judge_machine_id(text: str | None, dbus: str | None, *, is_link: bool, made: float = 0) -> t.Iterator[Finding]:
    """Yield what is wrong with the id by which a machine is told from others.

    :param dbus: text of D-Bus's own copy, None where there is none.
    :param is_link: whether that is a link to the former.
    :param made: when the former was written. A new id keeps that time, by which the host keys are judged.
    """
    own = (text or "").strip()
    if not _ID.fullmatch(own) or own == own[:1] * 32:
        said = f"it says {one_line(own, 40)!r}" if own else "it is empty"
        command = _NEW_ID + (f" && touch --date=@{int(made)} {MACHINE_ID}" if made else "")
        yield violation(NODES, MACHINE_ID, f"{said}, which is no machine's own id", by(command, what="make a new one"))
    elif dbus is not None and not is_link and dbus.strip() != own:
        command = f"ln -sf {MACHINE_ID} {_DBUS_ID}"
        yield violation(NODES, _DBUS_ID, f"it is another id than {MACHINE_ID}", by(command, what="make it the same"))


class HostKey(t.NamedTuple):
    """A private host key; times are seconds since 1970."""

    path: str
    mode: int
    uid: int
    changed: float


def judge_host_keys(keys: t.Sequence[HostKey], missing: t.Sequence[str], first_start: float) -> t.Iterator[Finding]:
    """Yield what is wrong with the keys by which a node proves itself.

    :param missing: those that sshd is configured with and does not have.
    :param first_start: when the machine's own id was made.
    """
    for path in missing:
        evidence = "sshd is to prove itself with it, and it is not there"
        yield violation(NODES, path, evidence, by("ssh-keygen -A", what="make it"))
    for key in keys:
        if key.mode & 0o077 or key.uid:
            evidence = f"others than root may read it: mode {key.mode:04o}, user id {key.uid}"
            command = all_of(typed("chown", "root:root", key.path), typed("chmod", "600", key.path))
            yield violation(
                NODES, key.path, evidence, by(command, what="take that away, and make new keys if in doubt")
            )
    old = [key for key in keys if first_start and key.changed < first_start - _OLDER_BY]
    if old:
        evidence = (
            f"{old[0].path} is older than {MACHINE_ID} by more than a day: it came with the image, for others too"
        )
        remedy = f"{by(_NEW_KEYS, what='have new ones made')} and then run enroll.yml"
        yield violation(NODES, "host keys", evidence, remedy)


def look_at_identity(view: NodeView) -> t.Iterator[Finding]:
    """Judge whether the node can be told from every other machine."""
    is_link = bool(view.target(_DBUS_ID))
    own = view.status(MACHINE_ID)
    made = own.st_mtime if own else 0.0
    yield from judge_machine_id(view.text(MACHINE_ID), view.text(_DBUS_ID), is_link=is_link, made=made)
    if not view.exists(SSHD):
        return
    try:
        wanted = read_effective(view).get("hostkey") or list(_HOST_KEYS)
    except ViewError as exc:
        yield unreadable(NODES, "host keys", exc)
        wanted = list(_HOST_KEYS)
    found = {path: view.status(path) for path in wanted}
    keys = [
        HostKey(path, stat.S_IMODE(status.st_mode), status.st_uid, status.st_mtime)
        for path, status in found.items()
        if status is not None
    ]
    missing = [path for path, status in found.items() if status is None]
    yield from judge_host_keys(keys, missing, made)


def judge_clock(clock: Clock) -> t.Iterator[Finding]:
    """Yield why a clock is not kept, in the words of preflight."""
    for problem in sync_problems(clock, 0.0):
        evidence, dummy, remedy = problem.removeprefix("the clock is not synchronised: ").rpartition("; ")
        is_off = not clock.at_work and clock.load == "loaded" and clock.condition
        yield violation(
            NODES,
            "clock",
            f"it is not synchronised: {evidence}",
            by(_ENABLE_CLOCK, what="start it") if is_off else remedy,
        )


def look_at_clock(view: NodeView) -> t.Iterator[Finding]:
    """Judge whether a time server keeps the clock, where the node itself is to see to that."""
    owner = view.declared.clock_owner or ("" if view.is_container else "node")
    if owner == "host":
        return
    if not owner:
        evidence = "a container's clock is its host's, and nobody declared who keeps it"
        yield unknown(NODES, "clock", evidence, "declare preflight_clock_owner in the inventory, then audit again")
        return
    yield from judge_clock(read_clock())


__all__ = (
    "HostKey",
    "judge_clock",
    "judge_host_keys",
    "judge_machine_id",
    "look_at_clock",
    "look_at_identity",
)
