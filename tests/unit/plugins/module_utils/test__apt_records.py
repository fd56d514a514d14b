from __future__ import annotations

import json
import pathlib
import re

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt_records


def test_each_transaction_is_a_line(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "records"
    monkeypatch.setattr(_apt_records, "RECORDS", str(folder))
    monkeypatch.setattr(_apt_records, "TRANSACTIONS", str(folder / "transactions.jsonl"))
    _apt_records.append_record({"id": "1", "state": "begun"})
    _apt_records.append_record({"id": "1", "state": "ended"})
    lines = [json.loads(line) for line in (folder / "transactions.jsonl").read_text().splitlines()]
    assert [line["state"] for line in lines] == ["begun", "ended"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", lines[0]["time"])


def test_a_link_in_its_place_is_not_followed(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "target"
    target.write_text("")
    (tmp_path / "transactions.jsonl").symlink_to(target)
    monkeypatch.setattr(_apt_records, "RECORDS", str(tmp_path))
    monkeypatch.setattr(_apt_records, "TRANSACTIONS", str(tmp_path / "transactions.jsonl"))
    with pytest.raises(OSError, match="symbolic link"):
        _apt_records.append_record({"id": "1"})
    assert target.read_text() == ""
