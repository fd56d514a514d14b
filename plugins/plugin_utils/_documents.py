# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator has written down of packages: context.md at the declared commit, the reviewed baseline (runbook 3).

Private to the collection.
"""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._context_md import Context, read_context
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError, read_text
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._baseline import from_text
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._repository import source_from
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._reviewed_baseline import (
    ReviewedBaseline,
    reviewed_baseline,
)

FILE: t.Final = "context.md"


class Documents:
    """The documents that speak of one node's packages.

    :param given: the option ``documentation`` of apt_package.
    """

    def __init__(self, given: t.Mapping[str, t.Any], node: str) -> None:
        self._given = given
        self._node = node

    def baseline(self) -> ReviewedBaseline:
        """Return what the node's image held, as far as the operator committed it."""
        folder = str(self._given.get("baselines_dir") or "")
        if not folder:
            return ReviewedBaseline(frozenset(), "absent", "")
        return reviewed_baseline(pathlib.Path(folder).expanduser(), self._node)

    def held(self) -> frozenset[str]:
        """Return what the baseline's file names, whether or not it is committed."""
        folder = str(self._given.get("baselines_dir") or "")
        if not folder:
            return frozenset()
        path = pathlib.Path(folder).expanduser() / f"{self._node}.json"
        try:
            baseline = from_text(read_text(str(path)) or "")
        except (FileError, OSError):
            return frozenset()
        return frozenset(map(str, baseline["packages"])) if baseline else frozenset()

    def context(self) -> Context | None:
        """Return context.md of the commit that the inventory declares, None where that has none.

        :raises SourceError: the repository is not declared, or cannot be read.
        :raises ContextError: the file cannot be read.
        """
        url, version = (str(self._given.get(name) or "") for name in ("url", "version"))
        if not url or not version:
            raise SourceError(
                "packages beyond the checklist need their justification in context.md of the ai-systems repository "
                "(3.3), and repository_url or repository_version is not set"
            )
        source = source_from(self._given, what="documentation")
        commit = source.version().commit
        blob = source.mirror.rev(f"{commit}:{FILE}")
        if not blob:
            return None
        failing = f"{FILE} of {commit[:12]} cannot be read"
        said = source.mirror.git("cat-file", "blob", blob, exact=True, failing=failing)
        return read_context(said.out.encode("utf-8", "surrogateescape"), FILE)


__all__ = ("FILE", "Documents")
