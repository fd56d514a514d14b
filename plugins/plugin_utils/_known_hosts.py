# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How host keys are filed, and the ssh options that insist on them. Private to the collection."""

from __future__ import annotations

import shlex


def lookup_name(host: str, port: int | str | None) -> str:
    """Return the name under which OpenSSH files a host's key: the plain host on port 22, else ``[host]:port``."""
    return host if port in (None, "", 22, "22") else f"[{host}]:{port}"


def ssh_options(known_hosts: str) -> str:
    """Return ssh arguments that accept exactly the keys of ``known_hosts``, as one string for ``ssh_common_args``."""
    options = (
        f"UserKnownHostsFile={_quoted(known_hosts)}",
        "GlobalKnownHostsFile=/dev/null",
        "StrictHostKeyChecking=yes",
        "UpdateHostKeys=no",
        "CheckHostIP=no",
    )
    return " ".join(f"-o {shlex.quote(option)}" for option in options)


def _quoted(path: str) -> str:
    # ssh splits this option's value at spaces and expands %: both are legal in a path.
    escaped = path.replace("%", "%%")
    return f'"{escaped}"' if any(char.isspace() for char in escaped) else escaped


__all__ = ("lookup_name", "ssh_options")
