# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Python looks for garbage in a run of Ansible. Private to the collection.

Ansible holds some hundred thousand objects from its start to its end, and forks a process for each node and task. Each
look through them finds nothing and takes a tenth of a second; in a fork it also has all their memory copied.
"""

from __future__ import annotations

import gc
import typing as t

# So many new objects that a whole play of one node needs no look, and so few that a long run stays small.
_BETWEEN_LOOKS: t.Final = 100_000


def leave_out_what_is_there() -> None:
    """Have this process, and the workers that it starts, look for garbage among what comes later only, and rarely."""
    gc.freeze()
    gc.set_threshold(max(_BETWEEN_LOOKS, gc.get_threshold()[0]), *gc.get_threshold()[1:])


__all__ = ("leave_out_what_is_there",)
