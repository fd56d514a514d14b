"""Runbook 5.2 on a real node: only the operators' SSH is let through, where the kernel can be asked, and after a boot.

Under emulation nft cannot reach the kernel: there only what lies on the disk is looked at, and the role said "unknown".
"""

from __future__ import annotations

import typing as t

from testinfra.host import Host

RULES = "/etc/nftables.d/runbook-isolation.nft"


def test_the_rules_name_the_operators_and_nobody_else(host: Host, node: dict[str, t.Any]) -> None:
    text = host.file(RULES).content_string
    [operator] = node["isolate_operators"]
    let_in = [line.strip() for line in text.splitlines() if "saddr" in line]
    assert let_in == [f"ip saddr {operator} tcp dport 22 accept"]
    assert text.count("policy drop;") == 4


def test_a_boot_brings_them_back(host: Host) -> None:
    assert f'include "{RULES}"' in host.file("/etc/nftables.conf").content_string.splitlines()
    assert host.check_output("systemctl is-enabled nftables.service") == "enabled"


def test_nobody_but_root_can_change_them(host: Host) -> None:
    for path in (RULES, "/etc/nftables.conf"):
        file = host.file(path)
        assert (file.user, file.group, file.mode) == ("root", "root", 0o644)


def test_the_kernel_filters_where_it_can_be_asked(host: Host) -> None:
    asked = host.run("nft list ruleset")
    is_emulated = asked.rc != 0
    rules = host.file(RULES).content_string
    assert is_emulated or all(
        host.check_output(f"nft list table {family} runbook_isolation") in rules for family in ("inet", "bridge")
    )


def test_nothing_of_the_trial_is_left(host: Host) -> None:
    # Of the last change: each has a file of its own.
    said = host.check_output("ls -t /run/ai-systems-runbook/guarded/isolation.*.json | head -n 1 | xargs cat")
    assert '"state": "committed"' in said
    assert host.run("grep -l waiting /run/ai-systems-runbook/guarded/isolation.*.json").rc == 1
