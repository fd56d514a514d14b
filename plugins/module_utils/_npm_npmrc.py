# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A project's .npmrc (runbook 3.5): what of it counts, and what is refused. Pure decisions. Private to the collection.

The file is committed with the project, and anybody who works on the project needs it. Yet npm on a node takes from it
only where packages come from, as far as the inventory declares that too, and how strictly a lock is judged.
"""

from __future__ import annotations

import re
import typing as t

from ._npm_registries import normal
from ._text import one_line

FILE = ".npmrc"
_PASSED = ("legacy-peer-deps", "strict-peer-deps", "engine-strict")
_TRUE = ("", "true", "1", "null")
_SECRET = re.compile(
    r"(?:^|:)(?:_auth|_authtoken|_password|username|certfile|keyfile|cert|key|always-auth|tokenhelper)$", re.IGNORECASE
)
_REGISTRY = re.compile(r"(?:(?P<scope>@[A-Za-z0-9._~-]+):)?registry")
_LINE = re.compile(r"\s*(?P<key>[^=]*?)\s*(?:=\s*(?P<value>.*?)\s*)?")
# What else npm would let a project change, and why it may not here.
_REFUSED = {
    "ca": "which authorities hold is the node's own matter, under /etc/ssl",
    "cafile": "which authorities hold is the node's own matter, under /etc/ssl",
    "proxy": "a proxy is the node's own matter, in its environment",
    "https-proxy": "a proxy is the node's own matter, in its environment",
    "script-shell": "it names a program that npm would run",
    "node-options": "it is code that npm would run",
    "git": "it names a program that npm would run",
    "globalconfig": "no settings of the node are read",
    "userconfig": "no settings of the node are read",
}


class Setting(t.NamedTuple):
    """One line of an .npmrc: where it stands, its key, and its value."""

    line: int
    key: str
    value: str


class Npmrc(t.NamedTuple):
    """What of an .npmrc counts.

    :param passed: lines for npm, from what is allowed.
    :param problems: what is refused, one sentence each.
    """

    passed: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def read_settings(text: str) -> list[Setting]:
    """Return the settings of an .npmrc; sections have no meaning for npm."""
    found = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped[0] in ";#[":
            continue
        parts = _LINE.fullmatch(stripped)
        if parts is None:
            continue
        value = "true" if parts["value"] is None else parts["value"]
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        found.append(Setting(number, parts["key"].strip("\"'").removesuffix("[]"), value))
    return found


def judge(text: str, where: str, registries: t.Collection[str]) -> Npmrc:
    """Return what of an .npmrc counts.

    :param where: the file, as it is shown.
    :param registries: those that the inventory declares, in their normal form.
    """
    passed: list[str] = []
    problems: list[str] = []
    for setting in read_settings(text):
        place = f"{where}, line {setting.line}"
        registry = _REGISTRY.fullmatch(setting.key)
        reason = _why_not(setting)
        if reason:
            problems.append(f"{place}: {one_line(setting.key, 80)!r} {reason}; take the line out")
        elif registry:
            url = normal(setting.value)
            if url in registries:
                passed.append(f"{setting.key}={url}")
            else:
                shown = one_line(url or "a registry that is no https URL without a login", 200)
                problems.append(
                    f"{place}: it names {shown}, and the inventory does not declare it; add it to the project's "
                    "registries, or take the line out"
                )
        elif setting.key in _PASSED:
            passed.append(f"{setting.key}={'true' if setting.value.lower() in _TRUE else 'false'}")
    return Npmrc(tuple(passed), tuple(problems))


def _why_not(setting: Setting) -> str:
    """Return what is wrong with a setting. Its value is never repeated: it may be a secret."""
    key, value = setting.key, setting.value.lower()
    if "${" in setting.key or ("${" in setting.value and (_REGISTRY.fullmatch(key) or key in _PASSED)):
        return "takes a value from the environment, and npm has none on a node"
    if _SECRET.search(key):
        return "is a credential, and none is kept on a node (6.3)"
    if key in _REFUSED:
        return f"is refused: {_REFUSED[key]}"
    if (key == "global" and value in _TRUE) or (key == "location" and value == "global"):
        return "makes npm install for the whole system, and packages are the project's own (3.5)"
    if key == "prefix":
        return "says where npm installs, and that is the project alone (3.5)"
    if key == "strict-ssl" and value not in _TRUE:
        return "lets anybody answer for the registry"
    if key == "ignore-scripts" and value not in _TRUE:
        return "lets every package run its scripts; name the few that must in allow_scripts of the inventory"
    return ""


__all__ = ("FILE", "Npmrc", "Setting", "judge", "read_settings")
