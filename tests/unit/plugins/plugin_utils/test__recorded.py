from __future__ import annotations

import json
import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._recorded import carried_out, record

ARCHIVE = {
    "origin": "Debian",
    "label": "Debian",
    "codename": "trixie",
    "component": "main",
    "uri": "http://m.example/x",
}


def package(name: str) -> dict[str, t.Any]:
    fields = {"package": name, "version": "1.0", "before": "", "architecture": "arm64", "sha256": "ab" * 32}
    return {**fields, "archives": [ARCHIVE]}


def result(**more: t.Any) -> dict[str, t.Any]:
    actions = [
        {"clause": "3.3", "subject": "htop", "action": "install 1.0"},
        {"clause": "3.3", "subject": "nano", "action": "remove 8.4"},
    ]
    return {"actions": actions, "packages": [package("htop"), package("tree")], "removed": ["nano", "vim"], **more}


def test_only_what_happened_counts() -> None:
    assert carried_out(result()) == {"packages": [package("htop")], "removed": ["nano"]}
    hostile = {"actions": "x", "packages": {"a": 1}, "removed": None}
    assert carried_out(hostile) == {"packages": [], "removed": []}


def test_a_real_run_is_recorded_and_a_dry_run_is_not(tmp_path: pathlib.Path) -> None:
    assert record(result(), str(tmp_path), "node", clause="3.3", check=True) == result()
    assert list(tmp_path.iterdir()) == []
    record(result(), str(tmp_path), "node", clause="3.3", check=False)
    line = json.loads((tmp_path / "node" / "packages.jsonl").read_text())
    assert ([one["package"] for one in line["packages"]], line["removed"]) == (["htop"], ["nano"])


def test_a_part_that_happened_before_a_failure_is_recorded_too(tmp_path: pathlib.Path) -> None:
    said = record(result(failed=True, msg="dpkg failed"), str(tmp_path), "node", clause="3.3", check=False)
    assert said["msg"] == "dpkg failed"
    assert (tmp_path / "node" / "packages.jsonl").exists()


def test_what_cannot_be_recorded_fails_the_step(tmp_path: pathlib.Path) -> None:
    odd = result()
    odd["packages"] = [{**package("htop"), "sha256": "\x1b[2J"}]
    said = record(odd, str(tmp_path), "node", clause="3.3", check=False)
    assert said["failed"]
    assert "\x1b" not in said["msg"]
