"""A small signed archive on a node itself, so that upgrades and faults of apt are at hand whenever needed."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from tests.nodes.harness import Node

FOLDER = "/srv/local-archive"

# Runs on the node: builds real packages with dpkg-deb, indexes them, and signs the Release with a key of its own.
_BUILD = r"""
import hashlib, json, os, pathlib, shutil, subprocess, sys, time
folder = pathlib.Path(sys.argv[1])
packages = json.load(sys.stdin)
shutil.rmtree(folder, ignore_errors=True)
index = []
for package in packages:
    root = folder / "build" / package["name"]
    shutil.rmtree(root, ignore_errors=True)
    (root / "DEBIAN").mkdir(parents=True)
    control = "Package: {name}\nVersion: {version}\nArchitecture: all\n".format(**package)
    control += "Maintainer: lab <lab@example.org>\n"
    if package["depends"]:
        control += "Depends: {depends}\n".format(**package)
    if package["conflicts"]:
        control += "Conflicts: {conflicts}\n".format(**package)
    if package["conffile"]:
        (root / "etc").mkdir()
        (root / "etc" / (package["name"] + ".conf")).write_text(package["conffile"])
        (root / "DEBIAN/conffiles").write_text("/etc/" + package["name"] + ".conf\n")
    if package["postinst"]:
        script = root / "DEBIAN/postinst"
        script.write_text("#!/bin/sh\nset -e\n" + package["postinst"] + "\n")
        script.chmod(0o755)
    if package["size"]:
        (root / "usr/share" / package["name"]).mkdir(parents=True)
        (root / "usr/share" / package["name"] / "data").write_bytes(os.urandom(package["size"]))
    (root / "DEBIAN/control").write_text(control + "Description: made for a test\n")
    name = "{name}_{version}_all.deb".format(**package)
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", str(root), str(folder / name)], check=True,
                   stdout=subprocess.DEVNULL)
    data = (folder / name).read_bytes()
    size = "\nFilename: ./{}\nSize: {}\nSHA256: {}\n".format(name, len(data), hashlib.sha256(data).hexdigest())
    index.append((root / "DEBIAN/control").read_text().rstrip("\n") + size)
shutil.rmtree(folder / "build", ignore_errors=True)
text = "\n".join(index)
(folder / "Packages").write_text(text)
(folder / "Release").write_text(
    "Origin: Lab\nLabel: Lab\nSuite: lab\nCodename: lab\nDate: {}\nSHA256:\n {} {} Packages\n".format(
        time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime(time.time() - 600)),
        hashlib.sha256(text.encode()).hexdigest(), len(text)))
gpg = ["gpg", "--homedir", "/root/lab-gnupg", "--batch", "--yes", "--quiet"]
gpg += ["--pinentry-mode", "loopback", "--passphrase", ""]
if not os.path.isdir("/root/lab-gnupg"):
    os.mkdir("/root/lab-gnupg", 0o700)
    subprocess.run([*gpg, "--quick-gen-key", "lab@example.org", "rsa3072", "sign", "0"], check=True)
subprocess.run([*gpg, "--output", str(folder / "InRelease"), "--clearsign", str(folder / "Release")], check=True)
key = subprocess.run([*gpg, "--armor", "--export"], check=True, stdout=subprocess.PIPE).stdout
pathlib.Path("/usr/share/keyrings/lab.asc").write_bytes(key)
"""


@dataclasses.dataclass(frozen=True)
class Package:
    name: str
    version: str
    depends: str = ""
    conflicts: str = ""
    conffile: str = ""
    postinst: str = ""
    size: int = 0


def prepare(node: Node) -> None:
    """Bring what signs an archive, from Debian, and keep Debian's own sources aside."""
    node.root("apt-get update -q && apt-get install -qy --no-install-recommends gpg gpg-agent", seconds=300).ok()
    node.root("mkdir -p /root/debian && mv /etc/apt/sources.list.d/* /root/debian/").ok()


def offer(node: Node, packages: t.Sequence[Package]) -> None:
    """Make the local archive hold exactly these packages and be the node's only source."""
    # apt takes what its cache holds under the same name and size; packages made here differ in neither.
    node.root("rm -f /var/cache/apt/archives/runbook-*.deb").ok()
    node.root(
        f"python3 -c '{_BUILD.replace(chr(39), chr(39) + chr(92) + chr(39) * 2)}' {FOLDER}",
        stdin=json.dumps([dataclasses.asdict(package) for package in packages]),
    ).ok()
    use(node, f"deb [signed-by=/usr/share/keyrings/lab.asc] copy:{FOLDER} ./")


def use(node: Node, line: str) -> None:
    """Make one line the node's only source of packages."""
    node.root(f"echo '{line}' > /etc/apt/sources.list.d/local.list").ok()
