"""Runbook 3 on a real node: what is wanted is there and on record, what is not wanted is gone."""

from __future__ import annotations

import json

from testinfra.host import Host


def test_what_is_wanted_is_there_for_its_own_sake(host: Host) -> None:
    assert host.package("tree").is_installed
    assert "tree" in host.check_output("apt-mark showmanual").split()


def test_what_is_not_wanted_is_gone(host: Host) -> None:
    assert not host.package("nano").is_installed


def test_the_record_says_where_it_came_from(host: Host) -> None:
    lines = [
        json.loads(line)
        for line in host.file("/var/lib/ai-systems-runbook/transactions.jsonl").content_string.splitlines()
    ]
    packages = [package for line in lines for package in line.get("packages", ())]
    tree = next(package for package in packages if package["package"] == "tree")
    assert {archive["origin"] for archive in tree["archives"]} == {"Debian"}
    assert len(tree["sha256"]) == 64


def test_dpkg_is_in_order(host: Host) -> None:
    assert host.check_output("dpkg --audit") == ""
