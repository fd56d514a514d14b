# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of all scenarios share: `host`, the scenario's node as root, and `node`, its line of the inventory."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from pathlib import Path

import pytest
from testinfra.backend.base import BaseBackend, CommandResult
from testinfra.host import Host

PROJECT = Path(__file__).resolve().parents[1]


class LabBackend(BaseBackend):  # type: ignore[misc]
    """Enters the node beside SSH, as `lab/node shell` does.

    SSH would make the verdict depend on the roles under test: after one of them the bootstrap login is gone, before
    another there is no operator. Tests of SSH itself log in by their own means.
    """

    NAME = "lab"

    def __init__(self, node: str) -> None:
        super().__init__(node)
        self.node = node

    def run(self, command: str, *args: str, **_: t.Any) -> CommandResult:
        line = self.get_command(command, *args)
        return self.run_local("%s shell %s -- /bin/sh -c %s", str(PROJECT / "lab" / "node"), self.node, line)


@pytest.fixture(scope="session")
def node_name() -> str:
    scenario = os.environ.get("MOLECULE_SCENARIO_NAME")
    if not scenario:
        pytest.exit("these tests run on a scenario's node: make molecule ROLE=<role>", returncode=2)
    return f"mol-{scenario.replace('_', '-')}"


@pytest.fixture(scope="session")
def host(node_name: str) -> Host:
    return Host(LabBackend(node_name))


@pytest.fixture(scope="session")
def node(node_name: str) -> dict[str, t.Any]:
    """The node's variables in the lab's inventory."""
    done = subprocess.run(
        [".venv/bin/ansible-inventory", "--inventory", "molecule/shared/inventory.py", "--host", node_name],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    variables: dict[str, t.Any] = json.loads(done.stdout)
    return variables
