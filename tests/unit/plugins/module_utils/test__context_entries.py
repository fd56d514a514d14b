from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._context_entries import Entries, Entry

WHY = "shows load over SSH"


def test_a_good_entry_is_kept() -> None:
    entries = Entries()
    entries.add(7, "htop", WHY, " workers, greenhouse-1 ,")
    assert entries.kept == {"htop": Entry("htop", WHY, ("workers", "greenhouse-1"), 7)}
    assert entries.problems == []


def test_the_second_of_two_names_the_first() -> None:
    entries = Entries()
    entries.add(7, "htop", WHY)
    entries.add(9, "htop", "another good reason")
    assert [problem.line for problem in entries.problems] == [9]
    assert entries.problems[0].sentence == "package htop is documented in line 7 already; keep one of them"
    assert entries.kept["htop"].line == 7


@pytest.mark.parametrize(
    ("name", "said", "package"),
    [
        ("htop=3.4", "which version is installed is the inventory's matter; write the name alone", "htop"),
        ("Htop", "a name has at least two of", ""),
        ("htop, tmux", "no white space", ""),
        ("", "it is empty", ""),
        ("python3-*", "it is a glob", ""),
        ("--option", "makes it an option of apt-get", ""),
        ("$(reboot)", "it is a regular expression", ""),
        ("htop\x1b[31m", "control characters", ""),
        ("a" * 10_000, "longer than 200 characters", ""),
    ],
)
def test_what_is_no_package_is_said(name: str, said: str, package: str) -> None:
    entries = Entries()
    entries.add(3, name, WHY)
    assert not entries.kept
    (problem,) = entries.problems
    assert said in problem.sentence
    assert problem.package == package
    assert problem.sentence.isprintable()
    assert len(problem.sentence) < 400


@pytest.mark.parametrize("why", ["", "needed", "x" * 1001])
def test_an_entry_without_a_reason_is_kept_and_complained_of(why: str) -> None:
    entries = Entries()
    entries.add(3, "htop", why)
    assert "htop" in entries.kept
    (problem,) = entries.problems
    assert problem.package == "htop"
    assert problem.sentence.startswith("package htop: its justification" if why else "package htop: it has no just")
    assert problem.sentence.endswith("; say in a few words what the node has it for")


@pytest.mark.parametrize("node", ["work ers", "*", "-x", "../x", "{{ x }}", "\x1b[31m", "a" * 300])
def test_what_cannot_be_a_node_is_said(node: str) -> None:
    entries = Entries()
    entries.add(3, "htop", WHY, f"workers, {node}")
    (problem,) = entries.problems
    assert "names no node or group; the column Nodes holds names of the inventory" in problem.sentence
    assert problem.sentence.isprintable()


def test_text_is_made_safe_to_show() -> None:
    entries = Entries()
    entries.add(3, "htop", "shows \x1b[31mload\u202e over\nSSH")
    assert entries.kept["htop"].justification == "shows \\x1b[31mload\\u202e over SSH"
