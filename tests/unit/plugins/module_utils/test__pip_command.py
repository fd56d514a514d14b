from __future__ import annotations

import pathlib
import sys
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _pip_command
from ansible_collections.ai_systems.runbook.plugins.module_utils._pip_command import (
    Pip,
    environment,
    find_pip,
    lock_line,
    source_options,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._pip_rules import Pin
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_project import Project, projects_from


def project(**entry: t.Any) -> Project:
    return projects_from({"checkout": "/c", "projects": [{"path": "p", **entry}]})[0]


@pytest.fixture
def stand_in(tmp_path: pathlib.Path) -> pathlib.Path:
    """A program in pip's place that writes down how it was called."""
    wheel = tmp_path / "pip.whl"
    wheel.mkdir()
    (wheel / "pip").mkdir()
    (wheel / "pip" / "__main__.py").write_text(
        "import json, os, sys, pathlib\n"
        "here = pathlib.Path(os.environ['HOME'])\n"
        "(here / 'called').write_text(json.dumps([sys.argv[1:], dict(os.environ)]))\n"
        "(here / 'report.json').write_text('{}')\n"
        "sys.exit(3 if 'uninstall' in sys.argv else 0)\n"
    )
    return wheel


def test_nothing_of_the_nodes_settings_reaches_pip(
    stand_in: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIP_INDEX_URL", "PIP_BREAK_SYSTEM_PACKAGES", "PYTHONPATH", "PIP_CONFIG_FILE", "GIT_DIR"):
        monkeypatch.setenv(name, "evil")
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    pip = Pip(str(stand_in), sys.executable, project(index_url="https://a.example"), str(tmp_path))
    assert pip.install(["idna==3.7 --hash=sha256:aa"], source=False) == "{}"
    called = (tmp_path / "called").read_text()
    assert "evil" not in called
    for word in ("--isolated", "--require-hashes", "--no-deps", "--only-binary=:all:", "--index-url=https://a.example",
                 "http://proxy.example:3128", '"PIP_CONFIG_FILE": "/dev/null"'):  # fmt: skip
        assert word in called
    assert (tmp_path / "wanted.txt").read_text() == "idna==3.7 --hash=sha256:aa\n"


def test_a_resolution_installs_nothing_and_builds_nothing(stand_in: pathlib.Path, tmp_path: pathlib.Path) -> None:
    pip = Pip(str(stand_in), sys.executable, project(), str(tmp_path))
    pip.resolve(["idna"], ["six<2"])
    called = (tmp_path / "called").read_text()
    assert "--dry-run" in called
    assert "--only-binary=:all:" in called
    assert (tmp_path / "constraints.txt").read_text() == "six<2\n"


def test_a_build_takes_nothing_from_outside(stand_in: pathlib.Path, tmp_path: pathlib.Path) -> None:
    pip = Pip(str(stand_in), sys.executable, project(), str(tmp_path))
    pip.install_tree("/c/p/lib", editable=True)
    called = (tmp_path / "called").read_text()
    for word in ("--no-index", "--no-build-isolation", "--no-deps", "--editable"):
        assert word in called
    pip.install(["x==1 --hash=sha256:aa"], source=True)
    for word in ("--no-build-isolation", "--no-binary=:all:", "--require-hashes"):
        assert word in (tmp_path / "called").read_text()


def test_a_failure_is_explained(stand_in: pathlib.Path, tmp_path: pathlib.Path) -> None:
    with pytest.raises(StepError, match=r"removing a, b from /c/p/\.venv failed: pip ended with status 3"):
        Pip(str(stand_in), sys.executable, project(), str(tmp_path)).remove(["a", "b"])


def test_the_newest_wheel_of_debians_is_taken(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pip_command, "WHEELS", str(tmp_path))
    assert find_pip() == ""
    for name in ("pip-25.1.1-py3-none-any.whl", "pip-25.10-py3-none-any.whl", "setuptools-78-py3-none-any.whl"):
        (tmp_path / name).touch()
    assert find_pip() == f"{tmp_path}/pip-25.10-py3-none-any.whl"


def test_where_packages_come_from() -> None:
    assert source_options(project()) == []
    assert source_options(project(no_index=True, find_links=["wheels"])) == ["--no-index", "--find-links=/c/p/wheels"]
    assert source_options(project(extra_index_urls=["https://a", "https://b"])) == [
        "--extra-index-url=https://a", "--extra-index-url=https://b",
    ]  # fmt: skip


def test_lines_of_a_lock() -> None:
    assert lock_line(Pin("a", "1.0", hashes=("sha256:aa", "sha512:bb")), "/c", {}) == (
        "a==1.0 --hash=sha256:aa --hash=sha512:bb"
    )
    wheel = Pin("a", "1.0", "wheel", path="p/w; x#y/a-1.0-py3-none-any.whl")
    assert lock_line(wheel, "/c", {wheel.path: "cc"}) == (
        "a @ file:///c/p/w%3B%20x%23y/a-1.0-py3-none-any.whl --hash=sha256:cc"
    )


def test_the_environment_is_small() -> None:
    assert set(environment("/x")) - set(_pip_command._PROXIES) == {"HOME", "TMPDIR", "PIP_CONFIG_FILE"}
