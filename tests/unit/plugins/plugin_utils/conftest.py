"""What the tests of the controller's side of git share."""

from __future__ import annotations

import pathlib

import pytest

from tests.git_rig import Upstream


@pytest.fixture
def upstream(tmp_path: pathlib.Path) -> Upstream:
    upstream = Upstream(tmp_path / "upstream")
    upstream.commit({"a": "1"}, "first words")
    return upstream
