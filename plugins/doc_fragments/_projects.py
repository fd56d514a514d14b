# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose projects a module works in, and where they lie (runbook 3.4 and 3.5). Private to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  user:
    description: The account that owns the checkout and what is installed into its projects; never root.
    type: str
    required: true
  checkout:
    description: Absolute path of the checkout on the node.
    type: str
    required: true
"""
