# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The image that nodes are flashed with, as a file: what is in it, what is not, and that it comes out again."""

from __future__ import annotations

import hashlib
import json
import pathlib
import re
import subprocess
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _dpkg, _step_image_report
from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_layout as layout
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_build_recipe import REASONS, may_be_backported
from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_look import marker
from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_scan import Scan, Scanner, order_of
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, conclude
from lab import vm_image
from lab.paths import Paths
from tests.image.rig import ensure_tools, run
from tests.secret_samples import pem
from tests.step_host import Host

BUILD_SECONDS = 3600


class Parts(t.NamedTuple):
    """The two file systems, cut out of the image, and the root's files in a folder."""

    boot: pathlib.Path
    root: pathlib.Path
    tree: pathlib.Path

    def text(self, name: str) -> str:
        """A file of the boot partition."""
        return run("mtype", "-i", str(self.boot), f"::{name}")


@pytest.fixture(scope="module")
def parts(image: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> Parts:
    ensure_tools()
    folder = tmp_path_factory.mktemp("parts")
    found = Parts(folder / "boot.fat", folder / "root.ext4", folder / "tree")
    with image.open("rb") as disk:
        for path, start, size in (
            (found.boot, layout.BOOT_START, layout.BOOT_SIZE),
            (found.root, layout.ROOT_START, image.stat().st_size - layout.ROOT_START),
        ):
            disk.seek(start)
            with path.open("wb") as file:
                for _mebibyte in range(size // layout.MIB):
                    file.write(disk.read(layout.MIB))
    found.tree.mkdir()
    run("debugfs", "-R", f"rdump / {found.tree}", str(found.root))
    return found


@pytest.fixture(scope="module")
def manifest(image: pathlib.Path) -> dict[str, t.Any]:
    found: dict[str, t.Any] = json.loads(image.with_suffix(".manifest.json").read_text())
    return found


def test_its_file_systems_are_clean_and_its_checksums_right(image: pathlib.Path, parts: Parts) -> None:
    run("e2fsck", "-fn", str(parts.root))
    run("fsck.vfat", "-n", str(parts.boot))
    rows = [line.split() for line in (image.parent / "SHA256SUMS").read_text().splitlines()]
    sums = {name: digest for digest, name in rows}
    for path in (image, image.with_suffix(".img.bmap"), image.with_suffix(".manifest.json")):
        with path.open("rb") as file:
            assert sums[path.name] == hashlib.file_digest(file, "sha256").hexdigest()


def test_its_manifest_is_what_dpkg_says(parts: Parts, manifest: dict[str, t.Any]) -> None:
    status = _dpkg.parse((parts.tree / "var/lib/dpkg/status").read_text())
    assert {one["name"]: one["version"] for one in manifest["packages"]} == {
        name: one.version for name, one in status.items()
    }
    assert {one.status for one in status.values()} == {"installed"}
    assert set(REASONS) <= set(status)
    backported = [one["name"] for one in manifest["packages"] if one["archive"] == "trixie-backports"]
    assert "linux-image-arm64" in backported
    assert all(may_be_backported(name) for name in backported)
    assert {one["archive"] for one in manifest["packages"]} - {"trixie-backports"} <= {
        "trixie",
        "trixie-updates",
        "trixie-security",
    }


def test_a_pi_5_of_either_stepping_finds_what_it_boots(parts: Parts) -> None:
    names = [line.removeprefix("::/") for line in run("mdir", "-b", "-i", str(parts.boot), "::").splitlines()]
    assert {"bcm2712-rpi-5-b.dtb", "bcm2712-d-rpi-5-b.dtb", "runbook-seed/"} <= set(names)
    config = parts.text("config.txt").splitlines()
    assert {"arm_64bit=1", "upstream_kernel=1", "enable_uart=1"} <= set(config)
    kernel = next(line.partition("=")[2] for line in config if line.startswith("kernel="))
    initrd = next(line.split()[1] for line in config if line.startswith("initramfs "))
    assert {kernel, initrd} <= set(names)
    words = parts.text("cmdline.txt").split()
    assert f"root=UUID={layout.ROOT_UUID}" in words
    # What is named last is the console of the boot.
    assert [word for word in words if word.startswith("console=")] == ["console=ttyAMA10,115200", "console=tty0"]
    assert not [word for word in words if word.startswith("cma=")]
    modules = (parts.tree / "etc/initramfs-tools/modules").read_text().split()
    assert {"rp1_pci", "sdhci-brcmstb", "irq-bcm2712-mip"} <= set(modules)
    content = (parts.tree / "boot" / initrd).read_bytes()
    # The modules stand uncompressed as files of the archive's first part, each packed by itself.
    for name in ("rp1_pci", "sdhci-brcmstb", "irq-bcm2712-mip", "clk-rp1", "pinctrl-rp1", "nvme", "ext4"):
        assert re.search(rb"/%s\.ko(\.xz)?\0" % name.encode(), content), name


def test_what_is_said_of_its_device_tree_outlives_the_next_kernel(parts: Parts) -> None:
    """As docs/enroll.md has an operator name it for a D0: Debian's hook, read and not run, copies that file."""
    path = parts.tree / "etc/kernel/postinst.d/z50-raspi-firmware"
    assert path.stat().st_mode & 0o111
    hook = path.read_text()
    # It begins config.txt anew, so that what stands in there by hand is lost ...
    begun = hook.index("\ncat >/boot/firmware/config.txt <<EOF\n")
    # ... and ends it with what the file says, as it stands there, under no condition of the board's.
    taken = re.search(
        r'^firmware_custom="(?P<path>[^"]+)"\n'
        r'if \[ -f "\$firmware_custom" \] ; then\n'
        r" +cat >>/boot/firmware/config\.txt <<EOF\n"
        r"(?P<text>(?:.*\n)*?)EOF\nfi$",
        hook,
        re.MULTILINE,
    )
    assert taken is not None, hook
    assert taken["path"] == "/etc/default/raspi-firmware-custom"
    assert taken["text"].splitlines()[-1] == "$(cat ${firmware_custom})"
    assert begun < taken.start()
    assert "config.txt" not in hook[taken.end() :]
    # Its device tree is there for it to name: all of the kernel's are copied, whatever the board.
    assert 'for dtb in "${dtb_path}"/bcm*.dtb' in hook
    # A new initial file system has it run as well, which is how an operator has it run at once.
    again = (parts.tree / "etc/initramfs/post-update.d/z50-raspi-firmware").read_text()
    assert re.search(r"^DEB_MAINT_PARAMS=configure /etc/kernel/postinst\.d/z50-raspi-firmware$", again, re.MULTILINE)
    # The image brings no such file of its own: what stands there is the operator's.
    assert not (parts.tree / taken["path"].lstrip("/")).exists()


def test_nothing_in_it_belongs_to_one_node(parts: Parts) -> None:
    tree = parts.tree
    assert (tree / "etc/machine-id").read_bytes() == b""
    assert not (tree / "var/lib/dbus/machine-id").exists()
    assert not list((tree / "etc/ssh").glob("ssh_host_*"))
    shadow = [line.split(":") for line in (tree / "etc/shadow").read_text().splitlines()]
    assert {fields[1] for fields in shadow} <= {"*", "!", "!*"}
    assert [fields[0] for fields in shadow if fields[0] == "root"] == ["root"]
    assert not list((tree / "var/lib/apt/lists").glob("*_*"))
    assert not list((tree / "home").iterdir())
    assert not [path for path in (tree / "root/.ssh").glob("*") if path.is_file()]
    assert (tree / "etc/systemd/system/multi-user.target.wants/runbook-first-boot.service").is_symlink()


def scanned(tree: pathlib.Path) -> Scan:
    original = {
        f"/{line.split('  ', 1)[1]}": line.split("  ", 1)[0]
        for path in (tree / "var/lib/dpkg/info").glob("*.md5sums")
        for line in path.read_text().splitlines()
    }
    # Files of settings stand in dpkg's status instead.
    original |= dict(re.findall(r"^ (/\S+) ([0-9a-f]{32})$", (tree / "var/lib/dpkg/status").read_text(), re.MULTILINE))

    def is_original(path: str) -> bool:
        if path not in original:
            return False
        content = (tree / path.lstrip("/")).read_bytes()
        return hashlib.md5(content, usedforsecurity=False).hexdigest() == original[path]

    order = order_of(("/root", "/home"), (), ())
    return Scanner(order, mark=marker(b"x"), is_original=is_original, seconds=600, base=str(tree)).scan()


def test_our_own_audit_finds_no_credential_in_it(parts: Parts) -> None:
    found = scanned(parts.tree)
    assert [(seen.path, seen.kind) for seen in found.seen] == []
    assert found.missed == []
    planted = parts.tree / "srv/key"
    planted.write_text(pem())
    assert [seen.path for seen in scanned(parts.tree).seen] == ["/srv/key"]
    planted.unlink()


def test_our_own_report_finds_nothing_to_decide_in_it(image: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """As image.yml looks into a downloaded image, by the rules of the audit that read files alone."""
    ensure_tools()
    given = {name: spec.get("default") for name, spec in _step_image_report.ARGUMENT_SPEC.items()}
    given |= {"image": str(image), "work_dir": str(tmp_path), "operator": "anna"}
    step = Step(Host(check_mode=True, **given), _step_image_report.CLAUSE)
    result, error = conclude(step, _step_image_report.body)
    assert error is None, result
    said = "\n".join(result["table"])
    # What every Debian begins with, and provision.yml ends, is all there is.
    assert "0 for you to decide" in result["summary"], said
    assert "0 that could not be looked at" in result["summary"], said
    assert "What was not read" not in said
    assert "checksum   sha256 as SHA256SUMS says" in said
    assert list(tmp_path.iterdir()) == []


def test_built_again_it_is_the_same_to_the_last_bit(
    image: pathlib.Path, manifest: dict[str, t.Any], tmp_path: pathlib.Path
) -> None:
    paths = Paths.from_environment()
    options = [f"image_dir={tmp_path}", "offline=true", f"image_name={image.stem}"]
    words = [word for option in options for word in ("-e", option)]
    argv = [*vm_image.argv(paths, vm_image.TOOLS / "ansible-playbook"), *words]
    subprocess.run(argv, cwd=vm_image.ROOT, env=vm_image.environment(), check=True, timeout=BUILD_SECONDS)
    again = json.loads((tmp_path / f"{image.stem}.manifest.json").read_text())
    assert again == manifest
    with (tmp_path / image.name).open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == manifest["image"]["sha256"]
