# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of a node's answer the controller takes in. Private to the collection.

Ansible keeps all that a node prints in memory until the node ends. A node that never ends would take the controller's
memory, and with it the other nodes' run. Each task of a node runs in a process of its own, whose memory can be bounded.
"""

from __future__ import annotations

import contextlib
import pathlib
import resource
import typing as t

# An audit's answer has some hundred kilobytes; Ansible holds several copies of it.
MOST_BYTES: t.Final = 1024 * 1024 * 1024
_PAGE: t.Final = resource.getpagesize()


class TooMuchError(Exception):
    """The node answered more than can be an answer. The message is one sentence with the remedy."""


@contextlib.contextmanager
def bounded_answer(node: str, most: int = MOST_BYTES) -> t.Iterator[None]:
    """Bound what this process may take in, in bytes beyond what it has.

    :raises TooMuchError: the bound was met.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    bound = _taken() + most
    if soft != resource.RLIM_INFINITY:
        bound = min(bound, soft)
    if hard != resource.RLIM_INFINITY:
        bound = min(bound, hard)
    resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
    try:
        yield
    except MemoryError as exc:
        raise TooMuchError(
            f"{node} answered more than {most >> 20} MiB, which no audit does; look at the node's console, and "
            "re-image it where it cannot be trusted (5)"
        ) from exc
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _taken() -> int:
    """Return the bytes of address space that this process has; 0 where the system does not say (macOS bounds none)."""
    try:
        return int(pathlib.Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * _PAGE
    except (OSError, ValueError):
        return 0


__all__ = ("MOST_BYTES", "TooMuchError", "bounded_answer")
