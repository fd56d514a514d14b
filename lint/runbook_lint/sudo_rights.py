# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of sudoers that give more than the operator's declared right, wherever they are written (runbook 6.5)."""

from __future__ import annotations

import re
import typing as t

_RIGHT: t.Final = re.compile(
    r"^\s*(?P<who>%?#?[A-Za-z_\ufffd][\w.\\@\ufffd-]*)\s+\S+\s*=\s*(?:\([^)]*\)\s*)?(?P<tags>(?:[A-Z_]+:\s*)*)(?P<what>.+)$"
)
_DEFAULTS: t.Final = re.compile(
    r"^\s*Defaults\S*\s+.*(?P<what>!authenticate|!syslog|!logfile|!log_allowed|!env_reset|!use_pty|setenv\b|!secure_path)"
)
_ALIASES: t.Final = ("User_Alias", "Runas_Alias", "Host_Alias", "Cmnd_Alias", "Defaults")
# What Debian's own file says.
_DEBIAN: t.Final = ("root", "%sudo", "%admin", "@includedir", "#includedir")
UNKNOWN: t.Final = "\ufffd"


class Right(t.NamedTuple):
    """A line that gives a right.

    :param who: the account, %group, or the replacement character where a template gives it.
    """

    line: int
    who: str
    what: str


def rights_in(text: str, first_line: int = 1) -> list[Right]:
    """Return the lines by which an account becomes root without a password, or is not logged.

    An account that only a template names is the operator's as the inventory declares it, and is left out.
    """
    found = []
    for number, line in enumerate(text.split("\n"), first_line):
        if line.lstrip().startswith("#"):
            continue
        defaults = _DEFAULTS.match(line)
        if defaults:
            found.append(Right(number, "everybody", f"Defaults {defaults['what']}"))
            continue
        match = _RIGHT.match(line)
        if match is None or match["who"] in (*_ALIASES, *_DEBIAN) or UNKNOWN in match["who"]:
            continue
        commands = match["what"].strip()
        if "NOPASSWD:" in match["tags"].replace(" ", "") or "NOPASSWD" in commands:
            is_all = re.search(r"(?:^|[\s:,])ALL(?:$|[\s,])", commands) is not None
            found.append(Right(number, match["who"], "NOPASSWD: ALL" if is_all else "NOPASSWD"))
    return found


__all__ = ("UNKNOWN", "Right", "rights_in")
