from __future__ import annotations

import base64
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt_keyrings
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_configuration import AptConfiguration
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_keyrings import (
    in_folders,
    picked,
    read_keyring,
    signed_by,
    trusted,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_entries import Entry

# A packet that begins a certificate; nothing verifies by it.
BINARY = b"\xc6\x21\x04" + b"x" * 32
OTHER = b"\xc6\x21\x04" + b"y" * 32
ARMORED = (
    "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" + base64.b64encode(BINARY).decode() + "\n"
    "-----END PGP PUBLIC KEY BLOCK-----\n"
)


def entry(signed: str) -> Entry:
    return Entry(
        "/etc/apt/x.sources", 1, 4, "deb822", "", enabled=True, options={"signed-by": signed} if signed else {}
    )


def test_an_entry_names_files_or_holds_the_key(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.gpg").write_bytes(BINARY)
    (tmp_path / "b.asc").write_text(ARMORED)
    named = signed_by(entry(f"{tmp_path}/a.gpg, {tmp_path}/b.asc"))
    assert named is not None
    assert [ring.name for ring in named] == [f"{tmp_path}/a.gpg", f"{tmp_path}/b.asc"]
    assert named[0].fingerprints == named[1].fingerprints != frozenset()
    inline = signed_by(entry("\n" + ARMORED.replace("\n\n", "\n.\n")))
    assert inline is not None
    assert inline[0].fingerprints == named[0].fingerprints


@pytest.mark.parametrize("signed", ["", "A" * 40, f"{'a' * 40}! {'B' * 40}"])
def test_an_entry_without_a_keyring_leaves_it_to_apts_own(signed: str) -> None:
    assert signed_by(entry(signed)) is None


def test_what_cannot_be_read_is_told(tmp_path: pathlib.Path) -> None:
    (tmp_path / "bad.gpg").write_text("hello")
    assert "is no keyring" in read_keyring(str(tmp_path / "bad.gpg")).problem
    assert "does not exist" in read_keyring(str(tmp_path / "none.gpg")).problem
    assert "not a regular file" in read_keyring(str(tmp_path)).problem
    named = signed_by(entry("relative.gpg"))
    assert named is not None
    assert "no path from the root" in named[0].problem


def test_what_apt_trusts_by_default(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tmp_path / "trusted.gpg"
    left.write_bytes(OTHER)
    monkeypatch.setattr(_apt_keyrings, "APT_KEY", str(left))
    parts = tmp_path / "trusted.gpg.d"
    parts.mkdir()
    for name in ("a.gpg", "b.asc", "c.pgp", "d.gpg.bak"):
        (parts / name).write_bytes(BINARY)
    configuration = AptConfiguration({"dir": "/", "dir::etc": str(tmp_path), "dir::etc::trustedparts": "trusted.gpg.d"})
    assert [pathlib.Path(ring.name).name for ring in trusted(configuration)] == ["trusted.gpg", "a.gpg", "b.asc"]


def test_the_certificates_are_picked_wherever_they_stand(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.pgp").write_bytes(OTHER + BINARY)
    (tmp_path / "b.gpg").symlink_to("a.pgp")
    monkeypatch.setattr(_apt_keyrings, "FOLDERS", (str(tmp_path), str(tmp_path / "nothing")))
    rings = in_folders()
    assert len(rings) == 2
    wanted = rings[0].certificates[1].fingerprint
    assert picked(rings, {wanted}) == BINARY
    assert picked(rings, ()) == b""
