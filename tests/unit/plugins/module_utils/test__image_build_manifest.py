from __future__ import annotations

import json
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_manifest as manifests
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_build_apt import Package
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_build_files import File
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _baseline

PACKAGE = Package("apt", "3.0.3", "arm64", "trixie", "Debian", "a" * 64, 10, "apt_3.0.3_arm64.deb", "Package: apt\n")
NAMES = ("systemd-networkd", "ssh", "runbook-first-boot")
UNITS = "".join(f"{name}.service enabled enabled\n" for name in NAMES)
ACCOUNTS = "root:x:0:0:root:/root:/bin/bash\n_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\n"
IMAGE = manifests.Image("x.img", "b" * 64, 4096, "arm64", "trixie", 5, "c" * 64)


def test_the_baseline_is_what_a_node_would_answer() -> None:
    mark = "=== runbook "
    said = (
        f"{mark}packages\napt\t3.0.3\tii \n{mark}units\nsystemd-networkd.service enabled enabled\n"
        f"ssh.service enabled enabled\n{mark}accounts\n{ACCOUNTS}\n{mark}end\n"
    )
    assert manifests.baseline([PACKAGE], UNITS, ACCOUNTS) == _baseline.compose(said)


def test_what_is_written_is_read_again(tmp_path: pathlib.Path) -> None:
    manifest = manifests.compose(IMAGE, [PACKAGE], manifests.baseline([PACKAGE], UNITS, ACCOUNTS))
    path = tmp_path / "x.manifest.json"
    path.write_text(manifests.to_text(manifest))
    assert manifests.read(str(path)) == manifest
    assert manifest["packages"] == [
        {
            "name": "apt",
            "version": "3.0.3",
            "architecture": "arm64",
            "archive": "trixie",
            "origin": "Debian",
            "sha256": "a" * 64,
        }
    ]
    assert manifests.package_lines(manifest["packages"]) == "apt 3.0.3 (trixie)\n"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2, "image": {}}', '{"format": 1, "image": []}'])
def test_what_is_no_manifest_of_ours_counts_as_none(tmp_path: pathlib.Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    assert manifests.read(str(path)) is None
    assert manifests.read(str(tmp_path / "gone.json")) is None


def test_the_recipe_changes_with_all_that_decides_what_an_image_is() -> None:
    files = {"etc/fstab": File("x")}
    first = manifests.recipe(files, [PACKAGE], ["a"])
    assert first == manifests.recipe(dict(files), [PACKAGE], ["a"])
    others = {
        manifests.recipe({"etc/fstab": File("y")}, [PACKAGE], ["a"]),
        manifests.recipe({"etc/fstab": File("x", 0o755)}, [PACKAGE], ["a"]),
        manifests.recipe(files, [PACKAGE._replace(version="4")], ["a"]),
        manifests.recipe(files, [PACKAGE], ["b"]),
    }
    assert len(others | {first}) == 5


def test_the_text_is_sorted_json() -> None:
    text = manifests.to_text({"b": 1, "a": [2]})
    assert json.loads(text) == {"a": [2], "b": 1}
    assert text.index('"a"') < text.index('"b"')
