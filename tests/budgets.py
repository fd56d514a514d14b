"""What a run may cost, counted: these figures do not depend on the machine. Each is what was counted, and a fifth more.

Whoever makes a run cost more looks here first: is it worth that on every node, in every run? A figure that fell is as
good a reason to change a budget as one that rose.
"""

from __future__ import annotations

import typing as t


class Budget(t.NamedTuple):
    """The most that a run on one node may cost.

    :param modules: the modules that are sent to the node, by name.
    :param commands: commands that the connection carries, modules included.
    :param sent: bytes that reach the node on the wire, with the connection's own.
    :param processes: programs that are started on the node.
    """

    modules: tuple[str, ...]
    commands: int
    sent: int
    processes: int


PROVISION: t.Final = Budget(modules=("node_survey",), commands=2, sent=505_000, processes=50)
CHECK: t.Final = PROVISION
AUDIT: t.Final = Budget(modules=("runbook_audit",), commands=2, sent=615_000, processes=70)
DIAGNOSIS: t.Final = Budget(modules=("node_diagnostics",), commands=2, sent=315_000, processes=30)

# Bytes before the connection compresses them: what Ansible sends with a module that does nothing, and our code beside.
PLAIN: t.Final = 200_000
PAYLOADS: t.Final = {"node_survey": 520_000, "runbook_audit": 610_000, "node_diagnostics": 217_000}

# Files of ours that each run loads for its callback, whatever the playbook.
MODULES_OF_CALLBACK: t.Final = 38
