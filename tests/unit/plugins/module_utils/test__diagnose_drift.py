from __future__ import annotations

import json
import pathlib
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_records import TRANSACTIONS
from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnose_drift import (
    TAGGED,
    drift,
    of_events,
    of_tagged,
    of_transactions,
    operations,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._hands_journal import Event
from tests.view import view

OLD = time.time() - 3600


def record(**content: object) -> str:
    return json.dumps({"time": "2026-11-26T05:00:00Z", **content}) + "\n"


def test_apts_transactions_as_our_record_has_them() -> None:
    text = (
        record(id="1", state="begun", packages=[{"name": "git"}])
        + record(id="1", state="ended", installed=["git", "vim"])
        + record(id="2", state="begun", packages=[{"name": "curl"}, "odd"])
        + 'odd\n[]\n{"time": 7}\n{"time": "no"}\n'
    )
    assert [one.what for one in of_transactions(text)] == [
        "apt installed git, vim", "apt began with curl and did not end",
    ]  # fmt: skip


def test_many_packages_are_counted() -> None:
    [one] = of_transactions(record(id="1", state="ended", installed=[f"p{n}" for n in range(9)]))
    assert one.what == "apt installed p0, p1, p2, p3, p4, p5 and 3 more"


def test_our_modules_in_the_journal() -> None:
    events = [Event("run", 1.0, "", "ai_systems.runbook.node_survey"), Event("sudo", 2.0, "ops", "ls")]
    assert [one.what for one in of_events(events)] == ["module ai_systems.runbook.node_survey"]


def test_what_another_account_writes_under_our_name_is_not_ours() -> None:
    entries = [
        {"__REALTIME_TIMESTAMP": "1000000", "_UID": uid, "MESSAGE": message}
        for uid, message in (("0", "provision.yml by anna\x1b"), ("1000", "forged"), ("0", None))
    ]
    text = "\n".join([*(json.dumps(one) for one in entries), "no json", "[]", ""])
    assert [(one.when, one.what) for one in of_tagged(text)] == [(1.0, "provision.yml by anna\\x1b")]


def test_the_last_operations_are_listed(tmp_path: pathlib.Path) -> None:
    oldest = ("journalctl", "--quiet", "--no-pager", "--output=json", "--output-fields=_UID", "--lines=+1")
    files = {TRANSACTIONS: record(id="1", state="ended", installed=["git"])}
    node = view(tmp_path, files=files, commands={oldest: "", TAGGED: ""})
    [one] = operations(node, time.time())
    assert (one.verdict, one.lines) == ("ok", ("2026-11-26 05:00 UTC apt installed git",))
    nothing = list(operations(view(tmp_path / "bare", commands={oldest: "", TAGGED: ""}), time.time()))
    assert [one.verdict for one in nothing] == ["note"]
    lost = list(operations(view(tmp_path / "lost"), time.time()))
    assert [one.verdict for one in lost] == ["unknown", "note"]


def test_without_an_audit_there_is_nothing_to_compare(tmp_path: pathlib.Path) -> None:
    [one] = drift(view(tmp_path), 0.0)
    assert (one.verdict, one.advice) == ("unknown", "run audit.yml")


def test_nothing_changed(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={"/etc/x": "1", "/usr/bin/y": "1"})
    assert [one.verdict for one in drift(node, time.time() + 60)] == ["ok"]


@pytest.mark.parametrize(
    ("path", "verdict"),
    [("/etc/by-hand.conf", "note"), ("/usr/bin/helper", "problem"), ("/usr/local/bin/helper", "problem")],
)
def test_what_changed_since_the_audit(tmp_path: pathlib.Path, path: str, verdict: str) -> None:
    found = [one for one in drift(view(tmp_path, files={path: "x"}), OLD) if path in (one.subject, *one.lines)]
    assert [(one.verdict, one.cause) for one in found] == [(verdict, "foreign" if verdict == "problem" else "")]


def test_what_a_package_brought_is_not_foreign(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, packages={"coreutils": {"/usr/bin/env": "program"}})
    assert [one for one in drift(node, OLD) if one.verdict == "problem"] == []


def test_the_actions_of_dpkg_are_told(tmp_path: pathlib.Path) -> None:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(OLD + 600))
    text = f"{when} upgrade git:arm64 1.0 1.1\n{when} status installed git:arm64 1.1\n"
    found = list(drift(view(tmp_path, files={"/var/log/dpkg.log": text}), OLD))
    assert [one.evidence.split(" since")[0] for one in found if one.subject == "packages"] == ["1 actions of dpkg"]
