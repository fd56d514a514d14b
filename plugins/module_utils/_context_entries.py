# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of context.md, as they are judged one by one (runbook 3, "Documentation"). Private to the collection."""

from __future__ import annotations

import re
import typing as t

from ._apt_names import why_not_a_package
from ._justification import why_no_justification
from ._text import one_line

_NODE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")
LONGEST_JUSTIFICATION = 1000


class Entry(t.NamedTuple):
    """One package that the file documents.

    :param nodes: the nodes and groups that it is documented for, none for every node.
    :param line: of the file, counted from 1.
    """

    package: str
    justification: str
    nodes: tuple[str, ...]
    line: int


class Problem(t.NamedTuple):
    """What is wrong with one line of the section.

    :param line: of the file, counted from 1.
    :param sentence: what, with the remedy; without the file's name.
    :param package: the package that the line is about, "" where that cannot be told.
    """

    line: int
    sentence: str
    package: str = ""


class Entries:
    """What has been read so far.

    :ivar kept: each package once; of two entries the first.
    """

    def __init__(self) -> None:
        self.kept: dict[str, Entry] = {}
        self.problems: list[Problem] = []

    def add(self, line: int, package: str, why: str, nodes: str = "") -> None:
        """Take an entry as it was written, and say what is wrong with it.

        :param nodes: names with commas between them.
        """
        if not self._is_package(line, package):
            return
        if package in self.kept:
            first = self.kept[package].line
            self.complain(line, f"package {package} is documented in line {first} already; keep one of them", package)
            return
        if len(why) > LONGEST_JUSTIFICATION:
            reason = f"its justification is longer than {LONGEST_JUSTIFICATION} characters"
        else:
            reason = why_no_justification(why, package)
        if reason:
            self.complain(line, f"package {package}: {reason}; say in a few words what the node has it for", package)
        names = [name.strip() for name in nodes.split(",") if name.strip()]
        self._require_nodes(line, package, names)
        self.kept[package] = Entry(package, one_line(why), tuple(names), line)

    def complain(self, line: int, sentence: str, package: str = "") -> None:
        """Note a problem; ``package`` is kept only where it can be one."""
        self.problems.append(Problem(line, sentence, "" if why_not_a_package(package) else package))

    def _is_package(self, line: int, package: str) -> bool:
        name, equals, dummy = package.partition("=")
        reason = why_not_a_package(name)
        if not reason and equals:
            reason = "which version is installed is the inventory's matter; write the name alone"
        if reason:
            self.complain(line, f"{one_line(package, 80)!r} is no package: {reason}", name)
        return not reason

    def _require_nodes(self, line: int, package: str, names: list[str]) -> None:
        odd = next((name for name in names if not _NODE.fullmatch(name)), None)
        if odd:
            self.complain(
                line,
                f"package {package}: {one_line(odd, 80)!r} names no node or group; the column Nodes holds names of the "
                "inventory with commas between them, and is empty for all nodes",
                package,
            )


__all__ = ("Entries", "Entry", "Problem")
