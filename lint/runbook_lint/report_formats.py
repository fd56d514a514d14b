# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found, written for people, for GitHub, and as the JSON, SARIF and Code Climate of programs.

All text may come from a hostile repository: it is cleaned here, once and for every form.
"""

from __future__ import annotations

import hashlib
import json
import typing as t
import urllib.parse

from runbook_lint.decisions._rulebook import Severity
from runbook_lint.decisions._text import one_line
from runbook_lint.reported import Outcome, Reported

NAME: t.Final = "runbook-lint"
_SARIF_SCHEMA: t.Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LONGEST: t.Final = 1000
_LEVELS: t.Final[dict[Severity, str]] = {"critical": "error", "high": "error", "medium": "warning", "low": "warning"}
_CLIMATE: t.Final[dict[Severity, str]] = {
    "critical": "blocker",
    "high": "critical",
    "medium": "major",
    "low": "minor",
}


def text(found: Outcome) -> str:
    """Return what a person reads: place, clause and matter, the runbook's words, and what to do."""
    lines: list[str] = []
    for one in found.breaches:
        unclear = "cannot be decided: " if one.verdict == "unknown" else ""
        lines += [
            f"{_place(one)}: {one.title}: {unclear}{_clean(one.what)} [{one.rule}]",
            f"    the runbook: {one.quote}",
            f"    remedy: {_clean(one.remedy)}",
        ]
    for one in found.waived:
        lines.append(f"{_place(one)}: waived: {_clean(one.what)} [{one.rule}], because: {_clean(one.reason)}")
    for one in found.allowed:
        lines.append(f"{_place(one)}: for information: {_clean(one.what)}; {_clean(one.remedy)} [{one.rule}]")
    lines += [f"note: {_clean(note)}" for note in found.notes]
    return "\n".join([*lines, summary(found)])


def summary(found: Outcome) -> str:
    """Return how much was found, in one line."""
    count, waived = len(found.breaches), len(found.waived)
    files = f"{found.looked_at} file{'s' * (found.looked_at != 1)}"
    said = f"{count} finding{'s' * (count != 1)} in {files}" if count else f"{files}, and the runbook holds"
    return f"{NAME}: {said}{f'; {waived} waived' if waived else ''}"


def as_json(found: Outcome) -> str:
    """Return everything as JSON; docs/ci.md says what is in it."""
    return _dumped(
        {
            "format": f"{NAME} 1",
            "status": found.status,
            "files": found.looked_at,
            "findings": [
                {
                    "path": _path(one),
                    "line": one.line,
                    "rule": one.rule,
                    "clause": one.clause,
                    "title": one.title,
                    "verdict": "waived" if one.reason else one.verdict,
                    "severity": one.severity,
                    "what": _clean(one.what),
                    "runbook": one.quote,
                    "remedy": _clean(one.remedy),
                    "reason": _clean(one.reason),
                }
                for one in found.reported
            ],
            "notes": [_clean(note) for note in found.notes],
        }
    )


def sarif(found: Outcome) -> str:
    """Return a SARIF 2.1.0 log; what is waived is in it, as suppressed."""
    rules = {one.rule: one for one in found.reported}
    run = {
        "tool": {
            "driver": {
                "name": NAME,
                "rules": [
                    {
                        "id": rule,
                        "name": one.title,
                        "shortDescription": {"text": one.title},
                        "fullDescription": {"text": one.quote},
                        "defaultConfiguration": {"level": _level(one)},
                    }
                    for rule, one in rules.items()
                ],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The top of the repository."}}},
        "results": [_result(one, list(rules).index(one.rule)) for one in found.reported],
    }
    return _dumped({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def _result(one: Reported, index: int) -> dict[str, t.Any]:
    location = {
        "artifactLocation": {"uri": _uri(one), "uriBaseId": "SRCROOT"},
        "region": {"startLine": max(one.line, 1)},
    }
    result: dict[str, t.Any] = {
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": _level(one),
        "message": {"text": _message(one)},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"runbookLint/v1": _fingerprint(one)},
    }
    if one.reason:
        result["suppressions"] = [{"kind": "inSource", "justification": _clean(one.reason)}]
    return result


def code_climate(found: Outcome) -> str:
    """Return the issues that GitLab's code quality report takes: what a run fails for, and no more."""
    return _dumped(
        [
            {
                "type": "issue",
                "check_name": one.rule,
                "categories": ["Security" if one.clause in ("6.3", "6.4") else "Style"],
                "description": _message(one),
                "content": {"body": one.quote},
                "severity": _CLIMATE[one.severity],
                "fingerprint": _fingerprint(one),
                "location": {"path": _path(one), "lines": {"begin": max(one.line, 1)}},
            }
            for one in found.breaches
        ]
    )


def github(found: Outcome) -> str:
    """Return the workflow commands that GitHub shows beside the lines of a pull request, and then the text."""
    commands = [
        f"::{'warning' if _level(one) == 'warning' else 'error'} file={_property(_path(one))},line={max(one.line, 1)},"
        f"title={_property(f'{one.title} ({one.rule})')}::{_data(_message(one))}"
        for one in found.breaches
    ]
    commands += [
        f"::notice file={_property(_path(one))},line={max(one.line, 1)},title=waived::"
        f"{_data(f'{one.title}: {_clean(one.what)}, because: {_clean(one.reason)}')}"
        for one in found.waived
    ]
    # A line that begins with "::" would be a command of whoever wrote the repository; ours never does.
    return "\n".join([*commands, summary(found)])


def _message(one: Reported) -> str:
    unclear = "cannot be decided: " if one.verdict == "unknown" else ""
    return f"{one.title}: {unclear}{_clean(one.what)}. The runbook: {one.quote} Remedy: {_clean(one.remedy)}."


def _level(one: Reported) -> str:
    return "note" if one.verdict == "info" else _LEVELS[one.severity]


def _fingerprint(one: Reported) -> str:
    """Return what stays the same when lines move."""
    parts = (_path(one), one.rule, _clean(one.what))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _place(one: Reported) -> str:
    path = _path(one)
    # GitHub takes a line that begins with colons for a command of its own.
    return f"{'./' if path.startswith(':') else ''}{path}:{max(one.line, 1)}"


def _path(one: Reported) -> str:
    return _clean(one.path)


def _uri(one: Reported) -> str:
    return urllib.parse.quote(one.path.encode("utf-8", "surrogateescape"))


def _clean(said: str) -> str:
    # What GitHub's older runners take for a command wherever it stands.
    return one_line(said, _LONGEST).replace("##[", "## [")


def _data(said: str) -> str:
    return said.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(said: str) -> str:
    return _data(said).replace(":", "%3A").replace(",", "%2C")


def _dumped(value: t.Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=True)


WRITERS: t.Final[dict[str, t.Callable[[Outcome], str]]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "codeclimate": code_climate,
    "github": github,
}

__all__ = ("NAME", "WRITERS", "as_json", "code_climate", "github", "sarif", "summary", "text")
