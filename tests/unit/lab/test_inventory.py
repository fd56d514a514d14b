# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory that the lab prints."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import yaml

from lab import inventory
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


def test_a_bare_host_is_entered_as_root() -> None:
    bare = dataclasses.replace(NODE, bare=True)
    assert inventory.compose([bare], PATHS, KEY)["lab"]["hosts"]["demo"]["runbook_bootstrap_user"] == "root"


def test_without_nodes_it_is_a_valid_empty_group() -> None:
    assert yaml.safe_load(inventory.render({"lab": {"hosts": {}}})) == {"lab": {"hosts": {}}}


def test_names_that_look_like_numbers_stay_text() -> None:
    rendered = inventory.render({"lab": {"hosts": {"1": {"ansible_host": "10.0.0.1"}}}})
    assert yaml.safe_load(rendered) == {"lab": {"hosts": {"1": {"ansible_host": "10.0.0.1"}}}}
