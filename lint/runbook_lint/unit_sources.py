# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of a repository are units and drop-ins, and where they will lie on a node."""

from __future__ import annotations

import posixpath
import re
import typing as t
from collections import Counter

from runbook_lint.decisions._unit_file import in_order
from runbook_lint.decisions._unit_names import KINDS

# Kinds that systemd_unit does not deploy are read all the same: what nobody may link is a finding.
_OTHER_KINDS: t.Final = ("mount", "automount", "swap", "slice", "scope")
_ENDINGS: t.Final = tuple(f".{kind}" for kind in (*KINDS, *_OTHER_KINDS))
_DROP_INS: t.Final = ".d/"
_SECTION = re.compile(rb"^[ \t]*\[([^\]\n]{1,40})\]", re.MULTILINE)
_FOREIGN_SECTIONS: t.Final = frozenset((b"D-BUS Service", b"Desktop Entry"))
_PATH = re.compile(r"/[^\s'\"=:,;|&<>()]+")
_HOME = re.compile(r"/home/([a-z_][a-z0-9_-]*)(?:/|$)")
_MOST_PATHS: t.Final = 10_000


class Source(t.NamedTuple):
    """A unit of the repository.

    :param path: of its file; of a drop-in folder of somebody else's unit, what the unit's file would be.
    :param drop_ins: in the order in which systemd reads them.
    :param is_here: whether the repository has the unit's own file.
    :param strays: what lies among the drop-ins and is none.
    """

    path: str
    drop_ins: tuple[str, ...]
    is_here: bool
    strays: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The unit's name."""
        return posixpath.basename(self.path)

    @property
    def files(self) -> tuple[str, ...]:
        """All that it is read from."""
        return (*((self.path,) if self.is_here else ()), *self.drop_ins)


def sources(files: t.Sequence[str]) -> list[Source]:
    """Return the units that these paths are, and whose drop-ins they are."""
    units = {path for path in files if path.endswith(_ENDINGS) and _DROP_INS not in path}
    below: dict[str, list[str]] = {}
    for path in files:
        of, folder, name = path.partition(_DROP_INS)
        # Of a unit of somebody else's only what systemd would read makes the folder one of drop-ins.
        if folder and (of in units or (of.endswith(_ENDINGS) and name.endswith(".conf"))):
            below.setdefault(of, []).append(path)
    return [_source(path, below.get(path, ()), is_here=path in units) for path in sorted(units | below.keys())]


def _source(path: str, below: t.Sequence[str], *, is_here: bool) -> Source:
    drop_ins = [one for one in below if one.endswith(".conf") and "/" not in one.removeprefix(f"{path}{_DROP_INS}")]
    strays = tuple(one for one in below if one not in drop_ins)
    return Source(path, tuple(in_order(drop_ins)), is_here, strays)


def is_unit(content: bytes) -> bool:
    """Whether a file of a unit's ending is one: D-Bus, Avahi and desktops have files of the same names.

    What systemd would read anything from is a unit, whatever else it is.
    """
    sections = set(_SECTION.findall(content))
    if sections:
        return not sections <= _FOREIGN_SECTIONS
    return not content.lstrip().startswith(b"<")


class Place(t.NamedTuple):
    """Where a repository lies on its nodes, "" where nobody says.

    :param operator: name of the operator's account.
    :param checkout: absolute path of the repository.
    """

    operator: str
    checkout: str


def place_from(texts: t.Iterable[str], files: t.Iterable[str]) -> Place:
    """Return where the units expect the repository: what they say before the paths of files that it has."""
    known = frozenset(files)
    votes: Counter[str] = Counter()
    looked_at = 0
    for text in texts:
        for match in _PATH.finditer(text):
            looked_at += 1
            if looked_at > _MOST_PATHS:
                break
            votes.update(_before_a_file(posixpath.normpath(match[0]), known))
    checkout = max(sorted(votes), key=lambda one: votes[one], default="")
    home = _HOME.match(checkout)
    return Place(home[1] if home else "", checkout)


def _before_a_file(path: str, known: t.Collection[str]) -> t.Iterator[str]:
    at = path.find("/", 1)
    while at > 0:
        # The longest path that is in the repository is what was meant.
        if path[at + 1 :] in known:
            yield path[:at]
            return
        at = path.find("/", at + 1)


__all__ = ("Place", "Source", "is_unit", "place_from", "sources")
