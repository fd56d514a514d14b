"""Images are built here as image.yml builds them, only smaller: of this machine's architecture, without a kernel.

What takes the whole image, and an emulated arm64, is in tests/e2e.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _dpkg, _image_build_place, _step_image_report
from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_layout as layout
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_bmap import parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, conclude
from tests.flash import rig as flash_rig
from tests.step_host import Host
from tools.catalogue import native

from . import rig
from .rig import NAME, Archive, Site, run, wait_for

ROOT_START = layout.ROOT_START


@pytest.fixture(scope="module")
def public() -> t.Iterator[Path]:
    with rig.public_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def site(public: Path) -> Site:
    rig.ensure_tools()
    return rig.new_site(public / "image")


@pytest.fixture(scope="module")
def first(site: Site) -> dict[str, t.Any]:
    """The result of the first build, after a look and a run that was killed in the middle."""
    looked = site.build(check=True)
    assert looked["changed"], looked
    assert "there is none yet" in looked["summary"]
    assert not site.images.exists()
    kill_in_the_middle(site)
    made = site.build()
    assert made["changed"], made
    assert made["diff"] == looked["diff"]
    assert list(site.work.iterdir()) == [], "what the killed run left is still there"
    return made


def kill_in_the_middle(site: Site) -> None:
    process = site.begin()
    logs = site.work.glob
    wait_for(lambda: process.poll() or b"Setting up" in b"".join(log.read_bytes() for log in logs("*/mmdebstrap.log")))
    assert process.poll() is None
    process.kill()
    process.wait()
    # The kernel tells mmdebstrap, which tidies up and ends.
    wait_for(lambda: not site.builders())
    assert [path.name for path in site.images.iterdir()] == []
    assert str(site.work) not in Path("/proc/mounts").read_text()


@pytest.fixture(scope="module")
def root(first: dict[str, t.Any], site: Site) -> Path:
    """The root's file system, cut out of the image."""
    path = site.folder / "root.ext4"
    with Path(first["image"]).open("rb") as image, path.open("wb") as file:
        image.seek(ROOT_START)
        while block := image.read(1 << 22):
            file.write(block)
    return path


def read(root: Path, name: str) -> str:
    return run("debugfs", "-R", f"cat {name}", str(root))


def listed(root: Path, name: str) -> list[str]:
    return [line.split("/")[5] for line in run("debugfs", "-R", f"ls -p {name}", str(root)).splitlines() if line]


def test_the_same_packages_make_the_same_image_elsewhere_and_later(
    first: dict[str, t.Any], site: Site, public: Path
) -> None:
    """Nor does it need root, or files that everybody may read."""
    other = rig.new_site(public / "other")
    shutil.copytree(site.folder / "cache", other.folder / "cache")
    altered = min((other.folder / "cache" / "packages").glob("libc6_*.deb"))
    altered.write_bytes(altered.read_bytes()[:-1] + b"?")
    with rig.ordinary(other) as user:
        refused = user.build(umask=0o077, check=True)["msg"]
        assert f"user {user.name} has no range of users in /etc/subuid" in refused
        assert refused == user.build(umask=0o077)["msg"]
        remedy = re.search(r"run '([^']+)' as root", refused)
        assert remedy, refused
        run("sh", "-c", remedy[1])
        made = user.build(umask=0o077)
    assert made["changed"], made
    assert list(other.work.iterdir()) == []
    assert other.digests() == site.digests()
    assert first["sha256"] == other.digests()[f"{NAME}.img"]


@pytest.mark.usefixtures("first")
def test_an_image_that_is_right_is_left_alone(site: Site) -> None:
    before = site.digests()
    for more in ({"check": True}, {}, {"offline": True}):
        again = site.build(**more)
        assert (again["changed"], again.get("msg")) == (False, None)
        assert re.fullmatch(r"\S+/small\.img is built of these \d+ packages already\.", again["summary"])
    assert site.digests() == before


@pytest.mark.usefixtures("first")
def test_a_byte_that_is_another_one_is_seen(site: Site) -> None:
    with site.file(".img").open("r+b") as image:
        image.seek(ROOT_START + 4096)
        byte = image.read(1)
        image.seek(-1, os.SEEK_CUR)
        image.write(bytes([byte[0] ^ 1]))
        try:
            image.flush()
            assert "small.img is not what SHA256SUMS says" in site.build(check=True)["summary"]
        finally:
            image.seek(-1, os.SEEK_CUR)
            image.write(byte)


def test_the_disk_is_as_it_must_be(first: dict[str, t.Any], root: Path, site: Site) -> None:
    table = run("sfdisk", "-d", first["image"])
    assert "label-id: 0x13a5b005" in table
    assert re.findall(r"start= *(\d+), size= *(\d+), type=(\w+)", table) == [
        ("8192", "1048576", "c"),
        ("1056768", str(root.stat().st_size // 512), "83"),
    ]
    run("e2fsck", "-fn", str(root))
    boot = site.folder / "boot.fat"
    with Path(first["image"]).open("rb") as image:
        image.seek(layout.BOOT_START)
        boot.write_bytes(image.read(layout.BOOT_SIZE))
    run("fsck.vfat", "-n", str(boot))
    assert "serial number: 13A5B001" in run("minfo", "-i", str(boot), "::")
    assert "Directory for ::/runbook-seed" in run("mdir", "-i", str(boot), "::runbook-seed")
    assert run("blkid", "-o", "value", "-s", "UUID", "-s", "LABEL", str(root)).split() == [
        layout.ROOT_LABEL,
        layout.ROOT_UUID,
    ]


def test_the_manifest_is_what_dpkg_says(first: dict[str, t.Any], root: Path) -> None:
    manifest = json.loads(Path(first["manifest"]).read_text())
    status = _dpkg.parse(read(root, "/var/lib/dpkg/status"))
    there = {name: one.version for name, one in status.items()}
    assert {one["name"]: one["version"] for one in manifest["packages"]} == there == manifest["baseline"]["packages"]
    assert {one.status for one in status.values()} == {"installed"}
    assert {one["archive"] for one in manifest["packages"]} <= {"trixie", "trixie-updates", "trixie-security"}
    image = Path(first["image"])
    assert manifest["image"] | {"recipe": ""} == {
        "file": "small.img",
        "sha256": hashlib.sha256(image.read_bytes()).hexdigest(),
        "bytes": image.stat().st_size,
        "architecture": native(),
        "suite": "trixie",
        "epoch": manifest["image"]["epoch"],
        "recipe": "",
    }
    assert "systemd-networkd.service" in manifest["baseline"]["enabled_units"]
    assert "runbook-first-boot.service" not in manifest["baseline"]["enabled_units"]
    assert manifest["baseline"]["accounts"]["root"] == {"uid": 0, "gid": 0, "home": "/root", "shell": "/bin/bash"}


def test_no_image_has_what_belongs_to_one_node(root: Path) -> None:
    assert "Size: 0" in run("debugfs", "-R", "stat /etc/machine-id", str(root))
    shadow = [line.split(":") for line in read(root, "/etc/shadow").splitlines()]
    assert {fields[1] for fields in shadow} <= {"*", "!", "!*"}
    assert [name for name in listed(root, "/etc/ssh") if name.startswith("ssh_host_")] == []
    assert [name for name in listed(root, "/var/lib/systemd") if name in {"random-seed", "credential.secret"}] == []
    assert "journal" in listed(root, "/var/log")
    assert read(root, "/etc/hostname") == "localhost\n"
    assert "mirror" not in read(root, "/etc/apt/sources.list.d/debian.sources")
    assert "sources.list" not in listed(root, "/etc/apt")


def test_our_own_rules_find_nothing_to_decide_and_no_credential(first: dict[str, t.Any], site: Site) -> None:
    given = {"image": first["image"], "checksum": "", "keyring": "", "work_dir": str(site.folder), "operator": "anna"}
    given |= {"bootstrap_user": "debian", "archive_keys": [], "pipe": ""}
    result, error = conclude(Step(Host(check_mode=True, **given), "2.1"), _step_image_report.body)
    assert error is None, result
    # What every Debian begins with, and provision.yml ends.
    assert "0 for you to decide" in result["summary"]
    assert "0 that could not be looked at" in result["summary"]
    assert not any("6.3" in line.split() for line in result["table"])


def test_the_first_boot_is_there_and_enabled(root: Path) -> None:
    program = run("debugfs", "-R", "stat /usr/local/sbin/runbook-first-boot", str(root))
    assert re.search(r"Type: regular +Mode: +0755", program)
    assert read(root, "/usr/local/sbin/runbook-first-boot") == (rig.FILES / "runbook-first-boot").read_text()
    assert "runbook-first-boot.service" in listed(root, "/etc/systemd/system/multi-user.target.wants")
    assert f"UUID={layout.ROOT_UUID} / ext4" in read(root, "/etc/fstab")


def test_what_the_block_map_leaves_out_is_empty_and_free(first: dict[str, t.Any], root: Path, site: Site) -> None:
    bmap = parse(site.file(".img.bmap").read_bytes())
    assert bmap.mapped_bytes < Path(first["image"]).stat().st_size / 2
    free = [
        range(int(part.partition("-")[0]), int(part.rpartition("-")[2]) + 1)
        for line in re.findall(r"  Free blocks: (.+)", run("dumpe2fs", str(root)))
        for part in line.split(", ")
    ]
    blocks = {block for part in free for block in part}
    with Path(first["image"]).open("rb") as image:
        for start, end, mapped in bmap.spans(0, bmap.image_size):
            image.seek(start)
            content = image.read(end - start)
            if mapped:
                continue
            assert not content.strip(b"\0")
            if start >= ROOT_START:
                assert set(range((start - ROOT_START) // 4096, (end - ROOT_START) // 4096)) <= blocks


def test_flash_takes_it(first: dict[str, t.Any], site: Site) -> None:
    card = site.folder / "card.img"
    card.touch()
    done = flash_rig.written(str(card), Path(first["image"]), force="")
    assert done["changed"], done
    seed = run("mtype", "-i", f"{card}@@{layout.BOOT_START}", "::runbook-seed/node.json")
    assert json.loads(seed)["hostname"] == "greenhouse-1"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return rig.make_archive(tmp_path_factory.mktemp("archive"))


class TestRefusals:
    """Nothing of an image that is there may change."""

    @pytest.fixture(autouse=True)
    def _untouched(self, first: dict[str, t.Any], site: Site) -> t.Iterator[None]:
        before = {path.name: path.stat().st_mtime_ns for path in site.images.iterdir()}
        yield
        assert first["changed"]
        assert {path.name: path.stat().st_mtime_ns for path in site.images.iterdir()} == before
        assert list(site.work.iterdir()) == []

    def refused(self, site: Site, **more: t.Any) -> str:
        result = site.build(**more)
        assert not result["changed"], result
        return str(result["msg"])

    def test_what_nobody_of_debian_signed(self, site: Site, archive: Archive, tmp_path: Path) -> None:
        cache = str(tmp_path / "cache")
        said = self.refused(site, **archive.mirrors, cache_dir=cache)
        assert (
            f"package apt 9 is not Debian's: its archive is refused, since it is signed by {archive.fingerprint[-16:]}"
            in said
        )
        # Named in the inventory, it counts.
        named = site.build(check=True, **archive.mirrors, cache_dir=cache, archive_keys=[archive.fingerprint])
        assert "the archives have other packages than it holds" in named["summary"]
        # By Debian's own keyring apt does not even read it.
        assert "cannot be fetched: " in self.refused(site, **archive.mirrors | {"keyring": ""}, cache_dir=cache)

    def test_a_list_or_a_package_that_was_altered(self, site: Site, tmp_path: Path) -> None:
        (tmp_path / "archive").mkdir()
        archive = rig.make_archive(tmp_path / "archive")
        given = {**archive.mirrors, "cache_dir": str(tmp_path / "cache"), "archive_keys": [archive.fingerprint]}
        package = archive.folder / "pool" / "udev_9_all.deb"
        content = package.read_bytes()
        package.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert "the packages of the image cannot be fetched: " in self.refused(site, **given)
        package.write_bytes(content)
        released = archive.folder / "dists" / "trixie" / "InRelease"
        released.write_text(released.read_text().replace("Label: Debian", "Label: Debiam"))
        assert "the package lists cannot be fetched: " in self.refused(site, **given)

    def test_no_network(self, site: Site, tmp_path: Path) -> None:
        nowhere = dict.fromkeys(("mirror", "security_mirror"), "http://127.0.0.1:9/debian")
        said = self.refused(site, **nowhere, cache_dir=str(tmp_path / "cache"))
        assert "the package lists cannot be fetched: " in said
        assert "127.0.0.1" in said
        assert "look at the network, the proxy or image_mirror, or go by what an earlier build fetched" in said

    def test_nothing_was_fetched_yet_and_offline_was_asked_for(self, site: Site, tmp_path: Path) -> None:
        said = self.refused(site, offline=True, cache_dir=str(tmp_path / "cache"))
        assert "no package lists were fetched into " in said
        assert "run once without '-e offline=true'" in said

    def test_too_little_room(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        class Full(t.NamedTuple):
            f_bavail: int = 1000
            f_frsize: int = 4096

        monkeypatch.setattr(os, "statvfs", lambda _path: Full())
        said = self.refused(site, rebuild=True, check=True)
        assert said == self.refused(site, rebuild=True)
        assert re.search(r"work has 4\.1 MB free, and the image needs about .* make room, or give image_work_dir", said)

    @pytest.mark.parametrize(
        ("setting", "size"),
        # The cache of a size for nothing, and for the lists alone.
        [("dest", "60M"), ("work_dir", "60M"), ("cache_dir", "60M"), ("cache_dir", "130M")],
    )
    def test_a_disk_that_becomes_full(
        self, site: Site, setting: str, size: str, public: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert os.geteuid() == 0, "this test mounts a small disk, so it needs root; run it as root"
        monkeypatch.setattr(_image_build_place, "require_room", lambda *_: None)
        small = public / "small"
        small.mkdir()
        run("mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", str(small))
        try:
            said = self.refused(site, rebuild=True, **{setting: str(small)})
            assert "full" in said or "no space is left" in said
            assert "make room" in said or "give image_work_dir" in said
            if setting == "cache_dir":
                assert "make room, or set image_cache_dir to a folder with more room" in said
            else:
                assert list(small.iterdir()) == []
        finally:
            run("umount", str(small))
            small.rmdir()


def test_the_playbook_asks_for_the_whole_image_and_shows_what_it_does(site: Site) -> None:
    inventory = site.folder / "hosts.json"
    inventory.write_text(json.dumps({"all": {"hosts": {"greenhouse-1": {}, "greenhouse-2": {}}}}))
    environ = {**os.environ, "ANSIBLE_CONFIG": str(rig.TOP / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "COLUMNS": "200"}
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    playbook = str(rig.TOP / "playbooks" / "image.yml")
    done = subprocess.run(
        [program, "-i", str(inventory), playbook, "--check", "--diff", "-e", f"image_cache_dir={site.folder}/playbook"],
        cwd=rig.TOP,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout
    assert "reading the package lists" in done.stdout
    said = " ".join(done.stdout.split())
    assert re.search(r"Would build \S+/images/debian-13-arm64\.img of 1\d\d packages: there is none yet", said)
    assert re.search(r"\+linux-image-arm64 \S+ \(trixie-backports\)", done.stdout)
    assert not (site.folder / "images" / "debian-13-arm64.img").exists()


@pytest.mark.usefixtures("first")
def test_what_a_run_leaves_that_is_killed_while_it_writes_goes_with_the_next_that_builds_nothing(site: Site) -> None:
    before = site.digests()
    part = Path(_image_build_place.part(str(site.file(".img"))))

    def is_writing() -> bool:
        return part.exists() and part.stat().st_blocks * 512 > layout.MIB

    process = site.begin(rebuild=True)
    wait_for(lambda: process.poll() is not None or is_writing(), every=0.01)
    assert process.poll() is None
    process.kill()
    process.wait()
    assert is_writing()
    assert list(site.work.iterdir()) != []
    assert not site.build(check=True)["changed"]
    assert part.exists(), "a look has removed something"
    again = site.build()
    assert (again["changed"], again.get("msg")) == (False, None)
    assert list(site.work.iterdir()) == []
    assert site.digests() == before


def test_a_run_that_is_gone_ends_the_build(site: Site, first: dict[str, t.Any]) -> None:
    assert first["changed"]
    pipe = site.folder / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    process = site.begin(pipe=str(pipe), rebuild=True)
    try:
        wait_for(lambda: any(site.work.glob("*/mmdebstrap.log")))
    finally:
        os.close(reader)
    process.wait(timeout=600)
    assert list(site.work.iterdir()) == []
    assert not site.builders()
