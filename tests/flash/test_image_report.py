"""Downloaded images are looked into as they are, by mtools and debugfs, on small disks that are made like them."""

from __future__ import annotations

import json
import lzma
import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_image_report
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, conclude
from tests.step_host import Host

from . import downloaded, rig
from .downloaded import Publisher, make_disk, publish
from .rig import run


@pytest.fixture(scope="module")
def publisher(folder: Path) -> Publisher:
    return Publisher(folder / "gpg")


@pytest.fixture(scope="module")
def made(folder: Path) -> Path:
    """Raspberry Pi OS, as it were."""
    return make_disk(folder / "made.img", downloaded.raspberry_pi_os())


@pytest.fixture
def image(made: Path, tmp_path: Path) -> Path:
    path = tmp_path / "raspios.img"
    run("cp", "--sparse=always", str(made), str(path))
    return path


def look(image: Path, *, check: bool = False, **more: t.Any) -> dict[str, t.Any]:
    given: dict[str, t.Any] = {"checksum": "", "keyring": "", "work_dir": str(image.parent)}
    given |= {"bootstrap_user": "debian", "operator": "anna", "archive_keys": [], "pipe": "", **more}
    result, error = conclude(Step(Host(check_mode=check, image=str(image), **given), "2.1"), _step_image_report.body)
    return {**result, "failed": error is not None}


def found(image: Path) -> dict[tuple[str, str], str]:
    """Return whose turn each violation is, by clause and subject."""
    report = json.loads(Path(f"{image}.report.json").read_text())
    return {(one["clause"], one["subject"]): one["mended_by"] for one in report["findings"] if one["mended_by"]}


def test_raspberry_pi_os_is_told_breach_by_breach(image: Path) -> None:
    publish(image)
    result = look(image)
    assert result["failed"]
    assert "11 for you to decide" in result["msg"]
    assert found(image) == {
        ("1.1", "/etc/sudoers.d/010_pi-nopasswd pi"): "decide",
        ("1.1", "password of pi"): "decide",
        ("1.1", "rpi-connect-lite"): "decide",
        ("1.2", "/etc/machine-id"): "decide",
        ("1.2", "host keys"): "decide",
        ("3.1", "/etc/apt/sources.list.d/raspi.sources: http://archive.raspberrypi.com/debian/ trixie"): "decide",
        ("3.1", "linux-image-rpi-2712 1:6.12.47-1+rpt1"): "decide",
        ("3.1", "raspi-config 20260901"): "decide",
        ("3.1", "rpi-connect-lite 2.5.2"): "decide",
        ("3.1", "rpi-eeprom 28.4-1"): "decide",
        ("6.2", "/boot/firmware/config.txt kernel_watchdog_timeout"): "decide",
        ("4.4", "journal"): "provision.yml",
        ("6.1", "APT::Periodic::Enable"): "provision.yml",
        ("6.1", "apt-daily.timer"): "provision.yml",
        ("6.1", "cloud-init"): "provision.yml",
        ("6.1", "rpi-eeprom-update.service"): "provision.yml",
        ("6.2", "/boot/firmware/cmdline.txt panic"): "provision.yml",
        ("6.2", "systemd RuntimeWatchdogSec"): "provision.yml",
    }


def test_debians_own_needs_no_decision(tmp_path: Path) -> None:
    image = make_disk(tmp_path / "debian.img", downloaded.debian_cloud())
    publish(image, "sha512")
    result = look(image)
    assert not result["failed"], result
    assert set(found(image).values()) == {"provision.yml"}
    assert "sha512 as SHA512SUMS says" in Path(f"{image}.report.txt").read_text()


def test_four_runs_of_a_packed_image(image: Path) -> None:
    packed = image.with_suffix(".img.xz")
    packed.write_bytes(lzma.compress(image.read_bytes(), preset=0))
    image.unlink()
    publish(packed)
    reports = [Path(f"{packed}.report.{ending}") for ending in ("json", "txt")]
    before = packed.read_bytes()
    dry = look(packed, check=True)
    assert not any(path.exists() for path in reports)
    real = look(packed)
    assert dry["actions"] == real["actions"]
    assert [action["subject"] for action in real["actions"]] == [str(path) for path in reports]
    written = [path.read_bytes() for path in reports]
    assert look(packed, check=True)["actions"] == look(packed)["actions"] == []
    assert [path.read_bytes() for path in reports] == written
    assert packed.read_bytes() == before
    assert sorted(path.name for path in packed.parent.iterdir()) == sorted(
        ["SHA256SUMS", packed.name, *(path.name for path in reports)]
    )


class TestSignatures:
    """What is signed must be verified."""

    def test_of_the_image_as_raspberry_pi_signs(self, image: Path, publisher: Publisher) -> None:
        publish(image)
        publisher.sign(image, ".sig")
        assert "no keyring to verify it by is named" in look(image)["msg"]
        result = look(image, keyring=str(publisher.keyring))
        assert "11 for you to decide" in result["msg"]
        assert f"of {image.name}, by " in Path(f"{image}.report.txt").read_text()

    def test_of_the_list_as_debian_signs(self, image: Path, publisher: Publisher) -> None:
        sums = publish(image, "sha512")
        publisher.sign(sums, ".sign")
        look(image, keyring=str(publisher.keyring))
        assert "of SHA512SUMS, by " in Path(f"{image}.report.txt").read_text()

    def test_a_changed_image_is_never_looked_at(self, image: Path, publisher: Publisher) -> None:
        publisher.sign(image, ".sig")
        with image.open("r+b") as file:
            file.seek(40 * rig.MIB)
            file.write(b"changed")
        publish(image)
        result = look(image, keyring=str(publisher.keyring))
        assert "is not valid by" in result["msg"]
        assert "never use this one" in result["msg"]
        assert not Path(f"{image}.report.json").exists()

    def test_another_publishers_signature_is_none(self, image: Path, publisher: Publisher, tmp_path: Path) -> None:
        other = Publisher(tmp_path / "other")
        publisher.sign(publish(image), ".asc")
        assert "is not valid by" in look(image, keyring=str(other.keyring))["msg"]


def test_an_image_with_a_wrong_checksum_is_refused(image: Path) -> None:
    result = look(image, checksum="sha512:" + "0" * 128)
    assert "never use this one" in result["msg"]
    assert not list(image.parent.glob("*.report.*"))


def test_a_hostile_image_shows_and_touches_nothing_of_this_machine(tmp_path: Path) -> None:
    secret = downloaded.snippet("this machine")
    victim = tmp_path / "victim"
    victim.write_text(secret)
    root, boot, links = downloaded.debian_cloud()
    root |= {
        "etc/machine-id": "\x1b]0;owned\x07{{ lookup('pipe', 'touch /tmp/owned') }}\n",
        "etc/apt/sources.list.d/\x1b[2Jevil.list": "deb http://a/ b c\n",
        "etc/apt/sources.list.d/x.list": "deb [trusted=yes] http://evil\x1b[2J/{{7*7}} trixie main\n",
        "etc/systemd/journald.conf.d/two\nlines.conf": "[Journal]\nStorage=none\n",
    }
    links |= {
        "etc/systemd/journald.conf": str(victim),
        "etc/systemd/system.conf": "../" * 30 + str(victim)[1:],
        "etc/sudoers": "/etc/sudoers",
        "etc/sysctl.d": str(tmp_path),
        "root": "/root",
    }
    image = make_disk(tmp_path / "evil.img", (root, boot, links))
    publish(image)
    result = look(image)
    said = "".join([str(result), Path(f"{image}.report.txt").read_text(), Path(f"{image}.report.json").read_text()])
    assert "\x1b" not in said
    assert "\x07" not in said
    assert secret not in said
    assert victim.read_text() == secret
    assert ("1.2", "/etc/machine-id") in found(image)
    assert "names in it hold line breaks" in said
    assert result["table"]


def test_a_file_that_is_too_large_is_unknown_not_ok(tmp_path: Path) -> None:
    root, boot, links = downloaded.debian_cloud()
    image = make_disk(tmp_path / "large.img", (root, boot, links))
    # A size that no file can have, in the very inode.
    said = run("debugfs", "-R", "stat /etc/machine-id", f"{image}?offset={rig.BOOT_START + rig.BOOT_SIZE}")
    number = said.split()[1]
    run("debugfs", "-w", "-R", f"set_inode_field <{number}> size 1000000000000",
        f"{image}?offset={rig.BOOT_START + rig.BOOT_SIZE}")  # fmt: skip
    publish(image)
    look(image)
    report = json.loads(Path(f"{image}.report.json").read_text())
    assert ("identity", "unknown") in {(one["subject"], one["verdict"]) for one in report["findings"]}
    assert report["unread"] == ["/etc/machine-id: it has 1000000000000 bytes"]


def played(image: Path, *arguments: str) -> tuple[int, str]:
    """Run the playbook on an image; return its exit status and all that it said."""
    inventory = image.parent / "hosts.json"
    inventory.write_text(json.dumps({"all": {"hosts": {"greenhouse-1": {"operator_user_name": "anna"}}}}))
    argv = rig.playbook(inventory, "-e", f"image_source={image}", *arguments)
    argv[argv.index(str(rig.TOP / "playbooks" / "flash.yml"))] = str(rig.TOP / "playbooks" / "image.yml")
    done = subprocess.run(
        argv, cwd=rig.TOP, env=rig.ENVIRON, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, check=False, timeout=300,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_the_playbook_shows_the_report_and_its_status(image: Path) -> None:
    publish(image)
    status, said = played(image, "--check")
    assert status == 2, said
    assert not Path(f"{image}.report.txt").exists()
    status, said = played(image)
    assert status == 2, said
    assert "For you to decide (11)" in said
    assert "rpi-connect-lite 2.5.2: its maintainer is" in said
    assert f"{image}.report.txt" in " ".join(said.split())
    assert Path(f"{image}.report.txt").stat().st_mode & 0o777 == 0o644
