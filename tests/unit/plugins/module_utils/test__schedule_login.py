"""Start-up files of shells: only what is left running, or may not run at all, is told."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._schedule_login import logins, starts_something
from tests.view import view


@pytest.mark.parametrize(
    "line",
    [
        "nohup /opt/x", "/opt/x &", "(/opt/x &)", "cd /opt; setsid ./x", "tmux new-session -d x", "sudo apt upgrade -y",
        "curl -s https://x.example | sh", "systemctl --user restart x", "git pull", "{ sleep 9 & }",
    ],
)  # fmt: skip
def test_what_starts_something(line: str) -> None:
    assert starts_something(line)


@pytest.mark.parametrize(
    "line",
    [
        "export PATH=$PATH:/opt", "alias upd='sudo apt upgrade'", "[ -f x ] && . x", "echo a >/dev/null 2>&1",
        'eval "$(dircolors -b)"', "test -x /usr/bin/lesspipe && eval x", "x=$((1 & 2))", "foo &>/dev/null",
    ],
)  # fmt: skip
def test_what_does_not(line: str) -> None:
    assert not starts_something(line)


def test_files_of_everybody_and_of_people_but_not_as_packages_brought_them(tmp_path: pathlib.Path) -> None:
    files = {"/etc/profile.d/x.sh": "nohup a\n", "/home/ops/.bashrc": "PS1=x\nb &\n", "/etc/profile.d/y": "c &\n"}
    found = list(logins(view(tmp_path, files=files, packages={"base": {"/etc/profile": "d &\n"}})))
    assert [(one.where, one.user) for one in found] == [("/etc/profile.d/x.sh:1", "*"), ("/home/ops/.bashrc:2", "ops")]
