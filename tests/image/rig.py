"""What the tests of image.yml stand on: small images of this machine's own architecture, and archives of nobody's."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_image_build
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, conclude
from tests import host_tools
from tests.step_host import Host
from tools.catalogue import native

TOP = Path(__file__).resolve().parents[2]
NAME = "small"
FILES = TOP / "roles" / "image" / "files"
# Programs, and Debian's packages that bring them.
NEEDS = {
    "mmdebstrap": "mmdebstrap",
    "newuidmap": "uidmap",
    "useradd": "passwd",
    "setpriv": "util-linux",
    "gpg": "gnupg",
    "mtype": "mtools",
    "fsck.vfat": "dosfstools",
    "sfdisk": "fdisk",
    "debugfs": "e2fsprogs",
}
# What an archive has to hold for the parts of an image to be chosen at all; essential is the first.
ASKED = (
    *("base-files", "apt", "libpam-systemd", "systemd", "systemd-sysv", "udev"),
    *("dosfstools", "e2fsprogs", "fdisk", "libarchive13t64", "mtools"),
)


def ensure_tools() -> None:
    """Install what is missing."""
    host_tools.ensure_tools(NEEDS, log="host-image.log")


def run(*argv: str, check: bool = True) -> str:
    """Run a program and return what it says."""
    environ = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin", "LC_ALL": "C", "MTOOLSRC": "/dev/null"}
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300, env=environ)
    assert not check or done.returncode == 0, f"{' '.join(argv)}: {done.stderr}{done.stdout}"
    return done.stdout


@dataclasses.dataclass(frozen=True)
class Site:
    """Where images are built: a folder each for what is made, for the work, and for what stays."""

    folder: Path

    @property
    def images(self) -> Path:
        return self.folder / "images"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def file(self, suffix: str) -> Path:
        """One of the image's files."""
        return self.images / f"{NAME}{suffix}"

    def arguments(self, **more: t.Any) -> dict[str, t.Any]:
        """What the module is given."""
        given = {name: spec.get("default", "") for name, spec in _step_image_build.ARGUMENT_SPEC.items()}
        given |= {
            "name": NAME,
            "dest": str(self.images),
            "work_dir": str(self.work),
            "cache_dir": str(self.folder / "cache"),
            "first_boot": (FILES / "runbook-first-boot").read_text(),
            "first_boot_unit": (FILES / "runbook-first-boot.service").read_text(),
            "variant": "small",
            "architecture": native(),
        }
        return {**given, **more}

    def build(self, *, check: bool = False, **more: t.Any) -> dict[str, t.Any]:
        """Carry out the module in this process."""
        step = Step(Host(check_mode=check, **self.arguments(**more)), _step_image_build.CLAUSE)
        result, _error = conclude(step, _step_image_build.body)
        return result

    def begin(self, **more: t.Any) -> subprocess.Popen[bytes]:
        """Carry out the module in a process of its own, which can be killed."""
        code = (
            "from tests.image.rig import Site; from pathlib import Path\n"
            f"print(Site(Path({str(self.folder)!r})).build(**{more!r}))"
        )
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (TOP, TOP / ".collections")))}
        return subprocess.Popen([sys.executable, "-c", code], cwd=TOP, env=environ, stdout=subprocess.DEVNULL)

    def digests(self) -> dict[str, str]:
        """The SHA-256 of each file that was made."""
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(self.images.iterdir())}

    def builders(self) -> list[int]:
        """The processes that build here."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if str(self.work).encode() in path.read_bytes():
                    found.append(int(path.parent.name))
            except OSError:
                continue
        return found


def wait_for(what: t.Callable[[], t.Any], seconds: float = 600, *, every: float = 0.2) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, f"{what} is not so after {seconds:g} s"
        time.sleep(every)


@contextlib.contextmanager
def public_folder() -> t.Iterator[Path]:
    """Have a folder that everybody may enter, as mmdebstrap and other users of this machine must.

    pytest's own folders are not: each session that begins beside this one closes their parent to others again.
    """
    with tempfile.TemporaryDirectory(prefix="runbook-image-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def new_site(folder: Path) -> Site:
    """A site in a folder that everybody may enter."""
    site = Site(folder)
    site.work.mkdir(parents=True)
    for one in (folder, site.work):
        one.chmod(0o755)
    return site


@dataclasses.dataclass(frozen=True)
class Ordinary:
    """A user of this machine who is not root, and has a site for its own.

    :param code: the collection, where that user may read it.
    """

    name: str
    site: Site
    code: Path

    def build(self, *, umask: int, check: bool = False) -> dict[str, t.Any]:
        """Carry out the module as that user, by Debian's own Python: this one may lie where nobody else may enter."""
        code = (
            "import json, sys\n"
            "from ansible_collections.ai_systems.runbook.plugins.module_utils import _step\n"
            "from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_image_build as build\n"
            "from step_host import Host\n"
            f"host = Host(check_mode={check}, **json.load(sys.stdin))\n"
            "json.dump(_step.conclude(_step.Step(host, build.CLAUSE), build.body)[0], sys.stdout)"
        )
        become = ["setpriv", "--reuid", self.name, "--regid", self.name, "--clear-groups", "--"]
        done = subprocess.run(
            [*become, "/usr/bin/python3", "-B", "-c", code],
            cwd=self.code,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.site.folder), "PYTHONPATH": str(self.code)},
            input=json.dumps(self.site.arguments()),
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
            umask=umask,
        )
        assert done.returncode == 0, done.stderr
        result: dict[str, t.Any] = json.loads(done.stdout)
        return result


@contextlib.contextmanager
def ordinary(site: Site) -> t.Iterator[Ordinary]:
    """Have a user who owns a site, and has no range of users yet; it is gone afterwards."""
    assert os.geteuid() == 0, "this test makes a user, so it needs root; run it as root"
    code, name = site.folder / "code", f"runbook-image-{os.getpid()}"
    utils = Path("plugins", "module_utils")
    shutil.copytree(
        TOP / utils,
        code / "ansible_collections" / "ai_systems" / "runbook" / utils,
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(TOP / "tests" / "step_host.py", code)
    none = [part for kind in ("UID", "GID") for part in ("-K", f"SUB_{kind}_COUNT=0")]
    run("useradd", *none, "--no-create-home", "--home-dir", str(site.folder), "--shell", "/bin/sh", name)
    try:
        run("chown", "-R", f"{name}:", str(site.folder))
        yield Ordinary(name, site, code)
    finally:
        run("userdel", name)


@dataclasses.dataclass(frozen=True)
class Archive:
    """An archive that says that it is Debian's, signed by a key of nobody's."""

    folder: Path
    keyring: Path
    fingerprint: str

    @property
    def mirrors(self) -> dict[str, str]:
        return dict.fromkeys(("mirror", "security_mirror"), f"file:{self.folder}") | {"keyring": str(self.keyring)}


def make_archive(folder: Path) -> Archive:
    """Make packages of the names that are asked for, index them, and sign that."""
    packages = [_package(folder, name, essential=name == ASKED[0]) for name in ASKED]
    home = folder / "gnupg"
    home.mkdir(mode=0o700)
    gpg = [
        "gpg",
        "--homedir",
        str(home),
        "--batch",
        "--yes",
        "--quiet",
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        "",
    ]
    run(*gpg, "--quick-gen-key", "nobody@example.org", "ed25519", "sign", "0")
    for suite in ("trixie", "trixie-updates", "trixie-security"):
        _index(folder / "dists" / suite, suite, packages if suite == "trixie" else [])
        released = str(folder / "dists" / suite / "Release")
        run(*gpg, "--output", released.replace("Release", "InRelease"), "--clearsign", released)
    keyring = folder / "nobody.asc"
    keyring.write_text(run(*gpg, "--armor", "--export"))
    listed = run(*gpg, "--with-colons", "--list-keys")
    fingerprint = next(line for line in listed.splitlines() if line.startswith("fpr:")).split(":")[9]
    run("gpgconf", "--homedir", str(home), "--kill", "gpg-agent", check=False)
    return Archive(folder, keyring, fingerprint)


def _package(folder: Path, name: str, *, essential: bool) -> str:
    root = folder / "build" / name
    (root / "DEBIAN").mkdir(parents=True)
    control = f"Package: {name}\nVersion: 9\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\n"
    control += f"{'Essential: yes' if essential else 'Priority: optional'}\nDescription: made for a test\n"
    (root / "DEBIAN" / "control").write_text(control)
    target = folder / "pool" / f"{name}_9_all.deb"
    target.parent.mkdir(exist_ok=True)
    run("dpkg-deb", "--root-owner-group", "-Znone", "-b", str(root), str(target))
    content = target.read_bytes()
    return (
        f"{control}Filename: pool/{target.name}\nSize: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}\n"
    )


def _index(folder: Path, suite: str, packages: t.Sequence[str]) -> None:
    lines = []
    for component in ("main", "non-free-firmware"):
        path = folder / component / f"binary-{native()}" / "Packages"
        path.parent.mkdir(parents=True)
        path.write_text("\n".join(packages) if component == "main" else "")
        content = path.read_bytes()
        lines.append(f" {hashlib.sha256(content).hexdigest()} {len(content)} {path.relative_to(folder)}\n")
    date = time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime(time.time() - 600))
    (folder / "Release").write_text(
        f"Origin: Debian\nLabel: Debian\nSuite: {suite}\nCodename: {suite}\nDate: {date}\nSHA256:\n{''.join(lines)}"
    )
