"""What the tests of a checkout's parts share."""

from __future__ import annotations

import os
import pathlib

import pytest

from tests.git_rig import Rig


@pytest.fixture
def rig(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    # It waits for every disk of the machine that runs the tests.
    monkeypatch.setattr(os, "sync", lambda: None)
    rig = Rig(tmp_path)
    rig.upstream.commit({"a.txt": "one\n", "bin/run": "#!/bin/sh\n", ".gitignore": ".venv/\n", "old/file": "x"})
    (rig.upstream.path / "bin/run").chmod(0o755)
    (rig.upstream.path / "link").symlink_to("a.txt")
    rig.upstream.commit({})
    return rig
