# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the audit on services (runbook 4.1 to 4.4), over every unit of the node and what works beside units.

Private to the collection. What the rules on units say of other clauses is asked here too, one rule for each clause.
"""

from __future__ import annotations

import typing as t

from . import _services_declared, _services_drop_ins, _services_journal, _services_origin, _services_outside
from ._rule import Rule
from ._services_texts import drop_in_findings, unit_findings

if t.TYPE_CHECKING:
    from ._findings import Finding
    from ._node_view import NodeView


def _texts(*clauses: str) -> t.Callable[[NodeView], t.Iterator[Finding]]:
    def check(view: NodeView) -> t.Iterator[Finding]:
        yield from unit_findings(view, clauses)
        yield from drop_in_findings(view, clauses)

    return check


RULES: t.Final = (
    Rule(
        "4.1",
        "services-declared",
        "whether each declared unit is linked, enabled and up, and whether units of the repository are declared",
        _services_declared.as_declared,
    ),
    Rule(
        "4.1",
        "services-outside",
        "cron, anacron, at, rc.local, start scripts, and hooks of logins, devices, networks, apt and the kernel",
        _services_outside.outside,
    ),
    Rule("4.1", "services-supervisors", "what other supervisors are told to run", _services_outside.supervisors),
    Rule("4.1", "services-containers", "containers that an engine starts by itself", _services_outside.of_containers),
    Rule("4.2", "services-verbs", "what runs by itself and changes services by other verbs", _services_outside.verbs),
    Rule("4.2", "services-masked", "masked units", _services_drop_ins.masks),
    Rule("4.2", "services-failed", "units that have failed", _services_declared.failed),
    Rule("4.3", "services-origin", "where each unit file comes from", _services_origin.origins),
    Rule("4.3", "services-hidden", "unit files that others of their name hide", _services_origin.hidden),
    Rule("4.3", "services-dangling", "links in systemd's folders that lead nowhere", _services_origin.dangling),
    Rule("4.3", "services-no-link", "units that are enabled by a file", _services_origin.ways_of_no_link),
    Rule("4.3", "services-committed", "units of the checkout against its commit", _services_origin.committed),
    Rule("4.3", "services-root-file-system", "whether systemd can read units at boot", _services_origin.file_systems),
    Rule("4.3", "services-drop-ins", "drop-ins that no package brought", _services_drop_ins.drop_ins),
    Rule("4.3", "services-unread", "units that changed after systemd read them", _services_drop_ins.unread),
    Rule("4.3", "services-texts", "the text of every unit that no package brought", _texts("4.1", "4.2", "4.3", "4.4")),
    Rule("4.4", "journal-configuration", "journald's merged configuration", _services_journal.configuration),
    Rule("4.4", "journal-persistent", "where journald writes", _services_journal.writes),
    Rule("4.4", "journal-reachable", "whether journalctl answers", _services_journal.reachable),
    Rule("6.1", "services-texts-updates", "updates in the text of units that no package brought", _texts("6.1")),
    Rule("6.3", "services-texts-secrets", "secrets in the text of units that no package brought", _texts("6.3")),
    Rule("6.4", "services-texts-code", "as whom units that no package brought run, and what code", _texts("6.4")),
)

__all__ = ("RULES",)
