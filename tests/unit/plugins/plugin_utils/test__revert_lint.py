"""The lint before and after a revert: the real programs, none, and ones that answer with nonsense."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_lint import added, look

UNIT = "[Service]\nType=exec\nUser=daemon\nExecStart=/home/ops/ai-systems/a/run\n"
FILES = {"a/a.service": UNIT, "a/run": "#!/bin/sh\n", "context.md": "# context\n"}


@pytest.fixture
def repository(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "ai-systems"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_what_is_new_is_found_though_lines_moved(repository: pathlib.Path) -> None:
    unit = repository / "a/a.service"
    unit.write_text(f"{UNIT}StandardOutput=file:/tmp/x\n")
    before = look(repository)
    assert (before.missing, len(before.found)) == ("", 1)
    unit.write_text(f"# a line more\n{UNIT}StandardOutput=file:/tmp/x\nRestart=always\n")
    [finding] = added(before, look(repository))
    assert (finding.path, finding.rule) == ("a/a.service", "runbook-6-2-restart")
    assert "Restart='always'" in str(finding)
    assert added(look(repository), before) == []


def program(folder: pathlib.Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_a_repository_that_is_set_up_for_ansible_lint_is_looked_at_by_it(
    repository: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    bin_ = tmp_path / "bin"
    program(bin_, "runbook-lint", """echo '{"findings": []}'""")
    said = '[{"check_name": "no-x", "description": "bad \\\\u001b[31m", "location": {"path": "play.yml"}}]'
    program(bin_, "ansible-lint", f"""test "$LC_ALL $PWD" = "C.UTF-8 {repository}" || exit 9\necho '{said}'\nexit 2""")
    path = f"{bin_}:/usr/bin:/bin"
    assert not look(repository, path=path).found
    (repository / ".ansible-lint").write_text("---\n")
    [finding] = look(repository, path=path).found
    assert str(finding) == r"play.yml: bad \x1b[31m [no-x]"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (None, "runbook-lint is not installed on this machine (docs/ci.md says how)"),
        ("exit 3", "runbook-lint gave no answer (status 3)"),
        ("echo 'no operator' >&2; exit 2", "runbook-lint gave no answer (no operator)"),
        ("echo '[]'", "runbook-lint gave no answer"),
        ("echo nonsense", "runbook-lint gave no answer"),
    ],
)
def test_a_lint_that_does_not_look_is_said(
    repository: pathlib.Path, tmp_path: pathlib.Path, script: str | None, words: str
) -> None:
    if script:
        program(tmp_path / "bin", "runbook-lint", script)
    looked = look(repository, path=f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert not looked.found
    assert words in looked.missing
