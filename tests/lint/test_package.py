# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pip installs from this repository is the whole lint, and works without the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

from tests.lint.harness import CONFIGURATION, TOP

PARTS = ("COPYING", "README.md", "pyproject.toml", "lint", "plugins/module_utils")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as pip does, without a network, and unpack it."""
    top = tmp_path_factory.mktemp("package")
    source = top / "source"
    for part in PARTS:
        target = source / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if (TOP / part).is_dir():
            shutil.copytree(TOP / part, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(TOP / part, target)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(top), str(source)], check=True, cwd=top)
    (wheel,) = top.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(top / "installed")
    return top / "installed"


def run(installed: Path, cwd: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    rules = installed / "ansiblelint" / "rules" / "custom"
    return subprocess.run(
        [sys.executable, *argv],
        cwd=cwd,
        env={
            **os.environ,
            "PYTHONPATH": str(installed),
            "ANSIBLE_LINT_CUSTOM_RULESDIR": str(rules),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "NO_COLOR": "1",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_file_of_the_lint_is_in_it(installed: Path) -> None:
    for folder, packed in (
        ("lint/runbook_lint", "runbook_lint"),
        ("lint/rules", "ansiblelint/rules/custom/runbook"),
        ("plugins/module_utils", "runbook_lint/decisions"),
    ):
        wanted = {path.name for path in (TOP / folder).iterdir() if path.suffix in (".py", ".md")}
        assert {path.name for path in (installed / packed).iterdir() if path.is_file()} >= wanted


def test_the_rules_work_from_it(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "main.yml").write_text(
        "---\n- name: X\n  ansible.builtin.pip:\n    name: x\n    state: latest\n"
    )
    done = run(installed, tmp_path, "-m", "ansiblelint", "--offline", "--config-file", str(CONFIGURATION), "-f", "pep8")
    assert "runbook-3-4-pip" in done.stdout, done.stderr
    assert "package-latest" in done.stdout
    done = run(
        installed,
        tmp_path,
        "-c",
        "import runbook_lint.decisions as d, runbook_lint as r; print(*d.__path__, r.__file__)",
    )
    assert str(TOP) not in done.stdout, done.stderr


def test_the_command_works_from_it(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "-m", "runbook_lint", "--help")
    assert done.returncode == 0, done.stderr
    scripts = next(installed.glob("*.dist-info")) / "entry_points.txt"
    assert "runbook-lint = runbook_lint.cli:main" in scripts.read_text()


def test_its_version_is_the_collections() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    assert project["version"] == yaml.safe_load((TOP / "galaxy.yml").read_text())["version"]
    locked = (TOP / "requirements.txt").read_text()
    named = [text.partition(">")[0].lower() for text in project["dependencies"]]
    assert all(f"\n{name}==" in f"\n{locked}" for name in named), named
