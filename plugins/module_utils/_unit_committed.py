# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether files of the checkout are what its commit has (runbook 4.3). Private to the collection."""

from __future__ import annotations

import pwd
import typing as t

from ._as_user import Json, as_user
from ._detached import FOLDER
from ._files import read_bounded
from ._project_commit import Committed, blob_id, committed, why_not_as_committed
from ._project_host import private_folder
from ._step import StepError
from ._unit_file import LONGEST_FILE

_SECONDS = 60


def require_committed(checkout: str, paths: t.Sequence[str], user: str) -> None:
    """Require that unit files and drop-ins are as the commit that the checkout is at.

    :param paths: in the checkout, from its top.
    :param user: the account that owns the checkout, as which git is run.
    :raises StepError: one differs, or is in no commit.
    """
    try:
        account = pwd.getpwnam(user)
    except (KeyError, ValueError):
        raise StepError(f"there is no account {user!r} to own {checkout}; operator_user (2.7) comes first") from None
    with private_folder(account, FOLDER) as folder:

        def look() -> Json:
            return {"committed": committed(checkout, paths, folder)}

        entries: dict[str, list[str]] = as_user(account, look, seconds=_SECONDS)["committed"]
    for path in paths:
        content = read_bounded(f"{checkout}/{path}", limit=LONGEST_FILE)
        if content is None:
            raise StepError(f"{path} is not in {checkout}; restore it from the commit (git restore), or ship it (2.9)")
        entry = Committed(*entries[path]) if path in entries else None
        reason = why_not_as_committed(path, entry, blob_id(content))
        if reason:
            raise StepError(reason)


__all__ = ("require_committed",)
