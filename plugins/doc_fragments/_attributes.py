# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module of this collection promises of check mode, diff mode and idempotence. Private to the collection.

A module says itself only where it differs.
"""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check mode and return the very actions that a real run would carry out.
    support: full
  diff_mode:
    description: Returns what changed, or would change, when in diff mode.
    support: full
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
"""

    # In place of the one above, for a module that only looks.
    READS = r"""
attributes:
  check_mode:
    description: Can run in check mode and return the very actions that a real run would carry out.
    support: full
    details: Nothing is ever changed.
  diff_mode:
    description: Returns what changed, or would change, when in diff mode.
    support: N/A
    details: Nothing is ever changed.
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
"""

    ACTION = r"""
attributes:
  action:
    description: Has a part that runs on the controller, as its own documentation says.
    support: full
"""

    # In place of the one above, for a module of which no part runs on a node.
    CONTROLLER = r"""
attributes:
  action:
    description: Has a part that runs on the controller, as its own documentation says.
    support: full
    details: Runs on the controller only.
"""
