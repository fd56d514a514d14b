"""The rules on section 1 as a whole."""

from __future__ import annotations

import pathlib
import re

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _access_identity as identity
from ansible_collections.ai_systems.runbook.plugins.module_utils._audit import audit
from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_access import RULES
from ansible_collections.ai_systems.runbook.plugins.module_utils._preflight import Clock
from tests.view import ACCOUNTS, view

CLEAN = {
    "/etc/machine-id": "d35467f6a6041cc2bfbf7c2eed04b1b3\n",
    "/etc/sudoers": "root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n",
    "/proc/net/tcp": "head\n",
}


@pytest.fixture(autouse=True)
def kept_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "read_clock", lambda: Clock(synchronised=True))


def test_names_are_unique_and_both_clauses_are_asked() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name) for rule in RULES)
    assert {rule.clause for rule in RULES} == {"1.1", "1.2"}


def test_a_clean_node_is_silent(tmp_path: pathlib.Path) -> None:
    assert audit(view(tmp_path, files=CLEAN, declared={"operator": "ops"}), RULES).findings == []


def test_an_empty_node_neither_stops_a_rule_nor_is_taken_for_a_clean_one(tmp_path: pathlib.Path) -> None:
    found = audit(view(tmp_path, files={"/etc/passwd": "", "/etc/group": "", "/etc/shadow": ""}), RULES).findings
    assert {(one.verdict, one.subject) for one in found} == {
        ("violation", "/etc/machine-id"),
        ("unknown", "rule listening-sockets"),
    }


def test_a_remedy_has_a_command_between_its_quotes_or_no_quotes(tmp_path: pathlib.Path) -> None:
    files = {
        **CLEAN,
        "/etc/passwd": f"{ACCOUNTS}it's:$6$a$b:0:0::/home/it's:/bin/sh\n",
        "/etc/nsswitch.conf": "passwd: files ldap\n",
        "/home/it's/.rhosts": "x",
        "/etc/fstab": "nas:/x /it's nfs ro 0 0\n",
        "/etc/wireguard/it's.conf": "x",
        "/etc/sudoers.d/it's": "eve ALL=ALL\n",
        "/etc/polkit-1/rules.d/it's.rules": "x",
        "/etc/pam.d/it's": "auth sufficient pam_permit.so\n",
        "/usr/local/share/ca-certificates/it's.crt": "x",
    }
    found = audit(view(tmp_path, files=files, declared={"operator": "ops"}), RULES).findings
    assert len(found) >= 9
    for one in found:
        assert one.remedy.count("'") in (0, 2), one
