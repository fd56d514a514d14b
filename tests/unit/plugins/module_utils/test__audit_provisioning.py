"""The rules on section 2 as a whole."""

from __future__ import annotations

import pathlib
import re

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _provisioned_node as node
from ansible_collections.ai_systems.runbook.plugins.module_utils import _provisioned_sshd as sshd
from ansible_collections.ai_systems.runbook.plugins.module_utils._audit import audit
from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_provisioning import RULES
from ansible_collections.ai_systems.runbook.plugins.module_utils._preflight import Dpkg
from tests.view import view


def test_names_are_unique_and_each_line_of_the_checklist_is_asked() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name) for rule in RULES)
    # No node can tell how its card was flashed (2.1).
    assert {rule.clause for rule in RULES} == {f"2.{number}" for number in range(2, 10)}


def test_a_node_of_which_nothing_is_declared_is_asked_without_an_error(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "read_dpkg", Dpkg)
    monkeypatch.setattr(node, "reboot_reasons", lambda _upgraded: [])
    monkeypatch.setattr(sshd, "own_connection", lambda: None)
    monkeypatch.setattr(sshd, "find_daemons", lambda _connection: [])
    files = {"/etc/os-release": "ID=debian\nVERSION_ID=13\nVERSION_CODENAME=trixie\n"}
    found = audit(view(tmp_path, files=files), RULES).findings
    assert {(one.clause, one.verdict, one.subject) for one in found} == {
        ("2.2", "unknown", "architecture"),
        ("2.3", "unknown", "hostname"),
        ("2.4", "unknown", "address"),
        ("2.5", "violation", "initial update"),
        ("2.6", "unknown", "essential packages"),
        ("2.7", "unknown", "operator"),
        ("2.8", "unknown", "operator"),
        ("2.8", "violation", "sshd"),
        ("2.9", "unknown", "checkout"),
    }
    assert all("declare" in one.remedy for one in found if one.verdict == "unknown")
