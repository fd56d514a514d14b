# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit's rules on the provisioning checklist (runbook 2.2 to 2.9). Private to the collection.

Each judges by the decisions of the role that carries its line out: what provision.yml would change is a violation.
"""

from __future__ import annotations

import typing as t

from . import _provisioned_node as node
from . import _provisioned_operator as operator
from . import _provisioned_repository as repository
from . import _provisioned_sshd as sshd
from ._rule import Rule

RULES: t.Final = (
    Rule("2.2", "machine", "distribution, architecture and board", node.look_at_system),
    Rule("2.2", "room", "room and rights on the node's file systems", node.look_at_disk),
    Rule("2.2", "dpkg-whole", "whether the package database is whole", node.look_at_dpkg),
    Rule("2.3", "hostname", "the node's name", node.look_at_hostname),
    Rule("2.4", "network", "address, gateway and name servers, and whether they last", node.look_at_network),
    Rule("2.5", "initial-update", "the record of the initial update", node.look_at_update),
    Rule("2.6", "essential-packages", "the packages of the checklist", node.look_at_essential_packages),
    Rule("2.7", "operator-account", "the operator's account, keys and rights", operator.look_at_operator),
    Rule("2.8", "sshd", "the settings of sshd, and what it offers", sshd.look_at_sshd),
    Rule("2.8", "bootstrap-login", "whether the image's login is retired", sshd.look_at_retired_login),
    Rule("2.9", "repository", "the checkout at its commit, and clean", repository.look_at_repository),
)

__all__ = ("RULES",)
