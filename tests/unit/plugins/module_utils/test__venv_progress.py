from __future__ import annotations

import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_progress import last_word, sentence

LOG = (
    "2026-11-25T18:02:49,123 Collecting idna==3.7\n2026-11-25T18:02:50,123   Downloading idna.whl (66 kB)\n2026 Other\n"
)


def test_the_last_line_that_says_something(tmp_path: pathlib.Path) -> None:
    log = tmp_path / "pip.log"
    assert last_word(str(log)) == ""
    log.write_text("2026-11-25 nothing\n")
    assert last_word(str(log)) == ""
    log.write_text("x" * 100_000 + "\n" + LOG)
    assert last_word(str(log)) == "Downloading idna.whl (66 kB)"
    log.write_text("2026 Collecting \x1b[2J" + "y" * 500)
    said = last_word(str(log))
    assert said.startswith(r"Collecting \x1b[2J")
    assert len(said) < 200


def test_another_accounts_link_is_not_followed(tmp_path: pathlib.Path) -> None:
    (tmp_path / "secret").write_text(LOG)
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    assert last_word(str(tmp_path / "link")) == ""


def test_the_operator_is_told_what_pip_is_at(tmp_path: pathlib.Path) -> None:
    log = tmp_path / "pip.log"
    assert sentence("probe: 1 packages", str(log)) == "probe: 1 packages"
    log.write_text(LOG)
    assert sentence("probe: 1 packages", str(log)) == "probe: 1 packages: Downloading idna.whl (66 kB)"
