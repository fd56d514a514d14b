# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All rules of the audit, in the runbook's order (sections 1 to 6). Private to the collection."""

from __future__ import annotations

import typing as t

from . import (
    _audit_access,
    _audit_circumvention,
    _audit_code,
    _audit_packages,
    _audit_provisioning,
    _audit_secrets,
    _audit_self_heal,
    _audit_services,
    _audit_updates,
)
from ._rule import OnController

if t.TYPE_CHECKING:
    from ._rule import Rule

# The secrets come last: they take longest, and what the time did not suffice for is unknown.
RULES: t.Final[tuple[Rule, ...]] = (
    *_audit_access.RULES,
    *_audit_provisioning.RULES,
    *_audit_packages.RULES,
    *_audit_services.RULES,
    *_audit_updates.RULES,
    *_audit_self_heal.RULES,
    *_audit_code.RULES,
    *_audit_circumvention.RULES,
    *_audit_secrets.RULES,
)

# Asked by the part on the controller: what is documented is never a node's own word.
DOCUMENTED: t.Final = OnController(
    "3.3", "documented-packages", "packages that are there for their own sake, against context.md and the baseline"
)
ASKED: t.Final[tuple[Rule | OnController, ...]] = (*RULES, DOCUMENTED)

__all__ = ("ASKED", "DOCUMENTED", "RULES")
