from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _git_mirror
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._documents import Documents
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from tests.git_rig import Upstream

TEXT = "# Context\n\n## Installed packages\n\n- `htop`: shows load over SSH\n"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_git_mirror, "_cache", lambda: tmp_path / "cache")


def test_context_md_is_read_at_the_declared_commit(upstream: Upstream) -> None:
    without = upstream.head
    upstream.commit({"context.md": TEXT})
    assert Documents({"url": str(upstream.path), "version": without}, "node").context() is None
    context = Documents({"url": str(upstream.path), "version": "main"}, "node").context()
    assert context is not None
    assert [entry.package for entry in context.entries] == ["htop"]


def test_without_a_repository_the_variables_are_named() -> None:
    with pytest.raises(SourceError, match="repository_url or repository_version is not set"):
        Documents({}, "node").context()


def test_without_a_folder_of_baselines_nothing_is_exempt() -> None:
    assert Documents({}, "node").baseline().names == frozenset()


def test_what_an_uncommitted_baseline_holds_is_known(tmp_path: pathlib.Path) -> None:
    assert Documents({"baselines_dir": str(tmp_path)}, "node").held() == frozenset()
    (tmp_path / "node.json").write_text('{"packages": {"nano": "8.4"}, "enabled_units": [], "accounts": {}}')
    assert Documents({"baselines_dir": str(tmp_path)}, "node").held() == {"nano"}
    assert Documents({"baselines_dir": str(tmp_path)}, "node").baseline().names == frozenset()


def test_a_file_in_the_current_folder_is_nobodys_baseline(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "node.json").write_text('{"packages": {"nano": "8.4"}, "enabled_units": [], "accounts": {}}')
    monkeypatch.chdir(tmp_path)
    assert Documents({}, "node").held() == frozenset()


def test_the_repository_is_read_as_it_is_declared(upstream: Upstream) -> None:
    given = {"url": str(upstream.path), "version": "main"}
    (upstream.path / "a").write_text("changed")
    with pytest.raises(SourceError, match="changes"):
        Documents(given, "node").context()
    assert Documents({**given, "require_clean": "no"}, "node").context() is None
    with pytest.raises(SourceError, match="fetch_timeout of documentation is 'soon'; write seconds, as 300"):
        Documents({**given, "fetch_timeout": "soon"}, "node").context()
