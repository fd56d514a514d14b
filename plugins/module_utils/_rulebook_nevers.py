# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Section 6 of the runbook, sentence by sentence: what a node must never do. Private to the collection."""

from __future__ import annotations

import typing as t

from ._rulebook_row import ByHand, Row, Section, module, playbook, role

NEVERS: t.Final = Section(
    "6",
    "What The System Must Never Do",
    {
        "6.1": "Never Auto-Update",
        "6.2": "Never Self-Heal",
        "6.3": "Never Store Credentials",
        "6.4": "Never Introduce Unaudited Code",
        "6.5": "Never Circumvent the Runbook",
    },
    (
        Row(
            "6.1",
            "The system must never update itself (OS or application code) without explicit, manual intervention from "
            "the Human Operator.",
            (playbook("update"), role("guardrails"), role("system_update"), module("systemd_unit")),
            "critical",
            "Run provision.yml --tags 6.1, and take out by hand what that cannot.",
        ),
        Row(
            "6.2",
            "Nodes must not have scripts or agents that attempt to automatically fix a failed state.",
            (role("guardrails"), module("systemd_unit")),
            "high",
            "Take the script, agent or setting out, and let a failed service stay failed until somebody has looked.",
        ),
        Row(
            "6.3",
            "No credentials, API keys, or secrets should be stored on the node's filesystem.",
            (role("services"), role("repository"), role("network"), module("systemd_unit")),
            "critical",
            "Take the secret off the node, and treat it as known to others: replace it where it is valid.",
        ),
        Row(
            "6.3",
            "They must be managed externally.",
            (
                role("services"),
                ByHand("Where secrets are kept is the operator's choice, such as Ansible Vault.", "docs/services.md"),
            ),
            "high",
            "Keep the secret on the controller and give it to its unit by services_credentials.",
        ),
        Row(
            "6.4",
            "All code running on the node must originate from the version-controlled Git repository.",
            (role("repository"), role("python_venv"), role("node_project"), role("package_rules")),
            "critical",
            "Stop what runs, remove the file, and bring the code back through the repository.",
        ),
        Row(
            "6.5",
            "All operational tasks must follow the procedures defined in this document.",
            (
                playbook("audit"),
                module("git_checkout"),
                ByHand("Who has sudo on a node can do anything there; an audit tells afterwards.", "README.md"),
            ),
            "high",
            "Put back what was changed by another way, and do it by its playbook.",
        ),
    ),
)

__all__ = ("NEVERS",)
