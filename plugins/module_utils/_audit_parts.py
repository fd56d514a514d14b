# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The topics of an audit side by side, on all processors of a node. Private to the collection.

What comes out is what one process would find: each topic is asked whole by one process, findings are put in the
runbook's order, and the time is the same for all. A process also reads the code of its own topics only.
"""

from __future__ import annotations

import contextlib
import json
import typing as t

from ._audit import Audit, Looked, TimeOverError, asked, at_most, selected, together
from ._audit_topics import Topic, rules_of
from ._code_kinds import may_be_code
from ._findings import Finding
from ._node_view import ViewError
from ._side_by_side import processes_at_once, side_by_side

if t.TYPE_CHECKING:
    from ._node_view import NodeView

# Topics that read the same of a node are one part. Short ones begin first and the secrets last, as with one process:
# what the time did not suffice for is theirs.
_PARTS: t.Final = (
    ("_audit_access",),
    ("_audit_provisioning",),
    ("_audit_services", "_audit_updates", "_audit_self_heal"),
    ("_audit_code", "_audit_circumvention"),
    ("_audit_packages",),
    ("_audit_secrets",),
)
# Of all time: sums come before every rule, and must not take what the rules need.
_SHARE_OF_SUMS: t.Final = 0.4
# So many files are compared between two looks at the clock.
_AT_ONCE: t.Final = 4000
# A process has this long beyond the time of all rules to say what it found.
_GRACE: t.Final = 5.0


def audit_topics(
    view: NodeView, topics: t.Sequence[Topic], clauses: t.Collection[str] = (), *, processes: int = 0
) -> Audit:
    """Ask the rules of these topics and clauses, until the view's time is over.

    :param processes: how many work at once; one asks everything in the runbook's order.
    """
    processes = processes or processes_at_once()
    parts = parts_of(topics) if processes > 1 else [list(topics)]
    if len(parts) > 1:
        read_ahead(view, topics)

    def ask(at: int) -> bytes:
        return json.dumps([asked(view, selected(rules_of(topic), clauses)) for topic in parts[at]]).encode()

    said = side_by_side(len(parts), ask, processes=processes, left=lambda: view.left() + _GRACE)
    found = {
        topic.module: Audit([Finding(*one) for one in findings], [Looked(*one) for one in rules])
        for part, of_part in zip(parts, said, strict=True)
        for topic, (findings, rules) in zip(part, json.loads(of_part), strict=True)
    }
    return together(found[topic.module] for topic in topics)


def parts_of(topics: t.Sequence[Topic]) -> list[list[Topic]]:
    """Return which of these topics are asked by one process, in the order in which they begin."""
    known = [name for part in _PARTS for name in part]
    parts = [*([topic.module] for topic in topics if topic.module not in known), *_PARTS]
    found = ([topic for topic in topics if topic.module in part] for part in parts)
    return [part for part in found if part]


def read_ahead(view: NodeView, topics: t.Collection[Topic]) -> None:
    """Read what more than one process would read, and the sums of packages' files on all processors.

    What cannot be read is no matter of this: the rules meet it too, and say it.
    """
    wanted = {topic.sums for topic in topics} - {""}
    until = view.left() * (1 - _SHARE_OF_SUMS)
    with contextlib.suppress(TimeOverError, ViewError, OSError, ValueError), at_most(view.left() * _SHARE_OF_SUMS):
        sums = view.checksums
        paths = [path for path in sums.paths() if "all" in wanted or may_be_code(path)] if wanted else []
        for at in range(0, len(paths), _AT_ONCE):
            if view.left() < until:
                return
            sums.ahead(paths[at : at + _AT_ONCE])


__all__ = ("audit_topics", "parts_of", "read_ahead")
