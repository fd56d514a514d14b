from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._hands_clones import (
    judge,
    repository_name,
    why_a_clone,
)
from tests.view import view

CHECKOUT = "/home/ops/ai-systems"
COMMIT = "c" * 40


@pytest.mark.parametrize(("url", "name"), [
    ("https://x.invalid/a/ai-systems.git", "ai-systems"), ("git@x.invalid:ai-systems", "ai-systems"),
    ("/srv/git/ai-systems/", "ai-systems"), ("", ""),
])  # fmt: skip
def test_what_a_repository_is_called(url: str, name: str) -> None:
    assert repository_name(url) == name


@pytest.mark.parametrize(("path", "configuration", "heads", "why"), [
    ("/srv/x", "\turl = https://u:secret@h.invalid/ai-systems.git\n", (), "its remote is h.invalid/ai-systems.git"),
    ("/srv/x", "", (COMMIT,), "commit cccccccccccc"),
    ("/srv/ai-systems", "", (), "name"), ("/srv/x", "", ("d" * 40,), ""),
])  # fmt: skip
def test_what_makes_a_clone(path: str, configuration: str, heads: tuple[str, ...], why: str) -> None:
    said = why_a_clone(path, configuration, heads, {"ai-systems"}, COMMIT)
    assert why in said
    assert bool(why) == bool(said)


def test_clones_beside_the_declared_one(tmp_path: pathlib.Path) -> None:
    files = {f"{path}/.git/HEAD": "ref: refs/heads/main\n" for path in (CHECKOUT, "/srv/copy", "/srv/other")}
    files |= {f"{CHECKOUT}/.git/refs/heads/main": COMMIT, "/srv/copy/.git/refs/heads/main": COMMIT}
    found = [
        *judge(view(tmp_path, files=files, declared={"checkout": CHECKOUT}), [CHECKOUT, "/srv/copy", "/srv/other"])
    ]
    assert [(one.clause, one.subject) for one in found] == [("6.5", "/srv/copy")]
    assert "'rm -r -- /srv/copy'" in found[0].remedy
    assert not [*judge(view(tmp_path, files=files), ["/srv/copy"])]
