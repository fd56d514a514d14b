"""Sudo's files as sudo reads them."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._sudoers import (
    Lines,
    lines_after,
    operator_rule,
    rules_naming,
    sudo_lines,
)


def lines(*texts: str) -> Lines:
    return [("/etc/sudoers", number, text) for number, text in enumerate(texts, start=1)]


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("anna ALL=(ALL) ALL", True),
        ("ben, anna\tALL = ALL", True),
        ('"anna" ALL=ALL', True),
        ("#1000 ALL=ALL", True),
        ("%sudo ALL=ALL", True),
        ("ALL ALL=ALL", True),
        ("STAFF ALL=ALL", True),
        ("NESTED ALL=ALL", True),
        ("annabel ALL=ALL", False),
        ("# anna ALL=ALL", False),
        ("Defaults:anna !requiretty", False),
        ("Cmnd_Alias anna = /bin/true", False),
        ("#1001 ALL=ALL", False),
        ("%wheel ALL=ALL", False),
        ("ben ALL=(anna) ALL", False),
        ("", False),
    ],
)
def test_which_rules_match_an_account(text: str, *, matches: bool) -> None:
    given = lines("User_Alias STAFF = ben, anna : OTHER = carl", "User_Alias NESTED = STAFF", text)
    found = rules_naming(given, user="anna", uid=1000, groups=["sudo"])
    assert [rule.line for rule in found] == ([3] if matches else [])


def test_includes_are_read_in_their_place_and_in_order(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "sudoers.d"
    folder.mkdir()
    main = tmp_path / "sudoers"
    main.write_text(f"first ALL=ALL\n@includedir {folder}\n#include more\nlast \\\n  ALL=ALL\n@include {main}\n")
    (tmp_path / "more").write_text("more ALL=ALL")
    for name in ("b", "a", "c.bak", "d~"):
        (folder / name).write_text(f"in-{name} ALL=ALL")
    read = sudo_lines(str(main), supposing={f"{folder}/ab": "supposed ALL=ALL"})
    texts = [" ".join(text.split()) for _, _, text in read if text.strip()]
    once = ["first ALL=ALL", "in-a ALL=ALL", "supposed ALL=ALL", "in-b ALL=ALL", "more ALL=ALL", "last ALL=ALL"]
    assert texts[:6] == once
    assert ("last", 4) in {(text.split()[0], number) for path, number, text in read if text.strip()}
    # A file that includes itself is read to a bound, as sudo does.
    assert len(texts) < 100


def test_what_comes_after_a_file() -> None:
    read = [("/a", 1, "x"), ("/b", 1, "y"), ("/b", 2, "z"), ("/a", 2, "w")]
    assert lines_after(read, "/b") == [("/a", 2, "w")]
    assert lines_after(read, "/c") is None


def test_the_rule_of_the_operator() -> None:
    assert operator_rule("anna", nopasswd=True) == "anna ALL=(ALL:ALL) NOPASSWD: ALL\n"
    assert operator_rule("anna", nopasswd=False) == "anna ALL=(ALL:ALL) PASSWD: ALL\n"
