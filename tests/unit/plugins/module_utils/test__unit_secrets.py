from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_file import Text, Unit, parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_problems import Problem
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_secrets import (
    environment_file_problems,
    environment_files,
    secret_problems,
)

CHECKOUT = "/home/op/ai-systems"


def unit_of(lines: str, name: str = "web.service", section: str = "Service") -> Unit:
    return parse(name, [Text("/repo/web", f"[{section}]\n{lines}\n".encode())])


def problems(lines: str, files: dict[str, bytes] | None = None) -> list[Problem]:
    return secret_problems(unit_of(lines), CHECKOUT, files or {})


@pytest.mark.parametrize(
    "line",
    [
        "Environment=TOKEN=geheim",
        'Environment=A=b "DB_PASSWORD=geheim x"',
        "Environment=URL=https://u:geheim@example.org/",
        "PassEnvironment=LANG DB_TOKEN",
        "SetCredential=db:geheim",
        "SetCredentialEncrypted=db:geheim",
        "LoadCredential=db:/home/op/db",
        "LoadCredential=db:/run/../etc/db",
        "LoadCredentialEncrypted=db:/etc/credstore.encrypted/db",
        "ExecStart=/x --password=geheim",
        "ExecStart=/x --token geheim y",
        "ExecStart=/x sk-geheimgeheimgeheimgeheim",
        "Description=https://u:geheim@example.org/",
    ],
)
def test_a_secret_is_found_and_never_shown(line: str) -> None:
    found = problems(line)
    assert [(one.clause, one.rule, one.line) for one in found] == [("6.3", "secret", 2)]
    assert "geheim" not in found[0].sentence
    assert found[0].remedy


@pytest.mark.parametrize(
    "line",
    [
        "Environment=LANG=C PORT=80",
        "Environment=TOKEN_FILE=%d/token TOKEN=",
        "Environment=TOKEN=geheim\nEnvironment=",
        "PassEnvironment=LANG",
        "SetCredential=db",
        "SetCredential=db:",
        "LoadCredential=db:/run/runbook/db",
        "LoadCredential=db",
        "LoadCredential=db:db",
        "ImportCredential=web.*",
        "ExecStart=/x --token-file=/run/x --token ${TOKEN} --password",
        "ExecStart=/x --password --verbose",
        "EnvironmentFile=/run/web/env",
        "EnvironmentFile=-%t/web/env",
    ],
)
def test_what_is_no_secret(line: str) -> None:
    assert problems(line) == []


@pytest.mark.parametrize(
    "path", ["/etc/default/web", "-/etc/default/web", "/run/../etc/web", f"{CHECKOUT}/../web", "web"]
)
def test_an_environment_file_lies_in_the_repository_or_in_run(path: str) -> None:
    found = problems(f"EnvironmentFile={path}", {path: b"A=1\n"})
    assert [(one.rule, one.verdict) for one in found] == [("environment-file", "violation")]
    assert "neither in the repository nor in /run" in found[0].what


def test_an_environment_file_of_the_repository_is_judged() -> None:
    path = f"{CHECKOUT}/web.env"
    content = b"# TOKEN=x\nA=1\nexport TOKEN='geheim'\r\nDB_PASSWORD=${X}\n\xff\n"
    found = problems(f"EnvironmentFile=-{path}", {path: content})
    assert [(one.file, one.line, one.rule) for one in found] == [(path, 3, "secret")]
    assert "geheim" not in found[0].sentence


@pytest.mark.parametrize("path", [f"{CHECKOUT}/web.env", f"{CHECKOUT}/%i.env", f"{CHECKOUT}/*.env"])
def test_what_cannot_be_looked_at_is_unknown(path: str) -> None:
    assert [one.verdict for one in problems(f"EnvironmentFile={path}")] == ["unknown"]


def test_without_a_checkout_only_run_is_good() -> None:
    assert len(secret_problems(unit_of("EnvironmentFile=/x\nEnvironmentFile=/run/x"), "", {})) == 1


def test_the_caller_is_told_what_to_read() -> None:
    lines = f"EnvironmentFile=-{CHECKOUT}/a/../web.env\nEnvironmentFile={CHECKOUT}/%i\nEnvironmentFile=/etc/x"
    assert environment_files(unit_of(lines), CHECKOUT) == [f"{CHECKOUT}/web.env"]
    assert environment_files(unit_of(lines, "web.timer", "Timer"), CHECKOUT) == []


@pytest.mark.parametrize("content", [b"x" * 1_048_577, b"\n" * 10_001])
def test_an_environment_file_is_bounded(content: bytes) -> None:
    assert [one.verdict for one in environment_file_problems("/x", content)] == ["unknown"]


def test_kinds_that_run_nothing_have_no_environment() -> None:
    unit = unit_of("Environment=TOKEN=geheim", "web.timer", "Timer")
    assert secret_problems(unit, CHECKOUT, {}) == []
