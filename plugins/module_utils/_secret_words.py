# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which names and values look like a secret (runbook 6.3). Private to the collection.

The words are the ones that people use for secrets; nothing here ever shows a value.
"""

from __future__ import annotations

import itertools
import re

_WORDS = frozenset(
    (
        *("token", "secret", "secrets", "password", "passwd", "passphrase", "passcode", "pwd", "apikey", "credential"),
        *("credentials", "psk", "privatekey", "accesskey", "secretkey", "authkey", "pin", "bearer"),
        *(
            "authtoken",
            "apitoken",
            "accesstoken",
            "refreshtoken",
            "clientsecret",
            "userpassword",
            "dbpassword",
            "dbpass",
        ),
    )
)
_PAIRS = frozenset(
    (
        *(
            "api key",
            "access key",
            "private key",
            "secret key",
            "signing key",
            "encryption key",
            "auth key",
            "basic auth",
        ),
        *("master key", "account key", "ssh key", "shared key", "deploy key", "db pass", "user pass", "database pass"),
        *("become pass", "ssh pass", "sudo pass", "su pass", "root pass", "admin pass", "login pass", "smtp pass"),
    )
)
# A name that ends with one of these says something about a secret, and does not hold it.
_ABOUT = frozenset(
    (
        *("file", "path", "dir", "directory", "name", "id", "ttl", "timeout", "expiry", "expires", "expiration"),
        *(
            "length",
            "size",
            "uri",
            "url",
            "host",
            "port",
            "enabled",
            "required",
            "type",
            "policy",
            "header",
            "algorithm",
        ),
        *(
            "count",
            "limit",
            "max",
            "min",
            "prefix",
            "endpoint",
            "lifetime",
            "user",
            "command",
            "seconds",
            "encryption",
            "format",
            "scheme",
            "method",
            "validator",
            "age",
            "store",
            "source",
            "priority",
            "authentication",
            "complexity",
            "quality",
            "attempts",
            "retries",
            "history",
            "ageing",
            "aging",
            "warn",
            "option",
            "rule",
            "regex",
            "pattern",
            "algo",
        ),
    )
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SPLIT = re.compile(r"[^a-z]+")
_HARMLESS = re.compile(
    r"|yes|no|true|false|on|off|none|null|(?:file:)?/.*|%[dt]/.*|\$\{?[A-Za-z_][A-Za-z0-9_]*\}?",
    re.IGNORECASE | re.DOTALL,
)
_NUMBER = re.compile(r"[0-9]{1,10}[a-z]?")
_NUMBERS_ARE_SECRET = frozenset(("password", "passwd", "passphrase", "passcode", "pwd", "pin", "pass"))
# The part of a URL between its scheme and its host, where it has a password that is written out.
URL_LOGIN = r"""://[^\s/:@"']{0,100}:(?:[^\s/@"'$%{<]|%[0-9A-Fa-f]{2}){1,200}@"""
_VALUE = re.compile(
    r"""-----BEGIN[ A-Z0-9]{0,40}PRIVATE[ ]KEY
    |\bgh[pousr]_[A-Za-z0-9]{36}
    |\bgithub_pat_[A-Za-z0-9_]{30}
    |\bglpat-[A-Za-z0-9_-]{20}
    |\b(?:AKIA|ASIA)[A-Z2-7]{16}\b
    |\bxox[abeoprs]-[A-Za-z0-9-]{10}
    |\bAIza[A-Za-z0-9_-]{35}
    |\bsk-[A-Za-z0-9_-]{20}
    |\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10}
    |\bnpm_[A-Za-z0-9]{36}
    |\bpypi-AgE[A-Za-z0-9_-]{20}
    |\bhf_[A-Za-z]{30}
    |\bAGE-SECRET-KEY-1
    |\bdckr_pat_[A-Za-z0-9_-]{20}
    |(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,20}"""
    + URL_LOGIN,
    re.VERBOSE,
)


def is_secret_name(name: str) -> bool:
    """Whether a variable or option of this name would hold a secret."""
    words = [word for word in _SPLIT.split(_CAMEL.sub("_", name[:200]).lower()) if word]
    if not words or words[-1] in _ABOUT:
        return False
    if words == ["pwd"]:
        # The working directory, as every shell calls it.
        return False
    pairs = {" ".join(pair) for pair in itertools.pairwise(words)}
    return not _WORDS.isdisjoint(words) or not _PAIRS.isdisjoint(pairs)


def is_secret_value(value: str) -> bool:
    """Whether a value holds what only secrets look like: tokens of well-known form, private keys, user:password@."""
    return _VALUE.search(value) is not None


def is_secret(name: str, value: str) -> bool:
    """Whether ``name=value`` gives a secret away: not where the value is empty, a switch, a path or a variable."""
    if is_secret_value(value):
        return True
    if not is_secret_name(name) or _HARMLESS.fullmatch(value):
        return False
    words = set(_SPLIT.split(_CAMEL.sub("_", name[:200]).lower()))
    return not _NUMBER.fullmatch(value) or not words.isdisjoint(_NUMBERS_ARE_SECRET)


__all__ = ("URL_LOGIN", "is_secret", "is_secret_name", "is_secret_value")
