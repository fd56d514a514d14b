# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what has the form of a secret is one (runbook 6.3): pure decisions. Private to the collection.

Documentation and templates are full of values that only stand for a secret: a finding for each would hide the real
ones.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import typing as t
import zlib

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Words that people put where a secret will stand. The short ones count as words only: random text may hold them.
_STANDS_FOR = re.compile(
    r"""example|placeholder|change[-_]?(?:me|it|this)|redacted|replace[-_](?:me|with|this)|abcdefgh|12345678|deadbeef
    |\*\*\*|\.\.\.|…|____|xxxxx|lorem[ ]ipsum|not[-_]a[-_]real
    |(?<![a-z0-9])(?:your|my[-_](?:secret|password|token|key)|some[-_](?:secret|password|token|key)|insert|dummy|fake
        |sample|todo|fixme|xxxx?|to[-_]be[-_])
    |(?:[-_]|\b)here\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
# What names another place that holds the value: a variable, a template's field, a command's output, a file.
_REFERENCE = re.compile(
    r"""\$\{.*|\$\(.*|`.*|\$[A-Za-z_@*#?!][A-Za-z0-9_]{0,60}(?:[^$A-Za-z0-9].*)?|\$[0-9]
    |\{\{.*|\{%.*|\{[A-Za-z_0-9.]*\}|%\([A-Za-z_]+\)[sd]|%[A-Za-z_]{0,40}%?|<.*|@[A-Z_]+@|@@.*|\[.*|\(.*
    |!(?:vault|env|secret|ref)\b.*|(?:env|vault|file|keyring|secretsmanager|op|pass|systemd)[:.].*|ENC\[.*
    |(?:os|process|self|this|args|config|settings|options|params|request|ctx|cfg|conf)\.[A-Za-z_.\[(].*
    |/[^\s]*|\.{0,2}/.*|~/.*|[a-z]+://[^@]*
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_NOTHING = frozenset(
    (
        *("", "yes", "no", "true", "false", "on", "off", "none", "null", "nil", "undefined", "default", "auto", "ask"),
        *(
            "prompt",
            "required",
            "optional",
            "inherit",
            "always",
            "never",
            "disabled",
            "enabled",
            "prohibit-password",
            "nopasswd",
        ),
        *("password", "passwd", "pass", "secret", "token", "key", "pwd", "passphrase", "username", "user", "string"),
        *("files", "compat", "systemd", "db", "sss", "ldap", "plain", "login", "bearer", "basic", "digest", "hash"),
        *(
            "same-origin",
            "include",
            "omit",
            "md5",
            "sha1",
            "sha256",
            "sha512",
            "yescrypt",
            "bcrypt",
            "hidden",
            "masked",
        ),
        *("str", "int", "bool", "bytes", "object", "text", "any", "self", "value", "input", "unset", "empty", "test"),
        *("testing", "foo", "bar", "baz", "foobar", "hello", "public", "private", "unknown", "invalid", "wpa-psk"),
        *(
            "requisite",
            "sufficient",
            "keyring",
            "file",
            "env",
            "vault",
            "publickey",
            "external",
            "sae",
            "wpa2-psk",
            "open",
            "internal",
            "agent",
        ),
    )
)


def entropy(value: str) -> float:
    """Return how many bits each character of a value tells by Shannon's measure: words are below 3, keys above."""
    if not value:
        return 0.0
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in (value.count(char) for char in set(value)))


def stands_for_one(value: str) -> bool:
    """Whether a value holds a secret's place only: "changeme", "<token>", "${TOKEN}", "xxxxxxxx", or says nothing."""
    plain = value.strip()
    if plain.lower() in _NOTHING or len(set(plain)) < 3 or _REFERENCE.fullmatch(plain):
        return True
    return _STANDS_FOR.search(plain) is not None


def is_random(value: str, *, bits: float, longest_run: int = 5) -> bool:
    """Whether a value is as mixed as what a program draws: enough bits for each character, and no long run of one."""
    if _STANDS_FOR.search(value) or entropy(value) < bits:
        return False
    return not re.search(rf"(.)\1{{{longest_run},}}", value)


def is_mixed(value: str) -> bool:
    """Whether a value has letters and digits, or three kinds of characters, as words and names have not."""
    kinds = (
        any(char.islower() for char in value),
        any(char.isupper() for char in value),
        any(char.isdigit() for char in value),
        any(not char.isalnum() and char not in "_-. /" for char in value),
    )
    return (kinds[2] and (kinds[0] or kinds[1])) or sum(kinds) > 2


def has_checksum(token: str) -> bool:
    """Whether a token of GitHub's form ends with the checksum of what stands between its prefix and that."""
    drawn, given = token.partition("_")[2][:-6], token[-6:]
    number, digits = zlib.crc32(drawn.encode("latin-1")), ""
    for _place in range(6):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return bool(drawn) and digits == given


def decoded(value: str) -> bytes:
    """Return what a value in base64 (either alphabet, padded or not) holds; nothing where it is none."""
    plain = value.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def is_jwt(token: str) -> bool:
    """Whether a token of three parts is a signed JSON Web Token, and not the one that every tutorial shows."""
    parts = token.split(".")
    if len(parts) < 3:
        return False
    head, body = (_json(decoded(part)) for part in parts[:2])
    if "alg" not in head or str(head["alg"]).lower() == "none" or not body:
        return False
    return body.get("sub") != "1234567890" and body.get("name") != "John Doe"


def is_login(value: str) -> bool:
    """Whether a value is the base64 of user:password, as HTTP's Basic scheme and container registries have it."""
    user, colon, password = decoded(value).decode("latin-1").partition(":")
    return bool(colon) and user.isprintable() and password.isprintable() and not stands_for_one(password)


def _json(content: bytes) -> dict[str, t.Any]:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


__all__ = (
    "decoded",
    "entropy",
    "has_checksum",
    "is_jwt",
    "is_login",
    "is_mixed",
    "is_random",
    "stands_for_one",
)
