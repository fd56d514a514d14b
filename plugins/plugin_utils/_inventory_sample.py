# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample inventory as an operator's own: the same files, with the one line that depends on where we are installed.

Private to the collection.
"""

from __future__ import annotations

import pathlib
import typing as t

FILES: t.Final = (
    ".gitignore",
    "README.md",
    "ansible.cfg",
    "baselines/.gitkeep",
    "group_vars/all.yml",
    "group_vars/workers.yml",
    "host_vars/example-2.yml",
    "host_vars/example.yml",
    "hosts.yml",
    "known_hosts",
    "waivers.yml",
)
# Where ansible-galaxy installs to by itself; a collection that lies there is found without being named.
USUAL_PATHS: t.Final = ("~/.ansible/collections", "/usr/share/ansible/collections")
_SETTING = "collections_path = "


def operators_files(sample: pathlib.Path, *, collection: pathlib.Path) -> dict[str, str]:
    """Return the files of a new inventory repository by relative path.

    :param sample: folder of the sample inventory.
    :param collection: folder of this collection, as ``…/ansible_collections/ai_systems/runbook``.
    """
    files = {name: (sample / name).read_text(encoding="utf-8") for name in FILES}
    files["ansible.cfg"] = "".join(
        f"{_SETTING}{collections_path(collection)}\n" if line.startswith(_SETTING) else line
        for line in files["ansible.cfg"].splitlines(keepends=True)
    )
    return files


def collections_path(collection: pathlib.Path) -> str:
    """Return the search path by which Ansible finds this collection from anywhere."""
    usual = {str(pathlib.Path(path).expanduser()) for path in USUAL_PATHS}
    # A collection lies three folders below the one that is searched.
    root = str(collection.parents[2])
    return ":".join([*(() if root in usual else (root,)), *USUAL_PATHS])


__all__ = ("FILES", "USUAL_PATHS", "collections_path", "operators_files")
