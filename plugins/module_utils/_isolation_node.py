# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a node is isolated, and what nft does about it (runbook 5, Isolate). Private to the collection."""

from __future__ import annotations

import os
import typing as t

from ._command import Command, CommandError
from ._files import metadata, read_bounded, read_text
from ._isolation import CONFIGURATION, FILE, PULL, SERVICE, TABLE, IsolationState
from ._step import StepError
from ._systemctl import Systemctl
from ._text import one_line

NFT: t.Final = "/usr/sbin/nft"
ABSENT: t.Final = "No such file or directory"
_SECONDS = 20.0


def is_emulated() -> bool:
    """Whether this runs under QEMU's user emulation, where nobody can ask the kernel for its packet filter."""
    try:
        # Of its own process QEMU answers what the program would see without it.
        return "qemu" in os.path.basename(os.readlink("/proc/1/exe"))
    except OSError:
        return False


def require_nftables() -> None:
    """Refuse a node that cannot filter what it receives.

    :raises StepError: nftables, or the service that loads its rules at boot, is not there.
    """
    if not os.path.exists(NFT):
        raise StepError(
            f"nftables is not installed on the node, and nothing is installed in the middle of an incident: {PULL}. "
            "provision.yml installs it with the essential packages (2.6)"
        )
    systemctl = Systemctl()
    status = systemctl.show([SERVICE])[SERVICE]
    if status.load_state != "loaded":
        raise StepError(
            f"{SERVICE} is {one_line(status.load_state, 40)} on the node, so a boot would open it: {PULL}. Give the "
            "node Debian's own unit back before it is isolated by nftables"
        )
    if CONFIGURATION not in systemctl.command_of(SERVICE).argv:
        raise StepError(
            f"{SERVICE} does not load {CONFIGURATION} on the node, so a boot would open it: {PULL}. Give the node "
            "Debian's own unit back before it is isolated by nftables"
        )


def read_state() -> IsolationState:
    """Read what is isolated of this node.

    :raises CommandError: nft or systemd does not answer.
    """
    status = Systemctl().show([SERVICE])[SERVICE]
    return IsolationState(
        file=read_text(FILE),
        configuration=_configuration(),
        enabled=status.unit_file_state == "enabled",
        live=live_tables(),
        mode=held.mode if (held := metadata(CONFIGURATION)) else IsolationState._field_defaults["mode"],
    )


def _configuration() -> str | None:
    held = metadata(CONFIGURATION)
    if held and held.kind != "file":
        raise StepError(
            f"{CONFIGURATION} is a {held.kind} on the node, so what {SERVICE} loads may be anywhere: {PULL}. Put a "
            "plain file there before the node is isolated by nftables"
        )
    content = read_bounded(CONFIGURATION)
    return None if content is None else content.decode("utf-8", "surrogateescape")


def live_tables() -> str | None:
    """Return our tables as nft lists them, "" where there are none, None where nobody can tell.

    :raises CommandError: nft does not answer.
    """
    if is_emulated():
        return None
    if not os.path.exists(NFT):
        return ""
    return "".join(_listed(family) for family in ("inet", "bridge"))


def _listed(family: str) -> str:
    done = Command(NFT).run(["list", "table", family, TABLE], timeout=_SECONDS, check=False)
    if done.rc == 0:
        return done.out
    if ABSENT in done.err:
        return ""
    said = one_line(done.err or done.out, 200) or "it said nothing"
    raise CommandError(
        f"nft does not say what the node filters ({said}): {PULL}; then look at the node's console",
        argv=done.argv,
        rc=done.rc,
        out=done.out,
        err=done.err,
    )


def load(commands: str) -> None:
    """Have nft carry out ``commands`` as one transaction.

    :raises CommandError: it refused, and nothing was changed.
    """
    Command(NFT).run(["-f", "-"], stdin=commands, timeout=_SECONDS)


def why_not_loaded(configuration: str) -> str:
    """Return why nft would not take a whole configuration, "" when it would; nothing is changed.

    :param configuration: what nftables.service would load, with every include resolved by nft itself.
    """
    done = Command(NFT).run(["-c", "-f", "-"], stdin=configuration, timeout=_SECONDS, check=False, exact=True)
    return "" if done.rc == 0 else one_line(done.err or done.out, 300) or f"status {done.rc}"


__all__ = (
    "ABSENT",
    "NFT",
    "is_emulated",
    "live_tables",
    "load",
    "read_state",
    "require_nftables",
    "why_not_loaded",
)
