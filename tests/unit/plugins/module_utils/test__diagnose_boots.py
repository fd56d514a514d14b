from __future__ import annotations

import json
import pathlib
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnose_boots import (
    BOOTS,
    ENDING,
    LAST,
    Boot,
    boots,
    journal,
    of_boots,
    of_ending,
    parse_boots,
)
from tests.view import view

NOW = 1_790_000_000.0
HOUR = 3600.0
KEPT = {"/run/systemd/journal/stdout": "", "/var/log/journal/abc/system.journal": "x"}
ENTRY = json.dumps({"MESSAGE": "x", "__REALTIME_TIMESTAMP": "1790000000000000"})


def test_how_often_a_node_was_started() -> None:
    fine = [Boot(NOW - n * 100 * HOUR, NOW) for n in (3, 2, 1)]
    assert of_boots(fine, NOW).verdict == "ok"
    often = [Boot(NOW - n * HOUR, NOW) for n in range(6, 0, -1)]
    assert (of_boots(often, NOW).verdict, of_boots(often, NOW).cause) == ("problem", "power")
    assert of_boots([], NOW).verdict == "ok"
    assert of_boots([Boot(1e18, 1e18)], NOW).evidence.endswith("an unreadable time")


def test_the_boots_of_journalctl() -> None:
    text = json.dumps([{"first_entry": 1_000_000, "last_entry": 2_000_000}, {"first_entry": None}])
    assert parse_boots(text) == [Boot(1.0, 2.0)]


@pytest.mark.parametrize(
    ("messages", "verdict"),
    [
        (["Stopping ssh.service", "Reached target shutdown.target"], "ok"),
        (["Started ssh.service", "worker.service: something"], "note"),
        ([], "note"),
    ],
)
def test_how_the_boot_before_ended(messages: list[str], verdict: str) -> None:
    assert of_ending(messages).verdict == verdict


def test_what_a_crash_left_is_a_problem(tmp_path: pathlib.Path) -> None:
    now = int(time.time() * 1e6)
    listed = json.dumps([{"first_entry": now, "last_entry": now}] * 2)
    node = view(
        tmp_path,
        files={"/var/lib/systemd/pstore/dmesg-1": "x"},
        commands={BOOTS: listed, ENDING: json.dumps({"MESSAGE": "Stopping x"})},
    )
    assert [(one.verdict, one.subject) for one in boots(node)] == [
        ("ok", "boots"), ("ok", "boot before"), ("problem", "pstore"),
    ]  # fmt: skip


def test_a_boot_before_that_nobody_knows_is_unknown(tmp_path: pathlib.Path) -> None:
    assert [one.verdict for one in boots(view(tmp_path, commands={BOOTS: "[]"}))] == ["ok", "unknown"]
    kept = view(tmp_path / "kept", files=KEPT, commands={BOOTS: "[]"})
    assert [one.verdict for one in boots(kept)] == ["ok", "note"]


@pytest.mark.parametrize(
    ("files", "configuration", "answer", "found"),
    [
        (KEPT, "", ENTRY, ["ok journal", "ok journal storage"]),
        (KEPT, "Storage=volatile", ENTRY, ["ok journal", "note journal storage"]),
        ({"/run/systemd/journal/stdout": "", "/run/log/journal/abc/system.journal": "x"}, "", ENTRY,
         ["ok journal", "note journal storage"]),
        ({"/run/systemd/journal/stdout": ""}, "", ENTRY, ["ok journal", "unknown journal storage"]),
        (KEPT, "", "", ["unknown journal", "ok journal storage"]),
        (KEPT, "", None, ["problem journal"]),
        ({"/var/log/journal/abc/system.journal": "x"}, "", ENTRY,
         ["problem journald", "ok journal", "ok journal storage"]),
        ({**KEPT, "/var/log/journal/abc/user.journal~": "x"}, "", ENTRY,
         ["ok journal", "ok journal storage", "note journal files"]),
    ],
)  # fmt: skip
def test_whether_journald_works_and_keeps_what_it_has(
    tmp_path: pathlib.Path, files: dict[str, str], configuration: str, answer: str | None, found: list[str]
) -> None:
    written = {**files, "/etc/systemd/journald.conf": f"[Journal]\n{configuration}\n"}
    node = view(tmp_path, files=written, commands={} if answer is None else {LAST: answer})
    assert [f"{one.verdict} {one.subject}" for one in journal(node)] == found
