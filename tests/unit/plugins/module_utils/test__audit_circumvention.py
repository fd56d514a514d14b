from __future__ import annotations

import json
import pathlib
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _audit_circumvention as audit
from ansible_collections.ai_systems.runbook.plugins.module_utils._hands_journal import Event, Journal
from tests.view import view

RECORD = "/var/lib/ai-systems-runbook/system-update.json"
OURS = "/var/lib/ai-systems-runbook/transactions.jsonl"


def record(completed: str) -> str:
    return json.dumps({"completed": completed, "boot": "x", "upgraded": []})


def test_since_when_a_node_is_answerable(tmp_path: pathlib.Path) -> None:
    now = time.time()
    assert audit.began(view(tmp_path / "1"), now) == now - audit.LOOK_BACK
    new = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 100))
    assert now - 102 < audit.began(view(tmp_path / "2", files={RECORD: record(new)}), now) < now - 98
    assert (
        audit.began(view(tmp_path / "3", files={RECORD: record("2020-01-01T00:00:00Z")}), now) == now - audit.LOOK_BACK
    )
    # The journal was kept from then on.
    drop_in = "/etc/systemd/journald.conf.d/99-ai-systems-runbook.conf"
    files = {RECORD: record("2020-01-01T00:00:00Z"), drop_in: ""}
    assert audit.began(view(tmp_path / "4", files=files), now) > now - 100


def test_a_node_that_we_never_provisioned_is_unknown(tmp_path: pathlib.Path) -> None:
    (one,) = audit.packages(view(tmp_path))
    assert (one.clause, one.verdict) == ("6.5", "unknown")


def test_the_journal_is_read_once_for_all_rules(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[float] = []

    def read(_view: object, since: float) -> Journal:
        calls.append(since)
        return Journal((Event("restart", time.time(), "", "x.service"),), 1.0, is_cut=False)

    monkeypatch.setattr(audit, "read_journal", read)
    ours = {"id": "a", "state": "begun", "time": "2020-01-01T00:00:00Z"}
    node = view(tmp_path, files={OURS: json.dumps(ours)})
    assert [one.subject for one in audit.commands(node)] == ["systemctl restart x.service"]
    assert [*audit.packages(node)] == []
    assert all(one.verdict == "info" for one in audit.drift(node))
    assert len(calls) == 1
    assert [*audit.clones(node)] == []


def test_rules_have_names_of_their_own() -> None:
    assert len({rule.name for rule in audit.RULES}) == len(audit.RULES)
    assert {rule.clause for rule in audit.RULES} == {"6.5"}
