# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes that are up, as an Ansible inventory on standard output."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt_origin
from lab import configuration, keys, repository, trust
from lab.nodes import Node
from lab.paths import Paths
from lab.vm import KIND as MACHINE

GROUP = "lab"
OPERATOR = configuration.OPERATOR

# The node role of the sample's service. Only nodes of this name have it: tests say themselves what their nodes hold.
GREETERS = "greeters"
DEMO = "demo"
ACCOUNTS = ["greeter"]
SERVICES: list[dict[str, Any]] = [
    {"src": "greeter/greeter.service", "paths": ["greeter"]},
    {"src": "greeter/greeter-report.timer", "paths": ["greeter"]},
    # Its timer starts it.
    {"src": "greeter/greeter-report.service", "paths": ["greeter"], "enabled": False, "started": False},
]


def compose(nodes: Sequence[Node], paths: Paths, operator_public_key: str) -> dict[str, Any]:
    """The inventory as data: one group with what all nodes share, and for the demo's node a node role."""
    shared = {
        "ansible_python_interpreter": "/usr/bin/python3",
        "runbook_known_hosts": str(paths.known_hosts),
        "runbook_baselines_dir": str(paths.baselines),
        "runbook_reports_dir": str(paths.reports),
        "runbook_records_dir": str(paths.records),
        "runbook_waivers_file": str(paths.waivers),
        "runbook_bootstrap_private_key_file": str(paths.keys / keys.BOOTSTRAP),
        "operator_user_name": OPERATOR,
        "operator_user_authorized_keys": [operator_public_key],
        "operator_user_private_key_file": str(paths.keys / keys.OPERATOR),
        "preflight_model": "",
        "preflight_clock_owner": "host",
        "network_mode": "verify",
        "network_assignment": "static",
        # What the lab itself gave them, so that they reach what this host reaches.
        "audit_node_access": [
            {"target": f"/{path}", "purpose": "the gateway that this host is behind", "granted_by": "the lab"}
            for path in trust.certificate_files(trust.host_certificates())
        ],
        "repository_url": str(paths.repository),
        "repository_version": repository.BRANCH,
    }
    hosts = {
        node.name: {
            "ansible_host": node.address,
            "runbook_bootstrap_user": node.bootstrap_user,
            "preflight_architecture": node.architecture,
            "network_address": node.cidr,
            "network_gateway": node.gateway,
            "network_dns": list(node.dns),
            # Where this host's connections come from, as a node sees them.
            "isolate_operators": [node.gateway],
            **(of_machine(node) if node.kind == MACHINE else {}),
        }
        for node in nodes
    }
    everybody = {GROUP: {"vars": shared, "hosts": hosts}}
    return {**everybody, GREETERS: {"vars": greeters(), "hosts": {DEMO: {}}}} if DEMO in hosts else everybody


def of_machine(node: Node) -> dict[str, Any]:
    """What an image for a Pi 5 needs that a container does not: its kernel is backported, its firmware is not free."""
    return {
        # The next kernel's packages have another version in their names.
        "runbook_backports": sorted({_apt_origin.to_be_named(name) for name in node.backports}),
        "apt_sources_components": ["main", "non-free-firmware"],
    }


def greeters() -> dict[str, Any]:
    """What a node needs for the sample's service: package, Python environment, account, units."""
    return {
        "packages_list": ["python3-venv"],
        "python_venv_list": [{"path": "greeter", "exact": True}],
        "services_accounts": ACCOUNTS,
        "services_list": SERVICES,
    }


def render(value: Any, indent: int = 0) -> str:
    """YAML of nested mappings and lists; every list in JSON's form, which YAML reads too."""
    if not isinstance(value, Mapping) or not value:
        return json.dumps(value)
    lines = []
    for key, inner in value.items():
        nested = isinstance(inner, Mapping) and bool(inner)
        text = render(inner, indent + 1)
        lines.append("  " * indent + json.dumps(key) + (":\n" if nested else ": ") + text)
    return "\n".join(lines)
