# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The publisher's signature of an image that is to be written: where one lies beside it, it is verified (runbook 2.1).

Private to the collection. Verified here by the publisher's keys, or a while ago by image.yml, which left its report
beside the image.
"""

from __future__ import annotations

import json
import os
import typing as t

from . import _image_report_origin as origin
from ._command import CommandError
from ._files import FileError, read_text
from ._image_source import ImageError
from ._text import one_line

if t.TYPE_CHECKING:
    from ._image_progress import Listener

# In this order: flash goes by a SHA-256.
_LISTS: t.Final = (("SHA256SUMS", "sha256"), ("SHA512SUMS", "sha512"))
_LIMIT: t.Final = 32 * 1024 * 1024
# How a report begins to say whose signature was verified.
_VERIFIED: t.Final = "of "


def require_signature(image: str, *, sha256: str, keyring: str, listener: Listener) -> str:
    """Return whose signature of ``image`` is verified, in words; "" where its publisher signs nothing.

    :param image: its file, absolute, whose SHA-256 was compared.
    :param sha256: that checksum.
    :param keyring: path of the publisher's public keys, "" where the operator named none.
    :raises ImageError: a signature lies beside it that nobody verified or that is not valid, or a keyring is named and
        no signature is there.
    """
    checksums = _listed(image) or [origin.Checksum("sha256", sha256, "")]
    found = [(checksum, signed) for checksum in checksums if (signed := origin.signed_beside(image, checksum))]
    if not found:
        if keyring:
            raise ImageError(
                f"keyring {one_line(keyring, 300)} is named, and neither the image nor its list of checksums has a "
                "signature beside it; fetch it from the publisher, or unset image_source_keyring for one without"
            )
        return ""
    checksum, signed = found[0]
    if keyring:
        listener.say("verifying the publisher's signature")
        said = _verified(image, signed, keyring)
        if signed.path != image:
            # What is signed is the list: so the image must be what that says, by the list's own algorithm.
            _require_listed(image, sha256, checksum, listener)
        return said
    if said := _reported(image, sha256):
        return said
    raise ImageError(
        f"{one_line(signed.signature, 300)} is the publisher's signature, and nobody verified it; give the publisher's "
        "public key with -e image_source_keyring=FILE, or look into the image first, which verifies it: "
        f"ansible-playbook playbooks/image.yml -e image_source={one_line(image, 300)} -e image_source_keyring=FILE"
    )


def _listed(image: str) -> list[origin.Checksum]:
    """Return what the lists beside an image say of it."""
    folder, name = os.path.split(image)
    lists = [(os.path.join(folder, one), algorithm) for one, algorithm in _LISTS]
    lists += [(f"{image}.{algorithm}", algorithm) for _name, algorithm in _LISTS]
    found = []
    for path, algorithm in lists:
        if digest := origin.listed(_text(path), name, algorithm):
            found.append(origin.Checksum(algorithm, digest, path))
    return found


def _verified(image: str, signed: origin.Signed, keyring: str) -> str:
    try:
        signers = origin.signers(image, signed, keyring)
    except CommandError as exc:
        raise ImageError(f"signature {one_line(signed.signature, 300)} cannot be verified: {exc}") from exc
    return one_line(f"{_VERIFIED}{os.path.basename(signed.path)}, by {', '.join(signers)}", 300)


def _require_listed(image: str, sha256: str, checksum: origin.Checksum, listener: Listener) -> None:
    if checksum.algorithm != "sha256":
        origin.compared(image, checksum, listener)
    elif checksum.digest != sha256:
        raise ImageError(
            f"image {one_line(image, 300)} has sha256 {sha256}, and the signed {one_line(checksum.said_by, 300)} says "
            f"{checksum.digest}; fetch it again, and never use this one"
        )


def _reported(image: str, sha256: str) -> str:
    """Return whose signature the report of image.yml says that it verified, "" where it is of another image."""
    try:
        report = json.loads(_text(f"{image}.report.json"))
        is_same = report["image"]["sha256"] == sha256
        said = str(report["signature"])
    except (ValueError, KeyError, TypeError):
        return ""
    return f"{one_line(said, 300)} (image.yml)" if is_same and said.startswith(_VERIFIED) else ""


def _text(path: str) -> str:
    try:
        return read_text(path, limit=_LIMIT) or ""
    except (FileError, OSError) as exc:
        raise ImageError(f"{one_line(path, 300)} cannot be read: {exc}; correct or remove it") from exc


__all__ = ("require_signature",)
