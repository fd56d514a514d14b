"""A signature that lies beside an image is verified before the image is written, by real keys."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from . import downloaded, rig
from .downloaded import Publisher
from .rig import MIB, Card, call, played, run, written
from .test_image_report import look as report_on


@pytest.fixture(scope="module")
def publisher(folder: Path) -> Publisher:
    return Publisher(folder / "publisher")


class TestSignatures:
    """A signed image is written once its signature was verified."""

    @pytest.fixture
    def signed(self, image: Path, tmp_path: Path, publisher: Publisher) -> Path:
        path = tmp_path / "signed.img"
        run("cp", "--sparse=always", str(image), str(path))
        rig.publish(path)
        publisher.sign(tmp_path / "SHA256SUMS", ".sign")
        return path

    def test_without_a_keyring_or_with_anothers_key(self, card: Card, signed: Path, tmp_path: Path) -> None:
        said = call("look", card.id, signed, check=True)["msg"]
        assert f"{tmp_path}/SHA256SUMS.sign is the publisher's signature, and nobody verified it" in said
        assert f"ansible-playbook playbooks/image.yml -e image_source={signed} -e image_source_keyring=FILE" in said
        other = Publisher(tmp_path / "other")
        said = call("look", card.id, signed, keyring=str(other.keyring))["msg"]
        assert "SHA256SUMS.sign of " in said
        assert "is not valid by" in said
        assert card.head == b"\xdb" * MIB

    def test_with_the_publishers_key(self, card: Card, signed: Path, publisher: Publisher) -> None:
        key = str(publisher.keyring)
        looked = "\n".join(call("look", card.id, signed, check=True, keyring=key)["found"])
        assert re.search(r"^ +signature of SHA256SUMS, by [0-9A-F]{40}$", looked, re.MULTILINE), looked
        assert written(card.id, signed, keyring=key)["changed"]
        assert card.seed()

    def test_a_list_that_was_changed_after_it_was_signed(self, card: Card, signed: Path, publisher: Publisher) -> None:
        with signed.open("r+b") as file:
            file.seek(40 * MIB)
            file.write(b"changed")
        rig.publish(signed)
        assert "is not valid by" in call("look", card.id, signed, keyring=str(publisher.keyring))["msg"]
        assert card.head == b"\xdb" * MIB

    def test_a_report_of_image_yml_that_verified_it(self, card: Card, tmp_path: Path, publisher: Publisher) -> None:
        image = downloaded.make_disk(tmp_path / "raspios.img", downloaded.raspberry_pi_os())
        downloaded.publish(image)
        publisher.sign(image, ".sig")
        assert (
            "raspios.img.sig is the publisher's signature"
            in call("look", card.id, image, check=True, seed="none")["msg"]
        )
        report_on(image, keyring=str(publisher.keyring))
        assert "(image.yml)" in "\n".join(call("look", card.id, image, check=True, seed="none")["found"])
        # Of another image it says nothing.
        with image.open("r+b") as file:
            file.seek(40 * MIB)
            file.write(b"changed")
        downloaded.publish(image)
        assert (
            "raspios.img.sig is the publisher's signature"
            in call("look", card.id, image, check=True, seed="none")["msg"]
        )

    def test_the_playbook_takes_the_keyring(self, inventory: Path, signed: Path, publisher: Publisher) -> None:
        target = signed.with_name("card.img")
        given = ["-e", f"image={signed}", "-e", f"target={target}", "-e", "confirm=greenhouse-1"]
        status, said = played(inventory, "--limit", "greenhouse-1", *given)
        assert (status, target.exists()) == (2, False)
        assert "is the publisher's signature, and nobody verified it" in " ".join(said.split())
        keyring = f"image_source_keyring={publisher.keyring}"
        status, said = played(inventory, "--limit", "greenhouse-1", *given, "-e", keyring)
        assert status == 0, said
        assert "It is a new file." in said
        assert rig.outside_boot(target.read_bytes()) == rig.outside_boot(signed.read_bytes())
