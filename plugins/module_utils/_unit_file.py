# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit files as systemd 257 reads them, see systemd.syntax(7). Private to the collection.

What systemd only warns of and ignores is a problem here: a line that has no effect is not what its author meant, and
a text that is odd on purpose must not be read in two ways.
"""

from __future__ import annotations

import re
import typing as t

from ._unit_problems import Problem, quoted

# systemd itself refuses a line over 1 MiB; no unit that a person wrote comes near these.
LONGEST_FILE = 1024 * 1024
MOST_LINES = 10_000
MOST_PROBLEMS = 20
_CLAUSE = "4.3"
_RULE = "syntax"
_BLANK = " \t\n\r"
_BYTE_ORDER_MARK = "\ufeff"
# systemd ends a line at each of these, so that a carriage return or NUL can hide an assignment from an editor.
_END_OF_LINE = re.compile(rb"(?:\r\n?|\n\r?)\0?|\0")
_HIDING_END = re.compile(rb"\r(?!\n)|\0")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_NOT_IN_A_SECTION = re.compile(r"[\x00-\x1f\x7f\"'\\]")
_SECTIONS = {
    "service": ("Unit", "Service", "Install"),
    "timer": ("Unit", "Timer", "Install"),
    "socket": ("Unit", "Socket", "Install"),
    "path": ("Unit", "Path", "Install"),
    "target": ("Unit", "Install"),
    # Kinds that we do not deploy, and that lie on every node.
    "mount": ("Unit", "Mount", "Install"),
    "automount": ("Unit", "Automount", "Install"),
    "swap": ("Unit", "Swap", "Install"),
    "slice": ("Unit", "Slice", "Install"),
    "scope": ("Unit", "Scope"),
}
_EXECUTED = {
    "service": (
        "Service",
        ("ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost", "ExecReload", "ExecStop", "ExecStopPost"),
    ),
    "socket": ("Socket", ("ExecStartPre", "ExecStartPost", "ExecStopPre", "ExecStopPost")),
}


class Text(t.NamedTuple):
    """A unit file or drop-in as it was read: where it lies, and its bytes."""

    path: str
    content: bytes


class Assignment(t.NamedTuple):
    """One ``Key=value`` of a unit, with the line on which it begins."""

    section: str
    key: str
    value: str
    file: str
    line: int


class Unit(t.NamedTuple):
    """A unit file with its drop-ins.

    :param assignments: in the order in which systemd reads them, by section and key.
    :param problems: what is wrong with the text itself.
    """

    name: str
    file: str
    assignments: dict[tuple[str, str], list[Assignment]]
    problems: list[Problem]

    @property
    def kind(self) -> str:
        """What the name ends with: service, timer, socket, path, target."""
        return self.name.rpartition(".")[2]

    @property
    def runs_in(self) -> str:
        """The section that says how the unit's commands are run, "" for a kind that runs none."""
        return _EXECUTED.get(self.kind, ("", ()))[0]

    @property
    def executed(self) -> list[Assignment]:
        """The Exec settings that hold."""
        section, keys = _EXECUTED.get(self.kind, ("", ()))
        return [one for key in keys for one in self.listed(section, key)]

    def said(self, section: str, key: str) -> list[Assignment]:
        """Return every assignment that has a value, for keys that nothing resets (OnFailure=, Conflicts=, …)."""
        return [one for one in self.assignments.get((section, key), ()) if one.value]

    def listed(self, section: str, key: str) -> list[Assignment]:
        """Return what holds of a key that collects values: an empty assignment resets it (ExecStart=, …)."""
        kept: list[Assignment] = []
        for one in self.assignments.get((section, key), ()):
            if one.value:
                kept.append(one)
            else:
                kept.clear()
        return kept

    def last(self, section: str, key: str, *, resets: bool = False) -> Assignment | None:
        """Return what holds of a key that has one value, None where it has none.

        :param resets: an empty assignment takes the value away (User=); else systemd ignores it (Restart=).
        """
        held = self.listed(section, key) if resets else self.said(section, key)
        return held[-1] if held else None

    def unsafe(self, section: str, key: str, *safe: str) -> Assignment | None:
        """Return the last value of a key that is not one of ``safe`` and that no safe one comes after.

        A value that systemd does not know is ignored by it, and what stood before stays in force; so only a value
        that is known to be harmless counts as one.
        """
        found = None
        for one in self.said(section, key):
            found = None if one.value in safe else one
        return found


def parse(name: str, texts: t.Sequence[Text]) -> Unit:
    """Return the unit ``name`` that its file and then its drop-ins, in the order of reading, make together.

    Nothing is raised for what is in the texts; it becomes a problem.
    """
    unit = Unit(name, texts[0].path if texts else name, {}, [])
    for text in texts:
        reader = _Reader(unit, text.path)
        reader.read(text.content)
        unit.problems.extend(reader.problems)
    return unit


def in_order(paths: t.Iterable[str]) -> list[str]:
    """Return drop-ins in the order in which systemd reads them: by file name, whatever their folder."""
    return sorted(paths, key=lambda path: (path.rpartition("/")[2].encode("utf-8", "surrogateescape"), path))


class _Reader:
    """Reads one file into a unit, line by line."""

    def __init__(self, unit: Unit, path: str) -> None:
        self._unit = unit
        self._path = path
        self._section: str | None = None
        self._ignored = False
        self.problems: list[Problem] = []

    def read(self, content: bytes) -> None:
        if len(content) > LONGEST_FILE:
            self._complain(0, f"it has {len(content)} bytes, {LONGEST_FILE} are the most", "write a shorter unit")
            return
        self._look_for_hidden_ends(content)
        lines = _END_OF_LINE.split(content, MOST_LINES)
        if len(lines) > MOST_LINES:
            self._complain(MOST_LINES + 1, f"it has more than {MOST_LINES} lines", "write a shorter unit")
            return
        self._read_lines(lines)
        if len(self.problems) > MOST_PROBLEMS:
            left = len(self.problems) - MOST_PROBLEMS
            del self.problems[MOST_PROBLEMS:]
            self._complain(0, f"it has {left} more problems of this kind", "mend the first ones, then run again")

    def _look_for_hidden_ends(self, content: bytes) -> None:
        found = _HIDING_END.search(content)
        if found:
            line = len(_END_OF_LINE.findall(content[: found.start()])) + 1
            what = "a NUL byte" if found[0] == b"\0" else "a carriage return alone"
            self._complain(
                line, f"{what} ends a line for systemd and hides the rest from an editor", "write plain lines"
            )

    def _read_lines(self, lines: list[bytes]) -> None:
        begun: list[str] = []
        begin = 0
        for number, raw in enumerate(lines, 1):
            line = self._decoded(raw, number)
            if line.lstrip(_BLANK)[:1] in ("#", ";"):
                # Also in the middle of a continued line, which goes on after it.
                continue
            begin = begin if begun else number
            if (len(line) - len(line.rstrip("\\"))) % 2:
                begun.append(f"{line[:-1]} ")
                continue
            self._read_statement("".join([*begun, line]).strip(_BLANK), begin)
            begun = []
        if begun:
            self._read_statement("".join(begun).strip(_BLANK), begin)

    def _decoded(self, raw: bytes, number: int) -> str:
        try:
            line = raw.decode("utf-8")
        except UnicodeDecodeError:
            self._complain(number, "it is not UTF-8", "save the file as UTF-8")
            line = raw.decode("utf-8", "replace")
        if number == 1:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        return line

    def _read_statement(self, line: str, number: int) -> None:
        if not line:
            return
        hidden = _CONTROL.search(line)
        if hidden:
            self._complain(number, f"{quoted(_named(line))} holds the control character {hidden[0]!a}", "leave it out")
        if line.startswith("["):
            self._enter(line, number)
        elif self._section is None:
            if not self._ignored:
                self._complain(
                    number,
                    f"{quoted(_named(line))} stands before any section",
                    "put it under [Unit] or another section",
                )
        else:
            self._assign(self._section, line, number)

    def _enter(self, line: str, number: int) -> None:
        name = line[1:-1]
        self._section = None
        self._ignored = True
        if not line.endswith("]") or len(line) < 2 or _NOT_IN_A_SECTION.search(name):
            self._complain(number, f"{quoted(line)} is no section", "write it as [Unit]")
        elif name.startswith("X-"):
            # systemd leaves these to other programs.
            return
        elif name not in _SECTIONS.get(self._unit.kind, ("Unit", "Install")):
            self._complain(
                number,
                f"{quoted(line)} means nothing in a {self._unit.kind} unit, and systemd ignores what is in it",
                "remove the section or name the unit after it",
            )
        else:
            self._section = name

    def _assign(self, section: str, line: str, number: int) -> None:
        key, equals, value = line.partition("=")
        key = key.rstrip(_BLANK)
        if not equals or not key:
            self._complain(number, f"{quoted(_named(line))} is no assignment", "write it as Key=value")
            return
        one = Assignment(section, key, value.lstrip(_BLANK), self._path, number)
        self._unit.assignments.setdefault((section, key), []).append(one)

    def _complain(self, number: int, what: str, remedy: str) -> None:
        self.problems.append(Problem(_CLAUSE, _RULE, self._path, number, what, remedy))


def _named(line: str) -> str:
    """Return what may be shown of a line that systemd does not read: not its value, which may be a secret."""
    return line.partition("=")[0].rstrip(_BLANK) or "="


__all__ = (
    "LONGEST_FILE",
    "MOST_LINES",
    "MOST_PROBLEMS",
    "Assignment",
    "Text",
    "Unit",
    "in_order",
    "parse",
)
