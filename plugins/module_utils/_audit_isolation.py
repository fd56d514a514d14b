# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit's rule on a node that is isolated (runbook 5.2): whole, now and after a boot, or said. Private.

Whether a node should be isolated is the operator's to decide, and stands in the record on the controller. A rule that
asks for more would call every node that is not a risk a violation.
"""

from __future__ import annotations

import typing as t

from . import _isolation as isolation
from ._access_words import info, unknown, violation
from ._isolation import CLAUSE, CONFIGURATION, FILE, PULL, SERVICE, SUBJECT, TABLE, IsolationState
from ._isolation_node import ABSENT, NFT
from ._rule import Rule

if t.TYPE_CHECKING:
    from ._findings import Finding
    from ._node_view import NodeView

_WANTS: t.Final = f"/etc/systemd/system/sysinit.target.wants/{SERVICE}"
_AGAIN: t.Final = f"{PULL}, then run isolate.yml for the node"
_EVIDENCE: t.Final = {
    SUBJECT: "the kernel does not filter as the file says",
    FILE: "it is not as isolate.yml writes it",
    CONFIGURATION: f"it does not load {FILE}, so a boot opens the node",
    SERVICE: "it is not enabled, so a boot opens the node",
}


def look_at_isolation(view: NodeView) -> t.Iterator[Finding]:
    """Judge whether an isolation holds that is on the node, or that the controller has on record."""
    wanted = view.declared.isolation
    state = _state(view)
    if not isolation.is_isolated(state):
        if wanted in ("isolated", "pending"):
            evidence = "the record on the controller says that the node is to be isolated, and nothing on it does that"
            yield violation(CLAUSE, "isolation", evidence, _AGAIN)
        return
    if wanted == "lifting":
        yield violation(CLAUSE, "isolation", "it is to be open again", "run isolate.yml -e isolate=off for the node")
    sources, port = isolation.let_in(state.file or state.live or "")
    try:
        tables = isolation.tables(isolation.networks_from(sources), int(port))
    except ValueError:
        yield violation(CLAUSE, FILE, "it does not say whom it lets in, as isolate.yml writes it", _AGAIN)
        return
    changes = isolation.decide_on(state, tables)
    for change in changes:
        yield violation(CLAUSE, change.subject, _EVIDENCE[change.subject], _AGAIN)
    if state.live is None:
        evidence = "nobody can ask the kernel whether it filters, under QEMU's user emulation"
        yield unknown(CLAUSE, SUBJECT, evidence, "look at a real node, or pull the cable")
    elif not changes:
        evidence = f"the node is isolated: only {', '.join(sources)} reaches it, at port {port}; it filters that itself"
        yield info(CLAUSE, "isolation", evidence, "once it is no risk any more, run isolate.yml -e isolate=off for it")


def _state(view: NodeView) -> IsolationState:
    return IsolationState(
        file=view.text(FILE),
        configuration=view.text(CONFIGURATION),
        enabled=view.exists(_WANTS),
        live=_live(view),
    )


def _live(view: NodeView) -> str | None:
    if view.is_emulated:
        return None
    if not view.exists(NFT):
        return ""
    listed = []
    for family in ("inet", "bridge"):
        done = view.run(NFT, "list", "table", family, TABLE, check=False)
        # What nft cannot be asked is said by the second call, as a failure.
        is_known = done.rc == 0 or ABSENT in done.err
        listed.append(done.out if is_known else view.run(NFT, "list", "tables").out)
    return "".join(listed)


RULES: t.Final = (
    Rule(CLAUSE, "isolation", "whether a node that is isolated is so now and after a boot", look_at_isolation),
)

__all__ = ("RULES",)
