from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_findings import (
    Setting,
    State,
    judge,
    read_state,
    settings_of_config,
    settings_of_environment,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[global]\nbreak-system-packages = true\n", [("break-system-packages", "true")]),
        ("[install]\nbreak_system_packages=1\n[global]\nindex-url = u",
         [("break-system-packages", "1"), ("index-url", "u")]),
        ("[global]\nextra-index-url =\n  https://a\n  https://b\n", [("extra-index-url", "\nhttps://a\nhttps://b")]),
        ("[global]\ncert\n", [("cert", "")]),
        ("no section = 1\n", [("unreadable", "")]),
        ("", []),
        ("# [global]\n", []),
    ],
)  # fmt: skip
def test_settings_of_a_file(text: str, found: list[tuple[str, str]]) -> None:
    assert [(one.name, one.value) for one in settings_of_config("/etc/pip.conf", text)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("PIP_BREAK_SYSTEM_PACKAGES=1\n", [("break-system-packages", "1")]),
        ("export PIP_INDEX_URL='https://a' PIP_USER=yes\n", [("index-url", "https://a"), ("user", "yes")]),
        ('Environment="PIP_TARGET=/opt/x"', [("target", "/opt/x")]),
        ("DefaultEnvironment=PIP_NO_INDEX=1", [("no-index", "1")]),
        ("# PIP_USER=1\n  # export PIP_USER=1\n", []),
        ("NOT_PIP_USER=1\nPIPX_HOME=/x\n", []),
        ("PIP_LOG DEFAULT=/x\n", []),
    ],
)  # fmt: skip
def test_variables(text: str, found: list[tuple[str, str]]) -> None:
    assert [(one.name, one.value) for one in settings_of_environment("/etc/environment", text)] == found


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        ("break-system-packages", "true", "violation"),
        ("break-system-packages", "1", "violation"),
        ("break-system-packages", "false", "info"),
        ("break-system-packages", "0", "info"),
        ("user", "yes", "violation"),
        ("target", "/opt/x", "violation"),
        ("prefix", "/usr/local", "violation"),
        ("index-url", "https://a", "info"),
        ("require-virtualenv", "true", "info"),
    ],
)
def test_verdicts(name: str, value: str, verdict: str) -> None:
    (found,) = judge(State((), (Setting("/etc/pip.conf", name, value),), ()))
    assert (found.clause, found.verdict, found.subject) == ("3.4", verdict, f"/etc/pip.conf {name}")
    # A value may hold a login: it is never shown.
    assert value not in found.evidence or value in ("1", "0")


def test_a_missing_mark_and_what_could_not_be_read() -> None:
    found = judge(State(("/usr/lib/python3.13",), (), ("/home/ops/.profile",)))
    assert [(one.verdict, one.subject) for one in found] == [
        ("violation", "/usr/lib/python3.13/EXTERNALLY-MANAGED"),
        ("unknown", "/home/ops/.profile"),
    ]


def test_this_machine_can_be_read() -> None:
    assert isinstance(read_state(), State)


def test_what_a_nodes_files_say_is_one_bounded_line() -> None:
    evil = Setting("/home/x/\x1b[2J\n.conf", "\x1b[2J" + "x" * 5000, "1")
    found = judge(State(("/usr/lib/python3.13\n",), (evil,), ("/home/y\n" + "z" * 5000,)))
    assert len(found) == 3
    assert all("\n" not in word and "\x1b" not in word and len(word) < 1000 for one in found for word in one)


def test_what_keeps_pip_out_of_debians_python_comes_back_with_its_package() -> None:
    (found,) = judge(State(("/usr/lib/python3.13",), (), ()))
    assert found.remedy == "bring it back with 'apt install --reinstall libpython3.13-stdlib'"


def test_a_file_of_settings_elsewhere_may_lead_anywhere() -> None:
    (setting,) = settings_of_environment("/etc/environment", "PIP_CONFIG_FILE=/tmp/pip.conf")
    (found,) = judge(State((), (setting,), ()))
    assert found.verdict == "violation"
