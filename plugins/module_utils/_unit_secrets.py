# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in a unit, and where its environment comes from (runbook 6.3): pure decisions. Private to the collection.

Secrets reach a service as credentials in /run, which the operator pushes and which a reboot wipes. No sentence here
shows a value.
"""

from __future__ import annotations

import posixpath
import typing as t

from ._secret_words import is_secret, is_secret_name, is_secret_value
from ._unit_file import Assignment, Unit
from ._unit_problems import Problem, quoted
from ._unit_words import commands, split

CLAUSE = "6.3"
RULE = "secret"
FILE_RULE = "environment-file"
_REMEDY = "take it out, and let the operator push it as a credential (LoadCredential= from /run)"
_LONGEST_LINE = 10_000
_LONGEST_FILE = 1024 * 1024
_MOST_LINES = 10_000


def secret_problems(unit: Unit, checkout: str, files: t.Mapping[str, bytes]) -> list[Problem]:
    """Return where a unit carries a secret, or takes its environment from where nobody keeps watch.

    :param checkout: path of the repository on the node.
    :param files: content of the unit's environment files in the repository, by path, see :func:`environment_files`.
    """
    section = unit.runs_in
    found: dict[tuple[str, int], Problem] = {}
    for problem in (*_in_settings(unit, section), *_anywhere(unit)):
        found.setdefault((problem.file, problem.line), problem)
    return [*found.values(), *_environment_files(unit, section, checkout, files)]


def environment_files(unit: Unit, checkout: str) -> list[str]:
    """Return the paths in the repository that EnvironmentFile= names, for the caller to read."""
    listed = unit.listed(unit.runs_in, "EnvironmentFile") if unit.runs_in else []
    paths = [_path(one.value) for one in listed]
    return [path for path in paths if _is_in(path, checkout) and not _is_pattern(path)]


def environment_file_problems(path: str, content: bytes) -> list[Problem]:
    """Return the secrets in an environment file of the repository."""
    lines = content[:_LONGEST_FILE].replace(b"\r", b"\n").split(b"\n", _MOST_LINES)
    if len(content) > _LONGEST_FILE or len(lines) > _MOST_LINES:
        return [
            Problem(CLAUSE, FILE_RULE, path, 0, "it is too long to be looked at", "write a shorter file", "unknown")
        ]
    found = []
    for number, raw in enumerate(lines, 1):
        name, equals, value = raw.decode("utf-8", "replace").strip().partition("=")
        name = name.removeprefix("export ").strip()
        if equals and not name.startswith(("#", ";")) and is_secret(name, value.strip().strip("\"'")[:_LONGEST_LINE]):
            found.append(Problem(CLAUSE, RULE, path, number, f"{_said(name)} holds a secret", _REMEDY))
    return found


def _in_settings(unit: Unit, section: str) -> t.Iterator[Problem]:
    if section:
        yield from _in_environment(unit, section)
        yield from _set(unit, section)
        yield from _loaded(unit, section)
    for one in unit.executed:
        for name in _options(one):
            yield _problem(one, f"the option {_said(name)} in {one.key}= holds a secret")


def _in_environment(unit: Unit, section: str) -> t.Iterator[Problem]:
    for one in unit.listed(section, "Environment"):
        for word in split(one.value):
            name, equals, value = word.partition("=")
            if equals and is_secret(name, value):
                yield _problem(one, f"{_said(name)} in Environment= holds a secret")
    for one in unit.listed(section, "PassEnvironment"):
        for word in one.value.split():
            if is_secret_name(word):
                yield _problem(one, f"PassEnvironment={quoted(word)} hands on what looks like a secret")


def _set(unit: Unit, section: str) -> t.Iterator[Problem]:
    for key in ("SetCredential", "SetCredentialEncrypted"):
        for one in unit.listed(section, key):
            name, colon, data = one.value.partition(":")
            if colon and data:
                yield _problem(one, f"{key}= holds the credential {_said(name)} itself")


def _loaded(unit: Unit, section: str) -> t.Iterator[Problem]:
    for key in ("LoadCredential", "LoadCredentialEncrypted"):
        for one in unit.listed(section, key):
            name, _colon, path = one.value.partition(":")
            if path.startswith("/") and not _is_in_run(path):
                what = f"{key}= reads the credential {_said(name)} from {quoted(path)}, which is stored on the node"
                yield _problem(one, what)


def _options(one: Assignment) -> t.Iterator[str]:
    """Return the options of commands that are given a secret: --password=x, --token x."""
    for command in commands(one.value) if len(one.value) <= _LONGEST_LINE else ():
        argv = command.argv
        for word, following in zip(argv, [*argv[1:], ""], strict=True):
            name, equals, value = word.partition("=")
            given = value if equals else "" if following.startswith("-") else following
            if name.startswith("-") and is_secret(name, given):
                yield name


def _anywhere(unit: Unit) -> t.Iterator[Problem]:
    for assignments in unit.assignments.values():
        for one in assignments:
            if is_secret_value(one.value):
                yield _problem(one, f"{one.key}= holds what looks like a token, a key or a password in a URL")


def _environment_files(unit: Unit, section: str, checkout: str, files: t.Mapping[str, bytes]) -> t.Iterator[Problem]:
    for one in unit.listed(section, "EnvironmentFile") if section else ():
        path = _path(one.value)
        shown = f"EnvironmentFile={quoted(path)}"
        if _is_in_run(path):
            continue
        if not _is_in(path, checkout):
            what = f"{shown} is neither in the repository nor in /run"
            remedy = "keep settings in the repository, and have secrets pushed as credentials in /run"
            yield Problem(CLAUSE, FILE_RULE, one.file, one.line, what, remedy)
        elif _is_pattern(path) or path not in files:
            what = f"{shown} could not be looked at"
            remedy = "name one file that is committed in the repository"
            yield Problem(CLAUSE, FILE_RULE, one.file, one.line, what, remedy, "unknown")
        else:
            yield from environment_file_problems(path, files[path])


def _path(value: str) -> str:
    path = value.removeprefix("-")
    return posixpath.normpath(path) if path.startswith("/") else path


def _is_in(path: str, folder: str) -> bool:
    return bool(folder) and path.startswith(f"{folder.rstrip('/')}/")


def _is_in_run(path: str) -> bool:
    return path.startswith(("/run/", "%t/", "%d/")) and ".." not in path.split("/")


def _is_pattern(path: str) -> bool:
    return any(sign in path for sign in "*?[%")


def _said(name: str) -> str:
    # A name that is itself a token is not shown either.
    return "a variable" if is_secret_value(name) else quoted(name)


def _problem(one: Assignment, what: str) -> Problem:
    return Problem(CLAUSE, RULE, one.file, one.line, what, _REMEDY)


__all__ = ("CLAUSE", "FILE_RULE", "RULE", "environment_file_problems", "environment_files", "secret_problems")
