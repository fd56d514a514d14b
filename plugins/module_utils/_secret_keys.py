# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys, by their marks in a file (runbook 6.3). Private to the collection.

A mark alone is no key: programs that look for keys hold the mark, too. What follows it decides.
"""

from __future__ import annotations

import re
import typing as t

from ._secret_checks import decoded, entropy, is_random
from ._secret_pattern import Pattern, value_of

# An end of line, in a file or inside a string of JSON, YAML, a shell or an environment.
_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/=]")
_EOL = r"(?:\\r)?(?:\\n|\r?\n|\r)"
# Enough of a body that no documentation writes it out: 40 characters of base64, maybe over two lines, after headers.
_HEADERS = rf"(?:{_EOL}[ \t]*[A-Z][A-Za-z-]{{2,30}}:[^\r\n\\]{{0,200}}){{0,6}}"
_BODY = rf"(?:[ \t]|{_EOL}|[\"'+])*(?P<body>[A-Za-z0-9+/=]{{16,100}}(?:[ \t]|{_EOL}|[\"'+])*[A-Za-z0-9+/=]{{8,100}})"
_REST = r"(?:[^-]{0,20000}-----END[ A-Z0-9]{1,60}-----)?"


def _marked(mark: str) -> str:
    return rf"(?P<secret>{mark}{_HEADERS}{_BODY}{_REST})"


def _has_body(match: re.Match[str]) -> bool:
    body = _joined(match)
    return len(body) >= 40 and entropy(body) > 3


def _joined(match: re.Match[str]) -> str:
    """Return the beginning of a key's body in one piece."""
    return _NO_BASE64.sub("", match["body"][:400].replace("\\n", "").replace("\\r", ""))


def _is_key_of(size: int) -> t.Callable[[re.Match[str]], bool]:
    def check(match: re.Match[str]) -> bool:
        value = value_of(match)
        return len(decoded(value)) == size and is_random(value, bits=3.5)

    return check


def _is_open(match: re.Match[str]) -> bool:
    """Whether an OpenSSH key has no passphrase: its head names the cipher."""
    return _has_body(match) and decoded(_joined(match)[:40])[15:23] == b"\0\0\0\4none"


def _is_closed(match: re.Match[str]) -> bool:
    return _has_body(match) and not _is_open(match)


def _is_encrypted(match: re.Match[str]) -> bool:
    return "ENCRYPTED" in match[0][:400]


def _holds_key(match: re.Match[str]) -> bool:
    return b"PRIVATE KEY" in decoded(value_of(match)[:400])


_OPENSSH = _marked(r"-----BEGIN OPENSSH PRIVATE KEY-----")
_PEM = _marked(r"-----BEGIN (?:(?:RSA|EC|DSA|ENCRYPTED|ANY|ED25519|ML-[A-Z0-9-]{3,10}) )?PRIVATE KEY-----")
_PUTTY = (
    r"(?P<secret>PuTTY-User-Key-File-[123]: [^\r\n]{1,60}\r?\nEncryption: (?P<cipher>[^\r\n]{1,40})"
    r"(?:(?!Private-Lines)[^\0]){0,8000}Private-Lines: [0-9]+(?:\r?\n[A-Za-z0-9+/=]{1,80})+"
    r"(?:\r?\nPrivate-MAC:[^\r\n]*)?)"
)

KEYS: t.Final = (
    Pattern(
        "openssh-key",
        "critical",
        "a private key of SSH without a passphrase",
        ("PRIVATE KEY",),
        _OPENSSH,
        _is_open,
        in_binary=True,
    ),
    Pattern(
        "openssh-encrypted-key",
        "high",
        "a private key of SSH with a passphrase",
        ("PRIVATE KEY",),
        _OPENSSH,
        _is_closed,
        in_binary=True,
    ),
    Pattern(
        "pem-key",
        "critical",
        "a private key without a passphrase",
        ("PRIVATE KEY",),
        _PEM,
        lambda match: _has_body(match) and not _is_encrypted(match),
        in_binary=True,
    ),
    Pattern(
        "pem-encrypted-key",
        "high",
        "a private key with a passphrase",
        ("PRIVATE KEY",),
        _PEM,
        lambda match: _has_body(match) and _is_encrypted(match),
        in_binary=True,
    ),
    Pattern(
        "ssh2-key",
        "high",
        "a private key of SSH2",
        ("PRIVATE KEY",),
        _marked(r"---- BEGIN SSH2 (?:ENCRYPTED )?PRIVATE KEY ----"),
        _has_body,
        in_binary=True,
    ),
    Pattern(
        "pgp-key",
        "critical",
        "a private key of OpenPGP",
        ("PRIVATE KEY",),
        _marked(r"-----BEGIN PGP PRIVATE KEY BLOCK-----"),
        _has_body,
        in_binary=True,
    ),
    Pattern(
        "openvpn-key",
        "critical",
        "a static key of OpenVPN",
        ("BEGIN OpenVPN ",),
        (
            r"(?P<secret>-----BEGIN OpenVPN (?:Static key V1|tls-crypt-v2 (?:client|server) key)-----\s{1,4}"
            r"(?P<body>[A-Za-z0-9+/=\s]{64,20000}?)(?:-----END OpenVPN [A-Za-z0-9 -]{1,40}-----))"
        ),
        _has_body,
        in_binary=True,
    ),
    Pattern(
        "putty-key",
        "critical",
        "a private key of PuTTY without a passphrase",
        ("PuTTY-User-Key-File-",),
        _PUTTY,
        lambda match: match["cipher"].strip() == "none",
        in_binary=True,
    ),
    Pattern(
        "putty-encrypted-key",
        "high",
        "a private key of PuTTY with a passphrase",
        ("PuTTY-User-Key-File-",),
        _PUTTY,
        lambda match: match["cipher"].strip() != "none",
        in_binary=True,
    ),
    Pattern(
        "age-key",
        "critical",
        "a private key of age",
        ("AGE-SECRET-KEY-",),
        r"AGE-SECRET-KEY-(?:PQ-)?1(?P<secret>[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58,4000})",
        lambda match: is_random(value_of(match), bits=3.5),
        in_binary=True,
    ),
    Pattern(
        "wireguard-key",
        "critical",
        "a private key of WireGuard",
        ("privatekey", "presharedkey"),
        r"(?im)^[ \t]*(?:PrivateKey|PresharedKey)[ \t]*=[ \t]*(?P<secret>[A-Za-z0-9+/]{43}=)",
        _is_key_of(32),
        folded=True,
    ),
    Pattern(
        "jwk-key",
        "critical",
        "a private key in a JSON Web Key",
        ('"kty"',),
        r'"(?:d|k)"\s{0,4}:\s{0,4}"(?P<secret>[A-Za-z0-9_-]{40,2000})"',
        lambda match: is_random(value_of(match), bits=4.0),
    ),
    Pattern(
        "base64-key",
        "critical",
        "a private key in base64",
        # Of what every key in text form begins with.
        ("LS0tLS1CRUdJTi",),
        r"(?P<secret>LS0tLS1CRUdJTi[A-Za-z0-9+/]{100,20000}={0,2})",
        _holds_key,
    ),
)

__all__ = ("KEYS",)
