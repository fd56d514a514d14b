# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A .venv as it is, and whether it is one of Debian's own Python (runbook 3.4). Private to the collection."""

from __future__ import annotations

import os
import stat
import typing as t

from ._files import metadata, read_text
from ._project_modes import Modes, look_at_modes

PYTHON = "/usr/bin/python3"
UNFINISHED = ".runbook-unfinished"
_CONFIG = "pyvenv.cfg"


class System(t.NamedTuple):
    """The Python that Debian brings.

    :param python: the file that /usr/bin/python3 leads to.
    :param version: its version to the minor number, as ``3.13``.
    :param pip: the wheel with Debian's pip, "" where python3-venv is not installed.
    """

    python: str
    version: str
    pip: str


class Venv(t.NamedTuple):
    """What lies at a project's .venv.

    :param kind: ``none``, ``folder``, ``link`` or ``other``.
    :param leads_to: where a link leads, or whose folder it is.
    :param config: text of pyvenv.cfg, None where it has none.
    :param python: the file that its interpreter leads to, "" where that is gone.
    :param has_library: whether it has a site-packages folder of the node's Python.
    :param unfinished: whether a run of ours was cut off while it made it.
    """

    kind: str = "none"
    leads_to: str = ""
    config: str | None = None
    python: str = ""
    has_library: bool = False
    unfinished: bool = False
    modes: Modes = Modes()

    @property
    def settings(self) -> dict[str, str]:
        """The lines of pyvenv.cfg, keys in lower case as Python reads them."""
        pairs = (line.partition("=") for line in (self.config or "").splitlines())
        return {key.strip().lower(): value.strip() for key, equals, value in pairs if equals}

    @property
    def sees_system(self) -> bool:
        """Whether it also sees what is installed for the whole system."""
        return self.settings.get("include-system-site-packages", "false").lower() != "false"


def site_packages(path: str, version: str) -> str:
    return f"{path}/lib/python{version}/site-packages"


def read_venv(path: str, system: System, uid: int) -> Venv:
    """Read the .venv at ``path``, as the account that owns it."""
    found = metadata(path)
    if found is None:
        return Venv()
    if found.kind == "link":
        return Venv("link", os.readlink(path))
    if found.kind != "folder":
        return Venv("other")
    interpreter = os.path.realpath(f"{path}/bin/python")
    library = site_packages(path, system.version)
    return Venv(
        "folder",
        config=read_text(f"{path}/{_CONFIG}", limit=100_000),
        python=interpreter if _is_program(interpreter) else "",
        # Also a link would be followed by Python, to packages that are not this folder's.
        has_library=os.path.realpath(library) == library and os.path.isdir(library),
        unfinished=metadata(f"{path}/{UNFINISHED}") is not None or not os.listdir(path),
        modes=look_at_modes(path, uid),
    )


def _is_program(path: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode) and os.access(path, os.X_OK)
    except OSError:
        return False


def why_not_a_place(path: str, venv: Venv) -> str:
    """Return why nothing may be done at ``path``, whatever is declared; "" when it may."""
    if venv.kind == "link":
        return f"{path} is a link to {venv.leads_to!r}; a .venv is a folder of its project, so remove the link"
    if venv.kind == "other":
        return f"{path} is no folder; remove it, a .venv is made in its place"
    if venv.modes.foreign:
        shown = ", ".join(venv.modes.foreign[:3])
        return f"{path} holds what does not belong to its owner ({shown}); remove that or all of {path}, then run again"
    if venv.modes.leading_out:
        shown = ", ".join(venv.modes.leading_out[:3])
        return f"{path} holds links that lead out of it ({shown}); remove them, its code must be its own"
    return ""


def why_broken(path: str, venv: Venv, system: System) -> str:
    """Return why a .venv cannot be used as it is, "" when it can."""
    settings = venv.settings
    if venv.config is None:
        return "it has no pyvenv.cfg, so it is no virtual environment"
    for tool in ("virtualenv", "uv", "conda"):
        if tool in settings:
            return f"it was made by {tool}, and a .venv is made by Debian's {PYTHON} -m venv"
    if not venv.python:
        made_for = _made_for(settings)
        return f"its interpreter bin/python leads nowhere, as after an upgrade of Python (it was made for {made_for})"
    if venv.python != system.python:
        return f"its interpreter is {venv.python}, and Debian's is {system.python}"
    if not venv.has_library or not f"{settings.get('version', '')}.".startswith(f"{system.version}."):
        return f"it was made for Python {_made_for(settings)}, and the node has {system.version}"
    made_by = settings.get("command", path)
    if not f" {made_by}".rstrip("/").endswith(f" {path}"):
        return f"it was made by {made_by!r} and moved, so its scripts start another interpreter"
    return ""


def _made_for(settings: t.Mapping[str, str]) -> str:
    return settings.get("version") or settings.get("version_info") or "an unknown version"


def without_system(config: str) -> str:
    """Return the text of a pyvenv.cfg that does not let the .venv see what is installed for the whole system."""
    lines = []
    for line in config.splitlines():
        key = line.partition("=")[0].strip().lower()
        if key != "include-system-site-packages":
            lines.append(line)
    return "".join(f"{line}\n" for line in [*lines, "include-system-site-packages = false"])


__all__ = (
    "PYTHON",
    "UNFINISHED",
    "System",
    "Venv",
    "read_venv",
    "site_packages",
    "why_broken",
    "why_not_a_place",
    "without_system",
)
