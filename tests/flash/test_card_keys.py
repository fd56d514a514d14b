"""The host keys of a card are read by mtools from a real file system, on a file and on a block device."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._card_keys import HOST_KEYS, read_card_keys
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._pins import PinError

from . import rig
from .rig import BOOT_START, SIZE, card_in_reader, run

RAW = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + b"\x07" * 32
BLOB = base64.b64encode(RAW).decode()


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rig.ensure_tools()
    return rig.make_image(tmp_path_factory.mktemp("card-keys") / "debian.img")


def put(image: Path, text: str) -> None:
    local = image.with_suffix(".pub")
    local.write_text(text)
    run("mcopy", "-o", "-i", f"{image}@@{BOOT_START}", str(local), f"::{HOST_KEYS}")


def test_a_card_that_has_not_booted_carries_none(image: Path) -> None:
    with pytest.raises(PinError, match="it has not booted yet, or its image is none of ours"):
        read_card_keys(str(image))


def test_keys_are_read_from_the_card_and_from_its_partition(image: Path, tmp_path: Path) -> None:
    put(image, f"ssh-ed25519 {BLOB} root@greenhouse-1\n")
    assert [key.blob for key in read_card_keys(str(image))] == [BLOB]
    part = tmp_path / "part"
    with image.open("rb") as file:
        file.seek(BOOT_START)
        part.write_bytes(file.read(rig.BOOT_SIZE))
    assert [key.blob for key in read_card_keys(str(part))] == [BLOB]
    with card_in_reader(tmp_path, size=SIZE) as card:
        run("dd", f"if={image}", f"of={card.device}", "bs=1M", "status=none")
        assert [key.blob for key in read_card_keys(card.id)] == [BLOB]


def test_what_a_node_wrote_is_read_with_bounds(image: Path) -> None:
    put(image, "#" * 2_000_000)
    with pytest.raises(PinError, match="has 2000000 bytes, which no host keys have"):
        read_card_keys(str(image))
