# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How systemd splits the value of a setting into words, see "Quoting" in systemd.syntax(7). Private to the collection.

Only values that are lists or command lines are split; in all others a quote is a character like any other.
"""

from __future__ import annotations

import re
import typing as t

# Quotes count in the middle of a word too, which the manual does not say and systemd 257 does.
_TOKEN = re.compile(
    r"""[ \t\n\r]+|"((?:[^"\\]+|\\.)*)"?|'((?:[^'\\]+|\\.)*)'?|((?:[^\\"' \t\n\r]+|\\.|\\$)+)""", re.DOTALL
)
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.)|$)",
    re.DOTALL,
)
_NAMED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "s": " "}
_PREFIXES = "@-:+!|"


class CommandLine(t.NamedTuple):
    """One command of an Exec setting.

    :param prefixes: the special characters before the path: "-", "@", ":", "+", "!".
    :param argv: program and arguments; specifiers and variables stand as written.
    """

    prefixes: str
    argv: list[str]


def split(value: str) -> list[str]:
    """Return the words of a value, unquoted and unescaped. A quote that nothing closes holds to the end."""
    return [word for word, _plain in _words(value)]


def commands(value: str) -> list[CommandLine]:
    """Return the commands of one Exec setting; a lone ``;`` ends one."""
    found: list[CommandLine] = []
    argv: list[str] = []
    for word, plain in [*_words(value), (";", True)]:
        if word == ";" and plain:
            if argv:
                found.append(_command(argv))
            argv = []
        else:
            argv.append(word)
    return found


def _command(argv: list[str]) -> CommandLine:
    path = argv[0].lstrip(_PREFIXES)
    prefixes = argv[0][: len(argv[0]) - len(path)]
    # With "@" the second word is what the program is called in its own eyes.
    rest = argv[2:] if "@" in prefixes else argv[1:]
    return CommandLine(prefixes, [path, *rest])


def _words(value: str) -> list[tuple[str, bool]]:
    """Return each word with whether it stood there as it is, without quotes and escapes."""
    found: list[tuple[str, bool]] = []
    parts: list[str] = []
    plain = True
    for token in _TOKEN.finditer(value):
        double, single, bare = token.groups()
        if double is None and single is None and bare is None:
            if parts:
                found.append(("".join(parts), plain))
            parts, plain = [], True
            continue
        text = next(part for part in (double, single, bare) if part is not None)
        plain = plain and bare is not None and "\\" not in bare
        parts.append(_ESCAPE.sub(_unescaped, text) if "\\" in text else text)
    if parts:
        found.append(("".join(parts), plain))
    return found


def _unescaped(found: re.Match[str]) -> str:
    hexadecimal, octal, short, long, named = found.groups()
    digits = hexadecimal or short or long
    if digits or octal:
        code = int(digits, 16) if digits else int(octal, 8)
        return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
    return _NAMED.get(named, named) if named else ""


__all__ = ("CommandLine", "commands", "split")
