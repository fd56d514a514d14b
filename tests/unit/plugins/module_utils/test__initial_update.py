from __future__ import annotations

import json
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _initial_update
from ansible_collections.ai_systems.runbook.plugins.module_utils._initial_update import Record, parse_record
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

GOOD = {"completed": "2026-11-23T06:30:00Z", "boot": "b", "upgraded": ["libc6"]}


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> pathlib.Path:
    monkeypatch.setattr(_initial_update, "FOLDER", str(tmp_path / "new"))
    monkeypatch.setattr(_initial_update, "RECORD", str(tmp_path / "new" / "system-update.json"))
    return tmp_path / "new"


def test_what_is_written_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []

    def write(path: str, content: bytes, *, mode: int) -> None:
        written.append(content)
        pathlib.Path(path).write_bytes(content)
        pathlib.Path(path).chmod(mode)

    monkeypatch.setattr(_initial_update, "write_atomically", write)
    record = Record("2026-11-23T06:30:00Z", "b", ["libc6"])
    assert _initial_update.read_record() is None
    _initial_update.write_record(record)
    assert _initial_update.read_record() == record
    assert len(written) == 1


def test_upgrades_count_for_a_restart_until_the_next_boot() -> None:
    record = parse_record(json.dumps(GOOD))
    assert record is not None
    assert record.upgraded_since_boot("b") == ["libc6"]
    assert record.upgraded_since_boot("c") == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        json.dumps({**GOOD, "completed": "yesterday"}),
        json.dumps({**GOOD, "completed": "2026-11-23T06:30:00Z\x1b[2J"}),
        json.dumps({**GOOD, "completed": 5}),
        json.dumps({**GOOD, "upgraded": "libc6"}),
        json.dumps({**GOOD, "upgraded": [5]}),
        json.dumps({**GOOD, "boot": None}),
    ],
)
def test_a_damaged_record_is_an_error_not_a_second_upgrade(text: str, folder: pathlib.Path) -> None:
    assert parse_record(text) is None
    folder.mkdir()
    (folder / "system-update.json").write_text(text)
    with pytest.raises(StepError, match="is damaged; remove it on the node"):
        _initial_update.read_record()


def test_something_else_in_the_records_place_is_an_error(folder: pathlib.Path) -> None:
    (folder / "system-update.json").mkdir(parents=True)
    with pytest.raises((StepError, OSError)):
        _initial_update.read_record()
