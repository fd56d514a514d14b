# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which archives are Debian 13's own (runbook 3.1, ruling 1): facts, and the decision on one archive. Private.

Anyone can sign a Release that says "Origin: Debian", so what counts is whose key signed it. The fingerprints stand
here, where they come with the collection, and are not read from the node.
"""

from __future__ import annotations

import typing as t

from ._step import StepError

# Of the package debian-archive-keyring 2025.1. A release is signed by its own keys and by those of the one before.
ARCHIVE_KEYS: t.Final = {
    "04B54C3CDCA79751B16BC6B5225629DF75B188BD": "Debian Archive Automatic Signing Key (13/trixie)",
    "5E04A1E3223A19A20706E20F9904613D4CCE68C6": "Debian Security Archive Automatic Signing Key (13/trixie)",
    "41587F7DB8C774BCCF131416762F67A0B2C39DE4": "Debian Stable Release Key (13/trixie)",
    "B8B80B5B623EAB6AD8775C45B7C5D7D6350947F8": "Debian Archive Automatic Signing Key (12/bookworm)",
    "05AB90340C0C5E797F44A8C8254CF3B5AEC0A8F0": "Debian Security Archive Automatic Signing Key (12/bookworm)",
    "4D64FEC119C2029067D6E791F8D2585B8783D481": "Debian Stable Release Key (12/bookworm)",
}

# Debian's certificates of other releases: no harm in a keyring, and no proof of anything here.
OTHER_DEBIAN_KEYS: t.Final = {
    "1F89983E0081FDE018F3CC9673A4F27B8DD47936": "Debian Archive Automatic Signing Key (11/bullseye)",
    "AC530D520F2F3269F5E98313A48449044AAD5C5D": "Debian Security Archive Automatic Signing Key (11/bullseye)",
    "A4285295FC7B1A81600062A9605C66F00D6C9793": "Debian Stable Release Key (11/bullseye)",
}

Kind = t.Literal["official", "backports"]


class DebianArchive(t.NamedTuple):
    """One of Debian's archives, by the Codename that its Release carries: a Suite changes with the next release.

    :param origins: what its Release may call its Origin.
    :param suite: what it is called in the sources while Debian 13 is stable.
    """

    kind: Kind
    origins: frozenset[str]
    suite: str


RELEASE: t.Final = "trixie"
BACKPORTS: t.Final = f"{RELEASE}-backports"
ARCHIVES: t.Final = {
    RELEASE: DebianArchive("official", frozenset({"Debian"}), "stable"),
    f"{RELEASE}-updates": DebianArchive("official", frozenset({"Debian"}), "stable-updates"),
    f"{RELEASE}-security": DebianArchive("official", frozenset({"Debian"}), "stable-security"),
    BACKPORTS: DebianArchive("backports", frozenset({"Debian Backports", "Debian"}), "stable-backports"),
}


# Debian's own addresses: what a node gets that names no mirror.
MIRROR: t.Final = "http://deb.debian.org/debian"
SECURITY_MIRROR: t.Final = "http://deb.debian.org/debian-security"
KEYRING: t.Final = "/usr/share/keyrings/debian-archive-keyring.pgp"
COMPONENTS: t.Final = ("main", "contrib", "non-free", "non-free-firmware")
# What Debian calls its other releases, besides by their codenames.
OTHER_RELEASES: t.Final = frozenset(
    {
        *("buster", "bullseye", "bookworm", "forky", "duke", "sid", "rc-buggy"),
        *("oldoldstable", "oldstable", "testing", "unstable", "experimental"),
    }
)


class Named(t.Protocol):
    """What a Release says of itself."""

    @property
    def origin(self) -> str: ...

    @property
    def codename(self) -> str: ...


def why_not_official(release: Named, signers: t.Collection[str], keys: t.Collection[str] = ()) -> str:
    """Return why an archive is none of Debian 13's, "" where it is one.

    :param release: its authenticated Release.
    :param signers: fingerprints of the primary keys whose signatures on it are valid.
    :param keys: fingerprints that the inventory adds to those of Debian.
    """
    if not any(signer in ARCHIVE_KEYS or signer in keys for signer in signers):
        return f"it is signed by {', '.join(sorted(signers)) or 'nobody'}, which is no key of Debian 13's archives"
    archive = ARCHIVES.get(release.codename)
    if archive is None:
        return f"its codename is {release.codename!r}, which is not of Debian 13 ({RELEASE})"
    if release.origin not in archive.origins:
        return f"its origin is {release.origin!r}, where {release.codename} has {min(archive.origins)!r}"
    return ""


def codename_of(suite: str) -> str:
    """Return the codename of the archive of Debian 13 that a source means by ``suite``, "" where it means none."""
    names = {archive.suite: codename for codename, archive in ARCHIVES.items()}
    return suite if suite in ARCHIVES else names.get(suite, "")


def checked_keys(keys: t.Iterable[t.Any]) -> frozenset[str]:
    """Return the fingerprints of ``runbook_archive_keys`` as they are compared.

    :raises StepError: one of them is no fingerprint.
    """
    given = {str(key): str(key).replace(" ", "").upper() for key in keys}
    for key, fingerprint in given.items():
        if len(fingerprint) not in {40, 64} or not set(fingerprint) <= set("0123456789ABCDEF"):
            raise StepError(
                f"runbook_archive_keys {key[:80]!r} is no fingerprint of a key; give all of its 40 or 64 hexadecimal "
                "digits"
            )
    return frozenset(given.values())


__all__ = (
    "ARCHIVES",
    "ARCHIVE_KEYS",
    "BACKPORTS",
    "COMPONENTS",
    "KEYRING",
    "MIRROR",
    "OTHER_DEBIAN_KEYS",
    "OTHER_RELEASES",
    "RELEASE",
    "SECURITY_MIRROR",
    "DebianArchive",
    "Kind",
    "Named",
    "checked_keys",
    "codename_of",
    "why_not_official",
)
