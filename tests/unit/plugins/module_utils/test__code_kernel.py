from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._code_facts import facts_of
from ansible_collections.ai_systems.runbook.plugins.module_utils._code_kernel import (
    is_booted,
    of_boot,
    of_modules,
    parse_files,
    parse_modules,
    taint,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from tests.view import view

FOLDER = "/usr/lib/modules/6.12"
BASE = {"/proc/sys/kernel/osrelease": "6.12\n", "/proc/sys/kernel/tainted": "0\n",
        f"{FOLDER}/modules.dep": "kernel/a-b.ko.xz:\nkernel/own.ko: kernel/a-b.ko.xz\nupdates/x.ko:\n"}  # fmt: skip


def modules(folder: pathlib.Path, **files: str) -> list[Finding]:
    given = {**BASE, **{name.replace("__", "/"): text for name, text in files.items()}}
    node = view(folder, files=given, packages={"linux": {f"{FOLDER}/kernel/a-b.ko.xz": "m"}})
    return list(of_modules(node, facts_of(node)))


def test_parsing() -> None:
    assert parse_modules("a_b 1 0 - Live 0x0\nc 1\n") == ["a_b", "c"]
    assert parse_files("kernel/a-b.ko.xz: x\nodd\n") == {"a_b": "kernel/a-b.ko.xz"}
    assert taint(1 << 12 | 1 << 10) == ["from outside of the kernel's tree (O)"]


def test_modules_of_packages_are_silent(tmp_path: pathlib.Path) -> None:
    assert modules(tmp_path, __proc__modules="a_b 1 0 -\n") == []
    # Staging drivers of the kernel itself taint it, too.
    assert modules(tmp_path, __proc__sys__kernel__tainted="1024\n") == []


def test_modules_of_nobody(tmp_path: pathlib.Path) -> None:
    found = modules(tmp_path, __proc__modules="a_b 1\nown 1\nhidden 1\n", __proc__sys__kernel__tainted="12288\n")
    assert [one.subject for one in found] == ["kernel module own", "kernel module hidden"]
    assert "has no file" in found[1].evidence


def test_a_module_that_came_and_went(tmp_path: pathlib.Path) -> None:
    (one,) = modules(tmp_path, __proc__sys__kernel__tainted="8192\n")
    assert (one.subject, one.verdict, "without a signature" in one.evidence) == ("kernel", "violation", True)


def test_what_cannot_be_told(tmp_path: pathlib.Path) -> None:
    assert [one.verdict for one in modules(tmp_path / "1", __proc__sys__kernel__tainted="")] == ["unknown"]
    assert [one.verdict for one in modules(tmp_path / "2", __proc__sys__kernel__osrelease="../x")] == ["unknown"]
    found = modules(tmp_path / "3", **{"__run__.containerenv": ""})
    assert [one.verdict for one in found] == ["info"]


def test_what_is_booted_from(tmp_path: pathlib.Path) -> None:
    files = {"/boot/vmlinuz-own": "x", "/boot/initrd.img-6.12": "made here", "/boot/config-6.12": "x",
             "/boot/firmware/vmlinuz": "kernel", "/boot/firmware/start4.elf": "firmware", "/boot/firmware/c.txt": "x",
             "/boot/firmware/kernel8.img": "other", "/boot/firmware/overlays/x.dtbo": "overlay"}  # fmt: skip
    packages = {
        "linux": {"/boot/vmlinuz-6.12": "kernel"},
        "raspi-firmware": {"/usr/lib/raspi-firmware/start4.elf": "firmware"},
    }
    # Copied by the kernel's own hook, as Debian's kernels since 7 are.
    files["/boot/vmlinuz-7.3"] = files["/boot/firmware/vmlinuz-7.3"] = "kernel 7"
    packages["linux-binary"] = {"/usr/lib/modules/7.3/vmlinuz": "kernel 7"}
    node = view(tmp_path, files=files, packages=packages)
    assert {one.subject for one in of_boot(node, facts_of(node))} == {
        "/boot/vmlinuz-own (boot)",
        "/boot/firmware/kernel8.img (boot)",
        "/boot/firmware/overlays/x.dtbo (boot)",
    }


@pytest.mark.parametrize(
    ("path", "remedy"),
    [
        ("/boot/firmware/start4.elf", "dpkg-reconfigure raspi-firmware"),
        ("/boot/firmware/vmlinuz-7.3", "dpkg-reconfigure raspi-firmware"),
        ("/boot/firmware/bcm2712.dtb", "dpkg-reconfigure raspi-firmware"),
        ("/boot/firmware/vmlinuz-7.4", "'rm -- /boot/firmware/vmlinuz-7.4'"),
        ("/boot/firmware/own.dtb", "'rm -- /boot/firmware/own.dtb'"),
        ("/boot/vmlinuz-7.3", "'rm -- /boot/vmlinuz-7.3'"),
    ],
)
def test_what_a_board_needs_to_start_is_not_to_be_removed(tmp_path: pathlib.Path, path: str, remedy: str) -> None:
    packages = {
        "raspi-firmware": {"/usr/lib/raspi-firmware/start4.elf": "firmware"},
        "linux-image": {"/usr/lib/modules/7.3/vmlinuz": "kernel", "/usr/lib/linux-image-7.3/broadcom/bcm2712.dtb": "x"},
    }
    node = view(tmp_path, files={path: "foreign"}, packages=packages)
    (one,) = of_boot(node, facts_of(node))
    assert one.verdict == "violation"
    assert remedy in one.remedy


def test_which_files_are_booted_and_which_are_programs_like_others() -> None:
    for path in ("/boot/vmlinuz-7.3", "/boot/firmware/start4.elf", "/boot/firmware/overlays/x.dtbo"):
        assert is_booted(path)
    for path in (
        "/boot/firmware/a/b/start.elf", "/boot/start/x", "/boot/firmware/run.sh", "/opt/start.elf",
        "/boot/grub/kernel.img", "/boot/firmware/start.elf/x",
    ):  # fmt: skip
        assert not is_booted(path)
