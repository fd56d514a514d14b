# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that a file of playbooks, variables, inventory or templates writes out (runbook 6.3).

What a secret looks like is the audit's decision; here is only where in a file it is asked. No value is ever shown.
"""

from __future__ import annotations

import re
import typing as t

from runbook_lint.decisions._secret_kinds import Kind, kind_of
from runbook_lint.decisions._secret_patterns import find
from runbook_lint.decisions._secret_settings import NAME, WHAT, is_secret_setting
from runbook_lint.decisions._secret_words import is_secret_name
from runbook_lint.decisions._text import one_line
from runbook_lint.jinja import is_template
from runbook_lint.scalars import COMMANDS, PROSE, Scalar, scalars_of

_TEMPLATES: t.Final = re.compile(r"\.(?:j2|jinja2?|tmpl|tpl)$")
# Options of modules that speak of a password or key and hold none.
_NO_SECRETS: t.Final = frozenset(
    (
        *("update_password", "password_lock", "password_expire_account_disable", "generate_ssh_key", "ssh_key_bits"),
        *("ssh_key_comment", "ssh_key_type", "force_update_password", "no_log", "token_id", "password_auth"),
        # The permission of a workflow.
        "id-token",
    )
)
_PUBLIC: t.Final = re.compile(
    r"(?:[a-z-]+=\S+ )?(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\S+|sk-\S+@openssh\.com) AAAA"
    r"|-----BEGIN (?:PGP PUBLIC KEY BLOCK|(?:RSA )?PUBLIC KEY|CERTIFICATE)"
)
# In a template: what stands for a variable that nobody has set, and a value that is given at once.
_DEFAULT: t.Final = re.compile(r"\|\s*(?:default|d)\s*\(\s*(?P<quote>['\"])(?P<value>[^'\"]*)(?P=quote)")
_LITERAL: t.Final = re.compile(r"\{\{-?\s*(?P<quote>['\"])(?P<value>[^'\"]*)(?P=quote)\s*(?:\||-?\}\})")
# Below this name every value is a credential, whatever its own name is.
_CREDENTIALS: t.Final = "services_credentials"
_SPECIFICATIONS: t.Final = "argument_specs"
_SHORTEST_NUMBER: t.Final = 4


class ClearText(t.NamedTuple):
    """A secret that is written out.

    :param line: 1-based.
    :param what: which kind, with its article; the name that it is given to, if that made it one.
    """

    line: int
    what: str


def secrets_of(path: str, text: str, *, is_yaml: bool) -> list[ClearText]:
    """Return the secrets in a file, each line once, in their order."""
    if text.startswith("$ANSIBLE_VAULT"):
        return []
    scalars = scalars_of(text) if is_yaml else None
    found = _in_text(path, text) if scalars is None else _in_scalars(text, scalars)
    by_line: dict[int, ClearText] = {}
    for one in sorted(found, key=lambda one: one.line):
        by_line.setdefault(one.line, one)
    return list(by_line.values())


def _in_text(path: str, text: str) -> list[ClearText]:
    kind = _kind(path, text)
    return [ClearText(text.count("\n", 0, hit.start) + 1, hit.what) for hit in find(text, kind)]


def _kind(path: str, text: str) -> Kind:
    """Return what the file will be where it is used: a template that nothing else is known of holds settings."""
    plain = f"/{_TEMPLATES.sub('', path)}"
    kind = kind_of(plain, text[:100])
    return "settings" if kind in ("log", "lock") or (kind == "code" and "." not in plain.rpartition("/")[2]) else kind


def _in_scalars(text: str, scalars: t.Iterable[Scalar]) -> t.Iterator[ClearText]:
    # Most files hold nothing that even looks so: then no value is searched.
    hits = find(text, "settings")
    seen: set[int] = set()
    for one in scalars:
        last = one.line + one.value.count("\n")
        seen.update(range(one.line, last + 1))
        if one.tag.startswith("!vault"):
            continue
        name = _given_to(one)
        if name:
            yield ClearText(one.line, f"{WHAT}, '{one_line(name, 80)}'")
        elif hits:
            yield from _within(one)
    # A token in a comment is as readable as any other.
    for hit in hits:
        line = text.count("\n", 0, hit.start) + 1
        if hit.rule != NAME and line not in seen:
            yield ClearText(line, hit.what)


def _given_to(one: Scalar) -> str:
    """Return the name of a secret that a value is given to, "" where there is none or the value is no secret."""
    if _PUBLIC.match(one.value):
        return ""
    is_declared = _CREDENTIALS in one.keys[:-1] and _SPECIFICATIONS not in one.keys
    if is_declared and one.value and not is_template(one.value):
        return ".".join(one.keys[-2:])
    if one.key in _NO_SECRETS or (not one.is_text and not _is_number(one)):
        return ""
    for name in (one.of, one.key):
        if name and is_secret_name(name) and any(is_secret_setting(name, value) for value in _written(one.value)):
            return name
    return ""


def _is_number(one: Scalar) -> bool:
    return one.tag == "tag:yaml.org,2002:int" and len(one.value) >= _SHORTEST_NUMBER


def _written(value: str) -> list[str]:
    """Return the values that a text gives: itself, or what its template has for the case that nobody sets it."""
    if not is_template(value):
        return [value]
    return [match["value"] for form in (_DEFAULT, _LITERAL) for match in form.finditer(value)]


def _within(one: Scalar) -> t.Iterator[ClearText]:
    if not one.is_text or _PUBLIC.match(one.value):
        return
    for hit in find(one.value, _kind_within(one)):
        yield ClearText(one.line + one.value.count("\n", 0, hit.start), hit.what)


def _kind_within(one: Scalar) -> Kind:
    if one.key in PROSE:
        return "prose"
    return "shell" if one.is_command or one.key in COMMANDS else "settings"


__all__ = ("ClearText", "secrets_of")
