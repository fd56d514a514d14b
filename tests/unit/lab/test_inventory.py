# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory that the lab prints."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import yaml

from ansible_collections.ai_systems.runbook.plugins.module_utils._context_md import read_context
from lab import inventory, repository
from lab.paths import Paths
from tests.unit.lab.test_nodes import NODE

PATHS = Paths(Path("/st: a #te"), Path("/cache"))
KEY = "ssh-ed25519 AAAA operator@lab"


def test_it_reads_back_as_it_was_meant() -> None:
    nodes = [NODE, dataclasses.replace(NODE, name="1", address="10.89.77.11", bare=True, architecture="arm64")]
    composed = inventory.compose(nodes, PATHS, KEY)
    assert yaml.safe_load(inventory.render(composed)) == composed


def test_a_host_says_who_logs_in_where() -> None:
    host = inventory.compose([NODE], PATHS, KEY)["lab"]["hosts"]["demo"]
    assert host["ansible_host"] == "10.89.77.10"
    assert host["runbook_bootstrap_user"] == "debian"
    assert host["network_address"] == "10.89.77.10/24"
    assert host["network_dns"] == ["192.0.2.53"]


def test_what_lies_beside_an_inventory_lies_in_the_labs_state() -> None:
    shared = inventory.compose([NODE], PATHS, KEY)["lab"]["vars"]
    roles = Path(__file__).resolve().parents[3] / "roles"
    defaults = yaml.safe_load((roles / "runbook" / "defaults" / "main.yml").read_text())
    beside = {name for name, value in defaults.items() if "inventory_dir" in str(value)}
    # An inventory that comes from a pipe lies in no folder.
    assert {name for name in beside if not str(shared.get(name, "")).startswith(str(PATHS.state))} == set()


def test_a_bare_host_is_entered_as_root() -> None:
    bare = dataclasses.replace(NODE, bare=True)
    assert inventory.compose([bare], PATHS, KEY)["lab"]["hosts"]["demo"]["runbook_bootstrap_user"] == "root"


def test_a_machine_may_have_its_kernel_from_backports() -> None:
    machine = dataclasses.replace(
        NODE, name="m", kind="vm", backports=("linux-image-7.3.4+deb13-arm64", "linux-image-arm64")
    )
    hosts = inventory.compose([NODE, machine], PATHS, KEY)["lab"]["hosts"]
    assert hosts["m"]["runbook_backports"] == ["linux-image-*-arm64", "linux-image-arm64"]
    assert "non-free-firmware" in hosts["m"]["apt_sources_components"]
    assert "runbook_backports" not in hosts["demo"]


def test_without_nodes_it_is_a_valid_empty_group() -> None:
    assert yaml.safe_load(inventory.render({"lab": {"hosts": {}}})) == {"lab": {"hosts": {}}}


def test_names_that_look_like_numbers_stay_text() -> None:
    rendered = inventory.render({"lab": {"hosts": {"1": {"ansible_host": "10.0.0.1"}}}})
    assert yaml.safe_load(rendered) == {"lab": {"hosts": {"1": {"ansible_host": "10.0.0.1"}}}}


def test_only_the_demos_node_has_the_samples_service() -> None:
    other = dataclasses.replace(NODE, name="demo2", address="10.89.77.11")
    assert list(inventory.compose([other], PATHS, KEY)) == ["lab"]
    role = inventory.compose([NODE, other], PATHS, KEY)["greeters"]
    assert list(role["hosts"]) == ["demo"]
    assert role["vars"]["services_accounts"] == ["greeter"]
    assert role["vars"]["services_list"][0]["src"] == "greeter/greeter.service"


def test_the_role_asks_only_for_what_the_sample_justifies() -> None:
    context = read_context((repository.SAMPLE / "context.md").read_bytes())
    justified = {entry.package for entry in context.entries}
    assert set(inventory.greeters()["packages_list"]) <= justified
    for project in inventory.greeters()["python_venv_list"]:
        assert (repository.SAMPLE / project["path"] / "requirements.txt").is_file()
