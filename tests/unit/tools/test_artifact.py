# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an artifact may hold, and what of the importer's words counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import artifact

GOOD = [
    "MANIFEST.json",
    "COPYING",
    "README.md",
    "meta/runtime.yml",
    "plugins/modules/connect.py",
    "roles/ssh/README.md",
]


def test_a_good_artifact() -> None:
    assert artifact.wrong_with(GOOD) == ""


@pytest.mark.parametrize(
    "name", ["lab/node", ".venv/bin/python", "tests/unit/test_x.py", "plugins/modules/__pycache__/x.pyc"]
)
def test_workshop_and_leftovers_are_named(name: str) -> None:
    assert artifact.wrong_with([*GOOD, name]) == f"The artifact holds {name}; add it to build_ignore in galaxy.yml."


@pytest.mark.parametrize("lost", ["COPYING", "meta/runtime.yml", "plugins/modules/connect.py"])
def test_what_is_lost_is_named(lost: str) -> None:
    said = artifact.wrong_with([name for name in GOOD if name != lost])
    assert said.startswith(f"The artifact holds no {lost.removesuffix('/connect.py')};")


def test_warnings_of_the_importer_count() -> None:
    output = "Importing with galaxy-importer 0.4.44\nWARNING: No changelog found.\nLoading module connect\n"
    assert artifact.importer_said(output) == "WARNING: No changelog found."
    assert artifact.importer_said("Importing\nLoading module error_warning\n") == ""


def test_a_command_that_fails_ends_the_gate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(artifact.ArtifactError, match="sh ended with exit code 4"):
        artifact.run("sh", "-c", "echo the reason; exit 4", cwd=tmp_path)
    assert "the reason" in capsys.readouterr().out
