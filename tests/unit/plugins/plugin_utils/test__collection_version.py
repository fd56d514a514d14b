"""Which version the collection says it is."""

from __future__ import annotations

import json
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _collection_version
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._collection_version import version


@pytest.mark.parametrize(("file", "text", "said"), [
    ("MANIFEST.json", json.dumps({"collection_info": {"version": "1.2.3"}}), "1.2.3"),
    ("galaxy.yml", "namespace: x\nversion: 1.2.4\n", "1.2.4"),
    ("MANIFEST.json", "{", ""), ("MANIFEST.json", "[]", ""), ("galaxy.yml", "version: [", ""),
    ("galaxy.yml", "a: b", ""), ("README.md", "", ""),
])  # fmt: skip
def test_the_manifest_says_it_or_galaxy_yml(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, *, file: str, text: str, said: str
) -> None:
    (tmp_path / file).write_text(text)
    monkeypatch.setattr(_collection_version, "_TOP", tmp_path)
    assert version() == said


def test_here_it_has_one() -> None:
    assert version().count(".") == 2
