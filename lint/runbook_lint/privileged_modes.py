# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modes and capabilities by which a program runs with other rights than those of who starts it (runbook 6.5)."""

from __future__ import annotations

import re
import typing as t

if t.TYPE_CHECKING:
    from runbook_lint.shell import Command

_OCTAL: t.Final = re.compile(r"(?:0o|0)?(?P<special>[1-7])[0-7]{3}")
_SYMBOLIC: t.Final = re.compile(r"(?:^|,)(?P<who>[ugoa]*)[+=][rwxXt]*s")


def is_privileged(mode: str, *, is_folder: bool = False) -> bool:
    """Whether a mode has setuid, or setgid, which on a folder only names the group of new files."""
    octal = _OCTAL.fullmatch(mode)
    if octal:
        bits = int(octal["special"])
        return bool(bits & 4 or (bits & 2 and not is_folder))
    symbolic = _SYMBOLIC.search(mode)
    return symbolic is not None and not (is_folder and symbolic["who"] == "g")


def is_executable(mode: str) -> bool:
    """Whether a mode lets somebody run a file."""
    if re.fullmatch(r"(?:0o)?[0-7]{3,5}", mode):
        return bool(int(mode, 8) & 0o111)
    return re.search(r"[+=][rwst]*x", mode) is not None


def of_command(command: Command) -> str:
    """Return how a command hands out such rights, in few words, "" where it does not."""
    words = command.argv[1:]
    if command.program == "chmod":
        mode = next((word for word in words if not word.startswith("-") or re.fullmatch(r"-[rwxst]+", word)), "")
        # What it is applied to is a folder as often as a program where only the group's bit is set.
        is_folder = any(word.endswith("/") for word in words) or any(
            re.fullmatch(r"-[a-zA-Z]*R", word) for word in words
        )
        return f"chmod {mode}" if is_privileged(mode, is_folder=is_folder) else ""
    if command.program == "install":
        for index, word in enumerate(words):
            mode = words[index + 1] if word in ("-m", "--mode") and index + 1 < len(words) else ""
            mode = mode or (word[2:] if word.startswith("-m") else word[7:] if word.startswith("--mode=") else "")
            if mode and is_privileged(mode, is_folder="-d" in words):
                return f"install -m {mode}"
    if command.program == "setcap" and words and "-r" not in words and "-v" not in words:
        return f"setcap {words[0]}" if not words[0].startswith("-") else "setcap"
    return ""


__all__ = ("is_executable", "is_privileged", "of_command")
