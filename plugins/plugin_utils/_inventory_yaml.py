# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A YAML inventory as its lines: where a host stands in it, and its text without it or with it. Private.

Whole lines are moved and nothing is written anew, so that comments, order and quotes stay as somebody wrote them. What
is written in a form that lines cannot move is refused.
"""

from __future__ import annotations

import re
import typing as t

import yaml
from ansible.errors import AnsibleError
from ansible.parsing.utils.addresses import parse_address
from ansible.plugins.inventory import detect_range, expand_hostname_range

Plain = t.Any
_NOTHING_BEHIND = re.compile(r"\s*:\s*(#.*)?")
_NULL_BEHIND = re.compile(r"\s*:\s*(?:~|null|Null|NULL)?\s*(#.*)?")
_COMMENT_BEHIND = re.compile(r"\s*(#.*)?")
_NULL: t.Final = "tag:yaml.org,2002:null"


class OddError(Exception):
    """The file is written in a form that is not understood; the message says what it is, with its line."""


class Body(t.NamedTuple):
    """One variable of a host, with its comments.

    :param name: the variable.
    :param value: what it is, comparable.
    :param lines: its lines, in the columns that they had.
    """

    name: str
    value: Plain
    lines: tuple[str, ...]


class Entry(t.NamedTuple):
    """One place where the host stands.

    :param group: whose host it is there.
    :param first: its first line, from 0.
    :param last: the line behind its last one.
    :param column: of its name.
    :param head: its name as it is written there, with the comment behind it.
    :param body: its variables.
    :param indent: how much further right they stand than the name.
    :param notes: comments in the place of variables, in columns that count from the name.
    :param above: comments above it that are its own.
    """

    group: str
    first: int
    last: int
    column: int
    head: str
    body: tuple[Body, ...]
    indent: int
    notes: tuple[str, ...] = ()
    above: tuple[str, ...] = ()


def root_of(text: str) -> yaml.MappingNode:
    """Return a file's groups.

    :raises OddError: it is no YAML inventory.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if isinstance(node, yaml.MappingNode):
            # Also finds what refers to itself.
            plain(node)
            return node
    except (yaml.YAMLError, RecursionError, ValueError) as exc:
        raise OddError(f"no YAML that can be read ({' '.join(str(exc).split())[:200]})") from exc
    raise OddError("no mapping of groups")


def plain(node: yaml.Node) -> Plain:
    """Return what a node says, comparable: tags and values, mappings without their order.

    :raises OddError: a mapping has a key twice.
    """
    if isinstance(node, yaml.MappingNode):
        pairs = [(plain(key), plain(value)) for key, value in node.value]
        found = dict(pairs) if all(isinstance(key, tuple) for key, _value in pairs) else {}
        if len(found) != len(pairs):
            raise OddError(f"a mapping with a key twice, or with a key that is no word, at line {_line(node)}")
        return found
    if isinstance(node, yaml.SequenceNode):
        return [plain(value) for value in node.value]
    return (node.tag, "" if node.tag == _NULL else node.value)


def groups_of(root: yaml.MappingNode) -> t.Iterator[tuple[str, yaml.Node, yaml.Node]]:
    """Yield each group of a file, also those inside others: its name, the key and what stands there."""
    for key, value in root.value:
        yield str(key.value), key, value
        if isinstance(value, yaml.MappingNode):
            for name, inner in value.value:
                if name.value == "children" and isinstance(inner, yaml.MappingNode):
                    yield from groups_of(inner)


def child(node: yaml.Node, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    """Return key and value in a mapping, None where it has none of that name."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next(((key, value) for key, value in pairs if key.value == name), None)


def entries_of(text: str, host: str) -> list[Entry]:
    """Return each place where the host stands, in the file's order.

    :raises OddError: it stands there in a form that lines cannot move.
    """
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    found = []
    for group, _key, value in groups_of(root_of(text)):
        hosts = child(value, "hosts")
        if hosts is None:
            continue
        if isinstance(hosts[1], yaml.ScalarNode) and hosts[1].value == host:
            raise OddError(f"{host} as plain text behind hosts: at line {_line(hosts[0])}")
        if not isinstance(hosts[1], yaml.MappingNode):
            continue
        for key, of_host in hosts[1].value:
            if key.value == host:
                found.append(_with_comments(lines, _entry(lines, group, hosts[1], key, of_host)))
            elif _covers(str(key.value), host):
                raise OddError(f"{host} as a part of {key.value!r} at line {_line(key)}")
    return found


def without(text: str, entries: t.Iterable[Entry]) -> str:
    """Return the text without these places."""
    lines = text.splitlines(keepends=True)
    for entry in sorted(entries, key=lambda one: -one.first):
        del lines[entry.first : entry.last]
    return "".join(lines)


def moved(entry_lines: t.Iterable[str], by: int) -> list[str]:
    """Return lines further right by so many columns, or further left as far as they have room."""
    return [line if not line.strip() else " " * max(_indent(line) + by, 0) + line.lstrip(" ") for line in entry_lines]


def _entry(lines: list[str], group: str, hosts: yaml.MappingNode, key: yaml.Node, value: yaml.Node) -> Entry:
    where = f"at line {_line(key)}"
    first, column = key.start_mark.line, key.start_mark.column
    if hosts.flow_style or lines[first][:column].strip(" ") or key.end_mark.line != first:
        raise OddError(f"{key.value} in a line together with others {where}")
    behind = lines[first][key.end_mark.column :].rstrip("\r\n")
    name = lines[first][column : key.end_mark.column]
    if isinstance(value, yaml.ScalarNode):
        if value.tag != _NULL:
            raise OddError(f"{key.value} with a word in the place of its variables {where}")
        if not _NULL_BEHIND.fullmatch(behind):
            raise OddError(f"{key.value} in a form of its own {where}")
        last = _notes_end(lines, first + 1, column)
        notes = tuple(moved(lines[first + 1 : last], -column))
        return Entry(group, first, last, column, _head(name, behind.partition("#")[2]), (), 2, notes)
    if not isinstance(value, yaml.MappingNode):
        raise OddError(f"{key.value} with a list in the place of its variables {where}")
    if value.flow_style:
        return _flow(lines, group, key, value, name)
    if not _NOTHING_BEHIND.fullmatch(behind) or not first < value.start_mark.line:
        raise OddError(f"{key.value} with an anchor, an alias or a tag {where}")
    last = _end(lines, value.end_mark, column)
    starts = [first + 1, *(one.start_mark.line for one, _value in value.value[1:]), last]
    body = tuple(
        Body(str(one.value), plain(said), tuple(lines[begin:end]))
        for (one, said), begin, end in zip(value.value, starts, starts[1:], strict=False)
    )
    if any(one.start_mark.column != value.start_mark.column for one, _said in value.value):
        raise OddError(f"{key.value} with several variables in one line {where}")
    return Entry(
        group, first, last, column, _head(name, behind.partition("#")[2]), body, value.start_mark.column - column
    )


def _with_comments(lines: t.Sequence[str], entry: Entry) -> Entry:
    """Return the entry with the comments above it, unless the next host may share them."""
    begin = entry.first
    while begin > 0 and lines[begin - 1].lstrip(" ").startswith("#") and _indent(lines[begin - 1]) == entry.column:
        begin -= 1
    behind = lines[entry.last] if entry.last < len(lines) else ""
    is_shared = bool(behind.strip()) and not behind.lstrip().startswith("#") and _indent(behind) == entry.column
    if is_shared:
        return entry
    return entry._replace(first=begin, above=tuple(moved(lines[begin : entry.first], -entry.column)))


def _flow(lines: list[str], group: str, key: yaml.Node, value: yaml.Node, name: str) -> Entry:
    first, end = key.start_mark.line, value.end_mark
    between = lines[first][key.end_mark.column :]
    behind = lines[end.line][end.column :].rstrip("\r\n")
    is_one_line = value.start_mark.line == end.line == first and re.match(r"\s*:\s*\{", between)
    if not is_one_line or not _COMMENT_BEHIND.fullmatch(behind):
        raise OddError(f"{key.value} with its variables in a form of its own at line {_line(key)}")
    column = key.start_mark.column
    line_end = _line_end(lines[first])
    body = []
    for one, said in value.value:
        if not one.start_mark.line == said.end_mark.line == first:
            raise OddError(f"{key.value} with an alias at line {_line(key)}")
        written = lines[first][one.start_mark.column : one.end_mark.column]
        inner = lines[first][said.start_mark.column : said.end_mark.column]
        body.append(Body(str(one.value), plain(said), (f"{' ' * (column + 2)}{written}: {inner}".rstrip() + line_end,)))
    return Entry(group, first, first + 1, column, _head(name, behind.partition("#")[2]), tuple(body), 2)


def _head(name: str, comment: str) -> str:
    return f"{name}:  #{comment}" if comment else f"{name}:"


def _end(lines: t.Sequence[str], mark: yaml.Mark, column: int) -> int:
    """Return the line behind a block that ends somewhere before ``mark``: what follows keeps its comments."""
    is_within = mark.line < len(lines) and bool(lines[mark.line][: mark.column].strip())
    last = mark.line + 1 if is_within else min(mark.line, len(lines))
    while last > 0:
        line = lines[last - 1]
        is_comment = line.lstrip(" ").startswith("#") and _indent(line) <= column
        if line.strip() and not is_comment:
            break
        last -= 1
    return last


def _notes_end(lines: t.Sequence[str], begin: int, column: int) -> int:
    """Return the line behind the comments that stand under a name, further right than it."""
    end = begin
    while end < len(lines) and lines[end].lstrip(" ").startswith("#") and _indent(lines[end]) > column:
        end += 1
    return end


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _line_end(line: str) -> str:
    return "\r\n" if line.endswith("\r\n") else "\n"


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _covers(pattern: str, host: str) -> bool:
    """Whether a name with a range or a port is this host too, as Ansible reads it."""
    try:
        name, _port = parse_address(pattern, allow_ranges=True)
        name = str(name or pattern)
        names = expand_hostname_range(name) if detect_range(name) else [name]
    except (AnsibleError, ValueError):
        return False
    return host in names


__all__ = ("Body", "Entry", "OddError", "child", "entries_of", "groups_of", "moved", "plain", "root_of", "without")
