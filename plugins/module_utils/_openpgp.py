# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates in an OpenPGP keyring, by the fingerprint of their primary key (RFC 9580): pure. Private.

Only cut apart, nothing is verified here: that is done by sqv or gpgv with the certificates that were picked out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import typing as t

MOST_CERTIFICATES = 5000
_PUBLIC_KEY = 6
# Fields before the key material differ, what is hashed does not: a marker, the length, the packet's body.
_V4, _V6 = 4, 6
_BLOCK = re.compile(
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t\r]*\n(.*?)-----END PGP PUBLIC KEY BLOCK-----", re.DOTALL
)
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}")


class OpenPgpError(Exception):
    """The bytes are no keyring; the message says where they are not."""


class Certificate(t.NamedTuple):
    """A certificate: primary key, names, subkeys.

    :param fingerprint: of its primary key, 40 (version 4) or 64 (version 6) upper-case hexadecimal digits.
    :param content: its packets, binary.
    """

    fingerprint: str
    content: bytes


def certificates(keyring: bytes) -> list[Certificate]:
    """Return the certificates in a keyring, binary or armored, one after the other.

    Certificates of other versions than 4 and 6 are left out: nothing on Debian 13 verifies by them.

    :raises OpenPgpError: it is no keyring.
    """
    found: list[Certificate] = []
    for binary in _blocks(keyring):
        for certificate in _cut(binary):
            if len(found) == MOST_CERTIFICATES:
                raise OpenPgpError(f"it holds more than {MOST_CERTIFICATES} certificates")
            found.append(certificate)
    return found


def _blocks(keyring: bytes) -> t.Iterator[bytes]:
    if not keyring.strip():
        return
    if keyring[0] & 0x80:
        yield keyring
        return
    bodies = _BLOCK.findall(keyring)
    if not bodies:
        raise OpenPgpError("it holds no OpenPGP certificate, neither binary nor armored")
    for body in bodies:
        yield _dearmored(body)


def _dearmored(body: bytes) -> bytes:
    lines = [line.strip() for line in body.split(b"\n")]
    # Headers such as "Comment: x" come first; an empty line ends them, and may be all there is.
    start = lines.index(b"") + 1 if b"" in lines else 0
    text = bytearray()
    for line in lines[start:]:
        if line.startswith(b"="):
            break
        text += line
    if not _BASE64.fullmatch(bytes(text)):
        raise OpenPgpError("its armor holds something else than base64")
    try:
        return base64.b64decode(bytes(text), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise OpenPgpError("its armor is no valid base64") from exc


def _cut(binary: bytes) -> t.Iterator[Certificate]:
    fingerprint, start, position = "", 0, 0
    while position < len(binary):
        tag, body, end = _packet(binary, position)
        if tag == _PUBLIC_KEY:
            if fingerprint:
                yield Certificate(fingerprint, binary[start:position])
            fingerprint, start = _fingerprint(body), position
        elif not start and not fingerprint and position == 0:
            raise OpenPgpError(f"it begins with a packet of type {tag}, where a certificate begins with a public key")
        position = end
    if fingerprint:
        yield Certificate(fingerprint, binary[start:])


def _fingerprint(body: bytes) -> str:
    version = body[0] if body else 0
    if version == _V4:
        # SHA-1 is what the format defines here.
        return hashlib.sha1(b"\x99" + len(body).to_bytes(2, "big") + body, usedforsecurity=False).hexdigest().upper()
    if version == _V6:
        return hashlib.sha256(b"\x9b" + len(body).to_bytes(4, "big") + body).hexdigest().upper()
    return ""


def _packet(data: bytes, position: int) -> tuple[int, bytes, int]:
    """Return type, body and end of the packet at ``position``."""
    first = data[position]
    if not first & 0x80:
        raise OpenPgpError(f"no packet begins at byte {position}")
    if first & 0x40:
        tag, (length, begin) = first & 0x3F, _new_length(data, position + 1)
    else:
        tag, (length, begin) = first >> 2 & 0x0F, _old_length(data, position + 1, first & 0x03)
    end = begin + length
    if end > len(data):
        raise OpenPgpError(f"the packet at byte {position} ends after the data")
    if tag == _PUBLIC_KEY and length >= 1 << 16:
        raise OpenPgpError(f"the public key at byte {position} is too large for one")
    return tag, data[begin:end], end


def _new_length(data: bytes, position: int) -> tuple[int, int]:
    first = _number(data, position, 1)
    if first < 192:
        return first, position + 1
    if first < 224:
        return ((first - 192) << 8) + _number(data, position + 1, 1) + 192, position + 2
    if first < 255:
        raise OpenPgpError(f"the packet before byte {position} has a partial length, which no certificate has")
    return _number(data, position + 1, 4), position + 5


def _old_length(data: bytes, position: int, kind: int) -> tuple[int, int]:
    if kind == 3:
        raise OpenPgpError(f"the packet before byte {position} has no length")
    size = 1 << kind
    return _number(data, position, size), position + size


def _number(data: bytes, position: int, size: int) -> int:
    octets = data[position : position + size]
    if len(octets) < size:
        raise OpenPgpError("the data ends within a packet's length")
    return int.from_bytes(octets, "big")


__all__ = ("MOST_CERTIFICATES", "Certificate", "OpenPgpError", "certificates")
