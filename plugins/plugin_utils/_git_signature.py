# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signature of a commit, verified with the operator's own keys (runbook 2.9). Private to the collection."""

from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_names import is_commit
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_mirror import Mirror
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError


def require_signature(mirror: Mirror, version: str, commit: str, branch: str) -> None:
    """:raises SourceError: git does not verify ``commit``, nor ``version`` where that is a tag (``branch`` is "")."""
    where = ["-C", mirror.location] if mirror.is_local else [f"--git-dir={mirror.path}"]
    said = mirror.operator_git.command.run([*where, "verify-commit", commit], check=False)
    if said.rc == 0:
        return
    if not branch and not is_commit(version):
        tag = version.removeprefix("refs/tags/")
        if mirror.operator_git.command.run([*where, "verify-tag", "--", tag], check=False).rc == 0:
            return
    reason = one_line(said.err or said.out, 300) or "it is not signed"
    raise SourceError(
        f"git does not verify the signature of commit {commit[:12]} of {mirror.shown}: {reason}; sign it with a "
        "key that this machine's git trusts (gpg.ssh.allowedSignersFile, or the GnuPG keyring)"
    )


__all__ = ("require_signature",)
