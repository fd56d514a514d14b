"""Whether an isolation holds, as the audit judges it: with a folder in the node's place."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _isolation as isolation
from ansible_collections.ai_systems.runbook.plugins.module_utils._audit import audit
from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_isolation import RULES
from ansible_collections.ai_systems.runbook.plugins.module_utils._isolation import CONFIGURATION, FILE, SERVICE, SUBJECT
from ansible_collections.ai_systems.runbook.plugins.module_utils._isolation_node import ABSENT, NFT
from tests.view import Answer, view

TABLES = isolation.tables(isolation.networks_from(["192.0.2.7"]), 22)
INET, _BRIDGE, REST = TABLES.partition("table bridge")
LINK = f"/etc/systemd/system/sysinit.target.wants/{SERVICE}"
FILES = {
    FILE: isolation.file_text(TABLES, isolation.Before(enabled=False, mode=0o755)),
    CONFIGURATION: isolation.with_include("flush ruleset\n"),
    NFT: "",
}


def asked(inet: Answer, bridge: Answer) -> dict[tuple[str, ...], Answer]:
    return {
        (NFT, "list", "table", "inet", isolation.TABLE): inet,
        (NFT, "list", "table", "bridge", isolation.TABLE): bridge,
    }


WHOLE = asked(INET, f"table bridge{REST}")
NONE = asked((1, "", f"Error: {ABSENT}"), (1, "", f"Error: {ABSENT}"))


def found(
    folder: pathlib.Path,
    *,
    files: t.Mapping[str, str],
    commands: t.Mapping[tuple[str, ...], Answer],
    enabled: bool = True,
    record: str = "",
) -> list[tuple[str, str]]:
    links = {LINK: f"/usr/lib/systemd/system/{SERVICE}"} if enabled else {}
    node = view(folder, files=files, links=links, commands=commands, declared={"isolation": record})
    findings = audit(node, RULES).findings
    assert {one.clause for one in findings} <= {"5.2"}
    return [(one.verdict, one.subject) for one in findings]


def test_a_node_that_nobody_isolated_is_silent(tmp_path: pathlib.Path) -> None:
    files = {CONFIGURATION: "flush ruleset\n", NFT: ""}
    assert found(tmp_path, files=files, commands=NONE, enabled=False) == []
    assert found(tmp_path / "bare", files={}, commands={}, enabled=False) == []


def test_an_isolation_that_holds_is_said(tmp_path: pathlib.Path) -> None:
    assert found(tmp_path, files=FILES, commands=WHOLE) == [("info", "isolation")]
    assert found(tmp_path / "2", files=FILES, commands=WHOLE, record="isolated") == [("info", "isolation")]


@pytest.mark.parametrize("record", ["pending", "isolated"])
def test_a_node_that_is_to_be_isolated_and_is_not(tmp_path: pathlib.Path, record: str) -> None:
    files = {CONFIGURATION: "flush ruleset\n", NFT: ""}
    assert found(tmp_path, files=files, commands=NONE, enabled=False, record=record) == [("violation", "isolation")]


def test_a_node_that_is_to_be_open_again(tmp_path: pathlib.Path) -> None:
    said = found(tmp_path, files=FILES, commands=WHOLE, record="lifting")
    assert ("violation", "isolation") in said


@pytest.mark.parametrize(
    ("files", "commands", "enabled", "subjects"),
    [
        ({}, NONE, True, {SUBJECT}),
        ({}, asked(INET.replace("drop", "accept"), f"table bridge{REST}"), True, {SUBJECT}),
        ({}, asked(INET, (1, "", ABSENT)), True, {SUBJECT}),
        ({CONFIGURATION: "flush ruleset\n"}, WHOLE, True, {CONFIGURATION}),
        ({}, WHOLE, False, {SERVICE}),
        ({FILE: FILES[FILE] + "add rule inet runbook_isolation input accept\n"}, WHOLE, True, {FILE}),
        ({FILE: "table inet x {\n}\n"}, WHOLE, True, {FILE}),
    ],
)
def test_what_others_undid(
    tmp_path: pathlib.Path,
    files: dict[str, str],
    commands: dict[tuple[str, ...], Answer],
    enabled: bool,  # noqa: FBT001
    subjects: set[str],
) -> None:
    said = found(tmp_path, files={**FILES, **files}, commands=commands, enabled=enabled)
    assert {subject for verdict, subject in said if verdict == "violation"} == subjects


def test_a_kernel_that_does_not_answer_is_unknown(tmp_path: pathlib.Path) -> None:
    broken = asked((1, "", "Error: Protocol not supported"), (1, "", "Error: Protocol not supported"))
    assert found(tmp_path, files=FILES, commands=broken) == [("unknown", "rule isolation")]


def test_emulation_is_unknown_and_never_ok(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files=FILES, links={LINK: "x", "/proc/1/exe": "/usr/bin/qemu-aarch64"})
    assert [(one.verdict, one.subject) for one in audit(node, RULES).findings] == [("unknown", SUBJECT)]
