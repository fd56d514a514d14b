# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host moved into the one group, in the text of YAML inventories (runbook 5.4). Private to the collection.

Pure. Each new text is read again and compared with what it must say; what does not come out so is left to a person.
"""

from __future__ import annotations

import copy
import json
import typing as t

import yaml

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommissioned import GROUP
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._inventory_yaml import (
    Entry,
    OddError,
    child,
    entries_of,
    groups_of,
    moved,
    plain,
    root_of,
    without,
)

HEADING: t.Final = (
    "# Out of service for good (runbook 5.4): no playbook touches these nodes. Written by decommission.yml."
)
Texts = t.Mapping[str, str]
_KEY = "tag:yaml.org,2002:str"


class Move(t.NamedTuple):
    """What becomes of an inventory.

    :param texts: the new text of each file that changes, the one that holds the host afterwards first.
    :param left: the groups that the host stood in.
    """

    texts: dict[str, str]
    left: tuple[str, ...]


def move(texts: Texts, host: str, facts: t.Mapping[str, str]) -> Move:
    """Return the texts with the host in the group ``decommissioned`` alone, its own variables kept.

    :param texts: of all YAML files of the inventory, by path.
    :param facts: variables to be added.
    :raises OddError: a file is written in a form that is not understood; nothing is to be changed then.
    """
    entries = {path: entries_of(text, host) for path, text in texts.items()}
    everywhere = [(path, entry) for path, found in entries.items() for entry in found]
    left = tuple(dict.fromkeys(entry.group for _path, entry in everywhere if entry.group != GROUP))
    if not everywhere or not left:
        return Move({}, ())
    body = _merged(host, [entry for _path, entry in everywhere], facts)
    target = next((path for path, text in texts.items() if _group(text) is not None), "")
    target = target or next((path for path, entry in everywhere if entry.body), everywhere[0][0])
    rest = {path: without(texts[path], found) for path, found in entries.items() if found}
    head = max((entry for _path, entry in everywhere), key=lambda entry: (bool(entry.body), "#" in entry.head)).head
    head_lines = [line for _path, entry in everywhere for line in entry.above] + [head]
    changed = {target: _added(rest.get(target, texts[target]), head_lines, body, facts)}
    changed |= {path: text for path, text in rest.items() if path != target}
    _verify(texts, changed, host, facts)
    return Move({path: text for path, text in changed.items() if text != texts[path]}, left)


def by_hand(host: str, facts: t.Mapping[str, str]) -> str:
    """Return what a person writes into a YAML inventory."""
    said = "".join(f"      {name}: {json.dumps(value)}\n" for name, value in facts.items())
    return f"{GROUP}:\n  hosts:\n    {host}:\n      # its own variables, as they are now\n{said}"


def _merged(host: str, entries: t.Sequence[Entry], facts: t.Mapping[str, str]) -> list[str]:
    """Return the lines of the host's variables, each once, in columns that count from its name.

    :raises OddError: two places do not say the same.
    """
    values: dict[str, t.Any] = {}
    lines: list[str] = []
    for entry in entries:
        lines += entry.notes
        for one in entry.body:
            if one.name in facts:
                continue
            if one.name not in values:
                lines += moved(one.lines, 2 - entry.column - entry.indent)
            elif values[one.name] != one.value:
                raise OddError(f"{host} with two values of {one.name} in its groups")
            values[one.name] = one.value
    return lines


def _group(text: str) -> tuple[yaml.Node, yaml.Node] | None:
    return next(((key, value) for name, key, value in groups_of(root_of(text)) if name == GROUP), None)


def _added(text: str, head: t.Sequence[str], body: t.Sequence[str], facts: t.Mapping[str, str]) -> str:
    """Return the text with the host at the end of its new group.

    :raises OddError: the group is there in a form that lines cannot be added to.
    """
    line_end = "\r\n" if "\r\n" in text else "\n"
    host = [
        *head[:-1],
        head[-1] + line_end,
        *body,
        *(f"  {name}: {json.dumps(value)}{line_end}" for name, value in facts.items()),
    ]
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += line_end
    found = _group(text)
    if found is None:
        return "".join([*lines, *_new_group(lines, text, host, line_end)])
    key, value = found
    hosts = child(value, "hosts")
    if hosts is None:
        at, inner = _behind(key, value, lines)
        block = [f"{' ' * inner}hosts:{line_end}", *moved(host, inner + 2)]
    elif isinstance(hosts[1], yaml.MappingNode) and not hosts[1].flow_style and hosts[1].value:
        of_hosts = hosts[1]
        last = entries_of(text, str(of_hosts.value[-1][0].value))
        at = next(entry.last for entry in last if entry.group == GROUP)
        block = moved(host, of_hosts.start_mark.column)
    else:
        at, inner = _behind(*hosts, lines)
        block = moved(host, inner)
    return "".join([*lines[:at], *block, *lines[at:]])


def _behind(key: yaml.Node, value: yaml.Node, lines: t.Sequence[str]) -> tuple[int, int]:
    """Return the line behind a key under which nothing or a block stands, and the column of what comes there."""
    line = int(key.start_mark.line)
    written = lines[line][key.end_mark.column :].partition("#")[0].strip()
    is_block = isinstance(value, yaml.MappingNode) and not value.flow_style
    if written != ":" or not (is_block or isinstance(value, yaml.ScalarNode)):
        raise OddError(f"the group {GROUP} in a form of its own")
    return line + 1, int(value.start_mark.column) if is_block else int(key.start_mark.column) + 2


def _new_group(lines: t.Sequence[str], text: str, host: t.Sequence[str], line_end: str) -> list[str]:
    root = root_of(text)
    if root.flow_style or any(line.startswith("...") for line in lines):
        raise OddError("its groups in one line, as JSON has them, or with an end of its own")
    column = int(root.start_mark.column)
    said = [f"{HEADING}{line_end}", f"{GROUP}:{line_end}", f"  hosts:{line_end}", *moved(host, 4)]
    return [line_end, *moved(said, column)]


def _verify(before: Texts, after: Texts, host: str, facts: t.Mapping[str, str]) -> None:
    """See that the host stands in the new group alone, with all that it had, and that nothing else is another.

    :raises OddError: it is not so.
    """
    had: dict[t.Any, t.Any] = {}
    for path, text in before.items():
        for entry in entries_of(text, host):
            had |= {(_KEY, one.name): one.value for one in entry.body}
        if path in after and _tidied(plain(root_of(after[path])), host) != _tidied(plain(root_of(text)), host):
            raise OddError("a form in which more than the host would change")
    had |= {(_KEY, name): (_KEY, value) for name, value in facts.items()}
    found = [
        (entry.group, {(_KEY, one.name): one.value for one in entry.body})
        for path, text in before.items()
        for entry in entries_of(after.get(path, text), host)
    ]
    if found != [(GROUP, had)]:
        raise OddError("a form in which the host would not stay what it is")


def _tidied(groups: t.Any, host: str) -> t.Any:
    """Return groups without the host, and without what is empty where it was taken out."""
    found = copy.deepcopy(groups)
    _strip(found, host)
    return found


def _strip(groups: dict[t.Any, t.Any], host: str) -> None:
    for (_tag, name), group in list(groups.items()):
        if not isinstance(group, dict):
            if name == GROUP:
                del groups[_tag, name]
            continue
        hosts, children = group.get((_KEY, "hosts")), group.get((_KEY, "children"))
        if isinstance(hosts, dict):
            hosts.pop((_KEY, host), None)
        if (_KEY, "hosts") in group and (not isinstance(hosts, dict) or not hosts):
            del group[_KEY, "hosts"]
        if isinstance(children, dict):
            _strip(children, host)
        if name == GROUP and not group:
            del groups[_tag, name]


__all__ = ("HEADING", "Move", "by_hand", "move")
