# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of apt's source files, deb822 (``*.sources``) and one-line (``*.list``): pure. Private.

Read as apt reads them, and each remembers where it stands, so that it can be disabled by an edit of one line that
leaves every other byte as the operator wrote it.
"""

from __future__ import annotations

import re
import typing as t

_FIELD = re.compile(r"([^\s:#-][^\s:]*)[ \t]*:(.*)", re.DOTALL)
_OPTION = re.compile(r"([^=\s]+?)[+-]?=(.*)", re.DOTALL)
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
_LOGIN = re.compile(r"(://)[^/\s]+@")
_NO = frozenset({"no", "false", "without", "off", "disable", "0"})
_TYPES = frozenset({"deb", "deb-src"})

Form = t.Literal["deb822", "one-line"]


class Entry(t.NamedTuple):
    """One entry of apt's sources.

    :param file: where it stands.
    :param line: the number of its first line there, from 1.
    :param last: the number of its last line.
    :param raw: those lines as they are.
    :param options: what else it says, by the lower-case name that deb822 has for it: ``signed-by``, ``trusted`` …
    :param problem: why apt cannot read it, "" where it can.
    """

    file: str
    line: int
    last: int
    form: Form
    raw: str
    enabled: bool
    types: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    options: t.Mapping[str, str] = {}
    problem: str = ""

    def says(self, option: str) -> bool:
        """Whether it sets an option to yes; what apt would not take for a boolean counts, since it was meant."""
        value = self.options.get(option, "").strip().lower()
        return bool(value) and value not in _NO

    def denies(self, option: str) -> bool:
        """Whether it sets an option to no."""
        return self.options.get(option, "").strip().lower() in _NO


def without_login(text: str) -> str:
    """Return a text with what stands before the host of an address left out: it may be a password."""
    return _LOGIN.sub(r"\1***@", text)


def form_of(file: str) -> Form:
    """Return how apt reads a file, going by its name alone."""
    return "deb822" if file.endswith(".sources") else "one-line"


def parse_entries(file: str, text: str) -> list[Entry]:
    """Return the entries of a file, the disabled ones of deb822 too; never raises, whatever the text is."""
    return list(_deb822(file, text) if form_of(file) == "deb822" else _one_line(file, text))


def disabled(text: str, entries: t.Iterable[Entry]) -> str:
    """Return a file's text with some of its entries disabled and every other byte as it was."""
    lines = text.split("\n")
    done: list[str] = []
    position = 0
    for entry in sorted(entries, key=lambda one: one.line):
        done += lines[position : entry.line - 1]
        done += _disabled(entry, lines[entry.line - 1 : entry.last])
        position = entry.last
    return "\n".join(done + lines[position:])


def _disabled(entry: Entry, lines: list[str]) -> list[str]:
    if entry.form == "one-line" or entry.problem:
        # A stanza that apt cannot read it cannot read "Enabled: no" in either.
        return [f"# {line}" for line in lines]
    edited: list[str] = []
    own = placed = False
    for line in lines:
        match = _FIELD.fullmatch(line)
        if match:
            own = match[1].lower() == "enabled"
        if not own or line.startswith("#"):
            edited.append(line)
        elif match:
            placed = True
            edited.append(f"{match[1]}: no" + ("\r" if line.endswith("\r") else ""))
        # A continuation line of the value that was replaced belongs to that value.
    if not placed:
        edited.insert(0, "Enabled: no" + ("\r" if edited[0].endswith("\r") else ""))
    return edited


def _deb822(file: str, text: str) -> t.Iterator[Entry]:
    begin, stanza = 0, list[str]()
    for number, line in enumerate([*text.split("\n"), ""], 1):
        # As for apt, a line of blanks ends no stanza.
        if line.strip("\r"):
            # A comment before the first field is no part of the stanza, so that "Enabled: no" comes behind it.
            if stanza or (line.strip() and not line.startswith("#")):
                begin = begin if stanza else number
                stanza.append(line)
        elif stanza:
            yield _stanza(file, begin, stanza)
            stanza = []


def _stanza(file: str, begin: int, lines: list[str]) -> Entry:
    fields: dict[str, str] = {}
    problem = ""
    name = ""
    for line in lines:
        if line.startswith("#"):
            continue
        match = _FIELD.fullmatch(line.rstrip("\r"))
        if line[:1] in {" ", "\t"} and name:
            fields[name] += "\n" + line.strip()
        elif match:
            name = match[1].lower()
            problem = problem or (f"its field {match[1]} stands twice" if name in fields else "")
            fields[name] = match[2].strip()
        else:
            problem = problem or f"its line {line[:80]!r} is no field"
    enabled = fields.pop("enabled", "").strip().lower() not in _NO
    types, uris, suites, components = (
        tuple(fields.pop(name, "").split()) for name in ("types", "uris", "suites", "components")
    )
    last, raw = begin + len(lines) - 1, "\n".join(lines)
    entry = Entry(file, begin, last, "deb822", raw, enabled, types, uris, suites, components, fields)
    return entry._replace(problem=problem or _problem(entry))


def _one_line(file: str, text: str) -> t.Iterator[Entry]:
    for number, line in enumerate(text.split("\n"), 1):
        content = _without_comment(line).strip(" \t\r")
        if content:
            entry = _line(Entry(file, number, number, "one-line", line, enabled=True), content)
            yield entry._replace(problem=entry.problem or _problem(entry))


def _without_comment(line: str) -> str:
    position = line.find("#")
    while position >= 0:
        # A # within an option's brackets is none of a comment.
        if line.count("[", 0, position) <= line.count("]", 0, position):
            return line[:position]
        position = line.find("#", position + 1)
    return line


def _line(entry: Entry, content: str) -> Entry:
    kind, _space, rest = content.replace("\t", " ").partition(" ")
    rest = rest.lstrip()
    options: dict[str, str] = {}
    if rest.startswith("["):
        inside, bracket, rest = rest[1:].partition("]")
        if not bracket:
            return entry._replace(types=(kind,), problem="its options have no end")
        for word in inside.split():
            match = _OPTION.fullmatch(word)
            if not match:
                return entry._replace(types=(kind,), problem=f"its option {word[:80]!r} is no assignment")
            options[match[1].lower()] = match[2].strip('"')
    words = [_unquoted(word) for word in re.findall(r'(?:"[^"]*"|\[[^\]]*\]|[^\s"\[])+', rest)]
    return entry._replace(
        types=(kind,), uris=tuple(words[:1]), suites=tuple(words[1:2]), components=tuple(words[2:]), options=options
    )


def _unquoted(word: str) -> str:
    return _PERCENT.sub(lambda match: chr(int(match[1], 16)), word.replace('"', ""))


def _problem(entry: Entry) -> str:
    unknown = [kind for kind in entry.types if kind not in _TYPES]
    if not entry.types or unknown:
        return f"its type {unknown[0][:40]!r} is unknown to apt" if unknown else "it has no type"
    if not entry.uris or any(":" not in uri for uri in entry.uris):
        return "it has no address"
    if not entry.suites:
        return "it has no suite"
    flat = [suite.endswith("/") for suite in entry.suites]
    if (any(flat) and entry.components) or (not all(flat) and not entry.components):
        return "its suite and components do not fit together"
    return ""


__all__ = ("Entry", "Form", "disabled", "form_of", "parse_entries", "without_login")
