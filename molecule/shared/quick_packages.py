# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs packages on a scenario's fresh node, for what is not about installing: quick_packages.py NAME...

dpkg starts six processes for each package that it unpacks. On an emulated node these are a second, and npm needs more
than four hundred packages. So what runs nothing of its own is unpacked here, in one process; dpkg unpacks the rest and
configures them all. Afterwards the node is as apt would have made it.
"""

from __future__ import annotations

import importlib
import pathlib
import subprocess
import sys
import typing as t

# The node's python3-apt; whoever checks this file has none.
apt_inst: t.Any = importlib.import_module("apt_inst")
apt_pkg: t.Any = importlib.import_module("apt_pkg")

ARCHIVES = pathlib.Path("/var/cache/apt/archives")
DPKG = pathlib.Path("/var/lib/dpkg")
# A package with one of these takes more than unpacking.
PARTS = ("preinst", "postinst", "config", "conffiles", "triggers")


def has(control: t.Any, part: str) -> bool:
    try:
        control.extractdata(part)
    except LookupError:
        return False
    return True


def is_plain(archive: t.Any, section: t.Any) -> bool:
    # dpkg keeps the files of these by architecture.
    return bool(section.get("Multi-Arch") != "same") and not any(has(archive.control, part) for part in PARTS)


def unpack(archive: t.Any, name: str) -> None:
    """Unpack a package, and note its files as dpkg does."""
    paths: list[str] = []
    archive.data.go(lambda member, _content: paths.append(f"/{member.name.removeprefix('./').rstrip('/')}"))
    archive.data.extractall("/")
    info = DPKG / "info" / name
    info.with_name(f"{name}.list").write_text("".join(f"{path or '/.'}\n" for path in paths), encoding="utf-8")
    info.with_name(f"{name}.md5sums").write_bytes(archive.control.extractdata("md5sums"))


def main(names: list[str]) -> None:
    apt_get = ("apt-get", "-qq", "--yes", "--no-install-recommends", "--download-only")
    subprocess.run([*apt_get, "update"], check=True)
    subprocess.run([*apt_get, "install", *names], check=True)
    left: list[str] = []
    with (DPKG / "status").open("a", encoding="utf-8") as status:
        for path in sorted(ARCHIVES.glob("*.deb")):
            archive = apt_inst.DebFile(str(path))
            text = archive.control.extractdata("control").decode().strip("\n")
            section = apt_pkg.TagSection(f"{text}\n")
            if is_plain(archive, section):
                unpack(archive, section["Package"])
                first, _newline, rest = text.partition("\n")
                status.write(f"{first}\nStatus: install ok unpacked\n{rest}\n\n")
            else:
                left.append(str(path))
    dpkg = ("dpkg", "--force-unsafe-io")
    if left:
        subprocess.run([*dpkg, "--unpack", *left], check=True)
    subprocess.run([*dpkg, "--configure", "--pending"], check=True)
    subprocess.run(["apt-get", "clean"], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
