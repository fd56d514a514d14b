from __future__ import annotations

import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Command, CommandError


def test_arguments_reach_no_shell() -> None:
    assert Command("printf").run(["%s", "$(id); `id` > /tmp/x"]).out == "$(id); `id` > /tmp/x"


def test_output_is_read_in_the_c_locale() -> None:
    assert "LC_ALL=C\n" in Command("env").run([]).out


def test_nothing_of_our_environment_leaks_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_PRELOAD_CANARY", "1")
    assert "CANARY" not in Command("env").run([]).out


def test_a_failure_names_command_status_and_last_words() -> None:
    with pytest.raises(CommandError, match=r"sh -c echo no >&2; exit 3 failed with status 3: no") as caught:
        Command("sh").run(["-c", "echo no >&2; exit 3"])
    assert (caught.value.rc, caught.value.err) == (3, "no\n")


def test_a_failure_can_be_an_answer() -> None:
    assert Command("false").run([], check=False).rc == 1


def test_a_missing_program_is_named() -> None:
    with pytest.raises(CommandError, match="cannot run no-such-program: No such file"):
        Command("no-such-program").run([])


def test_a_hanging_program_is_killed_with_its_children() -> None:
    started = time.monotonic()
    with pytest.raises(CommandError, match=r"did not end within 0\.2 s"):
        Command("sh").run(["-c", "sleep 30 & sleep 30"], timeout=0.2)
    assert time.monotonic() - started < 25


def test_escape_sequences_of_a_failing_command_are_cleaned() -> None:
    with pytest.raises(CommandError, match=r"\\x1b\[2J"):
        Command("sh").run(["-c", "printf '\\033[2J' >&2; exit 1"])


def test_bytes_that_are_no_text_do_not_raise() -> None:
    assert Command("printf").run([r"\377"]).out == "�"
