# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seam to sqv, and to gpgv where a node has only that: who signed a Release of an archive. Private.

What is verified by a keyring of picked certificates is signed by one of those, whatever else a keyring on the node
holds. Only the text that the tool hands out as authenticated is returned, never what stands around it.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import typing as t

from ._command import Command, CommandError
from ._files import read_text

_SQV, _GPGV = "/usr/bin/sqv", "/usr/bin/gpgv"
_FINGERPRINT = re.compile(r"[0-9A-F]{40}|[0-9A-F]{64}")
_MISSING = re.compile(r"(?:Missing key |NO_PUBKEY |using [A-Z]+ key )([0-9A-F]{16,64})")
# As apt demands it: nothing before, nothing between, nothing behind.
_FRAMED = re.compile(
    rb"-----BEGIN PGP SIGNED MESSAGE-----\n(?:(?!-----).*\n)*"
    rb"-----BEGIN PGP SIGNATURE-----\n(?:(?!-----).*\n)*-----END PGP SIGNATURE-----\s*"
)
_LIMIT = 32 * 1024 * 1024
_SECONDS = 60
# For gigabytes from a slow disk.
_LONG_SECONDS = 1800


class Authenticated(t.NamedTuple):
    """What a verification found.

    :param text: the authenticated text, "" where no signature is valid.
    :param signers: fingerprints of the primary keys of the certificates whose signatures are valid.
    :param others: keys that signed too, or only, and are not in the keyring, as the tool names them; shown only.
    """

    text: str
    signers: frozenset[str]
    others: frozenset[str]


class Verifier:
    """Verifies signatures by one keyring; a context manager, since the tools want files."""

    def __init__(self, keyring: bytes) -> None:
        """:param keyring: binary certificates, one after the other."""
        self._keyring = keyring
        self._folder = ""

    def __enter__(self) -> t.Self:
        self._folder = tempfile.mkdtemp(prefix="runbook-verify-")
        self._write("keyring.pgp", self._keyring)
        return self

    def __exit__(self, *_exception: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def inline(self, content: bytes) -> Authenticated:
        """Verify a text that carries its signatures within, as InRelease does.

        :raises CommandError: the node has neither sqv nor gpgv, or they hang.
        """
        if not _FRAMED.fullmatch(content):
            return Authenticated("", frozenset(), frozenset())
        message = self._write("message", content)
        output = self._fresh("authenticated")
        if os.path.exists(_SQV):
            done = self._sqv(["--cleartext", "--output", output, message])
        else:
            done = self._gpgv(["--output", output, message])
        # sqv writes the text out before it knows whether a signature is valid.
        text = read_text(output, limit=_LIMIT) if done.signers else None
        return done._replace(text=text or "")

    def detached(self, content: bytes, signature: bytes) -> Authenticated:
        """Verify a text whose signatures are a file of their own, as Release.gpg is.

        :raises CommandError: the node has neither sqv nor gpgv, or they hang.
        """
        message, detached = self._write("message", content), self._write("signature", signature)
        if os.path.exists(_SQV):
            done = self._sqv(["--signature-file", detached, message])
        else:
            done = self._gpgv([detached, message])
        return done._replace(text=content.decode("utf-8", "replace") if done.signers else "")

    def of_file(self, path: str, signature: bytes) -> Authenticated:
        """Verify a file that is too large to be held, whose signature is a file of its own.

        :param path: absolute.
        :raises CommandError: there is neither sqv nor gpgv, or they hang.
        """
        detached = self._write("signature", signature)
        if os.path.exists(_SQV):
            return self._sqv(["--signature-file", detached, path], seconds=_LONG_SECONDS)
        return self._gpgv([detached, path], seconds=_LONG_SECONDS)

    def _sqv(self, arguments: t.Sequence[str], *, seconds: int = _SECONDS) -> Authenticated:
        # The empty policy is sqv's own: a file of the node could allow weak hashes.
        command = Command(_SQV, environ={"SEQUOIA_CRYPTO_POLICY": ""})
        done = command.run(["--keyring", f"{self._folder}/keyring.pgp", *arguments], timeout=seconds, check=False)
        signers = [line.strip() for line in done.out.splitlines()] if done.rc == 0 else []
        return _authenticated(signers, _MISSING.findall(done.err))

    def _gpgv(self, arguments: t.Sequence[str], *, seconds: int = _SECONDS) -> Authenticated:
        if not os.path.exists(_GPGV):
            raise CommandError(
                f"neither {_SQV} nor {_GPGV} is on the node, so no archive can be verified; reinstall the package sqv, "
                "which apt needs itself",
                argv=[_SQV],
            )
        options = ["--homedir", self._folder, "--keyring", f"{self._folder}/keyring.pgp", "--status-fd", "1"]
        options += ["--weak-digest", "SHA1", "--weak-digest", "RIPEMD160"]
        done = Command(_GPGV).run([*options, *arguments], timeout=seconds, check=False)
        return _authenticated(gpgv_signers(done.out), _MISSING.findall(done.out))

    def _write(self, name: str, content: bytes) -> str:
        path = self._fresh(name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def _fresh(self, name: str) -> str:
        path = f"{self._folder}/{name}"
        if os.path.exists(path):
            os.unlink(path)
        return path


def gpgv_signers(status: str) -> list[str]:
    """Return the primary keys of the good signatures in gpgv's status lines, none where any signature is bad.

    The exit status says nothing: it is 2 as soon as one of several keys is missing.
    """
    signers: list[str] = []
    good = False
    for line in status.splitlines():
        words = line.split()
        if words[:1] != ["[GNUPG:]"] or len(words) < 2:
            continue
        if words[1] in {"BADSIG", "FAILURE"}:
            return []
        if words[1] == "NEWSIG":
            good = False
        # VALIDSIG alone follows on a key that is expired or revoked too; it ends with the primary key's fingerprint.
        good = good or words[1] == "GOODSIG"
        if words[1] == "VALIDSIG" and good:
            signers.append(words[-1])
    return signers


def _authenticated(signers: t.Iterable[str], others: t.Iterable[str]) -> Authenticated:
    valid = frozenset(signer for signer in signers if _FINGERPRINT.fullmatch(signer))
    return Authenticated("", valid, frozenset(others))


__all__ = ("Authenticated", "Verifier", "gpgv_signers")
