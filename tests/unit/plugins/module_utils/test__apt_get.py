"""How apt-get is followed, against a stand-in for it; tests/nodes meet the real one."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt_get
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import Job
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError


@pytest.fixture
def apt(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    program = tmp_path / "apt-get"
    # subprocess looks a bare name up on this process's own PATH.
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(_apt_get, "_PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(_apt_get, "FOLDER", str(tmp_path))
    monkeypatch.setattr(_apt_get, "make_folder", lambda: None)
    return program


def becomes(program: pathlib.Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_it_gets_our_options_and_environment(apt: pathlib.Path) -> None:
    becomes(apt, f'echo "$@" > {apt}.args; env > {apt}.env')
    _apt_get.apt_get(["update"], {"DEBIAN_FRONTEND": "noninteractive"}, Job(), what="refreshing")
    words = pathlib.Path(f"{apt}.args").read_text().split()
    assert words[-1] == "update"
    assert {"-o=APT::Get::AllowUnauthenticated=false", "-o=Dpkg::Options::=--force-confold"} <= set(words)
    said = pathlib.Path(f"{apt}.env").read_text().splitlines()
    assert {"LC_ALL=C", "DEBIAN_FRONTEND=noninteractive"} <= set(said)


def test_its_failure_is_one_sentence_and_nothing_is_left(apt: pathlib.Path) -> None:
    becomes(apt, "echo 'E: Write error - write (28: No space left on device)' >&2; exit 100")
    with pytest.raises(StepError, match="refreshing failed: the disk is full"):
        _apt_get.apt_get(["update"], {}, Job(), what="refreshing")
    assert [path.name for path in apt.parent.iterdir()] == ["apt-get"]


def test_dpkg_writes_down_what_it_did_and_nothing_else_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[list[str]] = []

    class Command:
        def __init__(self, program: str) -> None:
            self.program = program

        def run(self, arguments: list[str]) -> None:
            said.append([self.program, *arguments])

    monkeypatch.setattr(_apt_get, "Command", Command)
    _apt_get.settle_journal()
    assert said == [["dpkg", "--set-selections"]]


def test_what_was_interrupted_is_configured_and_the_operators_files_stay(apt: pathlib.Path) -> None:
    dpkg = apt.with_name("dpkg")
    becomes(dpkg, f'echo "$@" > {apt}.args')
    _apt_get.configure_all(Job())
    words = pathlib.Path(f"{apt}.args").read_text().split()
    assert words[1:] == ["--force-confdef", "--force-confold", "--configure", "--pending"]
    becomes(dpkg, "printf 'Errors were encountered while processing:\\n broken\\n' >&2; exit 1")
    with pytest.raises(StepError, match=r"configuring packages failed: dpkg could not finish.*broken"):
        _apt_get.configure_all(Job())
