"""When an image is built and when not; how it is built is seen in tests/image."""

from __future__ import annotations

import hashlib
import json
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_cache as cache
from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_manifest as manifests
from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_place as places
from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_image_build as step_image_build
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError, Completed
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_build_apt import Package
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError, conclude
from tests.step_host import Host

PACKAGE = Package("apt", "3", "arm64", "trixie", "Debian", "a" * 64, 7, "apt_3_arm64.deb", "Installed-Size: 8")
TOOL = PACKAGE._replace(name="mtools", architecture="amd64")


class Built:
    """Everything but the decision is in its place only."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: pathlib.Path) -> None:
        self.folder = folder
        self.done: list[str] = []
        self.packages = [PACKAGE]
        self.absent = ""
        built = self

        class Apt:
            def __init__(self, place: str, architecture: str, **_more: str) -> None:
                self.name = pathlib.Path(place).name
                self.architecture = architecture

            def update(self) -> None:
                built.done.append(f"update {self.name}")

            def choose(self, _asked: object, _keys: object) -> list[Package]:
                return built.packages if self.architecture == "arm64" else [TOOL]

            def fetch(self, _packages: object) -> None:
                built.done.append(f"fetch {self.name}")

        class Command:
            def __init__(self, program: str) -> None:
                self.program = program

            def run(self, _arguments: object) -> Completed:
                if self.program == built.absent:
                    raise CommandError(f"cannot run {self.program}: No such file or directory", argv=[])
                return Completed([], 0, "amd64\n", "")

        monkeypatch.setattr(step_image_build, "PrivateApt", Apt)
        monkeypatch.setattr(step_image_build, "Command", Command)
        monkeypatch.setattr(step_image_build, "keyring", lambda: "/k")
        monkeypatch.setattr(cache, "missing", lambda packages, _archives: list(packages))
        monkeypatch.setattr(cache, "require_all", lambda _packages, _archives: None)
        monkeypatch.setattr(cache, "prune", lambda _packages, _archives: self.done.append("prune"))
        monkeypatch.setattr(step_image_build, "_make", self._make)

    def _make(self, job: t.Any, chosen: t.Any) -> manifests.Manifest:
        self.done.append("make")
        image = manifests.Image("x.img", "b" * 64, 4096, "arm64", "trixie", 5, chosen.recipe)
        manifest = manifests.compose(image, chosen.packages, {})
        pathlib.Path(job.place.image).write_bytes(b"image")
        pathlib.Path(job.place.bmap).write_bytes(b"bmap")
        pathlib.Path(job.place.manifest).write_text(manifests.to_text(manifest))
        self.publish()
        return manifest

    def publish(self) -> None:
        names = ("x.img", "x.img.bmap", "x.manifest.json")
        images = self.folder / "images"
        sums = [f"{hashlib.sha256((images / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
        (images / "SHA256SUMS").write_text("".join(sums))

    def run(self, *, check: bool = False, **more: t.Any) -> dict[str, t.Any]:
        given = {name: spec.get("default", "") for name, spec in step_image_build.ARGUMENT_SPEC.items()}
        given |= {"name": "x", "dest": f"{self.folder}/images", "cache_dir": f"{self.folder}/cache"}
        self.done.clear()
        result, _error = conclude(Step(Host(check_mode=check, **{**given, **more}), "2.1"), step_image_build.body)
        return result


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Built:
    return Built(monkeypatch, tmp_path)


def test_four_runs(built: Built) -> None:
    looked = built.run(check=True)
    assert (looked["changed"], built.done) == (True, ["update apt-image-arm64", "update apt-tools-amd64"])
    assert "there is none yet" in looked["summary"]
    assert looked["diff"][0]["after"] == "apt 3 (trixie)\n"
    assert not (built.folder / "images").exists()
    made = built.run()
    assert made["changed"]
    assert built.done[2:] == ["fetch apt-image-arm64", "fetch apt-tools-amd64", "make", "prune"]
    assert made["actions"] == looked["actions"]
    assert made["diff"] == looked["diff"]
    for check in (True, False):
        again = built.run(check=check)
        assert not again["changed"]
        assert again["summary"].endswith("images/x.img is built of these 1 packages already.")
        assert "make" not in built.done


def test_other_packages_another_recipe_or_other_bytes_are_another_image(built: Built) -> None:
    built.run()
    built.packages = [PACKAGE._replace(version="4")]
    looked = built.run(check=True)
    assert "the archives have other packages than it holds" in looked["summary"]
    assert (looked["diff"][0]["before"], looked["diff"][0]["after"]) == ("apt 3 (trixie)\n", "apt 4 (trixie)\n")
    built.packages = [PACKAGE]
    assert "builds it in another way" in built.run(check=True, first_boot="another")["summary"]
    assert "rebuild was asked for" in built.run(check=True, rebuild=True)["summary"]
    image = built.folder / "images" / "x.img"
    image.write_bytes(b"imagf")
    assert f"{image} is not what SHA256SUMS says" in built.run(check=True)["summary"]
    built.publish()
    assert not built.run(check=True)["changed"]
    (built.folder / "images" / "x.img.bmap").unlink()
    assert "x.img.bmap is missing" in built.run(check=True)["summary"]


def test_offline_asks_no_archive_and_fetches_nothing(built: Built) -> None:
    said = built.run(offline=True)
    assert said["msg"] == "apt_3_arm64.deb was not fetched before, and offline was asked for; run again without it"
    assert built.done == []


def test_what_a_person_gets_wrong_is_said(built: Built) -> None:
    assert "image_name '../x' is no name of a file" in built.run(name="../x")["msg"]
    built.absent = "mmdebstrap"
    assert "run 'apt install mmdebstrap' on Debian 12 or newer" in built.run()["msg"]
    built.absent = ""
    (built.folder / "images").write_text("")
    assert built.run()["msg"] == f"image_dir {built.folder}/images is no folder; choose another one"
    assert built.done == []


def test_one_build_at_a_time(built: Built) -> None:
    (built.folder / "cache").mkdir()
    with places.locked(f"{built.folder}/cache/lock", "x"):
        assert built.run()["msg"] == "another run builds an image; wait until it has ended"


def test_a_failure_changes_nothing(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_more: object) -> None:
        raise StepError("mmdebstrap failed")

    monkeypatch.setattr(step_image_build, "_make", fail)
    said = built.run()
    assert (said["changed"], said["msg"], said["diff"]) == (False, "mmdebstrap failed", [])
    assert json.dumps(said)
