from __future__ import annotations

import pathlib
import sys

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _venv_python
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_python import system


def test_debians_python(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python3").symlink_to("/opt/python3.13")
    monkeypatch.setattr(_venv_python, "PYTHON", str(tmp_path / "python3"))
    with pytest.raises(StepError, match=r"leads to /opt/python3\.13, which is not Debian's"):
        system()
    (tmp_path / "python3").unlink()
    (tmp_path / "python3").symlink_to("/usr/bin/python3.99")
    with pytest.raises(StepError, match="ansible_python_interpreter"):
        system()
    monkeypatch.setattr(sys, "executable", "/usr/bin/python3.99")
    assert system() == ("/usr/bin/python3.99", "3.99", "")
