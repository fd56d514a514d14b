# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the lab has image.yml build the image that virtual machines boot; the building itself: `make e2e`."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import archive, vm_card, vm_image
from lab.command import LabError
from lab.host import Host
from lab.paths import Paths


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.from_environment({"RUNBOOK_LAB_STATE": str(tmp_path / "state"), "RUNBOOK_LAB_CACHE": str(tmp_path)})


HOST = Host("arm64", needs_namespace=False, runtime="default", podman_options=(), node_options=())


def test_an_image_that_is_there_is_taken_as_it_is(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vm_image, "build", lambda *_: pytest.fail("it is built anew"))
    vm_image.folder(paths).mkdir(parents=True)
    image = vm_image.folder(paths) / vm_card.IMAGE
    image.touch()
    assert vm_image.ensure(paths, HOST) == image
    assert vm_card.find_image(paths, "") == image


def test_the_playbook_is_typed_as_an_operator_types_it(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNBOOK_LAB_MIRROR", raising=False)
    argv = vm_image.argv(paths, Path("ansible-playbook"))
    assert argv[:2] == ["ansible-playbook", "-e"]
    assert f"image_dir={paths.images / 'vm'}" in argv
    assert argv[-1].endswith("playbooks/image.yml")
    assert not any("image_mirror" in word for word in argv)
    monkeypatch.setenv("RUNBOOK_LAB_MIRROR", "http://mirror.example/debian")
    assert "image_mirror=http://mirror.example/debian" in vm_image.argv(paths, Path("ansible-playbook"))


def test_nothing_of_an_outer_ansible_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "host_proxies", lambda: {"http": "http://proxy.example:3128"})
    monkeypatch.setenv("ANSIBLE_STRATEGY", "free")
    found = vm_image.environment()
    assert "ANSIBLE_STRATEGY" not in found
    assert found["http_proxy"] == "http://proxy.example:3128"
    assert found["ANSIBLE_CONFIG"].endswith("ansible.cfg")


def test_without_the_collections_tools_it_says_how_to_get_them(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(vm_image, "TOOLS", tmp_path / "no-venv")
    with pytest.raises(LabError, match="run `make setup` first"):
        vm_image.build(paths, HOST)


def test_a_playbook_that_fails_is_a_failure(paths: Paths, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tool = tmp_path / "ansible-playbook"
    tool.write_text("#!/bin/sh\nexit 2\n")
    tool.chmod(0o755)
    monkeypatch.setattr(vm_image, "TOOLS", tmp_path)
    monkeypatch.setattr(archive, "host_proxies", dict)
    with pytest.raises(LabError, match=r"image\.yml ended with 2"):
        vm_image.build(paths, HOST)
