# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report on a downloaded image, for programs and for people (runbook 2.1): pure. Private to the collection.

It says the same of the same image, to the byte: no time, no path of this machine beyond the image's name.
"""

from __future__ import annotations

import json
import textwrap
import typing as t

from ._findings import VERDICTS, Finding, most_pressing
from ._image_report_rules import DECIDE, PROVISION, RULES, Breach
from ._image_words import size_words
from ._text import one_line

MOST: t.Final = 400
_WIDTH: t.Final = 110
_LONGEST: t.Final = 600


class Report(t.NamedTuple):
    """All that is known of a downloaded image.

    :param file: its name, without the folder.
    :param sha256: of the file.
    :param size: of the disk in it, in bytes.
    :param checksum: what it was compared by, in words.
    :param signature: whose signature was verified, in words.
    :param system: what it says that it is.
    :param breaches: what was found, violations first.
    :param unread: what of it was not read.
    """

    file: str
    sha256: str
    size: int
    checksum: str
    signature: str
    system: str
    breaches: tuple[Breach, ...]
    unread: tuple[str, ...]

    def count(self, way: str) -> int:
        """Return how many violations are whose turn."""
        return sum(breach.way == way for breach in self.breaches)


def ordered(breaches: t.Iterable[Breach]) -> tuple[Breach, ...]:
    """Return each breach once, what is to be decided first, bounded in number."""
    by_finding = {breach.finding: breach for breach in breaches}
    kept = most_pressing(by_finding, at_most=MOST, clause="2.1")
    rest = Breach(Finding("", "info", "", "", ""), DECIDE, "")
    found = [by_finding.get(finding, rest._replace(finding=finding)) for finding in kept]
    return tuple(sorted(found, key=lambda one: (one.way != DECIDE, VERDICTS.index(one.finding.verdict))))


def as_json(report: Report) -> str:
    """Return the report for programs."""
    said = {
        "format": 1,
        "image": {"file": report.file, "sha256": report.sha256, "bytes": report.size, "system": report.system},
        "checksum": report.checksum,
        "signature": report.signature,
        "looked_at": [{"clause": rule.clause, "rule": rule.name, "looks_at": rule.looks_at} for rule in RULES],
        "findings": [
            {**_shown(breach.finding), "mended_by": breach.way, "role": breach.role} for breach in report.breaches
        ],
        "unread": list(report.unread),
    }
    return json.dumps(said, indent=2, ensure_ascii=True) + "\n"


def as_text(report: Report) -> str:
    """Return the report for people."""
    lines = [
        f"What {report.file} brings, by the runbook",
        "",
        f"  sha256     {report.sha256}",
        f"  size       {size_words(report.size)}",
        f"  system     {report.system}",
        f"  checksum   {report.checksum}",
        f"  signature  {report.signature}",
        "",
    ]
    for title, chosen in _parts(report):
        if chosen:
            lines += [f"{title} ({len(chosen)})", ""]
            for breach in chosen:
                lines += _lines(breach)
            lines.append("")
    if report.unread:
        lines += ["What was not read", "", *(f"  {one_line(path, 300)}" for path in report.unread), ""]
    return "\n".join([*lines, verdict(report), ""])


def table(report: Report, *, most: int = 60) -> list[str]:
    """Return the report's beginning, for a terminal."""
    lines = as_text(report).splitlines()
    if len(lines) <= most:
        return lines
    return [*lines[: most - 2], f"… and {len(lines) - most} more lines, in the report", lines[-1]]


def verdict(report: Report) -> str:
    """Return what it comes to, one sentence."""
    decide, mended = report.count(DECIDE), report.count(PROVISION)
    unknown = sum(breach.finding.verdict == "unknown" for breach in report.breaches)
    if not decide and not mended and not unknown:
        return f"{report.file} brings nothing that breaks the runbook, as far as its files tell."
    return (
        f"{report.file}: {decide} for you to decide (remove it, or waive it with a reason), {mended} that "
        f"provision.yml mends, {unknown} that could not be looked at."
    )


def _parts(report: Report) -> list[tuple[str, list[Breach]]]:
    def of(verdict: str, way: str) -> list[Breach]:
        return [one for one in report.breaches if one.finding.verdict == verdict and one.way == way]

    return [
        ("For you to decide", of("violation", DECIDE)),
        ("Mended by provision.yml", of("violation", PROVISION)),
        ("Could not be looked at", [one for one in report.breaches if one.finding.verdict == "unknown"]),
        ("For information", of("info", "")),
    ]


def _lines(breach: Breach) -> list[str]:
    said = _shown(breach.finding)
    whose = f"provision.yml, role {breach.role}" if breach.way == PROVISION else said["remedy"]
    return [
        *_wrapped(f"{said['clause']:<4} {said['subject']}: {said['evidence']}", "  ", "       "),
        *_wrapped(f"-> {whose}", "       ", "          "),
    ]


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def _shown(finding: Finding) -> dict[str, str]:
    return {name: one_line(str(value), _LONGEST) for name, value in finding._asdict().items()}


__all__ = ("MOST", "Report", "as_json", "as_text", "ordered", "table", "verdict")
