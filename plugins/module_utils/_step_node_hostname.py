# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set a node's hostname (runbook 2.3). Private to the collection."""

from __future__ import annotations

import os
import typing as t

from ._command import Command
from ._files import read_text, write_atomically
from ._hostname import (
    CLOUD_INIT_FILE,
    CLOUD_INIT_FOLDER,
    HostnameState,
    decide,
    why_not_a_hostname,
)
from ._step import Change, Step, StepError

CLAUSE = "2.3"
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {"name": {"type": "str", "required": True}}


def read_state() -> HostnameState:
    has_cloud_init = os.path.isdir(CLOUD_INIT_FOLDER)
    return HostnameState(
        static=(read_text("/etc/hostname") or "").strip(),
        kernel=os.uname().nodename,
        hosts=read_text("/etc/hosts") or "",
        cloud_init=(read_text(CLOUD_INIT_FILE) or "") if has_cloud_init else None,
    )


def act(change: Change) -> None:
    if change.subject == "hostname":
        # The name of the module's option was checked, so it cannot begin with a dash.
        Command("hostnamectl").run(["set-hostname", change.after.strip()])
    else:
        write_atomically(change.subject, change.after.encode(), mode=0o644)


def body(step: Step) -> str:
    name: str = step.params["name"]
    reason = why_not_a_hostname(name)
    if reason:
        raise StepError(f"hostname_name {name!r} cannot be a hostname: {reason}; choose another one in the inventory")
    changes = decide(name, read_state())
    step.carry_out(changes, act)
    if changes and step.check_mode:
        return f"The node would be called {name}."
    return f"The node is called {name}."


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "body")
