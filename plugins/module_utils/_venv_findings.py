# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the packages of a project may come in beside its .venv: what weakens pip on a node (runbook 3.4).

Private to the collection. What is found is reported, never mended: a file of settings may be somebody's intent.
"""

from __future__ import annotations

import configparser
import glob
import os
import pwd
import re
import typing as t

from ._accounts import FIRST_UID, LAST_UID
from ._files import FileError, read_text
from ._findings import Finding, Verdict
from ._tree_facts import finding

CLAUSE = "3.4"
_LIMIT = 256 * 1024
_SYSTEM_CONFIGS = ("/etc/pip.conf", "/etc/xdg/pip/pip.conf")
_HOME_CONFIGS = (".config/pip/pip.conf", ".pip/pip.conf")
_SYSTEM_SETTINGS = (
    "/etc/environment",
    "/etc/profile",
    "/etc/bash.bashrc",
    "/etc/security/pam_env.conf",
    "/etc/profile.d/*",
    "/etc/environment.d/*",
    "/etc/systemd/system.conf",
    "/etc/systemd/system.conf.d/*",
)
_HOME_SETTINGS = (".profile", ".bash_profile", ".bashrc", ".bash_login", ".pam_environment", ".config/environment.d/*")
_OVERRIDE = re.compile(r"(?<![A-Za-z0-9_])(PIP_[A-Z0-9_]+)\s*=\s*[\"']?([^\s\"']*)", re.MULTILINE)
_TRUE = ("1", "true", "yes", "on", "t", "y")
# Settings that lead pip past the .venv. The rest change only what pip does by hand: the runbook's own reads none.
_WAYS_OUT = ("break-system-packages", "user", "target", "prefix", "root", "python", "config-file")


class Setting(t.NamedTuple):
    """One setting of pip that a node makes for whoever calls pip by hand."""

    path: str
    name: str
    value: str


class State(t.NamedTuple):
    """What was read; ``unmarked`` are folders of Debian's Python without their EXTERNALLY-MANAGED."""

    unmarked: tuple[str, ...]
    settings: tuple[Setting, ...]
    unread: tuple[str, ...]


def settings_of_config(path: str, text: str) -> list[Setting]:
    """Return the settings of a pip.conf, whatever its section."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return [Setting(path, "unreadable", "")]
    return [
        Setting(path, name.replace("_", "-"), value or "")
        for section in parser.sections()
        for name, value in parser.items(section)
    ]


def settings_of_environment(path: str, text: str) -> list[Setting]:
    """Return the PIP_* variables that a file sets; lines that are comments set none."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return [
        Setting(path, name.removeprefix("PIP_").lower().replace("_", "-"), value)
        for name, value in _OVERRIDE.findall(lines)
    ]


def judge(state: State) -> list[Finding]:
    """Return what is found, violations first."""
    found = [
        finding(
            CLAUSE,
            "violation",
            f"{folder}/EXTERNALLY-MANAGED",
            "it was removed, so pip installs beside dpkg without a word",
            f"bring it back with 'apt install --reinstall lib{os.path.basename(folder)}-stdlib'",
        )
        for folder in state.unmarked
    ]
    found += [_finding(setting) for setting in state.settings]
    found += [
        finding(CLAUSE, "unknown", path, "it could not be read", "look at it on the node; it may set pip's options")
        for path in state.unread
    ]
    return sorted(found, key=lambda one: ("violation", "unknown", "info").index(one.verdict))


def _finding(setting: Setting) -> Finding:
    leads_out = setting.name in _WAYS_OUT and (
        setting.name not in ("break-system-packages", "user") or setting.value.lower() in _TRUE
    )
    verdict: Verdict = "violation" if leads_out else "info"
    evidence = (
        "it leads pip past the .venv"
        if leads_out
        else "it changes what pip does by hand; the runbook's pip reads it not"
    )
    return finding(
        CLAUSE,
        verdict,
        f"{setting.path} {setting.name}",
        evidence,
        "remove the setting; what a project needs is declared in its requirements and in the inventory",
    )


def read_state() -> State:
    """Read a node's settings of pip, for the whole system, root and each person's account."""
    unmarked = tuple(
        os.path.dirname(path)
        for path in sorted(glob.glob("/usr/lib/python3.*/os.py"))
        if not os.path.lexists(f"{os.path.dirname(path)}/EXTERNALLY-MANAGED")
    )
    homes = [
        entry.pw_dir.rstrip("/")
        for entry in pwd.getpwall()
        if (entry.pw_uid == 0 or FIRST_UID <= entry.pw_uid <= LAST_UID) and entry.pw_dir.startswith("/")
    ]
    configs = [*_SYSTEM_CONFIGS, *(f"{home}/{name}" for home in homes for name in _HOME_CONFIGS)]
    others = [path for name in _SYSTEM_SETTINGS for path in sorted(glob.glob(name))]
    others += [
        path for home in homes for name in _HOME_SETTINGS for path in sorted(glob.glob(f"{glob.escape(home)}/{name}"))
    ]
    settings: list[Setting] = []
    unread: list[str] = []
    for paths, parse in ((configs, settings_of_config), (others, settings_of_environment)):
        for path in dict.fromkeys(paths):
            try:
                text = read_text(path, limit=_LIMIT)
            except (FileError, OSError):
                unread += [] if os.path.isdir(path) else [path]
                continue
            settings += parse(path, text) if text else []
    return State(unmarked, tuple(dict.fromkeys(settings)), tuple(unread))


__all__ = ("CLAUSE", "Setting", "State", "judge", "read_state", "settings_of_config", "settings_of_environment")
