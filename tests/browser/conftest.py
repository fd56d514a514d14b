"""One browser for the pages of a test module, and a folder that it sees."""

from __future__ import annotations

import tempfile
import typing as t
from pathlib import Path

import pytest

from tests.browser.chromium import Browser
from tools import browser as tools_browser
from tools.files import TOP


@pytest.fixture(scope="module")
def folder() -> t.Iterator[Path]:
    """Not below /tmp: a Chromium that is a snap sees another /tmp than ours."""
    top = TOP / ".cache" / "browser"
    top.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=top, ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest.fixture(scope="module")
def browser(folder: Path) -> t.Iterator[Browser]:
    running = Browser(tools_browser.ensured(), folder / "profile")
    yield running
    running.close()
