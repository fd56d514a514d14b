# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The OpenPGP certificates on a node that apt may verify archives by. Private to the collection."""

from __future__ import annotations

import os
import re
import typing as t

from ._apt_source_files import parts
from ._files import FileError, read_bounded
from ._openpgp import Certificate, OpenPgpError, certificates

if t.TYPE_CHECKING:
    from ._apt_configuration import AptConfiguration
    from ._apt_source_entries import Entry

# Where Debian's packages, and those who follow its manual, put keyrings that a Signed-By names.
FOLDERS: t.Final = ("/usr/share/keyrings", "/etc/apt/keyrings")
APT_KEY: t.Final = "/etc/apt/trusted.gpg"
_SUFFIXES = frozenset({".gpg", ".asc", ".pgp"})
# apt itself reads no others from trusted.gpg.d.
_TRUSTED_SUFFIXES = frozenset({".gpg", ".asc"})
_KEY_ID = re.compile(r"[0-9A-Fa-f]{16,}!?")


class Keyring(t.NamedTuple):
    """A keyring.

    :param name: its path, or for one within a source file that file's path.
    :param problem: why it cannot be read, "" where it can.
    """

    name: str
    certificates: tuple[Certificate, ...]
    problem: str = ""

    @property
    def fingerprints(self) -> frozenset[str]:
        return frozenset(certificate.fingerprint for certificate in self.certificates)


def read_keyring(path: str) -> Keyring:
    """Read a keyring; what keeps it from being read is told in it."""
    try:
        content = read_bounded(path)
    except (FileError, OSError) as exc:
        return Keyring(path, (), str(exc))
    return _keyring(path, content) if content is not None else Keyring(path, (), f"{path} does not exist")


def _keyring(name: str, content: bytes) -> Keyring:
    try:
        return Keyring(name, tuple(certificates(content)))
    except OpenPgpError as exc:
        return Keyring(name, (), f"{name} is no keyring: {exc}")


def signed_by(entry: Entry) -> list[Keyring] | None:
    """Return the keyrings that an entry names, None where it leaves that to apt's default."""
    value = entry.options.get("signed-by", "").strip()
    if "-----BEGIN PGP PUBLIC KEY BLOCK-----" in value:
        lines = ["" if line.strip() == "." else line.strip() for line in value.split("\n")]
        return [_keyring(entry.file, "\n".join(lines).encode("ascii", "replace"))]
    words = [word for word in re.split(r"[\s,]+", value) if word]
    # A fingerprint only narrows apt's default keyrings down.
    paths = [word for word in words if not _KEY_ID.fullmatch(word)]
    return [_named(path) for path in paths] or None


def _named(path: str) -> Keyring:
    return read_keyring(path) if path.startswith("/") else Keyring(path, (), f"{path} is no path from the root")


def trusted(configuration: AptConfiguration) -> list[Keyring]:
    """Read the keyrings that apt uses for entries that name none, and the one that apt-key left."""
    paths = [path for path in dict.fromkeys((configuration.trusted, APT_KEY)) if path and os.path.isfile(path)]
    return [read_keyring(path) for path in [*paths, *parts(configuration.trusted_parts, _TRUSTED_SUFFIXES)]]


def in_folders() -> list[Keyring]:
    """Read the keyrings that nothing uses unless a Signed-By names them."""
    return [read_keyring(path) for folder in FOLDERS for path in parts(folder, _SUFFIXES)]


def picked(keyrings: t.Iterable[Keyring], fingerprints: t.Collection[str]) -> bytes:
    """Return one binary keyring of the certificates that have one of ``fingerprints``, wherever they stand.

    A fingerprint names its certificate whatever file that comes from.
    """
    found = (one for keyring in keyrings for one in keyring.certificates if one.fingerprint in fingerprints)
    return b"".join(dict.fromkeys(certificate.content for certificate in found))


__all__ = ("APT_KEY", "FOLDERS", "Keyring", "in_folders", "picked", "read_keyring", "signed_by", "trusted")
