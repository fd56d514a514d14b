# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's own git on the controller, with the operator's settings and credentials (runbook 2.9).

Private to the collection.
"""

from __future__ import annotations

import os
import re

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Command, CommandError, Completed
from ansible_collections.ai_systems.runbook.plugins.module_utils._git_names import without_credentials
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError

OLDEST_GIT = (2, 30)


class Git:
    """git as the operator would run it, except that it works on the repositories it is told of and asks nobody.

    :ivar command: git itself, for what is asked of its exit code.
    """

    def __init__(self) -> None:
        self.command = Command("git", environ=_environment())

    def require_new_enough(self) -> None:
        """:raises SourceError: there is no git here, or an old one."""
        try:
            said = self.command.run(["--version"]).out
        except CommandError as exc:
            raise SourceError(f"this machine has no git that runs ({exc}); install git here first") from exc
        found = re.search(r"(\d+)\.(\d+)", said)
        if not found or (int(found[1]), int(found[2])) < OLDEST_GIT:
            oldest = ".".join(map(str, OLDEST_GIT))
            raise SourceError(f"this machine's git is too old ({one_line(said, 60)}); {oldest} or newer is needed")

    def run(
        self,
        *arguments: str,
        failing: str = "",
        remedy: str = "",
        seconds: float = 120,
        stdin: str | None = None,
        check: bool = True,
        exact: bool = False,
    ) -> Completed:
        """Run git.

        :param failing: how the error's sentence begins.
        :param remedy: how it ends, "" for nothing.
        :param check: whether an exit code other than 0 is an error.
        :param exact: keep what git says byte for byte.
        :raises SourceError: git fails; what it said is in the message, without credentials.
        """
        try:
            return self.command.run(arguments, stdin=stdin, timeout=seconds, check=check, exact=exact)
        except CommandError as exc:
            said = one_line(without_credentials(exc.err or exc.out or str(exc)), 400)
            tail = f"; {remedy}" if remedy else ""
            raise SourceError(f"{failing or 'git on this machine failed'}: {said}{tail}") from exc


def _environment() -> dict[str, str]:
    """Return the operator's environment, without what makes git work on another repository or wait for a person."""
    kept = {name: value for name, value in os.environ.items() if name not in _repository_variables()}
    return {**kept, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_PAGER": "cat"}


def _repository_variables() -> frozenset[str]:
    # As `git rev-parse --local-env-vars` names them; a run that a git hook starts has some of them set.
    return frozenset(
        (
            *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_COMMON_DIR", "GIT_DIR", "GIT_GRAFT_FILE"),
            *("GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX", "GIT_NAMESPACE"),
            *("GIT_NO_REPLACE_OBJECTS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_REPLACE_REF_BASE"),
            *("GIT_SHALLOW_FILE", "GIT_WORK_TREE"),
        )
    )


__all__ = ("OLDEST_GIT", "Git")
