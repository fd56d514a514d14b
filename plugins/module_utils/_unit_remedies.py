# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator types to put a unit, or what stands in its place, in order (runbook 4.2). Private to the collection.

Nothing is deleted that a person may have written: it is moved to /root, where nothing reads it.
"""

from __future__ import annotations

import typing as t

from ._systemctl import READ_ANEW, as_typed
from ._text import shell_word

_ASIDE = "/root/"
_BY_HAND = "take it away on the node by hand: its name cannot be typed"


def typed(*commands: str, joined: str = " && ", more: str = "") -> str:
    """Return commands as one remedy in single quotes; where one of them cannot be typed, a sentence in its place.

    :param more: what follows the commands, as a part of the sentence.
    """
    return f"'{joined.join(commands)}'{more}" if all(commands) else f"{_BY_HAND}{more}"


def in_words(text: str) -> str:
    """Return a remedy that is no command: between single quotes there is always one to be typed."""
    return text.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")


def aside(path: str) -> str:
    """Return the command that moves a file or link out of the way."""
    word = shell_word(path)
    return f"mv --backup=numbered -- {word} {_ASIDE}" if word else ""


def removed(path: str) -> str:
    """Return the command that removes a link."""
    word = shell_word(path)
    return f"rm -- {word}" if word else ""


def read_anew() -> str:
    """Return the command after which systemd knows what its folders hold now."""
    return as_typed("enable", READ_ANEW)


def gone(name: str, *, stop: bool = True) -> str:
    """Return the commands after which a unit is down and none of its links is left, whatever of both there was."""
    # systemctl stops no template, and a unit that is none has nothing to be stopped.
    words = [as_typed("stop", name)] if stop and "@." not in name else []
    disable = as_typed("disable", name)
    return "; ".join([*words, disable]) if disable and all(words) else ""


def moved_aside(name: str, path: str) -> str:
    """Return the remedy for a unit whose file is not from the repository."""
    first, move = gone(name), aside(path)
    return typed(f"{first}; {move} && {read_anew()}" if first and move else "")


def restored(checkout: str, owner: str, paths: t.Sequence[str]) -> str:
    """Return the commands that bring files of the checkout back to its commit, for systemd too."""
    words = [shell_word(path) for path in paths]
    if not all((shell_word(checkout), shell_word(owner), *words)):
        return ""
    git = (
        f"runuser -u {shell_word(owner)} -- git -C {shell_word(checkout)} restore --staged --worktree --source=HEAD --"
    )
    return f"{git} {' '.join(words)} && {read_anew()}"


__all__ = ("aside", "gone", "in_words", "moved_aside", "read_anew", "removed", "restored", "typed")
