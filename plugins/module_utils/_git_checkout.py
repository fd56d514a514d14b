# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checkout of the `ai-systems` repository on a node (runbook 2.9). Private to the collection.

What is decided in _git_plan of what _git_state has read is carried out here. All of it but the decision runs as the
checkout's owner (see _as_user). git never reads the checkout's own configuration (see _git_shadow), what the files are
is judged by hashing them against the commit's tree (see _git_worktree), and the commit's tree is judged by a digest
that the controller computed.
"""

from __future__ import annotations

import pwd
import typing as t

from ._as_user import Json
from ._git_clone import clone
from ._git_modes import set_modes
from ._git_plan import SET_MODES, Order
from ._git_receive import receive
from ._git_refs import point_head
from ._git_remote import set_remote
from ._git_shadow import Shadow
from ._git_switch import switch
from ._step import StepError


def carry_out(order: Order, action: str, account: pwd.struct_passwd, folder: str, bundle: t.BinaryIO | None) -> Json:
    """Do the one action that _git_plan.decide named.

    :param folder: an empty private folder for the :class:`Shadow`.
    :param bundle: what the controller shipped, None where the checkout has the commit.
    """
    verb = action.partition(" ")[0]
    if verb == "clone" and bundle is None:
        raise StepError("nothing was shipped to clone from; run again")
    if verb == "clone" and bundle is not None:
        clone(order, account, folder, bundle)
    elif verb in ("update", "finish"):
        update(order, account, folder, bundle)
    elif verb in ("switch", "detach"):
        point_head(order, account, f"{order.path}/.git")
    elif action == SET_MODES:
        set_modes(order, folder)
    else:
        set_remote(Shadow(folder, order.path), order)
    return {}


def update(order: Order, account: pwd.struct_passwd, folder: str, bundle: t.BinaryIO | None) -> None:
    """Bring a checkout to the ordered commit; cut off at any point, the next call finishes it."""
    shadow = Shadow(folder, order.path)
    if bundle is not None:
        receive(shadow, order.commit, bundle)
    switch(shadow, order, account)


__all__ = ("carry_out", "update")
