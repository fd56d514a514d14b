# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Public keys and authorized_keys files (runbook 2.7 and 2.8): pure decisions. Private to the collection.

Standard library only and the same on both ends: the controller refuses a wrong key before anything is touched, the
node before it writes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import typing as t

# ssh-keygen's own default since 2019; shorter RSA keys are being phased out everywhere.
SHORTEST_RSA = 3072
LONGEST_RSA = 16384
_SMALLEST_EXPONENT = 3
_LONGEST_LINE = 16 * 1024
_CURVES = {"nistp256": 65, "nistp384": 97, "nistp521": 133}
_ED25519_LENGTH = 32
# Each string of SSH's wire format is preceded by its length in so many bytes.
_PREFIX = 4
_TYPES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)
# Only what takes rights away. "command" and "environment" run code that no repository holds, forwarding opens the
# node's network, "expiry-time" is a lock-out with a date, "cert-authority" lets in keys that nobody declared.
_SAFE_FLAGS = frozenset(
    (
        "restrict",
        "pty",
        "no-pty",
        "no-agent-forwarding",
        "no-port-forwarding",
        "no-user-rc",
        "no-x11-forwarding",
        "verify-required",
    )
)
_UNSAFE = (
    *("agent-forwarding", "cert-authority", "command", "environment", "expiry-time", "no-touch-required"),
    *("permitlisten", "permitopen", "port-forwarding", "principals", "tunnel", "user-rc", "x11-forwarding"),
)
_FROM = re.compile(r"[A-Za-z0-9.:*?!/,_%\[\]-]+")
_OPTION = re.compile(r'([A-Za-z0-9-]+)(?:="((?:[^"\\]|\\.)*)")?(,|$)')
# Base64 of "openssh-key-v1", with which the body of an OpenSSH private key begins.
_PRIVATE_MARKS = ("PRIVATE KEY", "PuTTY-User-Key-File", "Private-Lines:", "b3BlbnNzaC1rZXktdjE")


class KeyLineError(ValueError):
    """A line is no public key that we accept. The message says why, and never repeats the line: it may be a secret."""


class PublicKey(t.NamedTuple):
    """One public key of an authorized_keys file.

    :param options: the restrictions before the key, as written; "" for none.
    :param kind: the key's type, as ``ssh-ed25519``.
    :param body: the base64 text that is the key; two lines with the same body are the same key.
    :param comment: the rest of the line.
    """

    options: str
    kind: str
    body: str
    comment: str

    @property
    def line(self) -> str:
        return " ".join(part for part in self if part)

    @property
    def fingerprint(self) -> str:
        """The key's fingerprint as OpenSSH shows it, ``SHA256:…``."""
        digest = hashlib.sha256(base64.b64decode(self.body)).digest()
        return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def parse_declared(line: str) -> PublicKey:
    """Parse a public key line that an inventory declares.

    :raises KeyLineError: it is no public key, one that is too weak, or its options would open more than a login.
    """
    _refuse_what_is_no_line(line)
    options, rest = _split_options(line.strip())
    _refuse_unsafe_options(options)
    kind, body, comment = _three_words(rest)
    _refuse_kind(kind)
    if not body:
        raise KeyLineError(f"it ends after the type {kind}: the key itself is missing")
    odd = next((char for char in comment if not char.isprintable()), "")
    if odd:
        raise KeyLineError(f"its comment holds the unprintable character U+{ord(odd):04X}; write a plain comment")
    _check_body(kind, body)
    return PublicKey(options, kind, body, comment)


def declared_keys(lines: t.Sequence[str]) -> list[PublicKey]:
    """Parse all public keys that an inventory declares.

    :raises KeyLineError: names each wrong entry by its number from 1.
    """
    keys: list[PublicKey] = []
    errors: list[str] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        try:
            key = parse_declared(line)
        except KeyLineError as exc:
            errors.append(f"entry {number}: {exc}")
            continue
        if key.body in seen:
            errors.append(f"entry {number}: it is the same key as entry {seen[key.body]}; remove one")
        seen.setdefault(key.body, number)
        keys.append(key)
    if not lines:
        errors.append("it is empty: at least one public key must be able to log in")
    if errors:
        raise KeyLineError("; ".join(errors))
    return keys


def keys_in(text: str) -> list[PublicKey]:
    """Return the keys that sshd would find in an authorized_keys file, whatever their options.

    Other lines are left out. Meant for files of a node: nothing is refused, so that what is there can be told, kept or
    moved aside.
    """
    keys = []
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        try:
            options, rest = _split_options(stripped)
        except KeyLineError:
            continue
        kind, body, comment = _three_words(rest)
        if body and _decoded(body) is not None:
            keys.append(PublicKey(options, kind, body, comment))
    return keys


def render(keys: t.Sequence[PublicKey]) -> str:
    """Return the authorized_keys file that holds exactly ``keys``."""
    return "".join(f"{key.line}\n" for key in keys)


def added(before: str, keys: t.Sequence[PublicKey]) -> str:
    """Return an authorized_keys file that lets in ``keys`` and still all that ``before`` lets in.

    The new lines come first: sshd takes the first line that fits a key, so an old line of the same key with harsher
    options must not hide the declared one.
    """
    declared = [key.line for key in keys]
    kept = [line for line in before.splitlines() if line.strip() not in declared]
    return "".join(f"{line}\n" for line in [*declared, *kept])


def _three_words(text: str) -> tuple[str, str, str]:
    first, second, rest = [*text.split(None, 2), "", "", ""][:3]
    return first, second, rest.strip()


def _refuse_what_is_no_line(line: str) -> None:
    if any(mark in line for mark in _PRIVATE_MARKS):
        raise KeyLineError(
            "it is a PRIVATE key (not shown): treat it as leaked, make a new pair and declare the line of its .pub file"
        )
    if "BEGIN SSH2 PUBLIC KEY" in line or line.lstrip().startswith("-----BEGIN"):
        raise KeyLineError("it is in another format than OpenSSH's; convert it with ssh-keygen -i")
    if not line.strip():
        raise KeyLineError("it is empty; remove it")
    if len(line.strip().splitlines()) > 1:
        raise KeyLineError(f"it holds {len(line.strip().splitlines())} lines; declare one public key per entry")
    if len(line) > _LONGEST_LINE:
        raise KeyLineError(f"it has {len(line)} characters, no public key is that long")
    if line.lstrip().startswith("#"):
        raise KeyLineError("it is a comment; remove it, or declare the key that it hides")


def _split_options(line: str) -> tuple[str, str]:
    """Split a line into its options and the rest, by the quoting rules of sshd."""
    first = line.split(None, 1)[0]
    if first in _TYPES or first.startswith(("ssh-", "ecdsa-", "sk-")):
        return "", line
    quoted = False
    previous = ""
    for position, char in enumerate(line):
        if char == '"' and previous != "\\":
            quoted = not quoted
        elif char in " \t" and not quoted:
            return line[:position], line[position:].lstrip()
        previous = char
    if quoted:
        raise KeyLineError("a quote of its options is not closed")
    return "", line


def _refuse_unsafe_options(options: str) -> None:
    position = 0
    while position < len(options):
        match = _OPTION.match(options, position)
        if match is None:
            raise KeyLineError(f"it begins neither with a key type ({', '.join(_TYPES)}) nor with valid options")
        name, value = match[1].lower(), match[2]
        if name == "from":
            if not value or not _FROM.fullmatch(value) or all(part.startswith("!") for part in value.split(",")):
                raise KeyLineError('its option from="…" must list addresses or host patterns to let in')
        elif name not in (*_SAFE_FLAGS, *_UNSAFE):
            # Not an option, so perhaps a secret: it is not repeated.
            raise KeyLineError(f"it begins neither with a key type ({', '.join(_TYPES)}) nor with valid options")
        elif name in _UNSAFE or value is not None:
            allowed = ", ".join(['from="…"', *sorted(_SAFE_FLAGS)])
            raise KeyLineError(f"its option {name!r} is not allowed; allowed are {allowed}")
        position = match.end()


def _refuse_kind(kind: str) -> None:
    if kind in _TYPES:
        return
    if kind == "ssh-dss":
        raise KeyLineError("it is a DSA key, which OpenSSH no longer accepts; make an ssh-ed25519 key")
    if kind.endswith("-cert-v01@openssh.com"):
        raise KeyLineError("it is a certificate, not a key; declare the public key itself")
    raise KeyLineError(f"it begins with no key type that is accepted, which are {', '.join(_TYPES)}")


def _decoded(body: str) -> bytes | None:
    try:
        return base64.b64decode(body.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None


def _check_body(kind: str, body: str) -> None:
    blob = _decoded(body)
    # Decoding is lenient on the last bits: two spellings of one key would not be seen as the same.
    if blob is None or base64.b64encode(blob).decode() != body:
        raise KeyLineError("its body is not valid base64; it was probably truncated when it was copied")
    fields = _fields(blob)
    if not fields:
        raise KeyLineError("its body is truncated; copy the whole line of the .pub file")
    inner = fields[0].decode("ascii", "replace")
    if inner != kind:
        shown = inner if inner in _TYPES else "something else"
        raise KeyLineError(f"it says {kind} but its body is of type {shown}")
    if not _SHAPES[kind](kind, fields[1:]):
        raise KeyLineError(f"its body is not a whole {kind} key; copy the whole line of the .pub file")


def _fields(blob: bytes) -> list[bytes]:
    """Split SSH's wire format into its strings; empty where it does not come out even."""
    fields = []
    while blob:
        end = _PREFIX + int.from_bytes(blob[:_PREFIX], "big")
        if len(blob) < max(end, _PREFIX):
            return []
        fields.append(blob[_PREFIX:end])
        blob = blob[end:]
    return fields


def _is_ed25519(kind: str, fields: list[bytes]) -> bool:
    point, *more = fields or [b""]
    return len(point) == _ED25519_LENGTH and _is_application(kind, more)


def _is_ecdsa(kind: str, fields: list[bytes]) -> bool:
    curve = kind.partition("@")[0].rpartition("-")[2]
    named, point, *more = [*fields, b"", b""]
    return (
        named == curve.encode()
        and len(point) == _CURVES[curve]
        and point.startswith(b"\x04")
        and _is_application(kind, more[:-2])
    )


def _is_application(kind: str, fields: list[bytes]) -> bool:
    """Whether the rest of a key is what its kind asks for: a security key names its application, others nothing."""
    return len(fields) == 1 and bool(fields[0]) if kind.startswith("sk-") else not fields


def _is_rsa(_kind: str, fields: list[bytes]) -> bool:
    exponent, modulus, *more = (int.from_bytes(field, "big", signed=True) for field in [*fields, b"", b""])
    bits = modulus.bit_length()
    if exponent < _SMALLEST_EXPONENT or modulus < 1 or any(more) or not exponent & modulus & 1:
        return False
    if bits < SHORTEST_RSA:
        raise KeyLineError(f"it is an RSA key of {bits} bits, {SHORTEST_RSA} are needed; make an ssh-ed25519 key")
    return bits <= LONGEST_RSA


_SHAPES: dict[str, t.Callable[[str, list[bytes]], bool]] = {
    kind: _is_rsa if kind == "ssh-rsa" else _is_ed25519 if "ed25519" in kind else _is_ecdsa for kind in _TYPES
}

__all__ = ("KeyLineError", "PublicKey", "added", "declared_keys", "keys_in", "parse_declared", "render")
