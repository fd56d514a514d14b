"""What the tests of flash.yml stand on: images made by hand, loop devices as cards, and runs of the playbook."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import itertools
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_image_write
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, conclude
from tests import host_tools
from tests.step_host import Host

TOP = Path(__file__).resolve().parents[2]
BY_ID = Path("/dev/disk/by-id")
MIB = 1024 * 1024
BOOT_START = MIB
BOOT_SIZE = 16 * MIB
ROOT_SIZE = 24 * MIB
SIZE = 48 * MIB
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHIGLmR/X+KVyqH8vnauvnw8vsNkFJlGgTBVfnVyXhie anna@desk"
NODE: dict[str, t.Any] = {
    "name": "greenhouse-1",
    "hostname": "greenhouse-1",
    "assignment": "static",
    "address": "192.0.2.11/24",
    "gateway": "192.0.2.1",
    "dns": ["192.0.2.1"],
    "user": "debian",
    "authorized_keys": [KEY],
}
# Programs, and Debian's packages that bring them.
NEEDS = {
    "mcopy": "mtools",
    "sfdisk": "fdisk",
    "mke2fs": "e2fsprogs",
    "losetup": "mount",
    "addpart": "util-linux",
    "gpg": "gnupg",
    "gpgv": "gpgv",
}
_number = itertools.count()


def ensure_tools() -> None:
    """Install what is missing."""
    host_tools.ensure_tools(NEEDS, log="host-flash.log")


def run(*argv: str, stdin: str | None = None) -> str:
    """Run a program and return what it says."""
    environ = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin", "LC_ALL": "C", "MTOOLSRC": "/dev/null"}
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False, timeout=120, env=environ)
    assert done.returncode == 0, f"{' '.join(argv)}: {done.stderr}{done.stdout}"
    return done.stdout


def make_image(path: Path, *, size: int = SIZE, boot_files: t.Mapping[str, str] | None = None) -> Path:
    """Make an image like those of a Pi: a table, a FAT with a kernel, an ext4; its checksum beside it."""
    fat, root = path.with_suffix(".fat"), path.with_suffix(".ext4")
    fat.write_bytes(b"")
    os.truncate(fat, BOOT_SIZE)
    run("mformat", "-i", str(fat), "-N", "12345678", "::")
    kernel = path.with_suffix(".kernel")
    kernel.write_bytes(os.urandom(MIB))
    run("mcopy", "-i", str(fat), str(kernel), "::kernel.img")
    if boot_files is None:
        run("mmd", "-i", str(fat), "::runbook-seed")
    for name, text in (boot_files or {}).items():
        kernel.write_text(text)
        run("mcopy", "-i", str(fat), str(kernel), f"::{name}")
    root.write_bytes(b"")
    os.truncate(root, ROOT_SIZE)
    run("mke2fs", "-q", "-t", "ext4", str(root))
    path.write_bytes(b"")
    os.truncate(path, size)
    sectors = (BOOT_START // 512, BOOT_SIZE // 512, (BOOT_START + BOOT_SIZE) // 512, ROOT_SIZE // 512)
    table = "label: dos\nstart={},size={},type=c\nstart={},size={},type=83\n".format(*sectors)
    run("sfdisk", "-q", str(path), stdin=table)
    for part, at in ((fat, BOOT_START), (root, BOOT_START + BOOT_SIZE)):
        run("dd", f"if={part}", f"of={path}", "bs=1M", f"seek={at // MIB}", "conv=notrunc,sparse", "status=none")
        part.unlink()
    kernel.unlink()
    publish(path)
    return path


def publish(*paths: Path) -> None:
    """Write down the checksums of images, as their publisher does."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in paths]
    (paths[0].parent / "SHA256SUMS").write_text("".join(lines))


def make_bmap(image: Path) -> None:
    """Write the block map of an image, in bmaptool's form."""
    content = image.read_bytes()
    blocks = [content[at : at + 4096] for at in range(0, len(content), 4096)]
    ranges: list[tuple[int, int]] = []
    for number, block in enumerate(blocks):
        if not block.strip(b"\0"):
            continue
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    sums = [hashlib.sha256(b"".join(blocks[first : last + 1])).hexdigest() for first, last in ranges]
    lines = "".join(
        f'<Range chksum="{one}"> {first}-{last} </Range>\n' for one, (first, last) in zip(sums, ranges, strict=True)
    )
    empty = "0" * 64
    text = (
        f'<?xml version="1.0" ?>\n<bmap version="2.0">\n<ImageSize> {len(content)} </ImageSize>\n'
        f"<BlockSize> 4096 </BlockSize>\n<ChecksumType> sha256 </ChecksumType>\n"
        f"<BmapFileChecksum> {empty} </BmapFileChecksum>\n<BlockMap>\n{lines}</BlockMap>\n</bmap>\n"
    )
    text = text.replace(empty, hashlib.sha256(text.encode()).hexdigest())
    Path(f"{image}.bmap").write_text(text)


@dataclasses.dataclass(frozen=True)
class Card:
    """A loop device, with a stable id as a card in a reader has it, and the file behind it."""

    id: str
    device: str
    backing: Path

    @property
    def head(self) -> bytes:
        """What is in the file behind it."""
        with self.backing.open("rb") as file:
            return file.read(MIB)

    def seed(self, name: str = "runbook-seed/node.json") -> str:
        """A file of its boot partition."""
        return run("mtype", "-i", f"{self.backing}@@{BOOT_START}", f"::{name}")


@contextlib.contextmanager
def card_in_reader(folder: Path, *, size: int = SIZE, options: t.Sequence[str] = ()) -> t.Iterator[Card]:
    """Have a card: full of what somebody else left on it."""
    assert os.geteuid() == 0, "these tests make loop devices, so they need root; run them as root"
    assert Path("/dev/loop-control").exists(), (
        "this kernel has no loop devices; run 'modprobe loop', or use another one"
    )
    backing = folder / f"backing-{next(_number)}"
    backing.write_bytes(b"\xdb" * size)
    device = run("losetup", "--find", "--show", *options, str(backing)).strip()
    BY_ID.mkdir(parents=True, exist_ok=True)
    link = BY_ID / f"runbook-test-{os.getpid()}-{next(_number)}"
    link.symlink_to(f"../../{Path(device).name}")
    try:
        yield Card(str(link), device, backing)
    finally:
        link.unlink()
        run("losetup", "--detach", device)
        backing.unlink()


@contextlib.contextmanager
def small_disk(at: Path, *, options: str) -> t.Iterator[Path]:
    """Have a file system in memory at a folder, as large as its options say."""
    at.mkdir()
    run("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(at))
    try:
        yield at
    finally:
        run("umount", str(at))
        at.rmdir()


def call(name: str, target: str, image: Path | str, *, check: bool = False, **more: t.Any) -> dict[str, t.Any]:
    """Carry out one call of the module in this process, as root; a loop device has to be forced."""
    given: dict[str, t.Any] = {
        "target": target,
        "image": str(image),
        "checksum": "",
        "keyring": "",
        "force": target,
        "largest_gib": 256,
        "seed": "auto",
        "node": NODE,
        "workspace": "",
        "seen": "",
        "pipe": "",
    }
    step = Step(Host(check_mode=check, **{**given, "call": name, **more}), "2.1")
    result, _error = conclude(step, _step_image_write.body)
    return result


def written(target: str, image: Path, **more: t.Any) -> dict[str, t.Any]:
    """Look and write, as if somebody had confirmed it."""
    looked = call("look", target, image, **more)
    assert "workspace" in looked, looked
    place = {"workspace": looked["workspace"], "seen": looked["seen"]}
    try:
        return call("write", target, image, **{**more, **place})
    finally:
        call("clear", target, image, **place)


def outside_boot(content: bytes) -> bytes:
    """Return what of an image or a card is not its boot partition."""
    return content[:BOOT_START] + content[BOOT_START + BOOT_SIZE :]


def inventory(folder: Path) -> Path:
    """Write an inventory of two nodes, and the public key that the first one's bootstrap login has."""
    (folder / "bootstrap.pub").write_text(f"{KEY}\n")
    node: dict[str, t.Any] = {f"network_{name}": NODE[name] for name in ("address", "gateway", "dns")}
    node["runbook_bootstrap_private_key_file"] = str(folder / "bootstrap")
    hosts = {"greenhouse-1": node, "greenhouse-2": {}}
    path = folder / "hosts.json"
    path.write_text(json.dumps({"all": {"hosts": hosts}}))
    return path


def playbook(inventory_file: Path, *arguments: str) -> list[str]:
    """Return the command line that an operator types."""
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    return [program, "-i", str(inventory_file), str(TOP / "playbooks" / "flash.yml"), *arguments]


ENVIRON = {**os.environ, "ANSIBLE_CONFIG": str(TOP / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "COLUMNS": "200"}


def played(inventory_file: Path, *arguments: str) -> tuple[int, str]:
    """Run the playbook; return its exit status and all that it said."""
    done = subprocess.run(
        playbook(inventory_file, *arguments),
        cwd=TOP,
        env=ENVIRON,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout
