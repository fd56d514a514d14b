# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _dpkg_digests
from ansible_collections.ai_systems.runbook.plugins.module_utils._dpkg_digests import md5_of, md5_of_all


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """What lies there, of every kind, with its sum."""
    found = {}
    for number in range(60):
        content = os.urandom(number * 700)
        (tmp_path / f"file-{number}").write_bytes(content)
        found[str(tmp_path / f"file-{number}")] = hashlib.md5(content, usedforsecurity=False).hexdigest()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("file-3")
    nothing = {str(tmp_path / name): "" for name in ("fifo", "folder", "gone")}
    return {**found, **nothing, f"{tmp_path}/nul\0": "", str(tmp_path / "link"): found[str(tmp_path / "file-3")]}


@pytest.mark.parametrize("processes", [0, 1, 3])
@pytest.mark.parametrize("some", [1, 7, 200])
def test_the_sums_are_those_of_each_file(
    files: dict[str, str], some: int, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_dpkg_digests, "_SOME", some)
    assert md5_of_all(list(files), processes=processes) == files == {path: md5_of(path) for path in files}


def test_there_may_be_more_files_than_pieces_of_work(monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> None:
    monkeypatch.setattr(_dpkg_digests, "_SOME", 1)
    monkeypatch.setattr(_dpkg_digests, "MOST_PIECES", 10)
    assert md5_of_all(list(files), processes=2) == files


def test_no_files_have_no_sums() -> None:
    assert md5_of_all([]) == {}
