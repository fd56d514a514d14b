# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Section 3 of the runbook, sentence by sentence: how packages come onto a node. Private to the collection."""

from __future__ import annotations

import typing as t

from ._rulebook_row import ByHand, Row, Section, module, role

PACKAGES: t.Final = Section(
    "3",
    "Package Installation Rules",
    {
        "3.1": "Source",
        "3.2": "Explicitness",
        "3.3": "Documentation",
        "3.4": "No pip without venv",
        "3.5": "No npm -g",
    },
    (
        Row(
            "3.1",
            "All packages must be installed from the official Debian 13 repositories using `apt`.",
            (role("apt_sources"), role("packages"), role("package_rules"), module("apt_package")),
            "critical",
            "Remove what is not Debian's, disable its source, and install Debian's own package by packages.yml.",
        ),
        Row(
            "3.2",
            "Always specify the package name explicitly.",
            (module("apt_package"), module("venv_pip"), module("npm_project")),
            "low",
            "Name each package in packages_list by its own name, and by nothing that stands for several.",
        ),
        Row(
            "3.3",
            "Any installed package that is not part of the initial provisioning checklist must be documented in the "
            "project's `context.md` with a justification.",
            (
                role("packages"),
                role("package_rules"),
                ByHand("Only a person knows what a package is for, and writes it down.", "docs/context.md"),
            ),
            "medium",
            "Write down in context.md what the node has the package for, or remove the package.",
        ),
        Row(
            "3.4",
            "Python packages must only be installed within a virtual environment (`.venv`).",
            (role("python_venv"), role("package_rules"), module("venv_pip")),
            "high",
            "Uninstall the package where it lies, and declare it for its project in python_venv_list.",
        ),
        Row(
            "3.5",
            "Global Node.js packages are forbidden.",
            (role("package_rules"), module("npm_project")),
            "high",
            "Uninstall the global package, and declare it in the package.json of the project that needs it.",
        ),
        Row(
            "3.5",
            "All dependencies must be project-local.",
            (role("node_project"), module("npm_project")),
            "high",
            "Declare the project in node_project_list and run provision.yml --tags 3.5.",
        ),
    ),
)

__all__ = ("PACKAGES",)
