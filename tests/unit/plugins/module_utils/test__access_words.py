"""How findings and commands are worded: what cannot be typed is never a command."""

from __future__ import annotations

import subprocess

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _access_words as words
from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import Access, Declared


@pytest.mark.parametrize(
    ("given", "typed"),
    [
        (("rm", "--", "/etc/x-1.conf"), "rm -- /etc/x-1.conf"),
        (("rm", "/a b"), r"rm /a\ b"),
        (("rm", "/a;reboot$(id)"), r"rm /a\;reboot\$\(id\)"),
        (("rm", "~x"), r"rm \~x"),
        (("rm", "/it's"), ""),
        (("rm", "/a\n"), ""),
        (("rm", "/\x1b[2J"), ""),
        (("rm", "/" + "x" * 400), ""),
        (("rm", ""), ""),
    ],
)
def test_a_word_is_typed_as_it_is_shown_or_not_at_all(given: tuple[str, ...], typed: str) -> None:
    assert words.typed(*given) == typed
    if typed:
        said = subprocess.run(
            ["sh", "-c", f"printf '%s\\n' {typed}"], capture_output=True, text=True, check=True
        ).stdout
        assert said.splitlines() == list(given)


def test_a_command_of_several_is_whole_or_none() -> None:
    assert words.all_of("a", "b") == "a && b"
    assert words.all_of("a", "") == words.all_of() == ""
    assert words.by("rm x") == "take it away ('rm x')"
    assert words.by("", otherwise="declare it").endswith("cannot be typed from here, or declare it")
    assert "'" not in words.by("")


def test_lines_are_commented_out_together_so_that_their_numbers_stay() -> None:
    assert words.commented_out("/etc/x", 7, 3, 7) == 'sed -i "3s/^/# /;7s/^/# /" /etc/x'
    assert words.commented_out("/etc/it's", 1) == ""


def test_without_an_operator_nobody_can_say_who_is_another() -> None:
    with_operator = words.of_others(Declared(operator="ops"), "x", "evidence", "remedy")
    assert (with_operator.verdict, with_operator.remedy) == ("violation", "remedy")
    without = words.of_others(Declared(), "x", "evidence", "remedy")
    assert without.verdict == "unknown"
    assert "declare the operator" in without.remedy


@pytest.mark.parametrize(("target", "found"), [("subject", False), ("host", False), ("other", True)])
def test_trust_is_found_unless_the_role_declares_it(target: str, *, found: bool) -> None:
    declared = Declared(access=(Access(target, "backups", "Ann"),))
    assert bool(words.beyond_role(declared, "subject", "e", "rm x", targets=("host",))) is found


def test_lines_that_say_something() -> None:
    assert list(words.lines_of("# a\n\n  b \n#c\nd")) == [(3, "b"), (5, "d")]


def test_the_login_of_the_image_is_retired_by_the_role_alone() -> None:
    declared = Declared(bootstrap_user="debian")
    assert words.taken_from(declared, "debian", "remedy") == "run provision.yml --tags 2.8 for the node"
    assert words.taken_from(declared, "eve", "remedy") == words.taken_from(Declared(), "", "remedy") == "remedy"
