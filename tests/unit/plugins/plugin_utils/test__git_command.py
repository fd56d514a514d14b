"""The controller's side of runbook 2.9: the operator's own git."""

from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_command import Git
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from tests.git_rig import Upstream, ask


def test_git_missing_or_too_old(upstream: Upstream, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "bin"
    fake.mkdir()
    monkeypatch.setenv("PATH", str(fake))
    with pytest.raises(SourceError, match="no git that runs"):
        ask(upstream)
    (fake / "git").write_text("#!/bin/sh\necho git version 2.11.0\n")
    (fake / "git").chmod(0o755)
    with pytest.raises(SourceError, match=r"too old \(git version 2\.11\.0\)"):
        ask(upstream)


def test_credentials_that_git_itself_prints_are_not_repeated(
    upstream: Upstream, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As an older git does where the operator's settings rewrite a URL to one that holds a token.
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "git").write_text(
        '#!/bin/sh\ncase "$*" in *--version) echo git version 2.47.0;;\n'
        '*init*) for last; do :; done; : > "$last/HEAD";;\n'
        "*) echo 'fatal: unable to access https://op:t0ken@git.example.org/x/' >&2; exit 128;; esac\n"
    )
    (fake / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake}:{os.environ['PATH']}")
    with pytest.raises(SourceError, match=r"unable to access https://git\.example\.org/x/") as error:
        ask(upstream, url="https://git.example.org/x")
    assert "t0ken" not in str(error.value)


def test_a_run_inside_a_git_hook_reads_the_right_repository(
    upstream: Upstream, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "another"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.delenv("GIT_DIR")
    head = upstream.head
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "another"))
    assert ask(upstream).commit == head


def test_a_failure_is_one_sentence_with_a_remedy() -> None:
    with pytest.raises(SourceError, match=r"^it cannot be done: .*not-a-command.*; do another thing$"):
        Git().run("not-a-command", failing="it cannot be done", remedy="do another thing")
    assert Git().run("not-a-command", check=False).rc == 1
