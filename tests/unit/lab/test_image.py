# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recipes, cache keys and layers of node images."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import tarfile
import typing as t
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab import configuration, image
from lab.command import Completed
from lab.paths import Paths


def test_the_key_follows_the_recipe() -> None:
    recipe = image.recipe_of("amd64", bare=False)
    assert recipe.key == image.recipe_of("amd64", bare=False).key
    others = [
        image.recipe_of("arm64", bare=False),
        image.recipe_of("amd64", bare=True),
        dataclasses.replace(recipe, packages=(*recipe.packages, "vim")),
        dataclasses.replace(recipe, hooks=()),
        dataclasses.replace(recipe, suite="forky"),
    ]
    assert len({recipe.key, *(other.key for other in others)}) == 6


@pytest.mark.parametrize("bare", [False, True])
def test_no_image_holds_what_the_checklist_installs(bare: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert not {"git", "vim", "curl"} & set(image.recipe_of("amd64", bare=bare).packages)


def test_a_bare_image_lacks_the_bootstrap_packages_and_login() -> None:
    recipe = image.recipe_of("amd64", bare=True)
    assert not {"python3", "python3-apt", "sudo"} & set(recipe.packages)
    assert not [hook for hook in recipe.hooks if "useradd" in hook]


def test_host_keys_are_never_part_of_an_image() -> None:
    assert any("ssh_host_" in hook for hook in image.recipe_of("arm64", bare=False).hooks)


def test_the_configuration_layer_is_the_same_byte_for_byte() -> None:
    layers = [configuration.to_tar(configuration.image_files(bare=False, emulated=False)) for _ in range(2)]
    assert layers[0] == layers[1]


def test_a_tar_keeps_modes_owners_links_and_folders() -> None:
    files = {
        "etc/sudoers.d/x": configuration.File("x\n", mode=0o440),
        "home/u/.ssh": configuration.File(folder=True, mode=0o700, owner=1000),
        "etc/systemd/system/a.service": configuration.File(link="/dev/null"),
    }
    with tarfile.open(fileobj=io.BytesIO(configuration.to_tar(files, 5))) as archive:
        sudoers, folder, link = (archive.getmember(path) for path in files)
        assert (sudoers.mode, sudoers.uid, sudoers.mtime) == (0o440, 0, 5)
        assert (folder.isdir(), folder.mode, folder.uid, folder.gid) == (True, 0o700, 1000, 1000)
        assert (link.issym(), link.linkname) == (True, "/dev/null")


def test_only_emulated_nodes_lose_their_sandboxes_and_networkd() -> None:
    native = configuration.image_files(bare=False, emulated=False)
    emulated = configuration.image_files(bare=False, emulated=True)
    assert set(native) - set(emulated) == set(configuration.NETWORKD_LINKS)
    assert set(emulated) - set(native) == {"etc/systemd/system/service.d/lab-emulated.conf"}


@pytest.mark.parametrize("unit", ["systemd-binfmt.service", "proc-sys-fs-binfmt_misc.automount"])
def test_no_node_touches_the_hosts_emulators(unit: str) -> None:
    for bare in (False, True):
        assert configuration.image_files(bare=bare, emulated=True)[f"etc/systemd/system/{unit}"].link == "/dev/null"


def test_a_layout_describes_its_blobs_truly(tmp_path: Path) -> None:
    packages = tmp_path / "packages.tar"
    packages.write_bytes(b"layer one")
    folder = tmp_path / "layout"
    image_id = image.write_layout(folder, [packages, b"layer two"], "arm64")
    blobs = folder / "blobs/sha256"
    for blob in blobs.iterdir():
        assert hashlib.sha256(blob.read_bytes()).hexdigest() == blob.name
    config = json.loads((blobs / image_id).read_text())
    assert config["architecture"] == "arm64"
    assert config["rootfs"]["diff_ids"] == [
        f"sha256:{hashlib.sha256(content).hexdigest()}" for content in (b"layer one", b"layer two")
    ]
    (manifest,) = json.loads((folder / "index.json").read_text())["manifests"]
    layers = json.loads((blobs / manifest["digest"].partition(":")[2]).read_text())["layers"]
    assert [layer["size"] for layer in layers] == [9, 9]


def test_images_of_one_kind_replace_each_other_and_no_others() -> None:
    kinds = [
        image.kind_of(f"localhost/lab:{kind}-0123456789abcdef-0123456789ab")
        for kind in ("amd64", "amd64-bare", "arm64")
    ]
    assert len(set(kinds)) == 3
    assert kinds[0] == image.kind_of("localhost/lab:amd64-ffffffffffffffff-ffffffffffff")


def test_an_image_that_another_run_has_loaded_meanwhile_is_not_taken_from_its_nodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    class Podman:
        host = SimpleNamespace(architecture="amd64")

        def __call__(self, *words: str, check: bool) -> Completed:
            assert not check
            asked.append(words[:2])
            return Completed(words, 1 if len(asked) == 1 else 0, "", "")

    monkeypatch.setattr(image, "package_layer", lambda *_: tmp_path / "packages.tar")
    tag = image.ensure(Paths(tmp_path, tmp_path), t.cast("t.Any", Podman()), "amd64", bare=True)
    assert image.kind_of(tag) == "localhost/ai-systems-runbook-lab:amd64-bare"
    assert asked == [("image", "exists")] * 2


def test_a_layout_that_its_run_removes_meanwhile_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tmp_path / f"{image.LAYOUT_PREFIX}{2**22 + 1}"
    left.mkdir()
    at_work = tmp_path / f"{image.LAYOUT_PREFIX}{os.getpid()}"
    at_work.mkdir()
    gone = tmp_path / f"{image.LAYOUT_PREFIX}{2**22 + 2}"
    listed = SimpleNamespace(glob=lambda _pattern: [gone, left, at_work])
    monkeypatch.setattr(image, "LAYOUTS", listed)
    image.remove_layouts()
    assert list(tmp_path.iterdir()) == [at_work]
