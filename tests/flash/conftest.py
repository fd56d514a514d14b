"""An image, a card and an inventory for the tests of flash.yml."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from . import rig


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rig.ensure_tools()
    return tmp_path_factory.mktemp("flash")


@pytest.fixture(scope="module")
def image(folder: Path) -> Path:
    images = folder / "images"
    images.mkdir()
    return rig.make_image(images / "debian.img")


@pytest.fixture(scope="module")
def inventory(folder: Path) -> Path:
    return rig.inventory(folder)


@pytest.fixture
def card(folder: Path) -> t.Iterator[rig.Card]:
    with rig.card_in_reader(folder, options=["--partscan"]) as one:
        yield one
