"""When an image is built and when not; how it is built is seen in tests/image."""

from __future__ import annotations

import hashlib
import json
import os
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
LIBC = PACKAGE._replace(name="libc6", file="libc6_3_arm64.deb")
TOOL = PACKAGE._replace(name="mtools", architecture="amd64")


class Full(t.NamedTuple):
    f_bavail: int = 1000
    f_frsize: int = 4096


class Built:
    """Everything but the decision is in its place only."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: pathlib.Path) -> None:
        self.folder = folder
        self.done: list[str] = []
        self.packages = [PACKAGE, LIBC]
        self.absent = self.refused = ""
        self.umask = 0
        built = self

        class Apt:
            def __init__(self, place: str, architecture: str, **_more: str) -> None:
                self.name = pathlib.Path(place).name
                self.architecture = architecture

            def update(self) -> None:
                built.done.append(f"update {self.name}")

            def choose(self, _asked: object, _keys: object) -> list[Package]:
                return built.packages if self.architecture == "arm64" else [TOOL]

            def require_lists(self) -> None:
                built.done.append(f"lists {self.name}")

            def fetch(self, packages: list[Package]) -> None:
                built.done.append(f"fetch {self.name}: {' '.join(one.name for one in packages)}")

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
        monkeypatch.setattr(step_image_build, "require_programs_run", lambda *_more: self._tell("run"))
        monkeypatch.setattr(step_image_build, "require_registered", lambda _architecture: self._tell("registered"))
        monkeypatch.setattr(step_image_build, "require_user", lambda _work: self._tell("user"))
        monkeypatch.setattr(step_image_build, "_make", self._make)

    def _tell(self, what: str) -> None:
        self.done.append(what)
        if what == self.refused:
            raise StepError(f"{what} is refused")

    def _make(self, job: t.Any, chosen: t.Any) -> manifests.Manifest:
        self.done.append("make")
        self.umask = os.umask(0o022)
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
        given |= {"work_dir": str(self.folder / "work")}
        (self.folder / "work").mkdir(exist_ok=True)
        self.done.clear()
        result, _error = conclude(Step(Host(check_mode=check, **{**given, **more}), "2.1"), step_image_build.body)
        return result


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Built:
    return Built(monkeypatch, tmp_path)


def test_four_runs(built: Built) -> None:
    looked = built.run(check=True)
    updates = ["update apt-image-arm64", "update apt-tools-amd64"]
    assert (looked["changed"], built.done) == (True, [*updates, "user", "registered"])
    assert "there is none yet" in looked["summary"]
    assert looked["diff"][0]["after"] == "apt 3 (trixie)\nlibc6 3 (trixie)\n"
    assert not (built.folder / "images").exists()
    made = built.run()
    assert made["changed"]
    # Whether programs of that architecture run at all is seen before the rest is fetched.
    fetches = [
        "fetch apt-image-arm64: libc6",
        "run",
        "fetch apt-image-arm64: apt libc6",
        "fetch apt-tools-amd64: mtools",
    ]
    assert built.done == [*updates, "user", *fetches, "make", "prune"]
    assert made["actions"] == looked["actions"]
    assert made["diff"] == looked["diff"]
    for check in (True, False):
        again = built.run(check=check)
        assert not again["changed"]
        assert again["summary"].endswith("images/x.img is built of these 2 packages already.")
        assert "make" not in built.done


def test_other_packages_another_recipe_or_other_bytes_are_another_image(built: Built) -> None:
    built.run()
    built.packages = [PACKAGE._replace(version="4"), LIBC]
    looked = built.run(check=True)
    assert "the archives have other packages than it holds" in looked["summary"]
    assert [looked["diff"][0][side].splitlines()[0] for side in ("before", "after")] == [
        "apt 3 (trixie)",
        "apt 4 (trixie)",
    ]
    built.packages = [PACKAGE, LIBC]
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
    assert said["msg"] == (
        "libc6_3_arm64.deb was not fetched before, and offline was asked for; run again without '-e offline=true'"
    )
    assert built.done == ["lists apt-image-arm64", "lists apt-tools-amd64", "user"]


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
        said = built.run()["msg"]
    assert said == f"another run builds an image with the cache {built.folder}/cache; wait until it has ended"


@pytest.mark.parametrize("refused", ["user", "registered", "room"])
def test_a_look_says_what_would_end_the_build(built: Built, monkeypatch: pytest.MonkeyPatch, refused: str) -> None:
    built.refused = refused
    if refused == "room":
        monkeypatch.setattr(os, "statvfs", lambda _path: Full())
    looked = built.run(check=True)
    assert not looked["changed"]
    if refused == "room":
        assert "work has 4.1 MB free, and the image needs about" in looked["msg"]
        assert looked["msg"] == built.run()["msg"]
        assert not any(what.startswith("fetch") for what in built.done)
    else:
        assert looked["msg"] == f"{refused} is refused"


def test_programs_of_this_machines_own_architecture_are_not_tried_out(built: Built) -> None:
    for check in (True, False):
        assert built.run(check=check, architecture="amd64")["changed"]
        assert not {"run", "registered"} & set(built.done)


def test_room_is_asked_for_in_each_folder_that_may_be_still_to_be_made(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int, str]] = []
    monkeypatch.setattr(places, "require_room", lambda *more: asked.append(more))
    built.run(check=True)
    assert [(folder.removeprefix(f"{built.folder}/"), setting) for folder, _need, setting in asked] == [
        ("work", "image_work_dir"),
        ("images", "image_dir"),
        ("cache/packages", "image_cache_dir"),
    ]
    # What was fetched needs no room any more.
    assert asked[2][1] == PACKAGE.size + LIBC.size + TOOL.size
    (built.folder / "cache" / "packages").mkdir()
    (built.folder / "cache" / "packages" / LIBC.file).touch()
    built.run(check=True)
    assert asked[5][1] == PACKAGE.size + TOOL.size


def test_what_is_made_can_be_read_whatever_the_operators_umask(built: Built) -> None:
    own = os.umask(0o077)
    try:
        built.run()
        assert built.umask == 0o022
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(own)
    assert (built.folder / "images").stat().st_mode & 0o777 == 0o755


def test_what_a_killed_run_left_goes_with_the_next_run_though_it_builds_nothing(built: Built) -> None:
    built.run()
    place = places.Place(f"{built.folder}/images", "x")
    left = pathlib.Path(places.part(place.image))
    left.touch()
    workshop = built.folder / "work" / f"{places.PREFIX}killed"
    workshop.mkdir()
    assert not built.run(check=True)["changed"]
    assert (left.exists(), workshop.exists()) == (True, True)
    assert not built.run()["changed"]
    assert (left.exists(), workshop.exists()) == (False, False)


def test_a_program_that_ends_on_a_full_disk_is_said_with_the_remedy(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "No space left on device"

    def fail(*_more: object) -> None:
        raise CommandError("mke2fs failed with status 1", argv=["mke2fs"], rc=1, err=words)

    monkeypatch.setattr(step_image_build, "_make", fail)
    assert "make room, or set image_dir, image_work_dir or image_cache_dir to a folder with" in built.run()["msg"]
    words = "Bad magic"
    assert built.run()["msg"] == "mke2fs failed with status 1"


def test_a_folder_to_build_in_has_to_be_there(built: Built) -> None:
    missing = f"{built.folder}/none"
    for check in (True, False):
        said = built.run(check=check, work_dir=missing)["msg"]
        assert said == f"image_work_dir {missing} is no folder; make it, or choose another one"


def test_a_failure_changes_nothing(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_more: object) -> None:
        raise StepError("mmdebstrap failed")

    monkeypatch.setattr(step_image_build, "_make", fail)
    said = built.run()
    assert (said["changed"], said["msg"], said["diff"]) == (False, "mmdebstrap failed", [])
    assert json.dumps(said)
