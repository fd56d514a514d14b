"""Runbook 6.1 on a real node: what was asked for is at Debian's version, on record, and nothing else was touched."""

from __future__ import annotations

import json

from testinfra.host import Host

RECORDS = "/var/lib/ai-systems-runbook"


def test_the_package_is_debians(host: Host) -> None:
    hello = host.package("hello")
    assert hello.version.startswith("2.")
    assert host.check_output("hello") == "Hello, world!"


def test_the_transaction_is_on_record_with_its_clause(host: Host) -> None:
    lines = [json.loads(line) for line in host.file(f"{RECORDS}/transactions.jsonl").content_string.splitlines()]
    begun = [line for line in lines if line["state"] == "begun" and line["clause"] == "6.1"]
    assert [package["package"] for line in begun for package in line["packages"]] == ["hello"]
    assert begun[0]["packages"][0]["archives"][0]["origin"] == "Debian"
    ended = {line["id"]: line["installed"] for line in lines if line["state"] == "ended"}
    assert ended[begun[0]["id"]] == ["hello"]


def test_what_was_upgraded_in_this_boot_is_known(host: Host) -> None:
    note = json.loads(host.file(f"{RECORDS}/update.json").content_string)
    assert note["upgraded"] == ["hello"]
    assert note["boot"] == host.file("/proc/sys/kernel/random/boot_id").content_string.strip()


def test_nothing_of_the_look_is_left(host: Host) -> None:
    assert host.run("ls -d /run/ai-systems-runbook/dry-run-* /run/ai-systems-runbook/job-*").rc != 0
    assert host.check_output("dpkg --audit") == ""
