# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that are handed to a supervisor beside systemd (runbook 4.1, 6.2): a reader. Private to the collection."""

from __future__ import annotations

import re
import typing as t

from ._node_paths import may_read, real_path
from ._text import one_line

if t.TYPE_CHECKING:
    from ._node_view import NodeView

_LIMIT = 256 * 1024


class Supervised(t.NamedTuple):
    """What a supervisor is told to run.

    :param path: the file or folder that says so.
    :param what: what is run, as far as it has a name.
    """

    supervisor: str
    path: str
    what: str


class _Place(t.NamedTuple):
    """Where a supervisor keeps what it is told: files in a folder, and how each names what is run."""

    supervisor: str
    folder: str
    suffix: str
    names: re.Pattern[str]


_PROGRAM = re.compile(r"^\s*\[(?:program|eventlistener|fcgi-program):([^\]\n]+)\]", re.MULTILINE)
_CHECK = re.compile(r"^\s*check\s+(?:process|program|host|file|system)\s+(\S+)", re.MULTILINE | re.IGNORECASE)
_WATCHER = re.compile(r"^\s*\[watcher:([^\]\n]+)\]", re.MULTILINE)
_INITTAB = re.compile(r"^[^#:\n]*:[^:\n]*:(?:respawn|once):(\S+)", re.MULTILINE)
_PLACES: t.Final = (
    _Place("supervisord", "/etc/supervisor/conf.d", ".conf", _PROGRAM),
    _Place("supervisord", "/etc/supervisord.d", "", _PROGRAM),
    _Place("monit", "/etc/monit/conf.d", "", _CHECK),
    _Place("monit", "/etc/monit/conf-enabled", "", _CHECK),
    _Place("monit", "/etc/monit.d", "", _CHECK),
    _Place("circus", "/etc/circus/conf.d", "", _WATCHER),
)
_FILES: t.Final = (
    ("supervisord", "/etc/supervisor/supervisord.conf", _PROGRAM),
    ("supervisord", "/etc/supervisord.conf", _PROGRAM),
    ("monit", "/etc/monit/monitrc", _CHECK),
    ("monit", "/etc/monitrc", _CHECK),
    ("circus", "/etc/circus/circusd.ini", _WATCHER),
    ("init", "/etc/inittab", _INITTAB),
)
# Each folder in one of these is a service with a program named run.
_RUN_FOLDERS: t.Final = (
    *(("runit", folder) for folder in ("/etc/service", "/etc/runit/runsvdir/default", "/var/service", "/service")),
    *(("s6", folder) for folder in ("/run/service", "/var/run/s6/services")),
)
_OF_A_HOME: t.Final = (("pm2", ".pm2/dump.pm2"), ("pm2", ".pm2/dump.pm2.bak"), ("supervisord", ".supervisord.conf"))
_NAME = re.compile(r'"name"\s*:\s*"([^"\n]{1,200})"')


def supervisor_of(path: str) -> str:
    """Return the supervisor beside systemd that reads a file of that path, "" where none does."""
    for one in _PLACES:
        if path.startswith(f"{one.folder}/") and path.endswith(one.suffix):
            return one.supervisor
    for supervisor, file, _names in _FILES:
        if path == file:
            return supervisor
    return next((supervisor for supervisor, folder in _RUN_FOLDERS if path.startswith(f"{folder}/")), "")


def supervised(view: NodeView) -> list[Supervised]:
    """Return what supervisors are told to run, by the file that says so; what a package brought is left out."""
    found: list[Supervised] = []
    for place in _PLACES:
        for name in view.names(place.folder):
            if name.endswith(place.suffix) and not name.startswith("."):
                found += _in_file(view, place.supervisor, f"{place.folder}/{name}", place.names)
    for supervisor, path, names in _FILES:
        found += _in_file(view, supervisor, path, names)
    for supervisor, folder in _RUN_FOLDERS:
        found += _in_folder(view, supervisor, folder)
    for home in view.homes:
        for supervisor, name in _OF_A_HOME:
            path = f"{home.path}/{name}"
            if may_read(view, path, home.uid):
                found += _in_file(view, supervisor, path, _NAME if supervisor == "pm2" else _PROGRAM)
    return found


def _in_folder(view: NodeView, supervisor: str, folder: str) -> list[Supervised]:
    found = []
    for name in view.names(folder):
        path = f"{folder}/{name}"
        run = f"{real_path(view, path)}/run"
        if view.exists(run) and run not in view.owned:
            found.append(Supervised(supervisor, path, one_line(name, 80)))
    return found


def _in_file(view: NodeView, supervisor: str, path: str, names: re.Pattern[str]) -> list[Supervised]:
    real = real_path(view, path)
    if not real or not view.exists(real) or view.is_original(real):
        return []
    said = list(dict.fromkeys(names.findall((view.content(real, limit=_LIMIT) or b"").decode("utf-8", "replace"))))
    # pm2 keeps what it starts again under the name of the application, which may stand there twice.
    shown = ", ".join(one_line(name, 60) for name in said[:5])
    return [Supervised(supervisor, path, shown)] if said else []


__all__ = ("Supervised", "supervised", "supervisor_of")
