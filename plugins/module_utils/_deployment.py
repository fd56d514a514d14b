# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployment that is under way: what it stopped, and the commit to go back to (runbook 2.9 and 4).

Private to the collection. The repository's step stops services and moves the checkout, the services' step starts them
again, and other steps lie between. What both must know lies in memory: after a reboot nothing is under way.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import tempfile
import typing as t

from ._as_user import Json, as_user
from ._files import read_text, remove_if_there, write_atomically
from ._git_names import is_commit
from ._git_plan import Order
from ._git_shadow import Shadow
from ._git_switch import switch
from ._unit_names import why_not_an_instance

_FOLDER = "/run/ai-systems-runbook"
NOTE = f"{_FOLDER}/deployment.json"
_SWITCH_SECONDS = 1800


class Deployment(t.NamedTuple):
    """What was before.

    :param checkout: the checkout that is moved.
    :param commit: the last commit that services ran from.
    :param branch: the branch that the checkout was on, "" for none.
    :param stopped: units that ran, and were stopped for the move.
    """

    checkout: str
    commit: str
    branch: str
    stopped: tuple[str, ...]


def read(checkout: str, note: str = NOTE) -> Deployment | None:
    """Return the deployment of a checkout that is under way, None for none."""
    text = read_text(note)
    if text is None:
        return None
    try:
        told = json.loads(text)
        found = Deployment(
            str(told["checkout"]), str(told["commit"]), str(told["branch"]), tuple(map(str, told["stopped"]))
        )
    except (ValueError, KeyError, TypeError):
        return None
    good = found.checkout == checkout and is_commit(found.commit) and not any(map(why_not_an_instance, found.stopped))
    return found if good else None


def begin(deployment: Deployment, note: str = NOTE) -> None:
    """Note what is about to be stopped and moved.

    One that was cut off stays the one to go back to: nothing ran from the commits between.
    """
    earlier = read(deployment.checkout, note)
    if earlier is not None:
        stopped = tuple(dict.fromkeys((*earlier.stopped, *deployment.stopped)))
        deployment = earlier._replace(stopped=stopped)
    os.makedirs(os.path.dirname(note), mode=0o755, exist_ok=True)
    write_atomically(note, json.dumps(deployment._asdict()).encode(), mode=0o600)


def is_under_way(note: str = NOTE) -> bool:
    """Return whether a deployment was begun and neither done nor undone."""
    return os.path.lexists(note)


def end(note: str = NOTE) -> None:
    """Forget the deployment: it is done, or undone."""
    remove_if_there(note)


def checkout_back(deployment: Deployment, account: pwd.struct_passwd) -> None:
    """Bring the checkout back to the commit that services ran from.

    :raises StepError: it has changes that no commit knows; nothing was changed.
    """
    folder = tempfile.mkdtemp(prefix="git-", dir=_FOLDER)
    try:
        os.chown(folder, account.pw_uid, account.pw_gid)
        as_user(account, lambda: _switch(deployment, account, folder), seconds=_SWITCH_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _switch(deployment: Deployment, account: pwd.struct_passwd, folder: str) -> Json:
    shadow = Shadow(folder, deployment.checkout)
    digest = shadow.tree(deployment.commit)[1]
    order = Order(deployment.checkout, deployment.commit, deployment.branch, remote="", digest=digest, largest=0)
    switch(shadow, order, account)
    return {}


__all__ = ("NOTE", "Deployment", "begin", "checkout_back", "end", "is_under_way", "read")
