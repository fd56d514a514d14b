# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a module that works in slices is called by its action plugin. Private to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  job:
    description: Names the process on the node that does the work. Set by the action plugin, never by hand.
    type: str
    default: ""
  slice:
    description: Seconds that one call waits for that process. Set by the action plugin, never by hand.
    type: int
    default: 8
"""
