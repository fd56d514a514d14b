# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How host keys are filed, and the ssh options that insist on them. Private to the collection."""

from __future__ import annotations

import pathlib
import shlex
import subprocess


def lookup_name(host: str, port: int | str | None) -> str:
    """Return the name under which OpenSSH files a host's key: the plain host on port 22, else ``[host]:port``."""
    return host if port in (None, "", 22, "22") else f"[{host}]:{port}"


def ssh_options(known_hosts: str) -> str:
    """Return ssh arguments that accept exactly the keys of ``known_hosts`` and never hang on a dead connection.

    They are one string, for ``ssh_common_args``.
    """
    options = (
        f"UserKnownHostsFile={_quoted(known_hosts)}",
        "GlobalKnownHostsFile=/dev/null",
        "StrictHostKeyChecking=yes",
        "UpdateHostKeys=no",
        "CheckHostIP=no",
        # A connection whose node is gone, or has moved to another address, ends after half a minute instead of hanging
        # until TCP gives up; the one that Ansible keeps open would hold every later task of the run.
        "ServerAliveInterval=10",
        "ServerAliveCountMax=3",
    )
    return " ".join(f"-o {shlex.quote(option)}" for option in options)


def file_also_under(known_hosts: str, *, old: str, new: str) -> bool:
    """File the host keys of ``old`` under ``new`` as well, and return whether that took a change.

    Only for a node that has proved under ``new`` that it holds one of these keys. Each line goes in by one appending
    write, since runs against several nodes share the file.

    :param old: a name as :func:`lookup_name` returns it.
    :param new: likewise.
    :raises OSError: the file cannot be written.
    """
    keys = _keys_of(known_hosts, old)
    missing = [key for key in keys if key not in _keys_of(known_hosts, new)]
    if missing:
        path = pathlib.Path(known_hosts)
        text = path.read_text(encoding="utf-8", errors="replace")
        start = "" if not text or text.endswith("\n") else "\n"
        with path.open("a", encoding="utf-8") as file:
            file.write(start + "".join(f"{new} {key}\n" for key in missing))
    return bool(missing)


def is_pinned(known_hosts: str, name: str) -> bool:
    """Whether the file says which key is right for a name; one that only says which is wrong does not."""
    return any(not line.startswith("@revoked") for line in _lines_of(known_hosts, name))


def _lines_of(known_hosts: str, name: str) -> list[str]:
    found = subprocess.run(
        ["ssh-keygen", "-F", name, "-f", known_hosts], capture_output=True, text=True, check=False, timeout=30
    )
    return [line for line in found.stdout.splitlines() if line.strip() and not line.startswith("#")]


def _keys_of(known_hosts: str, name: str) -> list[str]:
    lines = (line.split() for line in _lines_of(known_hosts, name) if not line.startswith("@"))
    return [f"{kind} {key}" for _names, kind, key, *_comment in (words for words in lines if len(words) > 2)]


def _quoted(path: str) -> str:
    # ssh splits this option's value at spaces and expands %: both are legal in a path.
    escaped = path.replace("%", "%%")
    return f'"{escaped}"' if any(char.isspace() for char in escaped) else escaped


__all__ = ("file_also_under", "is_pinned", "lookup_name", "ssh_options")
