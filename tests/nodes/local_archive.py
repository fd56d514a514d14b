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
wanted = json.load(sys.stdin)
packages, key = wanted["packages"], wanted["key"]
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
    for kind in ("preinst", "postinst"):
        if package[kind]:
            script = root / "DEBIAN" / kind
            script.write_text("#!/bin/sh\nset -e\n" + package[kind] + "\n")
            script.chmod(0o755)
    if package["program"]:
        (root / "usr/bin").mkdir(parents=True)
        shutil.copy("/usr/bin/sleep", root / "usr/bin" / package["name"])
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
top, listed = folder, "Packages"
if wanted["component"]:
    own = subprocess.run(["dpkg", "--print-architecture"], check=True, stdout=subprocess.PIPE).stdout.decode().strip()
    listed = "{}/binary-{}/Packages".format(wanted["component"], wanted["architecture"] or own)
    top = folder / "dists" / wanted["codename"]
    (top / listed).parent.mkdir(parents=True)
(top / listed).write_text(text)
(top / "Release").write_text(
    "Origin: {origin}\nLabel: {label}\nSuite: {suite}\nCodename: {codename}\n".format(**wanted)
    + "Date: {}\nSHA256:\n {} {} {}\n".format(
        time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime(time.time() - 600)),
        hashlib.sha256(text.encode()).hexdigest(), len(text), listed))
if not key:
    sys.exit()
gpg = ["gpg", "--homedir", "/root/lab-gnupg", "--batch", "--yes", "--quiet"]
gpg += ["--pinentry-mode", "loopback", "--passphrase", ""]
os.makedirs("/root/lab-gnupg", 0o700, exist_ok=True)
if subprocess.run([*gpg, "--list-keys", key], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
    subprocess.run([*gpg, "--quick-gen-key", key, "rsa3072", "sign", "0"], check=True)
sign = ["--local-user", key, "--output", str(top / "InRelease"), "--clearsign", str(top / "Release")]
subprocess.run([*gpg, *sign], check=True)
public = subprocess.run([*gpg, "--armor", "--export", key], check=True, stdout=subprocess.PIPE).stdout
pathlib.Path("/usr/share/keyrings", key.partition("@")[0] + ".asc").write_bytes(public)
listed = subprocess.run([*gpg, "--with-colons", "--list-keys", key], check=True, stdout=subprocess.PIPE).stdout.decode()
print(next(line for line in listed.splitlines() if line.startswith("fpr:")).split(":")[9])
"""


@dataclasses.dataclass(frozen=True)
class Package:
    name: str
    version: str
    depends: str = ""
    conflicts: str = ""
    conffile: str = ""
    preinst: str = ""
    postinst: str = ""
    size: int = 0
    # Whether it brings a program of its name, which sleeps for as long as it is told.
    program: bool = False


def prepare(node: Node, *, aside: bool = True) -> None:
    """Bring what signs an archive, from Debian.

    :param aside: keep Debian's own sources aside, so that what is offered here is all that the node knows.
    """
    node.root("apt-get update -q && apt-get install -qy --no-install-recommends gpg gpg-agent", seconds=900).ok()
    if aside:
        node.root("mkdir -p /root/debian && mv /etc/apt/sources.list.d/* /root/debian/").ok()


def offer(
    node: Node,
    packages: t.Sequence[Package],
    *,
    folder: str = FOLDER,
    origin: str = "Lab",
    label: str = "Lab",
    suite: str = "lab",
    codename: str = "lab",
    key: str = "lab@example.org",
    options: str = "",
    component: str = "",
    architecture: str = "",
) -> str:
    """Make a local archive that holds exactly these packages a source of the node; return its key's fingerprint.

    Archives in several folders stand beside each other, and beside Debian's own where that is not kept aside.

    :param key: whose key signs it, made where it does not exist; "" leaves it unsigned and returns "".
    :param options: what stands in the brackets of its line instead of the keyring.
    :param component: "main" for an archive with a suite, as Debian's; "" for one without.
    :param architecture: whose nodes an archive with a suite is for; "" for the node's own.
    """
    # apt takes what its cache holds under the same name and size; packages made here differ in neither.
    node.root("rm -f /var/cache/apt/archives/runbook-*.deb").ok()
    wanted = {
        "origin": origin,
        "label": label,
        "suite": suite,
        "codename": codename,
        "component": component,
        "packages": [dataclasses.asdict(package) for package in packages],
        "key": key,
        "architecture": architecture,
    }
    done = node.root(
        f"python3 -c '{_BUILD.replace(chr(39), chr(39) + chr(92) + chr(39) * 2)}' {folder}", stdin=json.dumps(wanted)
    ).ok()
    bracketed = options or (f"signed-by={keyring(key)}" if key else "")
    name = "local" if folder == FOLDER else folder.rpartition("/")[2]
    use(
        node,
        f"deb {f'[{bracketed}] ' if bracketed else ''}copy:{folder} {f'{codename} {component}' if component else './'}",
        name=name,
    )
    return done.strip()


def offer_upgrades(maker: Node, onto: t.Callable[[str], object], *, architecture: str = "") -> str:
    """Have an archive on a node offer newer versions of two packages than Debian has; return its key's fingerprint.

    It is made on another node, since what signs an archive is on no node that is provisioned.

    :param onto: carries out a command as root on the node that gets it.
    :param architecture: that node's, where it is not the maker's.
    """
    prepare(maker, aside=False)
    key = offer(
        maker, [Package("media-types", "13.1.0"), Package("netbase", "6.6")], folder="/srv/security", origin="Debian",
        label="Debian", codename="trixie-security", component="main", architecture=architecture,
    )  # fmt: skip
    files = f"srv/security {keyring()[1:]} etc/apt/sources.list.d/security.list"
    packed = maker.root(f"tar --create --gzip --directory=/ {files} | base64 --wrap=0").ok().strip()
    onto(f"echo {packed} | base64 --decode | tar --extract --gzip --directory=/")
    return key


def keyring(key: str = "lab@example.org") -> str:
    """Return the path, on the node, of the certificate of a key that signed an archive."""
    return f"/usr/share/keyrings/{key.partition('@')[0]}.asc"


def use(node: Node, line: str, *, name: str = "local") -> None:
    """Make one line a source of packages, in place of the one that had the same ``name``."""
    node.root(f"echo '{line}' > /etc/apt/sources.list.d/{name}.list").ok()
