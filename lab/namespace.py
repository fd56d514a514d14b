# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mount namespace with a cgroup v2 hierarchy, for hosts that have none at /sys/fs/cgroup.

No process holds it: the kernel keeps it for the file it is bound to, so there is nothing that can be killed. All nodes
of a lab share it, because podman's network namespaces are mounts, visible only in the namespace that made them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lab.command import as_root, run
from lab.paths import NAME


class MountNamespace:
    """The namespace of one lab, which no other lab can take away."""

    def __init__(self, lab_id: str) -> None:
        self.folder = Path("/run") / f"{NAME}.{lab_id}"
        self.file = self.folder / "mount-namespace"
        self.cgroup_parent = f"/{NAME}.{lab_id}"

    def enter(self, argv: Sequence[str]) -> list[str]:
        """The command as it has to be started to run inside; its working directory becomes /."""
        return ["nsenter", f"--mount={self.file}", "--", *argv]

    def is_whole(self) -> bool:
        """Whether the namespace exists and its cgroup hierarchy is in place; a killed run may have left half of it."""
        if "nsfs" not in current_mounts(self.file):
            return False
        done = run(as_root(self.enter(["stat", "--file-system", "--format=%T", "/sys/fs/cgroup"])), check=False)
        return done.out.strip() == "cgroup2fs"

    def ensure(self) -> bool:
        """Make the namespace unless it is there; whether it is new: then no earlier node can be reached from it."""
        if self.is_whole():
            return False
        self.remove()
        run(as_root(["mkdir", "--parents", str(self.folder)]))
        # A namespace can be bound only to a file on a mount that no other namespace sees changes of.
        run(as_root(["mount", "--bind", str(self.folder), str(self.folder)]))
        run(as_root(["mount", "--make-private", str(self.folder)]))
        run(as_root(["touch", str(self.file)]))
        run(as_root(["unshare", f"--mount={self.file}", "--propagation", "slave", "--", "true"]))
        run(as_root(self.enter(["umount", "--recursive", "/sys/fs/cgroup"])), check=False)
        run(as_root(self.enter(["mount", "-t", "cgroup2", "cgroup2", "/sys/fs/cgroup"])))
        return True

    def remove(self) -> None:
        """Let the namespace go, with the cgroups that podman made in it."""
        if "nsfs" in current_mounts(self.file):
            self.remove_cgroups()
        for path in (self.file, self.folder):
            for _ in current_mounts(path):
                run(as_root(["umount", "--lazy", str(path)]), check=False)
        if self.folder.exists():
            run(as_root(["rm", "-rf", "--one-file-system", str(self.folder)]))

    def remove_cgroups(self) -> None:
        """Remove the empty cgroups below ours, innermost first; none can be removed while anything runs in it."""
        parent = f"/sys/fs/cgroup{self.cgroup_parent}"
        run(as_root(self.enter(["find", parent, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";"])), check=False)


def mounts_at(path: Path, mountinfo: str) -> list[str]:
    """The types of what is mounted on a path, oldest first.

    :param mountinfo: the text of /proc/self/mountinfo.
    """
    types = []
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        if before.split()[4:5] == [str(path)]:
            types.append(after.split()[0])
    return types


def current_mounts(path: Path) -> list[str]:
    """The types of what is mounted on a path now."""
    return mounts_at(path, Path("/proc/self/mountinfo").read_text())
