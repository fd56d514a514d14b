"""How far a node is decommissioned survives the run."""

from __future__ import annotations

import json
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommission_record import (
    FILE,
    DecommissionRecordError,
    new_entry,
    read,
    write,
)


def test_what_is_written_is_read(tmp_path: pathlib.Path) -> None:
    records = str(tmp_path / "records")
    assert read(records) == {}
    entry = new_entry("retired")
    assert (len(entry.day), len(entry.stamp)) == (10, 16)
    write(records, "n1", entry)
    write(records, "n2", entry._replace(is_node_over=True, left=("it does not answer",), is_done=True))
    assert read(records) == {
        "n1": entry,
        "n2": entry._replace(is_node_over=True, left=("it does not answer",), is_done=True),
    }
    before = (tmp_path / "records" / FILE).stat()
    write(records, "n1", entry)
    assert (tmp_path / "records" / FILE).stat().st_ino == before.st_ino


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"nodes": []}',
        '{"nodes": {"n1": {}}}',
        json.dumps({"nodes": {"n1": {**new_entry("retired")._asdict(), "since": "../../etc"}}}),
        json.dumps({"nodes": {"n1": {**new_entry("retired")._asdict(), "left": 5}}}),
    ],
)
def test_a_damaged_record_is_told(tmp_path: pathlib.Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(DecommissionRecordError, match=r"cannot be read .*; restore it from git"):
        read(str(tmp_path))
    with pytest.raises(DecommissionRecordError):
        write(str(tmp_path), "n1", new_entry("retired"))
    assert (tmp_path / FILE).read_text() == text


def test_a_record_that_cannot_be_written_is_told() -> None:
    with pytest.raises(
        DecommissionRecordError, match=r"cannot be written .*set runbook_records_dir to a folder of yours"
    ):
        write("/proc/nowhere", "n1", new_entry("retired"))


def test_what_was_tampered_with_is_shown_clean(tmp_path: pathlib.Path) -> None:
    entry = new_entry("retired")._replace(by="x\x1b[31m", left=("a\nb",))
    (tmp_path / FILE).write_text(json.dumps({"nodes": {"n1": entry._asdict()}}))
    assert read(str(tmp_path))["n1"].by == r"x\x1b[31m"
    assert read(str(tmp_path))["n1"].left == ("a b",)
