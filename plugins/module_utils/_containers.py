# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers on a node and what starts them again (runbook 4.1, 6.2): a reader. Private to the collection.

Read from the engines' own files: to ask an engine may start it. podman keeps its containers in an SQLite database, for
root and for each person; docker a folder for each.
"""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import time
import typing as t

from ._text import one_line, shell_word

if t.TYPE_CHECKING:
    from ._node_view import NodeView

_DOCKER = "/var/lib/docker/containers"
_PODMAN = "containers/storage/db.sql"
_MOST = 500
_LIMIT = 4 * 1024 * 1024
_SECONDS = 5.0
_NEVER = ("", "no", "none")
_ID = re.compile(r"[0-9a-f]{64}")


class Container(t.NamedTuple):
    """A container.

    :param user: whose it is, where podman keeps it for a person.
    :param policy: its restart policy, as the engine has it.
    :param labels: of the container.
    """

    engine: str
    user: str
    name: str
    policy: str
    labels: t.Mapping[str, str]

    @property
    def restarts(self) -> bool:
        """Whether its engine starts it again by itself."""
        return self.policy not in _NEVER

    @property
    def subject(self) -> str:
        """What the audit calls it."""
        whose = f" of {self.user}" if self.user else ""
        return one_line(f"container {self.name}{whose}", 200)

    @property
    def remedy(self) -> str:
        """The command after which its engine leaves it alone."""
        word, user = shell_word(self.name), shell_word(self.user) if self.user else "root"
        if not word or not user:
            return "take its restart policy away on the node by hand"
        command = f"{self.engine} update --restart=no {word}"
        return f"'su - {user} -c \"{command}\"'" if self.user else f"'{command}'"


def containers(view: NodeView) -> list[Container]:
    """Return the containers of docker and podman, running or not.

    :raises ViewError: what an engine keeps cannot be read.
    :raises ValueError: what an engine keeps is damaged.
    """
    found = _of_docker(view)
    found += _of_podman(view, f"/var/lib/{_PODMAN}", "")
    for home in view.homes:
        if home.uid:
            found += _of_podman(view, f"{home.path}/.local/share/{_PODMAN}", home.name)
    return found


def _of_docker(view: NodeView) -> list[Container]:
    found = []
    for name in [name for name in view.names(_DOCKER) if _ID.fullmatch(name)][:_MOST]:
        host = _json(view, f"{_DOCKER}/{name}/hostconfig.json")
        config = _json(view, f"{_DOCKER}/{name}/config.v2.json")
        policy = str(_part(host, "RestartPolicy").get("Name", ""))
        called = str(config.get("Name", "")).lstrip("/") or name[:12]
        labels = _part(_part(config, "Config"), "Labels")
        found.append(Container("docker", "", called, policy, {str(key): str(said) for key, said in labels.items()}))
    return found


def _json(view: NodeView, path: str) -> dict[str, t.Any]:
    try:
        said = json.loads(view.content(path, limit=_LIMIT) or b"{}")
    except (ValueError, RecursionError) as exc:
        raise ValueError(f"{path} is no JSON that docker writes") from exc
    return said if isinstance(said, dict) else {}


def _part(said: t.Mapping[str, t.Any], key: str) -> dict[str, t.Any]:
    part = said.get(key)
    return part if isinstance(part, dict) else {}


def _of_podman(view: NodeView, path: str, user: str) -> list[Container]:
    if not view.exists(path):
        return []
    deadline = time.monotonic() + _SECONDS
    try:
        # Neither locked nor written, and what a home's owner may have put there in place of a table ends in time.
        with contextlib.closing(
            sqlite3.connect(f"file:{_quoted(view.on_disk(path))}?mode=ro&immutable=1", uri=True)
        ) as database:
            database.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LIMIT)
            rows = database.execute("SELECT JSON FROM ContainerConfig LIMIT ?", (_MOST,)).fetchall()
    except sqlite3.Error as exc:
        raise ValueError(f"{path} is no database of podman that can be read: {exc}") from exc
    found = []
    for (text,) in rows:
        try:
            said = json.loads(text)
        except (TypeError, ValueError, RecursionError):
            continue
        if isinstance(said, dict):
            labels = {str(key): str(value) for key, value in _part(said, "labels").items()}
            policy = str(said.get("restart_policy") or "")
            # A unit of podman's generator keeps it up, and is looked at as a unit.
            by_unit = "PODMAN_SYSTEMD_UNIT" in labels
            found.append(Container("podman", user, str(said.get("name", "")), "" if by_unit else policy, labels))
    return found


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


__all__ = ("Container", "containers")
