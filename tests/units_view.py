"""A node with units, in a folder: what systemd has loaded is said in a test, its folders lie in the node's place."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import NodeView
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import LOADED, MANAGER
from tests.git_rig import Upstream
from tests.view import Answer, view

SYSTEM = "/etc/systemd/system"
USR = "/usr/lib/systemd/system"
CHECKOUT = "/home/ops/ai-systems"
SERVICE = "[Service]\nUser=web\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n"
APT_CONFIG = ("apt-config", "dump")


def said(units: t.Mapping[str, t.Mapping[str, str]]) -> str:
    """Return what systemctl prints of units that are loaded."""
    blocks = []
    for name, properties in units.items():
        given = {"Id": name, "Names": name, "LoadState": "loaded", "ActiveState": "active", **properties}
        blocks.append("".join(f"{key}={value}\n" for key, value in given.items()))
    return "\n".join(blocks)


def units_view(
    folder: pathlib.Path,
    *,
    loaded: t.Mapping[str, t.Mapping[str, str]] | None = None,
    manager: str = "",
    commands: t.Mapping[tuple[str, ...], Answer] | None = None,
    declared: t.Mapping[str, t.Any] | None = None,
    **more: t.Any,
) -> NodeView:
    """Like :func:`tests.view.view`, of a node whose systemd answers."""
    answers: dict[tuple[str, ...], Answer] = {LOADED: said(loaded or {}), MANAGER: manager, APT_CONFIG: ""}
    told = {"operator": "ops", "checkout": CHECKOUT, **(declared or {})}
    return view(folder, commands={**answers, **(commands or {})}, declared=told, **more)


def checkout(folder: pathlib.Path, files: t.Mapping[str, str]) -> Upstream:
    """Make the node's checkout, with one commit."""
    repository = Upstream(folder / "node" / CHECKOUT[1:])
    repository.commit(t.cast("t.Any", files))
    return repository


def matters(found: t.Iterable[Finding]) -> list[tuple[str, str, str]]:
    """Return clause, verdict and subject of each finding."""
    return [(one.clause, one.verdict, one.subject) for one in found]


def command(one: Finding) -> str:
    """Return what an operator would type for a finding."""
    return one.remedy.split("'")[1]
