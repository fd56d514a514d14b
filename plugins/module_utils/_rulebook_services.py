# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Section 4 of the runbook, sentence by sentence: how services are run. Private to the collection."""

from __future__ import annotations

import typing as t

from ._rulebook_row import ByHand, Row, Section, module, playbook, role

SERVICES: t.Final = Section(
    "4",
    "Service Management Rules",
    {"4.1": "Tool", "4.2": "Commands", "4.3": "Unit Files", "4.4": "Logs"},
    (
        Row(
            "4.1",
            "All services must be managed using `systemd`.",
            (role("services"), module("systemd_unit")),
            "high",
            "Write a unit for what runs by another way, declare it in services_list, and take the other way out.",
        ),
        Row(
            "4.2",
            "Only `systemctl start`, `systemctl stop`, `systemctl enable`, `systemctl disable`, and `systemctl status` "
            "are permitted for managing service states.",
            (
                playbook("services"),
                module("service_action"),
                module("systemd_unit"),
                ByHand("Who has a shell on a node can type any command; these five are enough.", "docs/services.md"),
            ),
            "medium",
            "Use one of the five verbs; a restart is a stop and a start.",
        ),
        Row(
            "4.3",
            "All `systemd` unit files must be stored and versioned in the Git repository.",
            (role("services"), role("repository"), module("systemd_unit")),
            "high",
            "Commit the unit's file to the repository, declare it in services_list, and remove the one on the node.",
        ),
        Row(
            "4.3",
            "They must be symlinked into `/etc/systemd/system/`.",
            (role("services"), module("systemd_unit")),
            "high",
            "Remove the copy, then run services.yml, which links the unit.",
        ),
        Row(
            "4.4",
            "Service logs must be accessible via `journalctl`.",
            (role("journal"), module("journal_storage"), module("systemd_unit")),
            "medium",
            "Let the unit write to its standard output, and run provision.yml --tags 4.4.",
        ),
    ),
)

__all__ = ("SERVICES",)
