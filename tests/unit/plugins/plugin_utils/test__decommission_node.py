"""What the tasks on a node came to, and whether the run goes on."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommission_node import node_part

IN: dict[str, t.Any] = {"login": {"user": "ops"}}
OK: dict[str, t.Any] = {"changed": True, "summary": "Done."}
LOST = {"unreachable": True, "msg": "Task failed: Failed to connect to the host via ssh: ssh: connect: refused."}


NOBODY = "nobody could log in, so nothing was stopped or isolated on it"
SILENT = "it does not answer, so nothing was stopped or isolated on it (ssh: connect: refused)"


@pytest.mark.parametrize(
    ("said", "fate", "left"),
    [
        ((IN, OK, OK, OK), "done", ()),
        ((LOST, {}, {}, {}), "unreachable", (SILENT,)),
        (({"failed": True, "msg": "not the key"}, {}, {}, {}), "failed", (f"{NOBODY} (not the key)",)),
        (({}, {}, {}, {}), "failed", (f"{NOBODY} (it was not asked)",)),
        ((IN, {"failed": True, "msg": "x\x1b"}, OK, OK), "failed", (r"the last diagnosis was not taken (x\x1b)",)),
        (
            (IN, OK, {"failed": True, "msg": "a runs"}, {}),
            "failed",
            ("its services were not all stopped (a runs)", "it was not isolated (it was not asked)"),
        ),
        ((IN, OK, OK, LOST), "failed", ("it was not isolated (ssh: connect: refused)",)),
        (
            (IN, OK, OK, {"undecided": True, "summary": "unknown: emulated"}),
            "unknown",
            ("whether it is isolated is not known (unknown: emulated)",),
        ),
    ],
)
def test_fates(said: tuple[t.Any, t.Any, t.Any, t.Any], fate: str, left: tuple[str, ...]) -> None:
    assert node_part(*said) == (fate, left)
