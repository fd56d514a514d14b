# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit's rules on who commands a node and what it may reach (runbook 1.1, 1.2). Private to the collection."""

from __future__ import annotations

import typing as t

from . import (
    _access_agents,
    _access_authorities,
    _access_forwarding,
    _access_groups,
    _access_identity,
    _access_keys,
    _access_logins,
    _access_networks,
    _access_pam,
    _access_sockets,
    _access_sudo,
    _access_trust,
)
from ._access_words import HUMAN, NODES
from ._rule import Rule

RULES: t.Final = (
    Rule(HUMAN, "accounts", "accounts, their user ids and passwords", _access_logins.look_at_accounts),
    Rule(HUMAN, "account-sources", "where accounts beside /etc/passwd come from", _access_logins.look_at_sources),
    Rule(HUMAN, "autologin", "whether a console logs somebody in without asking", _access_logins.look_at_autologin),
    Rule(HUMAN, "pam", "whether PAM lets in without proof", _access_pam.look_at_pam),
    Rule(HUMAN, "authorized-keys", "every file in which sshd looks for keys", _access_keys.look_at_keys),
    Rule(HUMAN, "trusted-hosts", "files that let in by where one comes from", _access_keys.look_at_trusted_hosts),
    Rule(HUMAN, "sudo-rules", "whom sudo lets act as another account", _access_sudo.look_at_sudo),
    Rule(HUMAN, "doas-rules", "whom doas lets act as root", _access_sudo.look_at_doas),
    Rule(HUMAN, "privileged-groups", "who is in a group that is as good as root", _access_groups.look_at_groups),
    Rule(HUMAN, "polkit-rules", "rules of polkit that no package brought", _access_groups.look_at_polkit),
    Rule(HUMAN, "remote-agents", "agents by which others command the node", _access_agents.look_at_agents),
    Rule(NODES, "listening-sockets", "what listens, against audit_listens", _access_sockets.look_at_sockets),
    Rule(NODES, "ssh-forwarding", "what sshd and ssh forward", _access_forwarding.look_at_ssh),
    Rule(NODES, "kernel-forwarding", "whether the kernel passes packets on", _access_forwarding.look_at_kernel),
    Rule(NODES, "ssh-agents", "agents that offer keys on the node", _access_forwarding.look_at_agents),
    Rule(NODES, "private-keys", "private keys, against audit_node_access", _access_trust.look_at_private_keys),
    Rule(NODES, "known-hosts", "which other systems accounts know", _access_trust.look_at_known_hosts),
    Rule(NODES, "ssh-client-settings", "where settings of ssh lead", _access_trust.look_at_client_settings),
    Rule(NODES, "tunnel-settings", "settings that join another network", _access_networks.look_at_tunnels),
    Rule(NODES, "tunnel-interfaces", "interfaces into another network", _access_networks.look_at_interfaces),
    Rule(NODES, "remote-mounts", "file systems of other machines", _access_networks.look_at_mounts),
    Rule(
        NODES, "certificate-authorities", "authorities that are not Debian's", _access_authorities.look_at_authorities
    ),
    Rule(NODES, "realms", "Kerberos, directories and domains", _access_authorities.look_at_realms),
    Rule(NODES, "identity", "machine-id and host keys", _access_identity.look_at_identity),
    Rule(NODES, "clock", "whether a time server keeps the clock", _access_identity.look_at_clock),
)

__all__ = ("RULES",)
