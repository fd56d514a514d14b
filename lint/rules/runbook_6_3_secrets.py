# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret stands in clear text in a repository."""

from __future__ import annotations

import typing as t

from runbook_lint.clear_text import secrets_of
from runbook_lint.config_files import is_yaml, text_of
from runbook_lint.rule import Breach, RunbookRule

if t.TYPE_CHECKING:
    from ansiblelint.file_utils import Lintable


class RunbookSecretsRule(RunbookRule):
    """No secret stands in clear text in a repository."""

    id = "runbook-6-3-secrets"
    clause = "6.3"
    description = "Passwords, tokens and keys in variables, inventories, templates, settings and tasks."
    remedy = (
        "keep it in Ansible Vault or another store of the controller, hand it to its unit by services_credentials, and "
        "replace it where it is valid, since the repository's history has it"
    )
    tags = ["runbook", "security"]

    def judge_file(self, lintable: Lintable, data: t.Any) -> t.Iterator[Breach]:
        """Find values that only secrets look like, and values that are given to the names of secrets."""
        del data
        text = text_of(lintable)
        for one in secrets_of(str(lintable.path), text, is_yaml=is_yaml(lintable)) if text else ():
            yield Breach(f"{one.what} stands in clear text", at=one.line)
