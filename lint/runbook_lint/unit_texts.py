# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit text in tasks and templates, judged as systemd_unit and the audit judge a unit file (runbook 4 and 6)."""

from __future__ import annotations

import functools
import posixpath
import re
import typing as t

from runbook_lint.decisions._unit_commands import command_problems
from runbook_lint.decisions._unit_file import Text, parse
from runbook_lint.decisions._unit_logs import log_problems
from runbook_lint.decisions._unit_problems import Problem
from runbook_lint.decisions._unit_self_heal import self_heal_problems
from runbook_lint.jinja import UNKNOWN
from runbook_lint.node_file import config_text

if t.TYPE_CHECKING:
    from ansiblelint.file_utils import Lintable

KINDS: t.Final = ("service", "timer", "socket", "path", "target", "mount", "automount", "swap", "slice")
_NAME: t.Final = re.compile(rf"[^/]+\.(?:{'|'.join(KINDS)})")
_DROP_IN: t.Final = re.compile(rf"(?P<unit>[^/]*\.?(?:{'|'.join(KINDS)}))\.d/[^/]+\.conf")
_QUADLET: t.Final = re.compile(r"\.(?:container|pod|kube|volume|network|image|build)$")
_HEADER: t.Final = re.compile(r"^[ \t]*\[(?P<name>Unit|Service|Timer|Socket|Install|Path)\][ \t]*\r?$", re.MULTILINE)
# What else is written in this form and is no unit.
_OTHERS: t.Final = re.compile(r"^[ \t]*\[(?:Desktop Entry|D-BUS Service|Match|NetDev|Journal|Manager)\]", re.MULTILINE)
_TEMPLATES: t.Final = re.compile(r"\.(?:j2|jinja2?|tmpl|tpl)$")
_SECTION: t.Final = re.compile(r"^[ \t]*\[[^\]\n]+\]", re.MULTILINE)
_ASSIGNMENT: t.Final = re.compile(r"\s*(?P<key>[A-Z][A-Za-z]+)\s*=")
_ALONE: t.Final = ("Unit", "Service", "Socket", "Install")


class UnitProblem(t.NamedTuple):
    """What the runbook does not allow in a unit's text.

    :param is_certain: False where a template decides it.
    """

    problem: Problem
    is_certain: bool


def is_template_file(lintable: Lintable) -> bool:
    """Whether a file is a template or text, of which a unit or another configuration may be made."""
    return str(lintable.kind) in ("jinja2", "text")


def unit_of(path: str, text: str = "") -> str:
    """Return the name of the unit that a file belongs to, by its path or else by its text; "" where it is none."""
    plain = _TEMPLATES.sub("", path)
    drop_in = _DROP_IN.search(plain)
    if drop_in:
        name = drop_in["unit"]
        return name if "." in name else f"x.{name}"
    name = posixpath.basename(plain)
    if _OTHERS.search(text):
        return ""
    if _NAME.fullmatch(name) and (not text or _HEADER.search(text)):
        return name
    if _QUADLET.search(name) and _HEADER.search(text):
        return f"{name.rpartition('.')[0]}.service"
    header = {found["name"] for found in _HEADER.finditer(text)}
    if not header:
        return ""
    kind = next((kind for kind in ("timer", "socket", "path") if kind.capitalize() in header), "service")
    return f"unit.{kind}"


@functools.lru_cache(maxsize=64)
def problems(path: str, text: str) -> tuple[UnitProblem, ...]:
    """Return what the runbook does not allow in a unit's text, none where the text is no unit's.

    :param text: as a template has it; what an expression gives is not known.
    """
    plain = config_text(text)
    name = unit_of(path, plain)
    if not name:
        return ()
    unit = parse(name, [Text(path or name, plain.encode("utf-8", "replace"))])
    lines = plain.split("\n")
    found = [
        UnitProblem(one, is_certain=not _is_unknown(lines, one.line))
        for one in (*self_heal_problems(unit), *log_problems(unit))
        if one.verdict != "info"
    ]
    # What a command is refused for is written out, whatever a template puts beside it.
    return (*found, *(UnitProblem(one, is_certain=True) for one in command_problems(unit)))


def problems_of_lines(path: str, text: str) -> tuple[UnitProblem, ...]:
    """Return the same for lines put into a unit: without a section they are read in each that they may mean."""
    if "[" in text and _SECTION.search(text):
        return problems(path, text)
    if not any(_ASSIGNMENT.match(line) for line in text.split("\n")):
        return ()
    name = unit_of(path)
    is_hidden = UNKNOWN in posixpath.basename(path)
    if not name and not is_hidden:
        return ()
    kind = name.rpartition(".")[2] or "service"
    found: dict[tuple[str, str], UnitProblem] = {}
    for section in _ALONE:
        for one in problems(f"unit.{kind}", f"[{section}]\n{text}\n"):
            certain = one._replace(is_certain=one.is_certain and not is_hidden)
            found.setdefault((one.problem.rule, one.problem.what), certain)
    return tuple(found.values())


def _is_unknown(lines: list[str], line: int) -> bool:
    """Whether a template alone gives the value of the assignment that begins on a line."""
    return 0 < line <= len(lines) and lines[line - 1].partition("=")[2].lstrip().startswith(UNKNOWN)


__all__ = ("KINDS", "UnitProblem", "is_template_file", "problems", "problems_of_lines", "unit_of")
