"""Runbook 2.5 on a real node: the update is complete, recorded, and leaves apt and dpkg in order."""

from __future__ import annotations

import json

from testinfra.host import Host

RECORDS = "/var/lib/ai-systems-runbook"


def test_the_update_is_recorded_with_its_time(host: Host) -> None:
    record = json.loads(host.file(f"{RECORDS}/system-update.json").content_string)
    assert record["completed"].endswith("Z")
    assert record["upgraded"] == sorted(record["upgraded"])


def test_what_is_recorded_is_installed(host: Host) -> None:
    lines = [json.loads(line) for line in host.file(f"{RECORDS}/transactions.jsonl").content_string.splitlines()]
    wanted = {
        package["package"]: package["version"]
        for line in lines
        if line["state"] == "begun"
        for package in line["packages"]
    }
    said = host.check_output("dpkg-query -W -f '${binary:Package} ${Version} ${db:Status-Status}\\n'")
    installed = {line.split()[0].partition(":")[0]: line.split()[1:] for line in said.splitlines()}
    assert {name: installed[name.partition(":")[0]] for name in wanted} == {
        name: [version, "installed"] for name, version in wanted.items()
    }


def test_nothing_is_left_to_upgrade(host: Host) -> None:
    assert "\nInst " not in host.check_output("LC_ALL=C apt-get --simulate upgrade --with-new-pkgs")


def test_dpkg_is_in_order_and_the_card_not_full_of_archives(host: Host) -> None:
    assert host.check_output("dpkg --audit") == ""
    assert host.run("ls /var/cache/apt/archives/*.deb").rc != 0


def test_nothing_of_the_work_stays(host: Host) -> None:
    left = set(host.check_output("ls /run/ai-systems-runbook").split())
    assert not {name for name in left if name.startswith(("job-", "apt-"))}
