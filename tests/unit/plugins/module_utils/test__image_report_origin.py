"""Who vouches for an image, and what is said where nobody does; real signatures are in tests/flash."""

from __future__ import annotations

import hashlib
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_report_origin as origin
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_signature import Authenticated
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_progress import Listener
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_source import ImageError

CONTENT = b"an image"
SHA256, SHA512 = hashlib.sha256(CONTENT).hexdigest(), hashlib.sha512(CONTENT).hexdigest()
QUIET = Listener("")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "x.img.xz"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize(
    ("text", "algorithm"),
    [
        (SHA256, "sha256"),
        (f"sha256:{SHA256.upper()}", "sha256"),
        (f" {SHA512} ", "sha512"),
        (f"sha512:{SHA512}", "sha512"),
    ],
)
def test_a_checksum_may_be_typed(text: str, algorithm: str) -> None:
    assert origin.given(text) == (algorithm, {"sha256": SHA256, "sha512": SHA512}[algorithm], "")


@pytest.mark.parametrize("text", ["abc", f"md5:{SHA256}", f"sha512:{SHA256}", "x" * 64, "sha256:", "\x1b[2J"])
def test_what_is_no_checksum_is_told(text: str) -> None:
    with pytest.raises(ImageError, match="is neither a SHA-256 of 64 nor a SHA-512") as caught:
        origin.given(text)
    assert "\x1b" not in str(caught.value)


def test_lists_name_files_in_both_forms() -> None:
    text = f"{SHA256}  x.img.xz\n{SHA256} *./y\nSHA512 (z) = {SHA512}\nnoise\n{SHA512}  both\n{SHA256}  both\n"
    assert origin.listed(text, "x.img.xz", "sha256") == SHA256
    assert origin.listed(text, "y", "sha256") == SHA256
    assert origin.listed(text, "z", "sha512") == SHA512
    assert origin.listed(text, "z", "sha256") == ""
    assert origin.listed(text, "both", "sha512") == SHA512
    assert origin.listed(text, "img.xz", "sha256") == ""
    with pytest.raises(ImageError, match="2 different checksums"):
        origin.listed(f"{SHA256}  x\n{'0' * 64}  x\n", "x", "sha256")


@pytest.mark.parametrize(
    ("name", "digest", "algorithm"),
    [
        ("SHA512SUMS", SHA512, "sha512"),
        ("SHA256SUMS", SHA256, "sha256"),
        ("x.img.xz.sha256", SHA256, "sha256"),
        ("x.img.xz.sha512", SHA512, "sha512"),
    ],
)
def test_a_list_beside_it_counts(image: Path, name: str, digest: str, algorithm: str) -> None:
    (image.parent / name).write_text(f"{digest}  x.img.xz\n")
    vouched = origin.vouch(str(image), "", "", QUIET)
    assert vouched == (SHA256, (algorithm, digest, str(image.parent / name)), "", ())


def test_what_nobody_vouches_for_is_refused(image: Path) -> None:
    with pytest.raises(ImageError, match=r"has no checksum: beside it none of SHA512SUMS, SHA256SUMS, x\.img\.xz\."):
        origin.vouch(str(image), "", "", QUIET)
    with pytest.raises(ImageError, match=f"has sha256 {SHA256}, and what was given says 0000.*never use this one"):
        origin.vouch(str(image), "0" * 64, "", QUIET)
    with pytest.raises(ImageError, match="cannot be read: No such file"):
        origin.vouch(f"{image}.gone", SHA256, "", QUIET)


def test_a_signature_needs_a_keyring_and_a_keyring_a_signature(image: Path, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="neither the image nor its list of checksums has a signature"):
        origin.vouch(str(image), SHA256, str(tmp_path / "key"), QUIET)
    (tmp_path / "x.img.xz.sig").write_text("")
    with pytest.raises(ImageError, match=r"x\.img\.xz\.sig is the publisher's signature, and no keyring"):
        origin.vouch(str(image), SHA256, "", QUIET)


def test_the_lists_signature_counts_where_the_image_has_none(image: Path, tmp_path: Path) -> None:
    sums = tmp_path / "SHA512SUMS"
    sums.write_text(f"{SHA512}  x.img.xz\n")
    (tmp_path / "SHA512SUMS.sign").write_text("")
    assert origin.signed_beside(str(image), origin.wanted(str(image), "")) == (str(sums), f"{sums}.sign")
    (tmp_path / "x.img.xz.asc").write_text("")
    assert origin.signed_beside(str(image), origin.wanted(str(image), "")) == (str(image), f"{image}.asc")


class Verifier:
    said = Authenticated("", frozenset({"AB" * 20}), frozenset())
    asked: t.ClassVar[list[str]] = []

    def __init__(self, keyring: bytes) -> None:
        assert keyring == b"key"

    def __enter__(self) -> t.Self:
        return self

    def __exit__(self, *_exception: object) -> None: ...

    def of_file(self, path: str, signature: bytes) -> Authenticated:
        self.asked.append(path)
        assert signature == b"signature"
        return self.said


def test_who_signed_is_told_and_who_did_not(image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = tmp_path / "key"
    keyring.write_bytes(b"not one")
    (tmp_path / "x.img.xz.sig").write_bytes(b"signature")
    with pytest.raises(ImageError, match=r"keyring .* is none: |holds no key"):
        origin.vouch(str(image), SHA256, str(keyring), QUIET)
    monkeypatch.setattr(origin, "Verifier", Verifier)
    monkeypatch.setattr(origin, "certificates", lambda _content: [type("One", (), {"content": b"key"})])
    vouched = origin.vouch(str(image), SHA256, str(keyring), QUIET)
    assert (vouched.signed, vouched.signers) == (str(image), ("AB" * 20,))
    Verifier.said = Authenticated("", frozenset(), frozenset({"0123456789ABCDEF"}))
    with pytest.raises(ImageError, match=r"is not valid by .*it names 0123456789ABCDEF.*never use this one"):
        origin.vouch(str(image), SHA256, str(keyring), QUIET)
