# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Section 5 of the runbook, sentence by sentence: what is done about a failure. Private to the collection.

Most of it is the operator's to decide: that a node fails, and what for, is no state that a rule could ask a node about.
"""

from __future__ import annotations

import typing as t

from ._rulebook_row import ByHand, Row, Section, module, playbook, role

_NO_STATE: t.Final = "It says what the operator does after a failure; no state of a node shows whether it was done."

FAILURES: t.Final = Section(
    "5",
    "Failure Handling and Escalation",
    {"5.1": "Identify", "5.2": "Isolate", "5.3": "Rollback", "5.4": "Escalation"},
    (
        Row(
            "5.1",
            "The Human Operator must first identify the failing component (hardware, OS, application) using logs "
            "(`journalctl`), system status (`systemctl`), and diagnostics.",
            (
                playbook("diagnose"),
                role("diagnose"),
                module("node_diagnostics"),
                ByHand(
                    "Where a node has no source, as Debian's kernel for the board's voltage, somebody looks at it.",
                    "docs/diagnose.md",
                ),
                playbook("services"),
                playbook("audit"),
            ),
            "medium",
            "Look at journalctl, at systemctl status and at the hardware before anything is changed.",
            _NO_STATE,
        ),
        Row(
            "5.2",
            "Disconnect the failing node from the network if it poses a risk.",
            (
                ByHand(
                    "Whether a node is a risk is for a person to judge, and only the cable is certain.",
                    "docs/isolate.md",
                ),
                playbook("isolate"),
                role("isolate"),
                module("node_isolation"),
            ),
            "critical",
            "Pull the node's cable, or switch its port off.",
        ),
        Row(
            "5.3",
            "The primary recovery strategy is rollback.",
            (
                playbook("rollback"),
                role("rollback"),
                role("services"),
                module("deployment_undo"),
                ByHand("What was good, and what to go back to, the operator says.", "docs/rollback.md"),
            ),
            "high",
            "Run rollback.yml with the commit that is to go, or with -e reimage=true.",
            _NO_STATE,
        ),
        Row(
            "5.3",
            "For code issues: `git revert` the problematic commit.",
            (
                playbook("rollback"),
                module("git_revert"),
                module("rollback_verdict"),
                module("git_checkout"),
            ),
            "high",
            "Run rollback.yml with -e commit=, which reverts it in the operator's clone and deploys the revert.",
            _NO_STATE,
        ),
        Row(
            "5.3",
            "For system issues: Re-image the node.",
            (
                ByHand("Somebody puts the card into a reader and back into the board.", "docs/rollback.md"),
                playbook("rollback"),
                module("service_state"),
                playbook("enroll"),
                playbook("provision"),
            ),
            "high",
            "Run rollback.yml with -e reimage=true, which saves what the services keep and names each next command.",
            _NO_STATE,
        ),
        Row(
            "5.4",
            "If the issue cannot be resolved by re-imaging and re-provisioning, the node is considered compromised or "
            "failed and must be decommissioned.",
            (
                ByHand("It is a person's decision, and the card is a person's to wipe.", "docs/decommission.md"),
                playbook("decommission"),
                role("decommission"),
                module("decommission_run"),
                module("services_off"),
            ),
            "high",
            "Run decommission.yml for the node, and work through the checklist that it prints.",
            _NO_STATE,
        ),
        Row(
            "5.4",
            "Do not attempt complex, undocumented recovery procedures.",
            (
                ByHand("Nothing of the collection repairs a node, and nothing keeps a person from trying."),
                role("preflight"),
            ),
            "medium",
            "Re-image and provision the node in place of repairing it.",
            "A repair leaves no mark of its own; what other hands changed is asked for under 6.5.",
        ),
    ),
)

__all__ = ("FAILURES",)
