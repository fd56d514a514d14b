# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's image held when it was enrolled: packages, enabled units, accounts. Private to the collection.

Read with a shell and dpkg alone, since a fresh image may hold no Python. What the node answers is untrusted: what
could not be a name is refused, so that no file of the operator's repository ever holds what a terminal acts upon.
"""

from __future__ import annotations

import json
import re
import shlex
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import LIST_ENABLED
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

_SECTION_BYTES = 4 * 1024 * 1024
_MOST_ITEMS = 20_000
_MARK = "=== runbook "
QUERIES: t.Final = {
    "packages": r"dpkg-query --show --showformat '${binary:Package}\t${Version}\t${db:Status-Abbrev}\n'",
    "units": shlex.join(LIST_ENABLED),
    "accounts": "getent passwd",
}
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]{0,199}(:[a-z0-9-]{1,30})?")
_VERSION = re.compile(r"[0-9A-Za-z.+~:-]{1,200}")
_UNIT = re.compile(r"[A-Za-z0-9:_.@\\-]{1,255}")
_ACCOUNT = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}\$?")
_NUMBER = re.compile(r"[0-9]{1,10}")
_PATH = re.compile(r"(/[!-~]{0,255})?")


class BaselineError(Exception):
    """The node's answer cannot be recorded; the message is one sentence with the value and the remedy."""


def script() -> str:
    """Return one shell command that prints all sections, each bounded in size."""
    parts = ["LC_ALL=C; export LC_ALL"]
    for section, query in QUERIES.items():
        parts.append(
            f"echo '{_MARK}{section}'; {{ {query} || echo '{_MARK}failed'; }} </dev/null | head -c {_SECTION_BYTES}"
        )
    parts.append(f"echo; echo '{_MARK}end'")
    return "; ".join(parts)


def sections(said: str, errors: str = "") -> dict[str, list[str]]:
    """Split the script's output; lines before the first section are the login's own chatter.

    :param errors: what the script wrote to standard error, for the sentence about a query that failed.

    :raises BaselineError: a query failed or its answer was cut off.
    """
    found: dict[str, list[str]] = {}
    name = ""
    for line in said.splitlines():
        if not line.startswith(_MARK):
            if name and line:
                found[name].append(line)
            continue
        mark = line.removeprefix(_MARK).strip()
        if mark == "failed":
            last = one_line(errors.strip().rpartition("\n")[2], 200) or "it does not say why"
            raise BaselineError(f"the node's {name} cannot be read, {last}; look at the node's console")
        if mark in found:
            raise BaselineError(f"the node prints section {one_line(mark, 40)!r} twice; look at the node's console")
        name = mark
        found[name] = []
    missing = [section for section in (*QUERIES, "end") if section not in found]
    if missing:
        raise BaselineError(f"the node's answer ends before its {missing[0]}; run again")
    return found


def compose(said: str, errors: str = "") -> dict[str, t.Any]:
    """Return the baseline out of the script's output.

    :raises BaselineError: the answer is cut short, or holds a name that cannot be one.
    """
    found = sections(said, errors)
    packages: dict[str, str] = {}
    for fields in _split(found["packages"], "\t", 3, "package"):
        name, version, status = fields
        if status.strip() == "ii":
            package = _checked(_PACKAGE, name, "package").partition(":")[0]
            packages[package] = _checked(_VERSION, version, f"version of package {package}")
    units = sorted({_checked(_UNIT, line.split(None, 1)[0], "unit") for line in _bounded(found["units"], "units")})
    accounts: dict[str, dict[str, t.Any]] = {}
    for fields in _split(found["accounts"], ":", 7, "account"):
        name = _checked(_ACCOUNT, fields[0], "account")
        accounts[name] = {
            "uid": int(_checked(_NUMBER, fields[2], f"number of account {name}")),
            "gid": int(_checked(_NUMBER, fields[3], f"group of account {name}")),
            "home": _checked(_PATH, fields[5], f"home of account {name}"),
            "shell": _checked(_PATH, fields[6], f"shell of account {name}"),
        }
    if not packages or not accounts:
        raise BaselineError("the node lists no packages or no accounts; look at the node's console")
    return {"packages": packages, "enabled_units": units, "accounts": accounts}


def _bounded(lines: list[str], what: str) -> list[str]:
    if len(lines) > _MOST_ITEMS:
        raise BaselineError(f"the node lists more than {_MOST_ITEMS} {what}; look at the node's console")
    return lines


def _split(lines: list[str], separator: str, count: int, what: str) -> t.Iterator[list[str]]:
    for line in _bounded(lines, f"{what}s"):
        fields = line.split(separator)
        if len(fields) != count:
            raise BaselineError(_odd(line, what))
        yield fields


def _checked(pattern: re.Pattern[str], value: str, what: str) -> str:
    if not pattern.fullmatch(value):
        raise BaselineError(_odd(value, what))
    return value


def _odd(value: str, what: str) -> str:
    return (
        f"the node lists as {what} what cannot be one, '{one_line(value, 100)}'; look at its console, or flash it anew"
    )


def to_text(baseline: t.Mapping[str, t.Any]) -> str:
    """Return the file's text: sorted, one item a line, the same for the same content."""
    return json.dumps(baseline, indent=2, sort_keys=True) + "\n"


def from_text(text: str) -> dict[str, t.Any] | None:
    """Return a baseline from its file's text, None where the text is none."""
    try:
        baseline = json.loads(text)
    except ValueError:
        return None
    if not isinstance(baseline, dict) or not {"packages", "enabled_units", "accounts"} <= set(baseline):
        return None
    return baseline


def require_sound(baseline: t.Any) -> dict[str, t.Any]:
    """Return a baseline that somebody else wrote, if each of its names could be one.

    :raises BaselineError: something in it is not as ``compose`` writes it.
    """
    if not isinstance(baseline, dict) or set(baseline) != {"packages", "enabled_units", "accounts"}:
        raise BaselineError("it has not the parts packages, enabled_units and accounts")
    packages, units, accounts = (baseline[part] for part in ("packages", "enabled_units", "accounts"))
    if not (isinstance(packages, dict) and isinstance(units, list) and isinstance(accounts, dict)):
        raise BaselineError("packages and accounts have to be mappings, and enabled_units a list")
    for name, version in packages.items():
        _sound(_PACKAGE, name, "package")
        _sound(_VERSION, version, f"version of package {one_line(name, 100)}")
    for unit in units:
        _sound(_UNIT, unit, "unit")
    for name, account in accounts.items():
        _sound(_ACCOUNT, name, "account")
        if not isinstance(account, dict) or set(account) != {"uid", "gid", "home", "shell"}:
            raise BaselineError(f"account {name} has not the parts uid, gid, home and shell")
        for part in ("uid", "gid"):
            if not isinstance(account[part], int) or isinstance(account[part], bool) or account[part] < 0:
                raise BaselineError(
                    f"account {name} has as {part} what is no number, {one_line(repr(account[part]), 60)}"
                )
        _sound(_PATH, account["home"], f"home of account {name}")
        _sound(_PATH, account["shell"], f"shell of account {name}")
    if not packages or not accounts:
        raise BaselineError("it lists no packages or no accounts")
    return {"packages": packages, "enabled_units": sorted(units), "accounts": accounts}


def _sound(pattern: re.Pattern[str], value: t.Any, what: str) -> None:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BaselineError(f"it lists as {what} what cannot be one, '{one_line(str(value), 100)}'")


def counts(baseline: t.Mapping[str, t.Any]) -> str:
    """Return how much a baseline holds, in words."""
    packages, units, accounts = (len(baseline[part]) for part in ("packages", "enabled_units", "accounts"))
    return f"{packages} packages, {units} enabled units, {accounts} accounts"


__all__ = (
    "QUERIES",
    "BaselineError",
    "compose",
    "counts",
    "from_text",
    "require_sound",
    "script",
    "sections",
    "to_text",
)
