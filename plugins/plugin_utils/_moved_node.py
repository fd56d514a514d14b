# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node that a run moved to its declared address and was killed before it could say so. Private to the collection."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._guarded import lock_path
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fresh_session import Answer, FreshSession

if t.TYPE_CHECKING:
    from ansible.plugins.connection import ConnectionBase

_CHANGE = "network"
_MARK, _UNDER_WAY = "runbook-moved", "runbook-under-way"
# Where sudo wants a password the state stays unknown, and the node is taken as it is.
# The lock tells a change that is under way from what a process said that was killed since.
_LOCK = lock_path(_CHANGE)
_ASK = f"echo {_MARK}; sudo -n sh -c 'test -e {_LOCK} && ! flock -n {_LOCK} true && echo {_UNDER_WAY}'; true"
_POLL_SECONDS = 1.0
# Acting and undoing take the node time beside its wait for the proof.
_ACT_SECONDS = 120

Login = tuple[str, str]
"""Account, and its private key's path on the controller or nothing."""


def stays_at(connection: ConnectionBase, logins: t.Sequence[Login], address: str, *, seconds: float) -> bool:
    """Whether the node answers at ``address`` under its pinned key and will still do so in a moment.

    A change of address that still waits for the proof of a killed run is going to be taken back: that is waited for,
    since a connection that is open then would hang.

    :param seconds: how long the change may wait for its proof.
    """
    deadline = time.monotonic() + seconds + _ACT_SECONDS
    while True:
        answer = _first_answer(connection, logins, address)
        if answer is None:
            return False
        if _UNDER_WAY not in answer.out:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)


def _first_answer(connection: ConnectionBase, logins: t.Sequence[Login], address: str) -> Answer | None:
    for user, key in logins:
        answer = FreshSession(connection, user=user, private_key_file=key, host=address).run(_ASK)
        if answer.rc == 0 and _MARK in answer.out:
            return answer
    return None


__all__ = ("Login", "stays_at")
