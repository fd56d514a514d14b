from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _git_mirror
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._repository import source_from
from tests.git_rig import Upstream


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_git_mirror, "_cache", lambda: tmp_path / "cache")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, (True, False, 300)),
        # As -e gives them.
        ({"require_clean": "no", "verify_signature": "false", "fetch_timeout": "7"}, (False, False, 7)),
        ({"require_clean": False, "verify_signature": "yes", "fetch_timeout": 7}, (False, True, 7)),
        ({"fetch_timeout": None}, (True, False, 300)),
    ],
)
def test_the_repository_is_as_it_is_declared(given: dict[str, object], wanted: tuple[bool, bool, int]) -> None:
    source = source_from({"url": "https://git.example.org/ops/ai-systems.git", "version": "main", **given})
    assert (source.wanted.url, source.wanted.version) == ("https://git.example.org/ops/ai-systems.git", "main")
    assert (source.wanted.require_clean, source.wanted.verify_signature, source.wanted.seconds) == wanted


def test_it_can_be_asked(upstream: Upstream) -> None:
    assert source_from({"url": str(upstream.path), "version": "main"}).version().commit == upstream.head


@pytest.mark.parametrize("given", [{}, {"url": "", "version": "main"}, {"url": "/x"}, {"url": None, "version": "main"}])
def test_without_a_repository_the_variables_are_named(given: dict[str, object]) -> None:
    with pytest.raises(SourceError, match=r"repository_url or repository_version is not set; declare the ai-systems"):
        source_from(given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"require_clean": "maybe"}, "require_clean of repository is 'maybe'; write true or false"),
        ({"verify_signature": []}, r"verify_signature of repository is \[\]"),
        ({"require_clean": "\x1b[2J"}, r"require_clean of repository is '\\x1b\[2J'"),
        ({"fetch_timeout": "soon"}, "fetch_timeout of repository is 'soon'; write seconds, as 300"),
        ({"fetch_timeout": -1}, "fetch_timeout of repository is -1"),
        ({"fetch_timeout": "0"}, "fetch_timeout of repository is '0'"),
        ({"url": "ftp://git.example.org/x"}, "repository_url 'ftp://git.example.org/x' cannot be used"),
        ({"version": "--upload-pack=x"}, "cannot be a branch, tag or commit"),
    ],
)
def test_an_option_that_is_none_is_named(given: dict[str, object], said: str) -> None:
    with pytest.raises(SourceError, match=said):
        source_from({"url": "/srv/ai-systems", "version": "main", **given})


def test_who_asks_is_named() -> None:
    with pytest.raises(SourceError, match="fetch_timeout of documentation is"):
        source_from({"url": "/srv/ai-systems", "version": "main", "fetch_timeout": "x"}, what="documentation")
