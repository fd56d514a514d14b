# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each contender is told of the nodes."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from benchmarks import contenders
from benchmarks.running import BenchmarkError
from benchmarks.site import Site, ours, write_inventory

LAB = {
    "lab": {
        "vars": {
            "runbook_known_hosts": "/state/known_hosts",
            "operator_user_private_key_file": "/state/operator",
            "repository_url": "/state/ai-systems",
            "repository_version": "main",
        },
        "hosts": {"bench-1": {"ansible_host": "10.0.0.1"}, "bench-2": {"ansible_host": "10.0.0.2"}},
    }
}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(["bench-1", "bench-2"], tmp_path)
    write_inventory(site, LAB)
    return site


def test_every_node_has_the_samples_service(site: Site) -> None:
    described = json.loads(site.inventory.read_text())
    assert set(described["greeters"]["hosts"]) == {"bench-1", "bench-2"}
    assert described["lab"] == LAB["lab"]


def test_the_peers_log_in_as_the_operator_and_check_the_host_keys(site: Site) -> None:
    plain = json.loads(site.plain.read_text())["all"]
    assert plain["hosts"] == {"bench-1": {"ansible_host": "10.0.0.1"}, "bench-2": {"ansible_host": "10.0.0.2"}}
    assert "UserKnownHostsFile=/state/known_hosts" in plain["vars"]["ansible_ssh_common_args"]
    nodes, settings = runpy.run_path(str(site.pyinfra))["nodes"]
    assert nodes == [("bench-1", {"ssh_hostname": "10.0.0.1"}), ("bench-2", {"ssh_hostname": "10.0.0.2"})]
    assert (settings["ssh_known_hosts_file"], settings["ssh_strict_host_key_checking"]) == ("/state/known_hosts", "yes")


def test_a_node_that_did_not_come_up_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="bench-3"):
        write_inventory(Site(["bench-1", "bench-3"], tmp_path), LAB)


def test_our_runs_are_an_operators(site: Site) -> None:
    shell = ours(site, ["bench-1", "bench-2"], "--check")
    assert shell.argv[0] == "ansible-playbook"
    assert shell.argv[3:6] == ("--limit", "bench-1,bench-2", "--check")
    assert Path(shell.environment["ANSIBLE_CONFIG"]).name == "ansible.cfg"


def test_the_stock_playbook_has_its_own_settings(site: Site) -> None:
    tuned = contenders.stock(site, ["bench-1"])
    default = contenders.stock(site, ["bench-1"], "-e", "facts=true", settings="default.cfg")
    assert Path(tuned.environment["ANSIBLE_CONFIG"]).name == "tuned.cfg"
    assert "pipelining = true" in Path(tuned.environment["ANSIBLE_CONFIG"]).read_text()
    assert "=" not in Path(default.environment["ANSIBLE_CONFIG"]).read_text()
    assert (Path(tuned.argv[-1]).name, Path(default.argv[-1]).name) == ("stock.yml", "stock.yml")
    assert Path(contenders.stock(site, ["bench-1"], "ping.yml").argv[-1]).name == "ping.yml"


def test_a_login_that_does_nothing(site: Site) -> None:
    assert contenders.ssh(site, "bench-2").argv[-2:] == ("ops@10.0.0.2", "true")


def test_the_end_state_is_handed_to_both_peers(site: Site) -> None:
    site.wanted.write_text('{"packages": ["git"]}')
    contenders.write_stock_variables(site)
    assert json.loads((site.folder / "stock.json").read_text()) == {"wanted": {"packages": ["git"]}}
    assert f"@{site.folder / 'stock.json'}" in contenders.stock(site, ["bench-1"]).argv
