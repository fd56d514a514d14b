# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Section 2 of the runbook, sentence by sentence: the checklist for a new node. Private to the collection."""

from __future__ import annotations

import typing as t

from ._rulebook_row import ByHand, Row, Section, module, playbook, role

CHECKLIST: t.Final = Section(
    "2",
    "Initial Node Provisioning Checklist",
    {
        "2.1": "Flash OS",
        "2.2": "Initial Boot",
        "2.3": "Set Hostname",
        "2.4": "Configure Network",
        "2.5": "Update System",
        "2.6": "Install Essential Packages",
        "2.7": "Create User",
        "2.8": "Configure SSH",
        "2.9": "Clone Repository",
    },
    (
        Row(
            "2",
            "This checklist must be followed exactly by the Human Operator for every new node.",
            (playbook("provision"), role("runbook")),
            "high",
            "Run provision.yml for the node, which does all lines in their order.",
            "Each line is asked for by itself, under 2.2 to 2.9.",
        ),
        Row(
            "2.1",
            "Flash a fresh image of Debian 13 to the SD card.",
            (
                ByHand("Somebody has to put the card into the reader, and then into the node.", "docs/flash.md"),
                playbook("image"),
                role("image"),
                module("image_build"),
                module("image_report"),
                playbook("flash"),
                role("flash"),
                module("image_write"),
                playbook("enroll"),
            ),
            "high",
            "Flash the card anew with flash.yml, then enroll the node and review its baseline.",
            "Whether an image was fresh can no longer be seen on a node; its baseline, once reviewed, is what counts.",
        ),
        Row(
            "2.2",
            "Boot the Raspberry Pi 5.",
            (ByHand("Somebody has to connect power.", "docs/enroll.md"), role("preflight"), playbook("enroll")),
            "medium",
            "Boot the node, look at its console, and mend what preflight names.",
        ),
        Row(
            "2.3",
            "Set a unique, descriptive hostname.",
            (role("hostname"), module("inventory_check")),
            "medium",
            "Give the node a name of its own in the inventory and run provision.yml --tags 2.3.",
        ),
        Row(
            "2.3",
            "sudo hostnamectl set-hostname <unique-node-name>",
            (module("node_hostname"),),
            "medium",
            "Run provision.yml --tags 2.3 for the node.",
        ),
        Row(
            "2.4",
            "Configure a static IP address or DHCP reservation to ensure a stable address.",
            (role("network"), module("node_network")),
            "high",
            "Correct the address in the inventory or in the router, or set network_mode: static and run provision.yml "
            "--tags 2.4.",
        ),
        Row(
            "2.4",
            "(Manual step, depends on network environment).",
            (
                ByHand("Only the operator knows the network, and declares it in the inventory.", "docs/inventory.md"),
                module("inventory_check"),
            ),
            "low",
            "Declare address, gateway and name servers, and reserve the address in the router where it assigns it.",
            "A reservation lies in the router, where no node can look.",
        ),
        Row(
            "2.5",
            "Perform an initial system update.",
            (role("system_update"),),
            "high",
            "Run provision.yml --tags 2.5 for the node.",
        ),
        Row(
            "2.5",
            "sudo apt update && sudo apt upgrade -y",
            (module("apt_upgrade"),),
            "high",
            "Run provision.yml --tags 2.5 for the node.",
        ),
        Row(
            "2.6",
            "Install a minimal set of required tools.",
            (role("essential_packages"),),
            "medium",
            "Run provision.yml --tags 2.6 for the node.",
        ),
        Row(
            "2.6",
            "sudo apt install -y git vim curl",
            (module("apt_package"),),
            "medium",
            "Run provision.yml --tags 2.6 for the node.",
        ),
        Row(
            "2.7",
            "Create a standard, non-root user for all operations.",
            (role("operator_user"),),
            "high",
            "Run provision.yml --tags 2.7 for the node.",
        ),
        Row(
            "2.7",
            "sudo adduser <username>",
            (module("operator_account"),),
            "high",
            "Run provision.yml --tags 2.7 for the node.",
        ),
        Row(
            "2.8",
            "Configure SSH for remote access, preferably with key-based authentication.",
            (role("ssh"), role("operator_user")),
            "high",
            "Run provision.yml --tags 2.8 for the node.",
        ),
        Row(
            "2.8",
            "Disable password authentication.",
            (role("ssh"), module("sshd_access")),
            "critical",
            "Run provision.yml --tags 2.8 for the node.",
        ),
        Row(
            "2.9",
            "Clone the `ai-systems` repository into the user's home directory.",
            (role("repository"),),
            "high",
            "Commit or remove what was changed on the node, then run provision.yml --tags 2.9.",
        ),
        Row(
            "2.9",
            "git clone <repository-url>",
            (module("git_checkout"),),
            "high",
            "Run provision.yml --tags 2.9 for the node.",
        ),
    ),
)

__all__ = ("CHECKLIST",)
