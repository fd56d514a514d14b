# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""podman as the lab calls it: with the options that this host needs, in the namespace that it needs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from lab.command import Completed, as_root, run
from lab.host import Host
from lab.namespace import MountNamespace

LABEL = "ai_systems.runbook.lab"


class Podman:
    """The one seam to podman."""

    def __init__(self, host: Host, lab_id: str) -> None:
        self.host = host
        self.lab_id = lab_id
        self.namespace = MountNamespace(lab_id) if host.needs_namespace else None

    def argv(self, *arguments: str) -> list[str]:
        """The whole command line of a podman call."""
        return as_root(self.inside(["podman", *self.host.podman_options, *arguments]))

    def inside(self, argv: Sequence[str]) -> list[str]:
        """A command started where podman's mounts are visible."""
        return self.namespace.enter(argv) if self.namespace else list(argv)

    def __call__(
        self, *arguments: str, stdin: bytes | None = None, timeout: float = 120, check: bool = True
    ) -> Completed:
        """Run podman; see :func:`lab.command.run`."""
        return run(self.argv(*arguments), stdin=stdin, timeout=timeout, check=check)

    def run_inside(self, argv: Sequence[str], *, stdin: bytes | None = None, check: bool = True) -> Completed:
        """Run another program as root where podman's mounts are visible."""
        return run(as_root(self.inside(argv)), stdin=stdin, check=check)

    def json(self, *arguments: str) -> Any:
        """What podman prints with `--format json`."""
        return json.loads(self(*arguments, "--format", "json").out or "null") or []

    def states(self, containers: Sequence[str]) -> dict[str, str]:
        """The state of each of the named containers that exists, as podman says; `lost` if it cannot say."""
        done = self("ps", "--all", "--filter", f"label={LABEL}={self.lab_id}", "--format", "json", check=False)
        if done.code == 0:
            return {entry["Names"][0]: entry["State"] for entry in json.loads(done.out or "null") or ()}
        # One container whose network namespace is gone makes podman refuse to list any.
        found = {}
        for container in containers:
            if self("container", "exists", container, check=False).code == 0:
                one = self("inspect", "--format", "{{.State.Status}}", container, check=False)
                found[container] = one.out.strip() if one.code == 0 else "lost"
        return found
