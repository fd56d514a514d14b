from __future__ import annotations

import base64
import hashlib
import random

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _openpgp
from ansible_collections.ai_systems.runbook.plugins.module_utils._openpgp import Certificate, OpenPgpError, certificates

# Debian Stable Release Key (12/bookworm), as Debian publishes it.
BINARY = base64.b64decode(
    "mDMEY865UxYJKwYBBAHaRw8BAQdAd7Z0srwuhlB6JKFkcf4HU4SSS/xcRfwEQWzrcrf6AEq0SURlYmlhbiBTdGFibGUgUmVsZWFz"
    "ZSBLZXkgKDEyL2Jvb2t3b3JtKSA8ZGViaWFuLXJlbGVhc2VAbGlzdHMuZGViaWFuLm9yZz6IlgQTFggAPhYhBE1k/sEZwgKQZ9bn"
    "kfjSWFuHg9SBBQJjzrlTAhsDBQkPCZwABQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJEPjSWFuHg9SBSgwBAP9qpeO5z1s5m4D4"
    "z3TcqDo1wez6DNya27QWWoG/4oBsAQCEN8Z00DXagPHbwrvsY2t9BCsT+PgnSn9biobwX7bDDg=="
)
FINGERPRINT = "4D64FEC119C2029067D6E791F8D2585B8783D481"


def armored(binary: bytes, headers: str = "") -> bytes:
    text = base64.encodebytes(binary).decode()
    return (
        f"-----BEGIN PGP PUBLIC KEY BLOCK-----\n{headers}\n{text}=5NZE\n-----END PGP PUBLIC KEY BLOCK-----\n".encode()
    )


def key(body: bytes, *, octets: int = 1) -> bytes:
    """A public-key packet in the new format, its length in one, two or five octets."""
    size = len(body)
    length = {
        1: bytes([size & 0xFF]),
        2: (((size - 192) & 0xFFFF) + (192 << 8)).to_bytes(2, "big") if size >= 192 else b"",
        5: b"\xff" + size.to_bytes(4, "big"),
    }[octets]
    return b"\xc6" + length + body


def test_the_fingerprint_is_the_one_that_debian_publishes() -> None:
    assert certificates(BINARY) == [Certificate(FINGERPRINT, BINARY)]
    assert certificates(armored(BINARY)) == [Certificate(FINGERPRINT, BINARY)]
    assert certificates(armored(BINARY, "Comment: x\nVersion: y\n").replace(b"\n", b"\r\n")) == certificates(BINARY)


def test_certificates_stand_one_after_the_other() -> None:
    other = key(b"\x04" + b"x" * 50)
    found = certificates(BINARY + other + BINARY)
    assert [one.content for one in found] == [BINARY, other, BINARY]
    assert [one.fingerprint for one in found][::2] == [FINGERPRINT, FINGERPRINT]
    assert len(certificates(armored(BINARY) + b"text between\n" + armored(other))) == 2


def test_version_6_is_hashed_otherwise() -> None:
    body = b"\x06" + b"x" * 300
    expected = hashlib.sha256(b"\x9b" + len(body).to_bytes(4, "big") + body).hexdigest().upper()
    assert [one.fingerprint for one in certificates(key(body, octets=2) + key(body, octets=5))] == [expected, expected]


def test_other_versions_are_left_out_with_all_that_is_theirs() -> None:
    assert certificates(key(b"\x03" + b"x" * 20) + b"\xcd\x01u" + BINARY) == [Certificate(FINGERPRINT, BINARY)]


def test_an_empty_keyring_holds_nothing() -> None:
    assert certificates(b"") == certificates(b"\n") == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"not a key", "neither binary nor armored"),
        (b"\x00" * 100, "neither binary nor armored"),
        (BINARY[:40], "ends after the data"),
        (b"\xc6\xff\xff", "ends within"),
        (b"\xc6\xff\xff\xff\xff\xff", "ends after the data"),
        (b"\xc6\xe1x", "partial length"),
        (b"\x9bxx", "no length"),
        (b"\xcd\x01u", "begins with a packet of type 13"),
        (BINARY + b"trailing", "no packet begins"),
        (key(b"\x04" + b"x" * 70_000, octets=5), "too large"),
        (armored(BINARY).replace(b"mDME", b"mD!E"), "something else than base64"),
        (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAA\n-----END PGP PUBLIC KEY BLOCK-----\n", "base64"),
        (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----\n", "base64"),
    ],
)
def test_what_is_no_keyring_is_said(data: bytes, reason: str) -> None:
    with pytest.raises(OpenPgpError, match=reason):
        certificates(data)


def test_the_number_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_openpgp, "MOST_CERTIFICATES", 2)
    with pytest.raises(OpenPgpError, match="more than 2"):
        certificates(BINARY * 3)


def test_hostile_bytes_raise_nothing_else() -> None:
    source = random.Random(1)  # noqa: S311
    for _ in range(3000):
        data = bytearray(source.choice([BINARY, armored(BINARY), source.randbytes(60)]) * source.randint(1, 2))
        for _change in range(source.randint(0, 6)):
            data[source.randrange(len(data))] = source.randrange(256)
        try:
            found = certificates(bytes(data[: source.randint(0, len(data))]))
        except OpenPgpError:
            continue
        assert all(len(one.fingerprint) in {40, 64} for one in found)
