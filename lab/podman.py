# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""podman as the lab calls it: with the options that this host needs, in the namespace that it needs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from lab import namespace
from lab.command import Completed, as_root, run
from lab.host import Host

LABEL = "ai_systems.runbook.lab"


class Podman:
    """The one seam to podman."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def argv(self, *arguments: str) -> list[str]:
        """The whole command line of a podman call."""
        return as_root(self.inside(["podman", *self.host.podman_options, *arguments]))

    def inside(self, argv: Sequence[str]) -> list[str]:
        """A command started where podman's mounts are visible."""
        return namespace.enter(argv) if self.host.needs_namespace else list(argv)

    def __call__(
        self, *arguments: str, stdin: bytes | None = None, timeout: float = 120, check: bool = True
    ) -> Completed:
        """Run podman; see :func:`lab.command.run`."""
        return run(self.argv(*arguments), stdin=stdin, timeout=timeout, check=check)

    def run_inside(self, argv: Sequence[str], *, stdin: bytes) -> Completed:
        """Run another program as root where podman's mounts are visible."""
        return run(as_root(self.inside(argv)), stdin=stdin)

    def json(self, *arguments: str) -> Any:
        """What podman prints with `--format json`."""
        return json.loads(self(*arguments, "--format", "json").out or "null") or []

    def containers(self, lab_id: str | None = None) -> dict[str, dict[str, Any]]:
        """The lab's containers by node name, whatever their state; of every lab on this host without an id."""
        wanted = f"label={LABEL}" + (f"={lab_id}" if lab_id else "")
        return {entry["Labels"][f"{LABEL}.node"]: entry for entry in self.json("ps", "--all", "--filter", wanted)}
