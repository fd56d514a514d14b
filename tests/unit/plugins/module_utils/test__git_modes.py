"""Runbook 2.9: permissions as git gives them, with real git on real files."""

from __future__ import annotations

import pathlib
import stat

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_modes import set_modes
from tests.git_rig import Rig


def test_tracked_files_and_folders_get_gits_permissions(rig: Rig, tmp_path: pathlib.Path) -> None:
    rig.ship()
    rig.shell("mkdir .venv && echo mine > .venv/own && chmod -R go-rwx .")
    outside = tmp_path / "outside"
    outside.write_text("x")
    outside.chmod(0o600)
    rig.shell(f"ln -sf '{outside}' link")
    (tmp_path / "shadow").mkdir()
    set_modes(rig.order(rig.source()), str(tmp_path / "shadow"))
    names = (".", "a.txt", "bin", "bin/run", "old/file", ".venv", ".venv/own")
    assert [oct(stat.S_IMODE((rig.path / name).stat().st_mode)) for name in names] == [
        *("0o755", "0o644", "0o755", "0o755", "0o644"),
        *("0o700", "0o600"),
    ]
    assert stat.S_IMODE(outside.stat().st_mode) == 0o600
