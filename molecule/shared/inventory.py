#!/usr/bin/env python3
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A scenario's inventory: its own lab node, with the variables of molecule/<scenario>/vars.yml on top of the lab's.

Asked for afresh by each playbook of a scenario, since before `create` there is no node to list. Nodes of scenarios that
run side by side are left out: they come and go while this one is tested.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[2]

Variables = dict[str, t.Any]


def variables_of(host: str, groups: Variables) -> Variables | None:
    """Return the variables of a host in the groups of a YAML inventory, None where it is in none."""
    found: Variables | None = None
    for group in groups.values():
        content = group or {}
        hosts = content.get("hosts") or {}
        inner = variables_of(host, content.get("children") or {})
        if host in hosts or inner is not None:
            found = {**(found or {}), **(content.get("vars") or {}), **(inner or {}), **(hosts.get(host) or {})}
    return found


def inventory(lab: Variables, scenario: str, own: Variables) -> Variables:
    """Return the answer of an inventory script.

    :param lab: the lab's inventory, parsed.
    :param own: the scenario's own variables.
    """
    node = f"mol-{scenario.replace('_', '-')}"
    shared = {
        # On localhost too: create and destroy work from there.
        "molecule_lab": str(PROJECT / "lab" / "node"),
        "molecule_node": node,
        "molecule_arch": os.environ.get("RUNBOOK_LAB_ARCH") or "arm64",
        "molecule_role": scenario,
        # Roles that prepare carries out first, since the one under test builds on what they leave.
        "molecule_prepare_roles": [],
        **own,
    }
    known = variables_of(node, lab)
    hosts = {node: known} if known is not None else {}
    # The scenario's variables belong to the node: a group's would give way to what the lab says of it.
    return {
        "all": {"hosts": ["localhost", *hosts], "vars": shared},
        "_meta": {
            "hostvars": {
                "localhost": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable},
                **{host: {**variables, **own} for host, variables in hosts.items()},
            }
        },
    }


def main() -> int:
    scenario = os.environ.get("MOLECULE_SCENARIO_NAME", "")
    if not scenario:
        sys.stderr.write("MOLECULE_SCENARIO_NAME is not set: this inventory is for molecule's runs only.\n")
        return 2
    done = subprocess.run([PROJECT / "lab" / "node", "inventory"], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return done.returncode
    own = PROJECT / "molecule" / scenario / "vars.yml"
    print(
        json.dumps(
            inventory(
                yaml.safe_load(done.stdout) or {},
                scenario,
                yaml.safe_load(own.read_text(encoding="utf-8")) or {} if own.exists() else {},
            )
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
