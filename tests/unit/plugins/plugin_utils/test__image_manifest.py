"""What an image's manifest must be before a baseline is taken from it."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._image_manifest import ManifestError, read_manifest

ROOT = {"uid": 0, "gid": 0, "home": "/root", "shell": "/bin/bash"}
BASELINE: dict[str, t.Any] = {
    "packages": {"bash": "5.2.37-2+b5"},
    "enabled_units": ["ssh.service", "getty@.service"],
    "accounts": {"root": ROOT},
}


def manifest(**changes: t.Any) -> dict[str, t.Any]:
    said = {"format": 1, "image": {"file": "debian-13-arm64.img", "sha256": "a" * 64}, "packages": []}
    return {**said, "baseline": BASELINE, **changes}


def write(folder: pathlib.Path, said: t.Any) -> pathlib.Path:
    path = folder / "x.manifest.json"
    path.write_text(said if isinstance(said, str) else json.dumps(said))
    return path


def test_the_baseline_is_what_the_image_holds(tmp_path: pathlib.Path) -> None:
    read = read_manifest(write(tmp_path, manifest()))
    assert (read.image, read.sha256) == ("debian-13-arm64.img", "a" * 64)
    assert read.baseline == {**BASELINE, "enabled_units": ["getty@.service", "ssh.service"]}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("<html>", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ([], "is no manifest of format 1, but list"),
        (manifest(format=2), "is no manifest of format 1, but 2"),
        (manifest(image={"file": "x"}), "does not name its image"),
        (manifest(image={"file": "x", "sha256": "abc"}), "does not name its image"),
        (manifest(image=None), "does not name its image"),
        (manifest(baseline=None), "has not the parts"),
        (manifest(baseline={**BASELINE, "packages": []}), "have to be mappings"),
        (manifest(baseline={**BASELINE, "packages": {}}), "no packages"),
        (manifest(baseline={**BASELINE, "packages": {"a\x1b[2J": "1"}}), "as package what cannot be one, 'a\\x1b[2J'"),
        (manifest(baseline={**BASELINE, "packages": {"bash": 5}}), "as version of package bash"),
        (manifest(baseline={**BASELINE, "enabled_units": [["x"]]}), "as unit"),
        (manifest(baseline={**BASELINE, "accounts": {"root": {}}}), "account root has not the parts"),
        (manifest(baseline={**BASELINE, "accounts": {"root": {**ROOT, "uid": True}}}), "as uid what is no number"),
        (manifest(baseline={**BASELINE, "accounts": {"root": {**ROOT, "home": "/a b"}}}), "as home of account root"),
    ],
)
def test_what_is_no_manifest_is_named(tmp_path: pathlib.Path, said: t.Any, told: str) -> None:
    path = write(tmp_path, said)
    with pytest.raises(ManifestError) as caught:
        read_manifest(path)
    assert told in str(caught.value)
    assert str(path) in str(caught.value)
    assert "-e manifest=FILE" in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_what_is_not_there_is_named(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ManifestError, match="is not there; name the"):
        read_manifest(tmp_path / "gone.json")
    with pytest.raises(ManifestError, match="cannot be read"):
        read_manifest(tmp_path)
