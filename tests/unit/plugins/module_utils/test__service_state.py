"""What services keep: read in an order, bounded, and never through a link."""

from __future__ import annotations

import hashlib
import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _service_state
from ansible_collections.ai_systems.runbook.plugins.module_utils._service_state import body, read_state, size_of
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError, conclude
from ansible_collections.ai_systems.runbook.plugins.modules import service_state as module
from tests.step_host import Host
from tests.thin_module import assert_documented


@pytest.fixture
def kept(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "kept"
    (folder / "deep").mkdir(parents=True)
    (folder / "b").write_text("bb")
    (folder / "a\x1b").write_text("a")
    (folder / "deep" / "c").write_text("c")
    (tmp_path / "secret").write_text("secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "folder").symlink_to(tmp_path)
    os.mkfifo(folder / "fifo")
    return folder


def test_files_are_summed_up_and_links_are_not_followed(kept: pathlib.Path) -> None:
    state = read_state([str(kept), str(kept.parent / "secret"), "/nowhere/x"], most_bytes=100)
    assert [one.path for one in state.files] == [
        rf"{kept}/a\x1b", f"{kept}/b", f"{kept}/deep/c", f"{kept.parent}/secret",
    ]  # fmt: skip
    assert state.files[1].digest == hashlib.sha256(b"bb").hexdigest()
    assert (state.size, state.missing) == (10, ("/nowhere/x",))


def test_more_than_the_bounds_is_refused(kept: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StepError, match=r"is more than 0 MiB.*raise rollback_state_mib"):
        read_state([str(kept)], most_bytes=3)
    monkeypatch.setattr(_service_state, "MOST_FILES", 2)
    with pytest.raises(StepError, match="or 2 files"):
        read_state([str(kept)], most_bytes=100)


def test_a_file_that_cannot_be_read_is_named(kept: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StepError, match=r"a\\x1b cannot be read \(Input/output error\), so it would not be saved"):
        read_state([str(kept)], most_bytes=100)


def test_nothing_is_changed(kept: pathlib.Path) -> None:
    result, error = conclude(Step(Host(paths=[str(kept)], most_mib=1), "5.3"), body)
    assert (error, result["changed"], len(result["files"]), result["missing"]) == (None, False, 3, [])
    assert result["summary"] == "3 files, 4 bytes."
    assert size_of(3 * 1024 * 1024 // 2) == "1.5 MiB"


def test_what_it_documents_is_what_it_takes() -> None:
    assert_documented(module, _service_state.ARGUMENT_SPEC)
