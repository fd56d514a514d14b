# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables that an inventory declares in YAML files, with file and line, and which host is in which group.

Read as text and never run: no plugin, no template, no vault. What only Ansible could work out is said to be undecided.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml

from runbook_lint.decisions._files import FileError, read_text
from runbook_lint.decisions._text import one_line

LARGEST: t.Final = 4 * 1024 * 1024
MOST_FILES: t.Final = 5000
_ENDINGS: t.Final = ("", ".yml", ".yaml", ".json")
_GROUP_KEYS: t.Final = frozenset(("hosts", "children", "vars"))
# Deeper than any inventory; a parser that recurses further ends with the whole process.
_DEEPEST: t.Final = 50
# Aliases let a short file hold groups without end.
_MOST_GROUPS: t.Final = 10_000


class InventoryError(Exception):
    """There is no inventory at a path."""


class Value(t.NamedTuple):
    """One value of a variable.

    :param variable: its name.
    :param source: who declares it, as ``all``, ``group workers`` or ``host greenhouse-1``.
    :param path: of the file, absolute.
    :param node: the YAML.
    """

    variable: str
    source: str
    path: str
    line: int
    node: yaml.Node


class Inventory:
    """What the files of an inventory say.

    :ivar hosts: of each host the groups that it is in, ``all`` among them.
    :ivar values: of the asked variables, in the order of files.
    :ivar unread: path, line and reason of each file that could not be read.
    """

    def __init__(self, path: Path, variables: t.Collection[str]) -> None:
        """:raises InventoryError: there is nothing at the path."""
        if not path.exists():
            raise InventoryError(f"there is no inventory {one_line(str(path), 200)}")
        path = path.resolve()
        self.folder = path if path.is_dir() else path.parent
        self.hosts: dict[str, set[str]] = {}
        self.values: list[Value] = []
        self.unread: list[tuple[str, int, str]] = []
        self._asked = frozenset(variables)
        self._parents: dict[str, set[str]] = {}
        self._direct: dict[str, set[str]] = {}
        self._groups = 0
        for file in [path] if path.is_file() else sorted(self.folder.glob("*.y*ml")):
            self._inventory(file)
        for kind in ("group", "host"):
            self._variables(kind)
        for host, groups in self._direct.items():
            self.hosts[host] = self._above(groups)

    def of(self, variable: str) -> list[Value]:
        """Return the values of a variable."""
        return [one for one in self.values if one.variable == variable]

    def text_of(self, variable: str) -> str:
        """Return the one text that a variable has for all, "" where there is none, or more, or a template."""
        texts = {one.node.value for one in self.of(variable) if isinstance(one.node, yaml.ScalarNode)}
        text = texts.pop() if len(texts) == 1 else ""
        return "" if is_template(text) else text

    def _above(self, groups: t.Iterable[str]) -> set[str]:
        found = {"all"}
        todo = list(groups)
        while todo:
            group = todo.pop()
            if group not in found:
                found.add(group)
                todo += self._parents.get(group, ())
        return found

    def _inventory(self, file: Path) -> None:
        for name, line, group in _pairs(self._composed(file)):
            keys = {key for key, _line, _node in _pairs(group)}
            if keys <= _GROUP_KEYS:
                self._group(name, group, str(file), line)

    def _group(self, name: str, group: yaml.Node, path: str, line: int, depth: int = 0) -> None:
        self._groups += 1
        if depth > _DEEPEST or self._groups > _MOST_GROUPS:
            if self._groups <= _MOST_GROUPS + 1:
                self.unread.append((path, line, "its groups are nested too deeply, or are too many"))
            return
        for key, _line, node in _pairs(group):
            if key == "vars":
                self._take(_source("group", name), path, node)
            elif key == "hosts":
                for host, _host_line, variables in _pairs(node):
                    self._direct.setdefault(host, set()).add(name)
                    self._take(_source("host", host), path, variables)
            elif key == "children":
                for child, child_line, inner in _pairs(node):
                    self._parents.setdefault(child, set()).add(name)
                    self._group(child, inner, path, child_line, depth + 1)

    def _variables(self, kind: str) -> None:
        folder = self.folder / f"{kind}_vars"
        for file in sorted(folder.rglob("*"))[:MOST_FILES] if folder.is_dir() else ():
            if file.suffix in _ENDINGS and not file.is_dir() and not file.name.startswith("."):
                owner = file.relative_to(folder).parts[0]
                # A folder is named after the group, a file after the group and its ending.
                named = owner if file.parent != folder else owner.removesuffix(file.suffix)
                self._take(_source(kind, named), str(file), self._composed(file))
        if kind == "host":
            for one in self.values:
                host = one.source.removeprefix("host ")
                if host != one.source:
                    self._direct.setdefault(host, set())

    def _take(self, source: str, path: str, mapping: yaml.Node | None) -> None:
        self.values += [
            Value(key, source, path, line, node) for key, line, node in _pairs(mapping) if key in self._asked
        ]

    def _composed(self, file: Path) -> yaml.Node | None:
        path = str(file)
        try:
            text = read_text(path, limit=LARGEST) or ""
            if text.startswith("$ANSIBLE_VAULT"):
                # Nothing that we ask of is a secret, so a file that is one whole secret is not of interest.
                return None
            node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
        except (FileError, OSError) as exc:
            self.unread.append((path, 0, one_line(str(exc), 200).replace(f"{path} ", "it ")))
        except yaml.YAMLError as exc:
            mark = getattr(exc, "problem_mark", None)
            self.unread.append((path, mark.line + 1 if mark else 0, f"it is no YAML: {_problem(exc)}"))
        except (RecursionError, ValueError):
            self.unread.append((path, 0, "its YAML is nested too deeply"))
        else:
            return node
        return None


def is_template(text: str) -> bool:
    """Whether only Ansible can say what a text means."""
    return "{{" in text or "{%" in text


def _pairs(node: yaml.Node | None) -> t.Iterator[tuple[str, int, yaml.Node]]:
    """Return the text keys of a mapping, each with its line and value; nothing of what is no mapping."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key.value, key.start_mark.line + 1, value


def _source(kind: str, name: str) -> str:
    return "all" if kind == "group" and name == "all" else f"{kind} {one_line(name, 80)}"


def _problem(exc: yaml.YAMLError) -> str:
    return one_line(str(getattr(exc, "problem", "") or "it cannot be parsed"), 200)


__all__ = ("Inventory", "InventoryError", "Value", "is_template")
