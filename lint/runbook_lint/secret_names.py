# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which secret a template puts in its place, by the names in its expressions (runbook 6.3)."""

from __future__ import annotations

import re
import typing as t

from runbook_lint.decisions._secret_words import is_secret_name

_EXPRESSION: t.Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_STRING: t.Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_SUBSCRIPT: t.Final = re.compile(r"\[\s*['\"]([^'\"]+)['\"]\s*\]")
# Tests and conditions ask about a value and do not hand it on.
_ASKED: t.Final = re.compile(r"[\w.]+\s+is\s+(?:not\s+)?\w+|\bif\b.*?(?=\belse\b|$)|==\s*\S+|!=\s*\S+", re.DOTALL)
_NAME: t.Final = re.compile(
    r"(?P<filter>\|\s*)?(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\s*\.\s*[A-Za-z_][A-Za-z0-9_]*)*)(?P<call>\s*\()?"
)
# What is said about a result or a value, instead of it.
_ABOUT: t.Final = frozenset(
    ("changed", "failed", "skipped", "rc", "stat", "status", "results", "start", "end", "delta", "keys", "exists")
)
# A switch: whether there may be one, not what it is.
_SWITCH: t.Final = re.compile(r"(?:^|_)(?:permit|allow|require|enable|disable|validate|enforce|has|is|without)s?_")
# The node's list of accounts, which holds no password.
_ACCOUNTS: t.Final = "getent_passwd"
# What a result or an entry keeps its value under.
_HOLDS: t.Final = ("stdout", "content", "value", "msg", "json")
_TELLS_LITTLE: t.Final = re.compile(r"\|\s*(?:length|count|bool|type_debug)\b")
_HASHES: t.Final = re.compile(r"\|\s*(?:ansible\.builtin\.)?password_hash\b")
_MAKES_ONE: t.Final = re.compile(
    r"\b(?:lookup|query|q)\s*\(\s*['\"](?:[\w.]*\.)?"
    r"(?P<name>password|hashi_vault|vault_\w+|aws_secret|keyring|passwordstore|bitwarden|onepassword|random_string)['\"]"
)


def carried(text: str) -> str:
    """Return the name of a secret that a text's template fills in, "" where there is none."""
    for found in _EXPRESSION.finditer(text):
        name = _in_expression(found[1])
        if name:
            return name
    return ""


def _in_expression(expression: str) -> str:
    made = _MAKES_ONE.search(expression)
    if made:
        return made["name"]
    if _HASHES.search(expression):
        return "password_hash"
    if _TELLS_LITTLE.search(expression):
        return ""
    plain = _ASKED.sub(" ", _STRING.sub("''", _SUBSCRIPT.sub(r".\1 ", expression)))
    for found in _NAME.finditer(plain):
        parts = [part.strip() for part in found["name"].split(".")]
        if found["filter"] or found["call"] or not _ABOUT.isdisjoint(parts[1:]):
            continue
        said = parts[-2] if len(parts) > 1 and parts[-1] in _HOLDS else parts[-1]
        if _ACCOUNTS not in parts and not _SWITCH.search(said) and is_secret_name(said):
            return ".".join(parts)
    return ""


__all__ = ("carried",)
