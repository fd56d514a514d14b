"""A signature beside an image has to be verified before it is written; real signatures are in tests/flash."""

from __future__ import annotations

import hashlib
import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_report_origin as origin
from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_image_report
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_look_signature import require_signature
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_progress import Listener
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_source import ImageError

CONTENT = b"an image"
SHA256, SHA512 = hashlib.sha256(CONTENT).hexdigest(), hashlib.sha512(CONTENT).hexdigest()
KEY = "AB" * 20


class Desk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.image = folder / "x.img.xz"
        self.image.write_bytes(CONTENT)

    def put(self, name: str, text: str = "") -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def report(self, *, sha256: str = SHA256, signed: str = "", signers: tuple[str, ...] = ()) -> None:
        vouched = origin.Vouched(sha256, origin.Checksum("sha256", sha256, ""), signed, signers)
        said = {"image": {"sha256": sha256}, "signature": _step_image_report._signature(vouched)}
        self.put("x.img.xz.report.json", json.dumps(said))

    def ask(self, keyring: str = "") -> str:
        return require_signature(str(self.image), sha256=SHA256, keyring=keyring, listener=Listener(""))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def signed_by(monkeypatch: pytest.MonkeyPatch) -> list[origin.Signed]:
    """Have every signature be valid, and tell which were asked about."""
    asked: list[origin.Signed] = []

    def valid(_image: str, signed: origin.Signed, _keyring: str) -> tuple[str, ...]:
        asked.append(signed)
        return (KEY,)

    monkeypatch.setattr(origin, "signers", valid)
    return asked


def test_where_nobody_signs_nothing_is_asked(desk: Desk) -> None:
    assert desk.ask() == ""
    desk.put("SHA256SUMS", f"{SHA256}  x.img.xz\n")
    # The list of other images, and its signature.
    desk.put("SHA512SUMS", f"{SHA512}  y.img.xz\n")
    desk.put("SHA512SUMS.sign")
    assert desk.ask() == ""
    with pytest.raises(ImageError, match="keyring /k is named, and neither the image nor its list"):
        desk.ask("/k")


@pytest.mark.parametrize(
    "name", ["x.img.xz.sig", "x.img.xz.asc", "SHA256SUMS.sign", "SHA512SUMS.sign", "x.img.xz.sha512.gpg"]
)
def test_a_signature_that_nobody_verified_is_refused(desk: Desk, name: str) -> None:
    for sums, digest in (("SHA256SUMS", SHA256), ("SHA512SUMS", SHA512), ("x.img.xz.sha512", SHA512)):
        desk.put(sums, f"{digest}  x.img.xz\n")
    signature = desk.put(name)
    with pytest.raises(ImageError) as caught:
        desk.ask()
    assert str(caught.value).startswith(f"{signature} is the publisher's signature, and nobody verified it; ")
    command = f"ansible-playbook playbooks/image.yml -e image_source={desk.image} -e image_source_keyring=FILE"
    assert str(caught.value).endswith(command)


def test_what_is_verified_is_told(desk: Desk, signed_by: list[origin.Signed]) -> None:
    desk.put("SHA512SUMS", f"{SHA512}  x.img.xz\n")
    desk.put("SHA512SUMS.sign")
    assert desk.ask("/k") == f"of SHA512SUMS, by {KEY}"
    # The image's own says more than that of a list.
    desk.put("x.img.xz.sig")
    assert desk.ask("/k") == f"of x.img.xz, by {KEY}"
    assert [Path(one.path).name for one in signed_by] == ["SHA512SUMS", "x.img.xz"]


@pytest.mark.usefixtures("signed_by")
@pytest.mark.parametrize(("name", "digits"), [("SHA256SUMS", 64), ("SHA512SUMS", 128)])
def test_a_signed_list_that_names_another_image_is_refused(desk: Desk, name: str, digits: int) -> None:
    desk.put(name, f"{'0' * digits}  x.img.xz\n")
    desk.put(f"{name}.sign")
    with pytest.raises(ImageError, match=rf"says {'0' * digits}; fetch it again, and never use this one"):
        desk.ask("/k")


def test_a_program_that_is_not_there_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_given: object) -> t.NoReturn:
        raise CommandError("neither sqv nor gpgv", argv=["sqv"])

    monkeypatch.setattr(origin, "signers", missing)
    desk.put("x.img.xz.sig")
    with pytest.raises(ImageError, match=r"x\.img\.xz\.sig cannot be verified: neither sqv nor gpgv"):
        desk.ask("/k")


def test_a_report_of_the_same_image_counts(desk: Desk) -> None:
    desk.put("x.img.xz.sig")
    desk.report(signed=str(desk.image), signers=(KEY,))
    assert desk.ask() == f"of x.img.xz, by {KEY} (image.yml)"


def test_a_report_of_another_image_or_without_a_signature_does_not(desk: Desk) -> None:
    desk.put("x.img.xz.sig")
    desk.report(sha256="0" * 64, signed=str(desk.image), signers=(KEY,))
    with pytest.raises(ImageError, match="nobody verified it"):
        desk.ask()
    desk.report()
    with pytest.raises(ImageError, match="nobody verified it"):
        desk.ask()
    for text in ("[]", "{", '{"image": 1}', '{"image": {"sha256": "x"}}'):
        desk.put("x.img.xz.report.json", text)
        with pytest.raises(ImageError, match="nobody verified it"):
            desk.ask()
