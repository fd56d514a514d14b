from __future__ import annotations

import pathlib
import stat

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt_root
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_root import Root


@pytest.fixture
def private(tmp_path: pathlib.Path) -> Root:
    """A private place as a dry run makes it, with the node's own lists."""
    (tmp_path / "apt.conf.d").mkdir()
    return Root(str(tmp_path))


def configured(root: Root) -> str:
    return pathlib.Path(root.folder, "apt.conf.d/zzzzz-dry-run").read_text(encoding="utf-8")


def test_a_dry_run_plans_with_the_sources_as_they_would_be(private: Root) -> None:
    private.take_own_sources(b"deb http://a/debian trixie main\n", {"x.sources": b"\xffTypes: deb\n"})
    own = pathlib.Path(private.folder) / "sources"
    assert (own / "main").read_bytes() == b"deb http://a/debian trixie main\n"
    assert (own / "parts" / "x.sources").read_bytes() == b"\xffTypes: deb\n"
    assert f'Dir::Etc::sourcelist "{own}/main";' in configured(private)
    assert f'Dir::Etc::sourceparts "{own}/parts";' in configured(private)
    # An address may hold a login, and others may read the rest of the place.
    assert {stat.S_IMODE(path.stat().st_mode) for path in (own / "main", own / "parts" / "x.sources")} == {0o600}


def test_a_second_edit_replaces_the_first_and_lists_stay_configured(private: Root) -> None:
    private.take_own_sources(b"one", {"x.list": b"one"})
    private.take_own_lists()
    private.take_own_sources(None, {"y.list": b"two"})
    own = pathlib.Path(private.folder) / "sources"
    assert sorted(path.name for path in own.rglob("*")) == ["parts", "y.list"]
    assert f'Dir::State::lists "{private.folder}/lists";' in configured(private)
    assert "sourceparts" in configured(private)


def test_lists_of_other_sources_are_not_fresh(private: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_apt_root, "lists_are_fresh", lambda: True)
    fresh = [Root().has_fresh_lists, private.has_fresh_lists]
    private.take_own_sources(None, {})
    fresh.append(private.has_fresh_lists)
    private.take_own_lists()
    fresh.append(private.has_fresh_lists)
    assert fresh == [True, True, False, True]


def test_old_lists_are_not_fresh(private: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_apt_root, "lists_are_fresh", lambda: False)
    assert not Root().has_fresh_lists
    assert not private.has_fresh_lists
    assert not Root().has_own_sources


def test_what_apt_says_of_a_dry_runs_sources_names_the_nodes_own(private: Root) -> None:
    own = f"{private.folder}/sources"
    said = f"E: Malformed entry 2 in sources file {own}/parts/x.sources (URI), {own}/main:3"
    assert private.told(said) == (
        "E: Malformed entry 2 in sources file /etc/apt/sources.list.d/x.sources (URI), /etc/apt/sources.list:3"
    )
    assert Root().told(said) == said


@pytest.mark.parametrize(("mebibytes", "packed"), [(96, True), (196, False), (800, False)])
def test_where_run_is_small_lists_stay_packed(
    private: Root, monkeypatch: pytest.MonkeyPatch, *, mebibytes: int, packed: bool
) -> None:
    monkeypatch.setattr(_apt_root, "_size_of", lambda _folder: mebibytes * 1024**2)
    private.take_own_lists()
    assert ('Acquire::GzipIndexes "true";' in configured(private)) is packed
