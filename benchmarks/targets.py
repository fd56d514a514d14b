# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures that the design must reach, each a ratio of two contenders."""

from __future__ import annotations

import typing as t

from benchmarks.figures import Target

# Contenders. What the keys stand for is said in contenders.py.
OURS: t.Final = "provision.yml"
CHECK: t.Final = "provision.yml --check"
STOCK: t.Final = "stock playbook, tuned"
STOCK_DEFAULTS: t.Final = "stock playbook, default settings"
PYINFRA: t.Final = "pyinfra"
PING: t.Final = "ping playbook"
SSH: t.Final = "ssh true"
AUDIT: t.Final = "audit.yml"
AUDIT_ON_NODE: t.Final = "runbook_audit on the node"
LYNIS: t.Final = "Lynis"
INTEGRITY: t.Final = "our integrity and ownership"
DEBSUMS: t.Final = "debsums"
DPKG: t.Final = "dpkg -V"

# What Ansible takes by itself, a quarter of the stock playbook's processor time, is nobody's to save.
NET: t.Final = 1 / 4

PROVISION: t.Final = (
    Target("converged provision.yml against a tuned stock playbook", OURS, STOCK, 1 / 5),
    Target("converged provision.yml against pyinfra", OURS, PYINFRA, 1.0),
    Target("converged provision.yml against a one-task ping playbook", OURS, PING, 2.0),
    Target("--check of a converged node against the run", CHECK, OURS, 1.1),
    Target("processor time of the controller per node against the stock playbook", OURS, STOCK, 1 / 10, "cpu"),
    Target("the same, of both what they take beyond the ping playbook", OURS, STOCK, NET, "cpu", beyond=PING),
)
AUDIT_TARGETS: t.Final = (
    Target("full audit of a node against Lynis, both on the node", AUDIT_ON_NODE, LYNIS, 1 / 10),
    Target("integrity and ownership of packages against debsums", INTEGRITY, DEBSUMS, 1 / 2),
    Target("integrity and ownership of packages against dpkg -V", INTEGRITY, DPKG, 1.0),
)
# Processor time per node with all nodes, against one node alone: flat.
FLAT: t.Final = 1.0

__all__ = (
    "AUDIT",
    "AUDIT_ON_NODE",
    "AUDIT_TARGETS",
    "CHECK",
    "DEBSUMS",
    "DPKG",
    "FLAT",
    "INTEGRITY",
    "LYNIS",
    "NET",
    "OURS",
    "PING",
    "PROVISION",
    "PYINFRA",
    "SSH",
    "STOCK",
    "STOCK_DEFAULTS",
)
