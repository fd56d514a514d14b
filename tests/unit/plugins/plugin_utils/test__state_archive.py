"""The archive on the controller: whole and compared, or not there; what a node sends is hostile."""

from __future__ import annotations

import pathlib
import time
import types

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._service_state import StateFile, read_state
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _state_archive
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._state_archive import (
    StateFolder,
    said_files,
    tar_command,
)


@pytest.fixture
def kept(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "kept"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "one \x1b").write_text("one")
    (folder / "two").write_bytes(b"\0" * 100_000)
    (folder / "also two").hardlink_to(folder / "two")
    return folder


def files(*paths: pathlib.Path) -> list[StateFile]:
    return list(read_state(map(str, paths), most_bytes=1 << 30).files)


def send(kept: pathlib.Path) -> list[str]:
    return ["/bin/sh", "-c", tar_command([str(kept)])]


def test_what_a_node_sends_is_kept_and_known_again(kept: pathlib.Path, tmp_path: pathlib.Path) -> None:
    folder = StateFolder(tmp_path / "state", "../n1")
    assert folder.path == tmp_path / "state" / "_n1"
    there = files(kept)
    assert folder.last_with(there) is None
    archive = folder.receive(send(kept), "", there)
    assert archive.stat().st_mode & 0o777 == 0o600
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert folder.last_with(there) == archive
    (kept / "two").write_text("other")
    assert folder.last_with(files(kept)) is None
    archive.write_bytes(archive.read_bytes()[:-1])
    assert folder.last_with(there) is None


def test_two_runs_of_one_second_have_an_archive_each(
    kept: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = types.SimpleNamespace(
        strftime=lambda *_given: "20261127T020000Z", gmtime=time.gmtime, monotonic=time.monotonic
    )
    monkeypatch.setattr(_state_archive, "time", clock)
    folder = StateFolder(tmp_path / "state", "n1")
    folder.path.mkdir(parents=True)
    # Another run is at its own.
    (folder.path / "20261127T020000Z.half").write_text("half of")
    first = folder.receive(send(kept), "", files(kept))
    (kept / "two").write_text("other")
    second = folder.receive(send(kept), "", files(kept))
    assert [path.name for path in (first, second)] == ["20261127T020000Z-2.tar", "20261127T020000Z-3.tar"]
    assert folder.last_with(files(kept)) == second
    (folder.path / "20261127T020000Z.half").rename(folder.path / "20261127T020000Z.tar")
    (folder.path / "20261127T020000Z.json").write_text("{}")
    assert folder.last_with(files(kept)) == second
    assert folder.receive(send(kept), "", files(kept)).name == "20261127T020000Z-4.tar"
    assert not list(folder.path.glob("*.half"))


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["/bin/sh", "-c", "echo 'sudo: a \x1b word' >&2; exit 1"], r"does not send its files: sudo: a \x1b word"),
        (["/bin/sh", "-c", "echo 'Permission denied' >&2; exit 255"], "does not send its files: Permission denied"),
        (["/bin/sh", "-c", "exit 9"], "it does not say why"),
        (["/bin/sh", "-c", "cat /dev/zero"], "sends more than the files it named"),
        (["/bin/sh", "-c", "echo nonsense"], "is no whole archive"),
        (["tar", "--create", "--file=-", "--files-from=/dev/null"], "its service writes to it"),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_not_kept(kept: pathlib.Path, tmp_path: pathlib.Path, argv: list[str], words: str) -> None:
    folder = StateFolder(tmp_path / "state", "n1")
    with pytest.raises(StepError) as error:
        folder.receive(argv, "password\n", files(kept))
    assert words in str(error.value)
    assert "\x1b" not in str(error.value)
    assert list(folder.path.iterdir()) == []


def test_a_file_that_changed_meanwhile_is_named(kept: pathlib.Path, tmp_path: pathlib.Path) -> None:
    there = files(kept)
    (kept / "deep" / "one \x1b").write_text("written")
    folder = StateFolder(tmp_path / "state", "n1")
    with pytest.raises(StepError, match=r"deep/one \\x1b is not in the copy as it was.*service_action=stop"):
        folder.receive(send(kept), "", there)
    assert list(folder.path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(kept: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(StepError, match=r"cannot be written .*rollback_state_dir"):
        StateFolder(tmp_path / "state", "n1").receive(send(kept), "", files(kept))


@pytest.mark.parametrize(
    "said",
    [None, "x", [{"path": "/x", "size": 1}], [{"path": "/x", "size": -1, "digest": "a" * 64}],
     [{"path": "/x", "size": 1, "digest": "../x"}]],
)  # fmt: skip
def test_a_node_that_makes_no_sense_is_not_believed(said: object) -> None:
    with pytest.raises(StepError, match="makes no sense"):
        said_files(said)
    assert said_files([{"path": "/x", "size": 1, "digest": "a" * 64}]) == [StateFile("/x", 1, "a" * 64)]
