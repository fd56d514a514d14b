# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of a requirements file as pip reads them: pure decisions. Private to the collection."""

from __future__ import annotations

import re
import typing as t

MOST_LINES = 100_000
_COMMENT = re.compile(r"(^|\s)#.*$")
_VARIABLE = re.compile(r"\$\{[A-Z0-9_]+\}")
# Options of a file, by their long name; the second says whether a value follows.
_OPTIONS: t.Final = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "--pypi-url": "--index-url",
    "-f": "--find-links",
}
_WITH_VALUE: t.Final = (
    "--requirement",
    "--constraint",
    "--editable",
    "--index-url",
    "--extra-index-url",
    "--find-links",
    "--trusted-host",
    "--no-binary",
    "--only-binary",
    "--use-feature",
)
_WITHOUT_VALUE: t.Final = ("--no-index", "--pre", "--prefer-binary", "--require-hashes")


class Line(t.NamedTuple):
    """One logical line.

    :param where: file and line number, or the place in the inventory's list.
    :param option: the long name of the option that it gives, "" for a requirement.
    :param text: the option's value, or the requirement without its own options.
    :param hashes: what follows as ``--hash``.
    """

    where: str
    option: str
    text: str
    hashes: tuple[str, ...] = ()


class LineError(Exception):
    """A line cannot be read; the message names the place and the remedy."""


def logical_lines(text: str) -> t.Iterator[tuple[int, str]]:
    """Yield number and text of each line that says something, continued lines joined and comments left out."""
    parts: list[str] = []
    first = 0
    for number, raw in enumerate(text.splitlines(), start=1):
        is_comment = raw.lstrip().startswith("#")
        if not parts:
            first = number
        if raw.endswith("\\") and not is_comment:
            parts.append(raw[:-1])
            continue
        # A comment within a continued line ends it, as pip has it.
        parts.append(f" {raw}" if parts and is_comment else raw)
        joined = _COMMENT.sub("", "".join(parts)).strip()
        parts = []
        if joined:
            yield first, joined
    if parts and "".join(parts).strip():
        yield first, _COMMENT.sub("", "".join(parts)).strip()


def read_lines(text: str, name: str) -> list[Line]:
    """Return the lines of the file called ``name``.

    :raises LineError: one of them cannot be read.
    """
    if "\0" in text:
        raise LineError(f"{name} holds a zero byte, so it is no text; commit it as UTF-8")
    found: list[Line] = []
    for number, line in logical_lines(text):
        if len(found) == MOST_LINES:
            raise LineError(f"{name} has more than {MOST_LINES} requirements; split the project")
        found.append(read_line(line, f"{name}:{number}"))
    return found


def read_line(line: str, where: str) -> Line:
    """Return what one logical line says.

    :raises LineError: it cannot be read.
    """
    variable = _VARIABLE.search(line)
    if variable:
        raise LineError(f"{where}: {variable[0]} is taken from the environment; write out what it stands for")
    if line.startswith("-"):
        return _option_line(line, where)
    words = line.split()
    own = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    # The text as it stands: white space within a URL or marker is not ours to change.
    text = line if own == len(words) else line[: re.search(rf"\s{re.escape(words[own])}", line).start()]  # type: ignore[union-attr]
    return Line(where, "", text.strip(), tuple(_hashes(words[own:], where)))


def _option_line(line: str, where: str) -> Line:
    head, _space, value = line.partition(" ")
    head, equals, attached = head.partition("=")
    if equals:
        value = f"{attached} {value}"
    elif not head.startswith("--") and len(head) > 2:
        head, value = head[:2], f"{head[2:]} {value}"
    option, value = _OPTIONS.get(head, head), value.strip().strip("'\"")
    if option in _WITHOUT_VALUE and not value:
        return Line(where, option, "")
    if option in _WITH_VALUE and value:
        return Line(where, option, value)
    if option in _WITH_VALUE:
        raise LineError(f"{where}: {head} says nothing; give it a value or take the line out")
    raise LineError(f"{where}: {line[:60]!r} is no option of a requirements file; take it out")


def _hashes(words: t.Sequence[str], where: str) -> t.Iterator[str]:
    words = list(words)
    while words:
        word = words.pop(0)
        if word == "--hash" and words:
            word = f"--hash={words.pop(0)}"
        if not word.startswith("--hash="):
            raise LineError(
                f"{where}: {word[:60]!r} is not supported here; only --hash=sha256:... follows a requirement"
            )
        yield word.removeprefix("--hash=")


__all__ = ("MOST_LINES", "Line", "LineError", "logical_lines", "read_line", "read_lines")
