# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings by which apt, needrestart, cloud-init or podman update a node, in the text of a file (runbook 6.1)."""

from __future__ import annotations

import re
import typing as t

from runbook_lint.decisions._guardrails_apt import wrong
from runbook_lint.decisions._guardrails_others import parse_restart
from runbook_lint.decisions._updates_settings import quadlet_update
from runbook_lint.jinja import UNKNOWN
from runbook_lint.node_file import config_text

_COMMENT: t.Final = re.compile(r"/\*.*?\*/|(?://|#)[^\n]*", re.DOTALL)
_TOKEN: t.Final = re.compile(
    r'(?P<name>[A-Za-z][\w-]*(?:::[\w-]+)*)(?:::)?\s*(?:(?P<open>\{)|(?P<value>"[^"]*"|\ufffd|\d+)\s*;)|(?P<close>\})'
)
_APT: t.Final = re.compile(r"APT::Periodic|Periodic\s*\{|Unattended-Upgrade", re.IGNORECASE)
_CLOUD: t.Final = re.compile(
    r"^(?P<key>package_upgrade|apt_upgrade|package_reboot_if_required|apt_reboot_if_required)\s*:\s*(?P<value>\S+)",
    re.MULTILINE,
)
_ORIGINS: t.Final = re.compile(r"^\s*Unattended-Upgrade::(?:Allowed-Origins|Origins-Pattern)", re.MULTILINE)


class Updating(t.NamedTuple):
    """A setting that updates.

    :param what: the setting with its value.
    :param line: 1-based.
    :param is_certain: False where a template gives the value.
    """

    what: str
    line: int
    is_certain: bool = True


def updating(text: str) -> list[Updating]:
    """Return what a text sets that has a node update itself, by its form alone: a template lies under any name."""
    plain = config_text(text)
    return [*_of_apt(plain), *_of_restart(plain), *_of_cloud(plain), *_of_quadlet(plain)]


def _of_apt(text: str) -> t.Iterator[Updating]:
    if not _APT.search(text):
        return
    for name, value, line in _settings(text):
        if UNKNOWN in value:
            if wrong([(name, "1")])[-1].name.lower() == name.lower():
                yield Updating(f"whether {name} is on is up to a template", line, is_certain=False)
            continue
        for one in wrong([(name, value)]):
            if one.name.lower() == name.lower():
                yield Updating(f'{name} "{value}" has apt work by itself', line)
    origins = _ORIGINS.search(text)
    if origins:
        yield Updating("it says what unattended-upgrades installs by itself", _line(text, origins.start()))


def _settings(text: str) -> t.Iterator[tuple[str, str, int]]:
    """Yield name, value and line of apt's settings, also of those in braces."""
    kept = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
    around: list[str] = []
    for token in _TOKEN.finditer(kept):
        if token["close"]:
            del around[-1:]
        elif token["open"]:
            around.append(token["name"])
        else:
            yield "::".join([*around, token["name"]]), token["value"].strip('"'), _line(kept, token.start())


def _of_restart(text: str) -> t.Iterator[Updating]:
    if "a" in parse_restart(text):
        yield Updating("it has needrestart restart services without asking", _line(text, text.index("nrconf")))


def _of_cloud(text: str) -> t.Iterator[Updating]:
    if not text.lstrip().startswith("#cloud-config"):
        return
    for found in _CLOUD.finditer(text):
        if found["value"].lower() in ("true", "yes", "on"):
            yield Updating(f"{found['key']} has cloud-init update or reboot the node", _line(text, found.start()))


def _of_quadlet(text: str) -> t.Iterator[Updating]:
    source = quadlet_update(text) if "[" in text else ""
    if source:
        found = text.lower().index("autoupdate")
        yield Updating(f"AutoUpdate={source} has podman replace the container by a newer image", _line(text, found))


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


__all__ = ("Updating", "updating")
