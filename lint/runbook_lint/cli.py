# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``runbook-lint``: a repository's unit files and context.md held against the runbook, without any node.

Asked for all, it also looks whether the repository's .ansible-lint lets the runbook's rules run.

Exit status: 0 the runbook holds, 1 it does not or cannot be decided, 2 the command itself is wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
import typing as t
from pathlib import Path

from runbook_lint.context_files import FILE, check_context
from runbook_lint.decisions._text import one_line
from runbook_lint.declared_packages import ASKED, waived_units
from runbook_lint.inventory_files import Inventory, InventoryError
from runbook_lint.lint_configuration import FILES, check_configuration
from runbook_lint.report_formats import NAME, WRITERS
from runbook_lint.reported import Outcome, Reported, outcome
from runbook_lint.repository import Repository, top_of
from runbook_lint.unit_files import check_units
from runbook_lint.unit_sources import Place

WHAT: t.Final = ("all", "units", "context")


class UsageError(Exception):
    """The command is wrong; the message is one sentence with the remedy."""


class Target(t.NamedTuple):
    """One repository that is checked.

    :param only: paths in it that were named one by one; None: all of it.
    """

    top: Path
    only: frozenset[str] | None


def main(arguments: t.Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    asked = _parser().parse_args(arguments)
    what, paths = _what(asked.paths)
    try:
        found = _Run(asked).over(what, _targets(paths))
    except (UsageError, InventoryError) as exc:
        sys.stderr.write(f"{NAME}: {exc}\n")
        return 2
    said = WRITERS[asked.format](found)
    if asked.output:
        asked.output.write_text(f"{said}\n", encoding="utf-8")
        said = WRITERS["text"](found)
    _say(said)
    return found.status


def _say(text: str) -> None:
    # What a terminal of another alphabet cannot show must not end the run.
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(f"{text.encode(encoding, 'backslashreplace').decode(encoding)}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(NAME, description=(__doc__ or "").partition("\n\n")[0].replace("``", ""))
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="units|context|all PATH",
        help="what to check (all), and of which repositories or files (the current folder)",
    )
    parser.add_argument("-f", "--format", choices=tuple(WRITERS), default="text", help="of the report (text)")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the report there, and text here")
    parser.add_argument(
        "-i", "--inventory", type=Path, metavar="PATH", help="whose packages context.md must justify; YAML files only"
    )
    parser.add_argument("--operator", default="", help="the operator's account on nodes (from inventory or units)")
    parser.add_argument("--checkout", default="", help="where the repository lies on nodes (from inventory or units)")
    parser.add_argument("--exclude", action="append", default=[], metavar="PATTERN", help="paths to leave out")
    return parser


def _what(words: t.Sequence[str]) -> tuple[str, list[str]]:
    if words and words[0] in WHAT:
        return words[0], list(words[1:])
    return "all", list(words)


def _targets(paths: t.Sequence[str]) -> list[Target]:
    """Return the repositories that the paths are or lie in, each once."""
    targets: dict[Path, Target] = {}
    files: dict[Path, set[str]] = {}
    for path in map(Path, paths or ["."]):
        if path.is_dir():
            targets[path] = Target(path, None)
        elif path.exists() or path.is_symlink():
            top = top_of(path.parent)
            files.setdefault(top, set()).add(str((path.parent.resolve() / path.name).relative_to(top)))
        else:
            raise UsageError(f"there is no {one_line(str(path), 200)}; name a repository's folder, or files in one")
    return [*targets.values(), *(Target(top, frozenset(names)) for top, names in files.items())]


class _Run:
    """One run over all its targets."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self._exclude: list[str] = asked.exclude
        self._inventory = Inventory(asked.inventory, ASKED) if asked.inventory else None
        self._place = Place(asked.operator, asked.checkout)
        if self._inventory:
            self._place = Place(
                asked.operator or self._inventory.text_of("operator_user_name"),
                asked.checkout or self._inventory.text_of("repository_path"),
            )
        self._reported: list[Reported] = []
        self._notes: list[str] = []
        self._looked_at = 0

    def over(self, what: str, targets: t.Sequence[Target]) -> Outcome:
        """Return what came of it."""
        found: list[Reported] = []
        for target in targets:
            repository = Repository(target.top, exclude=self._exclude)
            self._notes += repository.notes
            self._reported = []
            if what != "context":
                self._units(repository, target.only)
            if what != "units":
                self._context(repository, target.only)
            if what == "all":
                self._configuration(repository, target.only)
            found += [one._replace(path=_from_here(one.path, target.top)) for one in self._reported]
        if not self._looked_at:
            self._notes.append("no file was looked at: is this the repository?")
        return outcome(found, self._looked_at, self._notes)

    def _units(self, repository: Repository, only: t.Collection[str] | None) -> None:
        waived = waived_units(self._inventory) if self._inventory else {}
        judged = check_units(repository, place=self._place, only=only, waived=waived)
        self._reported += judged.reported
        self._looked_at += judged.looked_at
        if judged.looked_at and not judged.place.operator:
            self._notes.append("who the operator is, neither the units nor an inventory say; give --operator NAME")

    def _context(self, repository: Repository, only: t.Collection[str] | None) -> None:
        paths = [FILE] if only is None else sorted(path for path in only if path.rpartition("/")[2] == FILE)
        for path in paths:
            found, count = check_context(repository, path=path, inventory=self._inventory)
            self._reported += found
            self._looked_at += count

    def _configuration(self, repository: Repository, only: t.Collection[str] | None) -> None:
        if only is None or not set(FILES).isdisjoint(only):
            found, count = check_configuration(repository)
            self._reported += found
            self._looked_at += count


def _from_here(path: str, top: Path) -> str:
    """Return a path of a repository as it is called in the current folder, where CI and editors look for it."""
    full, here = os.path.normpath(top.resolve() / path), os.path.realpath(".")
    return os.path.relpath(full, here) if full == here or full.startswith(f"{here.rstrip('/')}/") else full


__all__ = ("UsageError", "main")
