# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who vouches for a downloaded image: its checksum, and its publisher's signature (runbook 2.1). Private.

A checksum from the same server as the image proves that it came whole; only a signature says whose it is.
"""

from __future__ import annotations

import hashlib
import os
import re
import typing as t

from . import _image_progress as progress
from ._apt_signature import Verifier
from ._files import FileError, read_bounded
from ._image_source import CHUNK, ImageError
from ._openpgp import OpenPgpError, certificates
from ._text import one_line

_DIGITS: t.Final = {"sha256": 64, "sha512": 128}
_LISTS: t.Final = (("SHA512SUMS", "sha512"), ("SHA256SUMS", "sha256"))
_SIGNATURES: t.Final = (".sig", ".asc", ".sign", ".gpg")
_LIMIT: t.Final = 4 * 1024 * 1024
_PLAIN: t.Final = re.compile(r"\\?([0-9a-fA-F]+) [ *](?:\./)?(.+)")
_TAGGED: t.Final = re.compile(r"(SHA256|SHA512) \((.+)\) = ([0-9a-fA-F]+)")


class Checksum(t.NamedTuple):
    """What an image must hash to.

    :param algorithm: sha256 or sha512.
    :param said_by: the list that says so, "" where the operator does.
    """

    algorithm: str
    digest: str
    said_by: str


class Signed(t.NamedTuple):
    """A file and its detached signature."""

    path: str
    signature: str


class Vouched(t.NamedTuple):
    """What was verified.

    :param sha256: of the image's file, whatever it was compared by.
    :param signed: the file whose signature was verified, "" where there is none.
    :param signers: fingerprints of the keys that signed it.
    """

    sha256: str
    checksum: Checksum
    signed: str
    signers: tuple[str, ...]


def given(text: str) -> Checksum:
    """Return a checksum that an operator typed, bare or as ``sha512:…``.

    :raises ImageError: it is none.
    """
    name, _colon, bare = text.strip().lower().rpartition(":")
    algorithm = name or next((one for one, digits in _DIGITS.items() if len(bare) == digits), "")
    if _DIGITS.get(algorithm) != len(bare) or not re.fullmatch(r"[0-9a-f]+", bare):
        raise ImageError(
            f"checksum {one_line(text, 140)!r} is neither a SHA-256 of 64 nor a SHA-512 of 128 hexadecimal digits; "
            "correct -e checksum="
        )
    return Checksum(algorithm, bare, "")


def listed(text: str, name: str, algorithm: str) -> str:
    """Return what a list of checksums says of the file ``name``, "" where it does not name it.

    :raises ImageError: it names it twice, with different checksums.
    """
    found = set()
    for line in text.splitlines():
        if match := _PLAIN.fullmatch(line.strip()):
            digest, file = match.groups()
        elif (match := _TAGGED.fullmatch(line.strip())) and match[1].lower() == algorithm:
            file, digest = match[2], match[3]
        else:
            continue
        if file == name and len(digest) == _DIGITS[algorithm]:
            found.add(digest.lower())
    if len(found) > 1:
        raise ImageError(f"a list names {one_line(name, 100)} with {len(found)} different checksums; fetch it again")
    return found.pop() if found else ""


def wanted(image: str, typed: str) -> Checksum:
    """Return what an image must hash to: what was typed, or what a list beside it says.

    :raises ImageError: nobody says.
    """
    if typed:
        return given(typed)
    folder, name = os.path.split(image)
    lists = [(os.path.join(folder, one), algorithm) for one, algorithm in _LISTS]
    lists += [(f"{image}.{algorithm}", algorithm) for algorithm in ("sha512", "sha256")]
    for path, algorithm in lists:
        content = _read(path)
        if content is not None and (digest := listed(content.decode("utf-8", "replace"), name, algorithm)):
            return Checksum(algorithm, digest, path)
    raise ImageError(
        f"image {one_line(image, 300)} has no checksum: beside it none of "
        f"{', '.join(os.path.basename(path) for path, _algorithm in lists)} names it; fetch the publisher's, or "
        "give it with -e checksum=sha256:…"
    )


def signed_beside(image: str, checksum: Checksum) -> Signed | None:
    """Return the signature that lies beside an image or beside the list of its checksum, None where there is none."""
    for path in (image, checksum.said_by):
        for ending in _SIGNATURES if path else ():
            if os.path.isfile(f"{path}{ending}"):
                return Signed(path, f"{path}{ending}")
    return None


def vouch(image: str, typed: str, keyring: str, listener: progress.Listener) -> Vouched:
    """Compare the image with its checksum, and verify its signature.

    :param typed: the checksum that an operator gave, or "".
    :param keyring: path of the publisher's public keys, "" where the operator named none.
    :raises ImageError: it is not what its publisher vouches for, or nobody does.
    """
    checksum = wanted(image, typed)
    signed = signed_beside(image, checksum)
    if signed and not keyring:
        raise ImageError(
            f"{one_line(signed.signature, 300)} is the publisher's signature, and no keyring to verify it by is named; "
            "give the publisher's public key with -e image_source_keyring=FILE"
        )
    if keyring and not signed:
        raise ImageError(
            f"keyring {one_line(keyring, 300)} is named, and neither the image nor its list of checksums has a "
            f"signature beside it ({', '.join(_SIGNATURES)}); fetch it from the publisher"
        )
    sha256 = compared(image, checksum, listener)
    if not signed:
        return Vouched(sha256, checksum, "", ())
    listener.say("verifying the publisher's signature")
    return Vouched(sha256, checksum, signed.path, signers(image, signed, keyring))


def compared(image: str, checksum: Checksum, listener: progress.Listener) -> str:
    """Compare an image with its checksum; return its SHA-256, hashed in the same pass.

    :raises ImageError: it is another one, or cannot be read.
    """
    sums = {name: hashlib.new(name) for name in _DIGITS}
    try:
        told = progress.Progress(listener, "checking the image", os.stat(image).st_size)
        with open(image, "rb") as file:
            while data := file.read(CHUNK):
                for one in sums.values():
                    one.update(data)
                told.tell(len(data))
    except OSError as exc:
        raise ImageError(f"image {one_line(image, 300)} cannot be read: {exc.strerror}; name a file") from exc
    found = sums[checksum.algorithm].hexdigest()
    if found != checksum.digest:
        raise ImageError(
            f"image {one_line(image, 300)} has {checksum.algorithm} {found}, and "
            f"{checksum.said_by or 'what was given'} says {checksum.digest}; fetch it again, and never use this one"
        )
    return sums["sha256"].hexdigest()


def signers(image: str, signed: Signed, keyring: str) -> tuple[str, ...]:
    """Return the keys whose valid signature an image, or the list of its checksum, has.

    :param keyring: path of the publisher's public keys.
    :raises ImageError: it has none that is valid by that keyring, or the keyring is none.
    """
    content = _read(keyring)
    try:
        keys = b"".join(one.content for one in certificates(content or b""))
    except OpenPgpError as exc:
        raise ImageError(f"keyring {one_line(keyring, 300)} is none: {exc}; name the publisher's public key") from exc
    if not keys:
        raise ImageError(f"keyring {one_line(keyring, 300)} holds no key; name the publisher's public key")
    with Verifier(keys) as verifier:
        signature = _read(signed.signature) or b""
        if signed.path == image:
            said = verifier.of_file(image, signature)
        else:
            said = verifier.detached(_read(signed.path) or b"", signature)
    if not said.signers:
        others = f" (it names {', '.join(sorted(said.others))})" if said.others else ""
        raise ImageError(
            f"signature {one_line(signed.signature, 300)} of {one_line(signed.path, 300)} is not valid by "
            f"{one_line(keyring, 300)}{others}; fetch image and signature again, or name the right key; never use this "
            "one"
        )
    return tuple(sorted(said.signers))


def _read(path: str) -> bytes | None:
    try:
        return read_bounded(path, limit=_LIMIT)
    except (FileError, OSError) as exc:
        raise ImageError(f"{one_line(path, 300)} cannot be read: {exc}; correct or remove it") from exc


__all__ = (
    "Checksum",
    "Signed",
    "Vouched",
    "compared",
    "given",
    "listed",
    "signed_beside",
    "signers",
    "vouch",
    "wanted",
)
