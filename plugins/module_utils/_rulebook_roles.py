# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Section 1 of the runbook, sentence by sentence: who commands, and what a node is. Private to the collection."""

from __future__ import annotations

import typing as t

from ._rulebook_row import ByHand, Row, Section, module, playbook, role

NODE_ROLES: t.Final = Section(
    "1",
    "Node Roles and Trust Levels",
    {"1.1": "Human Operator", "1.2": "Nodes"},
    (
        Row(
            "1.1",
            "The single source of truth for all operational commands.",
            (role("runbook"), role("operator_user"), role("ssh"), module("inventory_check")),
            "critical",
            "Take the login, key or sudo right away, or declare its owner as the operator.",
        ),
        Row(
            "1.1",
            "Executes all procedures defined in this runbook.",
            (
                ByHand("A person decides when a procedure runs, and starts its playbook.", "README.md"),
                playbook("provision"),
            ),
            "medium",
            "Carry the procedure out by its playbook, from the controller.",
            "A node cannot tell who sat at the keyboard; what other hands changed is asked for under 6.5.",
        ),
        Row(
            "1.2",
            "All nodes are considered untrusted execution environments by default.",
            (playbook("enroll"), role("runbook"), module("connect")),
            "high",
            "Enroll the node, and compare the fingerprint of its host key on its own console.",
            "It says how a node is treated, not how one is: its key is insisted on, and what it says is never run.",
        ),
        Row(
            "1.2",
            "They are Raspberry Pi 5 devices running Debian 13.",
            (role("preflight"),),
            "high",
            "Put Debian 13 on a Raspberry Pi 5, or declare in the inventory what the machine is.",
        ),
        Row(
            "1.2",
            "No node has privileged access to any other system beyond what is explicitly defined by its role's "
            "configuration.",
            (role("repository"), role("ssh")),
            "critical",
            "Take the key or the trust off the node, or declare target, purpose and grantor for its node role.",
        ),
    ),
)

__all__ = ("NODE_ROLES",)
