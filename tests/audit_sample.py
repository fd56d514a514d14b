"""Audits to show: a node and a fleet as they may be, and one whose every word is hostile."""

from __future__ import annotations

import datetime as dt
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import (
    FleetAudit,
    NodeAudit,
    fleet_audit,
    lost_node,
    node_audit,
)

STARTED: t.Final = dt.datetime(2026, 11, 5, 10, 15, tzinfo=dt.UTC)
# A list of its own, so that what is counted here does not move with the catalogue.
ASKED: t.Final = (
    *("1.1", "1.2", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9", "3.1", "3.3", "3.4", "3.5"),
    *("4.1", "4.2", "4.3", "4.4", "6.1", "6.2", "6.3", "6.4", "6.5"),
)
FACTS: t.Final = {
    "model": "Raspberry Pi 5 Model B Rev 1.0",
    "kernel": "6.12.48+deb13-arm64",
    "architecture": "aarch64",
    "emulated": False,
    "debian": "13.1",
}
FOUND: t.Final = (
    Finding(
        "6.1",
        "violation",
        "apt-daily-upgrade.timer",
        "the timer is enabled and active, and runs /usr/lib/apt/apt.systemd.daily install",
        "stop it for good: 'systemctl stop apt-daily-upgrade.timer && systemctl disable apt-daily-upgrade.timer'",
    ),
    Finding(
        "6.2",
        "violation",
        "/etc/systemd/system/worker.service",
        "Restart=always, by the drop-in /etc/systemd/system/worker.service.d/heal.conf",
        "'rm /etc/systemd/system/worker.service.d/heal.conf && systemctl enable /home/ops/ai-systems/worker.service'",
    ),
    Finding(
        "6.3",
        "violation",
        "/home/ops/.aws/credentials:3",
        "an AWS secret access key, 40 characters, HMAC 3f1c9a07be52",
        "remove it and replace the key where it is valid: 'shred -u /home/ops/.aws/credentials'",
    ),
    Finding(
        "3.1",
        "violation",
        "nodejs 22.11.0-1nodesource1",
        "it was installed from an archive that Debian did not sign",
        "'apt-get remove nodejs', then install Debian's",
    ),
    Finding(
        "6.4",
        "unknown",
        "/proc/712/exe",
        "the process's executable is QEMU: the node is emulated",
        "audit it on real hardware",
    ),
    Finding(
        "1.1",
        "violation",
        "127.0.0.1:631 (cupsd)",
        "it listens, and no node role declares it",
        "'systemctl stop cups.service && systemctl disable cups.service'",
    ),
    Finding(
        "2.2",
        "info",
        "fsck.repair=yes",
        "Debian's own firmware package writes it: boot integrity, no self-healing (ruling 12)",
        "",
    ),
)
HOSTILE: t.Final = (
    '<script>window.hacked = "node"</script>',
    "</script><img src=x onerror=\"window.hacked='img'\">",
    "'\"><svg onload=window.hacked=1>",
    "{{ 7 * 7 }}{% for x in range(9) %}boo{% endfor %}",
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred",
    "safe\u202egnp.exe\u2066",
    "nul\0 and \udcff\udc80 and \ufffe",
    "javascript:alert(1) http://example.invalid/x.png",
    "<style>*{display:none}</style><!--",
)


def result(findings: t.Iterable[Finding], asked: t.Iterable[str] = ASKED) -> dict[str, t.Any]:
    """What the module returns on a node."""
    return {
        "findings": [finding._asdict() for finding in findings],
        "rules": [{"name": "rule", "clause": clause, "seconds": 0.25} for clause in asked],
        "facts": FACTS,
    }


def waiver(finding: Finding) -> dict[str, str]:
    return {
        "subject": finding.subject,
        "reason": "the board drives its display through it until the rewrite is deployed",
        "who": "Ada",
        "expires": "2027-03-31",
    }


def one_node() -> FleetAudit:
    """One node with something of each kind."""
    node = node_audit("lab-pi-07", result(FOUND), asked=ASKED, seconds=3.21)
    allowed = FOUND[3]
    listed = [
        {"clause": "3.1", "node": "lab-pi-07", **waiver(allowed), "state": "used"},
        {**waiver(FOUND[1]), "clause": "6.2", "node": "*", "expires": "2026-10-01", "state": "expired"},
        {**waiver(FOUND[2]), "clause": "6.3", "node": "lab-pi-09", "state": "unused"},
    ]
    return _fleet([node], {("lab-pi-07", allowed.fingerprint): waiver(allowed)}, listed)


def clean_node() -> FleetAudit:
    return _fleet([node_audit("lab-pi-07", result([]), asked=ASKED, seconds=2.9)])


def fleet(size: int = 50) -> FleetAudit:
    """A fleet of which most nodes are well."""
    nodes: list[NodeAudit] = []
    waived: dict[tuple[str, str], dict[str, str]] = {}
    for number in range(size):
        name = f"{('sensor', 'gateway', 'camera')[number % 3]}-{number:02d}.plant-{number % 4}.example.net"
        if number == 17:
            nodes.append(lost_node(name, "unreachable", "Connection timed out during banner exchange", asked=ASKED))
        elif number == 31:
            nodes.append(lost_node(name, "failed", "the answer is no JSON: unexpected end of data", asked=ASKED))
        else:
            chosen = [
                FOUND[6],
                FOUND[3],
                *(one for place, one in enumerate(FOUND) if (number * 7 + place * 5) % 23 == 1),
            ]
            waived[name, FOUND[3].fingerprint] = waiver(FOUND[3])
            keep = chosen if number % 6 == 0 else chosen[2:]
            nodes.append(node_audit(name, result(keep), asked=ASKED, seconds=2 + number % 5 / 3))
    listed = [{"clause": "3.1", "node": "*", **waiver(FOUND[3]), "state": "used"}]
    return _fleet(nodes, waived, listed)


def crowded(size: int = 50, findings: int = 40, length: int = 2000, letter: str = "<") -> FleetAudit:
    """A fleet whose every node has many findings, each as long as can be, of what grows most when it is escaped."""
    found = [
        Finding(
            ASKED[number % len(ASKED)], "violation", f"{number} {letter * length}", letter * length, letter * length
        )
        for number in range(findings)
    ]
    return _fleet([node_audit(f"node-{number}", result(found), asked=ASKED, seconds=1) for number in range(size)])


def hostile(size: int = 2) -> FleetAudit:
    """Nodes, and waivers, whose every word wants out of its place."""
    found = [
        Finding("6.4", "violation", f"{word} {number}", word * 3, f"'{word}'") for number, word in enumerate(HOSTILE)
    ]
    found.append(Finding("6.3", "unknown", "huge", "x" * 1_000_000, HOSTILE[0]))
    said = {**result(found), "facts": {**FACTS, "model": HOSTILE[0], "kernel": HOSTILE[4], "debian": HOSTILE[2]}}
    nodes = [node_audit(f"node{number}{HOSTILE[1]}", said, asked=ASKED, seconds=1) for number in range(size)]
    nodes.append(lost_node(HOSTILE[0], "failed", "".join(HOSTILE), asked=ASKED))
    listed = [
        dict.fromkeys(("clause", "node", "subject", "reason", "who", "expires", "state"), word) for word in HOSTILE
    ]
    first = nodes[0].found[0].finding
    waived = {(nodes[0].name, first.fingerprint): dict.fromkeys(("reason", "who", "expires", "subject"), HOSTILE[0])}
    return _fleet(nodes, waived, listed)


def _fleet(
    nodes: t.Sequence[NodeAudit],
    waived: t.Mapping[tuple[str, str], t.Mapping[str, str] | None] | None = None,
    listed: t.Sequence[t.Mapping[str, str]] = (),
) -> FleetAudit:
    return fleet_audit(
        nodes,
        started=STARTED,
        ended=STARTED + dt.timedelta(seconds=42),
        runbook="9f2c" * 16,
        collection="1.0.0",
        waived=waived,
        waivers=listed,
    )
