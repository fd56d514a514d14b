"""Remedies are what an operator can type, by the permitted verbs, and never delete what a person wrote."""

from __future__ import annotations

import subprocess

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _unit_remedies as remedies
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import READ_ANEW, as_typed
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import shell_word


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("/etc/x.service", "/etc/x.service"),
        ("a@b.service", "a@b.service"),
        (r"a\x2db.service", r'"a\x2db.service"'),
        ("/home/a b", '"/home/a b"'),
        ("-rf", ""),
        ("a'b", ""),
        ("$(reboot)", ""),
        ("a\nb", ""),
        ('a"b', ""),
        ("", ""),
    ],
)
def test_words_of_a_shell(text: str, word: str) -> None:
    assert shell_word(text) == word
    if word:
        said = subprocess.run(["/bin/sh", "-c", f"printf %s {word}"], capture_output=True, text=True, check=True)
        assert said.stdout == text


def test_what_is_typed() -> None:
    reload = f"systemctl enable {READ_ANEW}"
    assert remedies.read_anew() == reload
    assert remedies.gone("a.service") == "systemctl stop a.service; systemctl disable a.service"
    assert remedies.gone("a@.service") == "systemctl disable a@.service"
    assert remedies.moved_aside("a.service", "/etc/a.service") == (
        "'systemctl stop a.service; systemctl disable a.service; mv --backup=numbered -- /etc/a.service /root/ && "
        f"{reload}'"
    )
    assert remedies.restored("/home/ops/c", "ops", ["a/b.service"]) == (
        f"runuser -u ops -- git -C /home/ops/c restore --staged --worktree --source=HEAD -- a/b.service && {reload}"
    )
    assert remedies.removed("/etc/l") == "rm -- /etc/l"
    assert remedies.typed("a", "b", more=", or c") == "'a && b', or c"


def test_what_cannot_be_typed_is_a_sentence_without_quotes() -> None:
    odd = "/etc/a'; reboot #.service"
    assert (remedies.aside(odd), remedies.removed(odd), remedies.gone(odd), as_typed("stop", odd)) == ("", "", "", "")
    assert remedies.restored("/c", "ops", [odd]) == ""
    for said in (remedies.moved_aside(odd, odd), remedies.typed("", more=", or so")):
        assert "'" not in said
        assert said.startswith("take it away on the node by hand")
