from __future__ import annotations

import json
import pathlib
import stat

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _npm_command
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_command import (
    Npm,
    environment,
    hashes_of,
    is_installed,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_lock import Entry
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError


@pytest.fixture
def stand_in(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A program in npm's place that writes down how it was called."""
    program = tmp_path / "npm"
    program.write_text(
        "#!/usr/bin/env python3\nimport json, os, pathlib, sys\n"
        "here = pathlib.Path(os.environ['HOME'])\n"
        "(here / 'called').write_text(json.dumps([sys.argv[1:], dict(os.environ)]))\n"
        "print('https://r.example/')\n"
        "sys.exit(1 if 'bad' in sys.argv else 0)\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(_npm_command, "NODE", "/usr/bin/env")
    monkeypatch.setattr(_npm_command, "NPM", str(program))
    folder = tmp_path / "own"
    folder.mkdir()
    return folder


def called(folder: pathlib.Path) -> tuple[list[str], dict[str, str]]:
    arguments, variables = json.loads((folder / "called").read_text())
    return arguments, variables


def test_nothing_of_the_nodes_settings_reaches_npm(stand_in: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NPM_CONFIG_REGISTRY", "npm_config_prefix", "NODE_OPTIONS", "NODE_PATH", "PREFIX"):
        monkeypatch.setenv(name, "evil")
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    Npm(str(stand_in), ["engine-strict=true"]).install("/c/p/aside", dev=False, packages=2, hashes={})
    arguments, variables = called(stand_in)
    assert "evil" not in str(variables)
    assert variables["https_proxy"] == "http://proxy.example:3128"
    assert variables["HOME"] == str(stand_in)
    assert variables["NPM_CONFIG_CACHE"].startswith(str(stand_in))
    assert pathlib.Path(variables["NPM_CONFIG_USERCONFIG"]).read_text() == "engine-strict=true\n"
    assert not pathlib.Path(variables["NPM_CONFIG_GLOBALCONFIG"]).exists()
    assert arguments[0] == "ci"
    for word in ("--ignore-scripts", "--prefix=/c/p/aside", "--omit=dev", "--install-links=false", "--global=false",
                 "--no-audit", "--no-fund", "--no-update-notifier"):  # fmt: skip
        assert word in arguments


def test_what_development_needs_is_asked_for(stand_in: pathlib.Path) -> None:
    Npm(str(stand_in)).install("/x", dev=True, packages=1, hashes={})
    assert "--include=dev" in called(stand_in)[0]
    assert "--omit=dev" not in called(stand_in)[0]


def test_scripts_run_for_names_alone(stand_in: pathlib.Path) -> None:
    npm = Npm(str(stand_in))
    npm.run_scripts("/x", ["a", "@s/b"])
    arguments = called(stand_in)[0]
    assert arguments[0] == "rebuild"
    assert arguments[-3:] == ["--", "a", "@s/b"]
    assert "--rebuild-bundle=false" in arguments
    with pytest.raises(StepError, match="the install scripts of bad failed: npm ended with status 1"):
        npm.run_scripts("/x", ["bad"])


def test_npm_is_asked_for_its_registry(stand_in: pathlib.Path) -> None:
    assert Npm(str(stand_in)).default_registry() == "https://r.example/"
    assert called(stand_in)[0] == ["config", "get", "registry"]


def test_only_debians_programs_count(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_npm_command, "NODE", str(tmp_path / "node"))
    monkeypatch.setattr(_npm_command, "NPM", str(tmp_path / "npm-cli.js"))
    assert not is_installed()
    (tmp_path / "node").touch()
    (tmp_path / "npm-cli.js").touch()
    assert is_installed()


def test_whose_hash_it_is() -> None:
    assert hashes_of({"node_modules/a": Entry(integrity="sha1-x sha512-y"), "node_modules/b": Entry()}) == {
        "sha1-x": "a", "sha512-y": "a",
    }  # fmt: skip
    assert environment("/f")["PATH"] == "/usr/bin:/bin"
