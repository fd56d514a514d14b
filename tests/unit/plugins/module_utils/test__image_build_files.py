from __future__ import annotations

import io
import tarfile

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_files as files
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_build_recipe import VARIANTS


def test_the_settings_name_the_partitions_by_what_they_are_not_by_where_they_are() -> None:
    found = files.settings(VARIANTS["node"])
    assert found["etc/fstab"].text == (
        "UUID=13a5b002-0d13-4a64-8064-72756e626f6f / ext4 errors=remount-ro 0 1\n"
        "UUID=13A5-B001 /boot/firmware vfat umask=0022 0 2\n"
    )
    firmware = found["etc/default/raspi-firmware"].text
    assert "ROOTPART=UUID=13a5b002-0d13-4a64-8064-72756e626f6f\n" in firmware
    assert 'CONSOLES="ttyAMA10,115200 tty0"\n' in firmware
    assert "CMA=0\n" in firmware
    modules = found["etc/initramfs-tools/modules"].text.split()
    assert {"rp1_pci", "irq-bcm2712-mip", "sdhci-brcmstb"} <= set(modules)


def test_an_image_without_firmware_has_no_settings_for_it() -> None:
    assert not [path for path in files.settings(VARIANTS["small"]) if "raspi" in path or "initramfs" in path]


def test_the_archive_of_the_files_depends_on_them_alone() -> None:
    found = files.first_boot("#!/usr/bin/python3\n", "[Unit]\n")
    made = files.to_tar(found, 1_790_000_000)
    assert made == files.to_tar(dict(reversed(found.items())), 1_790_000_000)
    with tarfile.open(fileobj=io.BytesIO(made)) as archive:
        rows = {one.name: (one.mode, one.mtime, one.uid, one.gid, one.uname) for one in archive}
    assert rows == {
        "etc/systemd/system/runbook-first-boot.service": (0o644, 1_790_000_000, 0, 0, ""),
        "usr/local/sbin/runbook-first-boot": (0o755, 1_790_000_000, 0, 0, ""),
    }
