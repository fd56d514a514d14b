# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the lab keeps what it makes: state that belongs to one lab, and a cache that any lab can use."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NAME = "ai-systems-runbook-lab"


@dataclass(frozen=True)
class Paths:
    """The folders of one lab."""

    state: Path
    cache: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Paths:
        """XDG folders, or RUNBOOK_LAB_STATE and RUNBOOK_LAB_CACHE for several labs side by side."""
        home = Path(environment.get("HOME") or Path.home())
        state = (
            environment.get("RUNBOOK_LAB_STATE")
            or Path(environment.get("XDG_STATE_HOME") or home / ".local/state") / NAME
        )
        cache = (
            environment.get("RUNBOOK_LAB_CACHE") or Path(environment.get("XDG_CACHE_HOME") or home / ".cache") / NAME
        )
        return cls(Path(state).absolute(), Path(cache).absolute())

    @property
    def lab_id(self) -> str:
        """Tells this lab's containers from those of another lab on the same host."""
        return hashlib.sha256(str(self.state).encode()).hexdigest()[:8]

    @property
    def nodes(self) -> Path:
        """One record per node that is up."""
        return self.state / "nodes"

    @property
    def machines(self) -> Path:
        """One folder per virtual machine: its disk, its console, its process."""
        return self.state / "machines"

    @property
    def keys(self) -> Path:
        """The lab's key pairs, both halves."""
        return self.state / "keys"

    @property
    def known_hosts(self) -> Path:
        """The host keys of enrolled nodes."""
        return self.state / "known_hosts"

    @property
    def baselines(self) -> Path:
        """What each enrolled node's image held."""
        return self.state / "baselines"

    @property
    def reports(self) -> Path:
        """Where playbooks put their reports."""
        return self.state / "reports"

    @property
    def records(self) -> Path:
        """Where playbooks record what they installed."""
        return self.state / "records"

    @property
    def waivers(self) -> Path:
        """Where a lab's nodes may differ from the runbook; not there until a test or a person writes it."""
        return self.state / "waivers.yml"

    @property
    def repository(self) -> Path:
        """The sample ai-systems repository."""
        return self.state / "ai-systems"

    @property
    def logs(self) -> Path:
        """What slow programs printed."""
        return self.state / "logs"

    @property
    def images(self) -> Path:
        """Package layers by recipe."""
        return self.cache / "images"

    @property
    def emulators(self) -> Path:
        """QEMU by pair of architectures."""
        return self.cache / "emulators"
