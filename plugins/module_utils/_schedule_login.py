# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What shells run when somebody logs in (runbook 4.1, 6.1, 6.2): a reader. Private to the collection.

A shell's files set variables and colours. Told are only lines that leave something running, and those that do what a
unit must not do either.
"""

from __future__ import annotations

import re
import typing as t

from ._node_paths import real_path
from ._schedule_entry import Scheduled, entry, lines_of, names_of
from ._unit_commands import refused_in_text

if t.TYPE_CHECKING:
    from ._node_view import NodeView

_EVERYBODY = ("/etc/profile", "/etc/bash.bashrc", "/etc/zsh/zshrc", "/etc/zsh/zprofile", "/etc/zsh/zlogin")
_PROFILE_D = "/etc/profile.d"
_OF_A_PERSON = (
    *(".profile", ".bash_profile", ".bash_login", ".bashrc", ".bash_logout", ".bash_aliases"),
    *(".zshenv", ".zprofile", ".zshrc", ".zlogin", ".config/fish/config.fish"),
    *(".xprofile", ".xsession", ".xsessionrc", ".xinitrc", ".ssh/rc"),
)
_LEAVES_RUNNING = re.compile(
    r"(?<![&>\\])&\s*(?:$|[;)}#])|(?:^|[;&|({]\s*)(?:nohup|setsid|disown|daemonize)\b|\b(?:tmux|screen)\b.*\s-[a-z]*d"
)
_DEFINES = re.compile(r"(?:alias|export|declare|readonly)\s")


def starts_something(line: str) -> bool:
    """Return whether a line of a shell's start-up file leaves something running, or does what no unit may."""
    if _DEFINES.match(line):
        return False
    return bool(_LEAVES_RUNNING.search(line) or refused_in_text(line))


def logins(view: NodeView) -> t.Iterator[Scheduled]:
    """Yield such lines of the files that shells read for everybody and for each person."""
    failed: list[Scheduled] = []
    shared = [f"{_PROFILE_D}/{name}" for name in names_of(view, _PROFILE_D, failed) if name.endswith(".sh")]
    for path in (*_EVERYBODY, *shared):
        yield from _lines(view, path, "*", 0, failed)
    for home in view.homes:
        for name in _OF_A_PERSON:
            yield from _lines(view, f"{home.path}/{name}", home.name, home.uid, failed)
    yield from failed


def _lines(view: NodeView, path: str, user: str, uid: int, failed: list[Scheduled]) -> t.Iterator[Scheduled]:
    if view.is_original(real_path(view, path)):
        return
    for number, line in lines_of(view, path, uid=uid, failed=failed):
        if starts_something(line):
            yield entry(view, "profile", path, user, line, line=number)


__all__ = ("logins", "starts_something")
