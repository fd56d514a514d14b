"""Somebody else at work with dpkg, for as long as a test wants it."""

from __future__ import annotations

import contextlib
import typing as t

from tests.nodes.harness import Node

_HOLD = """
setsid python3 -c "import fcntl, time; f = open('/var/lib/dpkg/lock-frontend', 'w'); fcntl.lockf(f, 2)
open('/run/held', 'w').close(); time.sleep(600)" >/dev/null 2>&1 &
echo $! > /run/holder
until test -e /run/held; do sleep 0.1; done; rm /run/held
"""


@contextlib.contextmanager
def held(node: Node) -> t.Iterator[None]:
    """Hold dpkg's lock on the node from a process of its own."""
    node.root(_HOLD).ok()
    try:
        yield
    finally:
        node.root("kill $(cat /run/holder) 2>/dev/null")
