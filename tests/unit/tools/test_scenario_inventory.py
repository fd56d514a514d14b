# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A scenario sees its own node only, with its own variables on top of the lab's."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import types
import typing as t
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "molecule" / "shared" / "inventory.py"
LAB: dict[str, t.Any] = {
    "lab": {
        "vars": {"operator_user_name": "operator", "network_mode": "verify"},
        "hosts": {"mol-system-update": {"ansible_host": "10.89.77.10"}, "mol-ssh": {"ansible_host": "10.89.77.11"}},
    }
}


@pytest.fixture(scope="module")
def script() -> types.ModuleType:
    # By its path: the installed package molecule has the name of our folder.
    spec = importlib.util.spec_from_file_location("scenario_inventory", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_scenario_sees_its_own_node_with_the_labs_variables(script: types.ModuleType) -> None:
    said = script.inventory(LAB, "system_update", {})
    assert said["all"]["hosts"] == ["localhost", "mol-system-update"]
    assert said["_meta"]["hostvars"]["mol-system-update"] == {
        "ansible_host": "10.89.77.10",
        "operator_user_name": "operator",
        "network_mode": "verify",
    }


def test_its_own_variables_win(script: types.ModuleType) -> None:
    own = {"network_mode": "static", "molecule_prepare_roles": ["hostname"]}
    said = script.inventory(LAB, "ssh", own)
    assert said["_meta"]["hostvars"]["mol-ssh"]["network_mode"] == "static"
    assert said["all"]["vars"]["molecule_prepare_roles"] == ["hostname"]
    assert said["all"]["vars"]["molecule_role"] == "ssh"


def test_a_hosts_own_variables_win_over_its_groups(script: types.ModuleType) -> None:
    groups = {
        "all": {"vars": {"a": 1, "b": 1}, "children": {"lab": {"vars": {"b": 2, "c": 2}, "hosts": {"x": {"c": 3}}}}}
    }
    assert script.variables_of("x", groups) == {"a": 1, "b": 2, "c": 3}
    assert script.variables_of("y", groups) is None


def test_before_create_there_is_localhost_only(script: types.ModuleType) -> None:
    said = script.inventory({"lab": {"hosts": {}}}, "ssh", {})
    assert said["all"]["hosts"] == ["localhost"]
    assert said["all"]["vars"]["molecule_node"] == "mol-ssh"


def test_without_a_scenario_it_is_an_error() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOLECULE_")}
    done = subprocess.run([sys.executable, SCRIPT], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "MOLECULE_SCENARIO_NAME is not set" in done.stderr


def test_it_answers_as_ansible_asks_a_script() -> None:
    environment = {**os.environ, "MOLECULE_SCENARIO_NAME": "no_such_scenario"}
    done = subprocess.run(
        [sys.executable, SCRIPT, "--list"], env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["all"]["hosts"] == ["localhost"]
