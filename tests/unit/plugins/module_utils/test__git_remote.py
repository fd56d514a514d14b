"""Runbook 2.9: origin reads as ordered, with real git on real files."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_remote import read_remote, set_remote
from ansible_collections.ai_systems.runbook.plugins.module_utils._git_shadow import Shadow
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from tests.git_rig import Rig


@pytest.fixture
def shadow(rig: Rig, tmp_path: pathlib.Path) -> Shadow:
    rig.ship()
    return Shadow(str(tmp_path / "shadow"), str(rig.path))


def test_origin_alone_is_replaced(rig: Rig, shadow: Shadow) -> None:
    rig.git("remote", "add", "origin", "https://op:t0ken@git.example.org/x")
    rig.git("remote", "set-url", "--push", "origin", "ssh://git.example.org/x")
    rig.git("remote", "add", "own", "https://own.example.org/x")
    assert dict(read_remote(shadow)) == {
        "remote.origin.url": "https://op:t0ken@git.example.org/x",
        "remote.origin.pushurl": "ssh://git.example.org/x",
    }
    set_remote(shadow, rig.order(rig.source(), remote="https://new.example.org/x"))
    assert read_remote(shadow) == (("remote.origin.url", "https://new.example.org/x"),)
    assert rig.git("remote", "get-url", "own") == "https://own.example.org/x"
    set_remote(shadow, rig.order(rig.source(), remote=""))
    assert read_remote(shadow) == ()
    assert rig.git("remote") == "own"


def test_a_configuration_that_git_cannot_read_is_named(rig: Rig, shadow: Shadow) -> None:
    (rig.path / ".git/config").write_text("[remote\x1b[2J\n")
    with pytest.raises(StepError, match="cannot be read") as error:
        read_remote(shadow)
    assert "\x1b" not in str(error.value)
    (rig.path / ".git/config").unlink()
    assert read_remote(shadow) == ()
