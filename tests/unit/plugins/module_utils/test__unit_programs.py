from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_programs import first_verb, judge, program_of


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("/usr/bin/pip3.13", "pip"),
        ("python3", "python"),
        ("pip-3", "pip"),
        ("s6-svscan", "s6-svscan"),
        ("pm2", "pm2"),
        ("a/b/git", "git"),
        ("", ""),
        ("7", "7"),
    ],
)
def test_a_program_is_known_by_its_bare_name(word: str, name: str) -> None:
    assert program_of(word) == name


@pytest.mark.parametrize(
    ("words", "verb"),
    [
        (["git", "pull"], "pull"),
        (["git", "-C", "/x", "--bare", "pull"], "pull"),
        (["git", "-C", "/x", "log", "pull"], ""),
        (["git", "--git-dir=/x", "log", "pull"], ""),
        (["git", "log", "pull"], ""),
        (["git"], ""),
    ],
)
def test_the_verb_is_found_behind_options(words: list[str], verb: str) -> None:
    assert first_verb(words, frozenset(("pull",))) == verb


def test_only_program_and_verb_are_shown() -> None:
    said = judge(["/usr/bin/pip", "install", "https://u:geheim@example.org/x"])
    assert said
    assert said[0] == "pip install"


@pytest.mark.parametrize(
    "verb",
    ["status", "show", "is-active", "is-enabled", "is-failed", "list-units", "cat", "list-timers", "get-default"],
)
def test_what_systemctl_only_reads_is_allowed(verb: str) -> None:
    assert judge(["systemctl", verb, "web.service"]) is None


@pytest.mark.parametrize(
    "verb", ["restart", "reload", "daemon-reload", "mask", "kill", "isolate", "edit", "set-property"]
)
def test_verbs_outside_the_runbook(verb: str) -> None:
    said = judge(["systemctl", verb, "web.service"])
    assert said
    assert said[1].clause == "4.2"


@pytest.mark.parametrize("verb", ["start", "stop", "enable", "disable"])
def test_the_five_verbs_are_the_operators(verb: str) -> None:
    said = judge(["systemctl", verb, "web.service"])
    assert said
    assert said[1].clause == "6.2"


def test_a_program_of_ours_may_be_called_as_it_likes() -> None:
    assert judge(["/home/op/ai-systems/bin/watchdog"]) is None
    assert judge(["/usr/sbin/watchdog"])
    assert judge(["watchdog"])
