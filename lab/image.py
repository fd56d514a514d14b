# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Node images from Debian packages alone, each built once for its recipe.

Two layers with a cache key each: the packages (slow, minutes when emulated) and the configuration (instant).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from lab import archive, configuration, emulation, locks, trust
from lab.command import as_root, run, run_slowly, say
from lab.host import Host
from lab.paths import Paths
from lab.podman import Podman

REPOSITORY = "localhost/ai-systems-runbook-lab"

PACKAGES = (
    "adduser",
    "ca-certificates",
    "cron",
    "dbus",
    "e2fsprogs",
    "iproute2",
    "iputils-ping",
    "kmod",
    "less",
    "libpam-systemd",
    "login",
    "logrotate",
    "nano",
    "netbase",
    "nftables",
    "openssh-server",
    "passwd",
    "procps",
    "systemd",
    "systemd-sysv",
    "systemd-timesyncd",
    "tzdata",
)
LAYOUTS = Path("/var/tmp")  # noqa: S108 - each layout's folder is refused if it exists
LAYOUT_PREFIX = "runbook-lab-"

BOOTSTRAP_PACKAGES = ("python3", "python3-apt", "sudo")


@dataclass(frozen=True)
class Recipe:
    """All that decides what the package layer holds."""

    architecture: str
    bare: bool
    suite: str = archive.SUITE
    packages: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Changes when the recipe does."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """What files and tags of this recipe start with."""
        return f"{self.architecture}{'-bare' if self.bare else ''}-{self.key}"


def recipe_of(architecture: str, *, bare: bool) -> Recipe:
    """The recipe of an image.

    The bootstrap login is made here, not in the configuration, so that Debian's own tools write the account files.
    """
    hooks = [
        # Every flashed card makes its own; a node gets them when it is created.
        'rm -f "$1"/etc/ssh/ssh_host_*',
        'rm -f "$1/etc/apt/sources.list"',
        *trust.image_hooks(trust.host_certificates()),
    ]
    if not bare:
        user = configuration.BOOTSTRAP_USER
        hooks += [
            f'chroot "$1" useradd --create-home --shell /bin/bash --comment Debian {user}',
            f'echo {user}:{user} | chroot "$1" chpasswd',
        ]
    packages = PACKAGES if bare else (*PACKAGES, *BOOTSTRAP_PACKAGES)
    return Recipe(architecture, bare, packages=tuple(sorted(packages)), hooks=tuple(hooks))


def build_argv(recipe: Recipe, target: Path) -> list[str]:
    """The mmdebstrap call of a recipe."""
    options = [f"--customize-hook={hook}" for hook in recipe.hooks]
    return [
        "mmdebstrap",
        "--mode=root",
        "--variant=apt",
        "--format=tar",
        # It looks for an emulator registered under the name of Debian's package; ours has another.
        "--skip=check/qemu",
        f"--architectures={recipe.architecture}",
        f"--include={','.join(recipe.packages)}",
        *options,
        recipe.suite,
        str(target),
        archive.base_source(),
    ]


def package_layer(paths: Paths, host: Host, recipe: Recipe) -> Path:
    """The tar archive of the packages, built if no earlier run did."""
    target = paths.images / f"{recipe.name}.tar"
    paths.images.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        waiting = f"Another run builds the {recipe.name} image; waiting for it."
        stack.enter_context(locks.held(paths.images / f"{recipe.name}.lock", waiting=waiting))
        if target.exists():
            return target
        emulated = recipe.architecture != host.architecture
        if emulated:
            stack.enter_context(locks.held(emulation.in_use(paths), shared=True))
            emulation.register(paths, host.architecture, recipe.architecture)
        for leftover in paths.images.glob(f"{recipe.name}.building-*"):
            run(as_root(["rm", "-f", str(leftover)]))
        building = paths.images / f"{recipe.name}.building-{os.getpid()}"
        proxies = {f"{scheme}_proxy": url for scheme, url in archive.host_proxies().items()}
        run_slowly(
            as_root(build_argv(recipe, building), env={"TMPDIR": tempfile.gettempdir(), **proxies}),
            what=f"Building the {recipe.name} image from Debian packages",
            usually="6 to 10 min, emulated" if emulated else "40 s",
            log=paths.logs / f"image-{recipe.name}.log",
        )
        building.replace(target)
        for older in paths.images.glob(f"{recipe.architecture}{'-bare' if recipe.bare else ''}-????????????????.tar"):
            if older != target:
                older.unlink()
    return target


def write_layout(folder: Path, layers: list[bytes | Path], architecture: str) -> str:
    """An OCI image layout of uncompressed layers, which podman reads without any registry.

    :returns: the digest of the image's configuration, which is podman's image id.
    """
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)
    described = [store(blobs, layer, "application/vnd.oci.image.layer.v1.tar") for layer in layers]
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {"Cmd": ["/sbin/init"], "StopSignal": "SIGRTMIN+3"},
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in described]},
    }
    stored_config = store(
        blobs, json.dumps(config, sort_keys=True).encode(), "application/vnd.oci.image.config.v1+json"
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": stored_config,
        "layers": described,
    }
    stored_manifest = store(blobs, json.dumps(manifest, sort_keys=True).encode(), manifest["mediaType"])  # type: ignore[arg-type]
    (folder / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [stored_manifest]}))
    return str(stored_config["digest"]).removeprefix("sha256:")


def store(blobs: Path, content: bytes | Path, media_type: str) -> dict[str, str | int]:
    """Put a blob under its digest; a file is linked, not copied."""
    if isinstance(content, Path):
        with content.open("rb") as source:
            digest = hashlib.file_digest(source, "sha256").hexdigest()
        (blobs / digest).symlink_to(content)
        size = content.stat().st_size
    else:
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        size = len(content)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": size}


def ensure(paths: Paths, podman: Podman, architecture: str, *, bare: bool) -> str:
    """The name of a node's image in podman's store, built and loaded if it is not there."""
    recipe = recipe_of(architecture, bare=bare)
    emulated = architecture != podman.host.architecture
    layer = configuration.to_tar(configuration.image_files(bare=bare, emulated=emulated))
    tag = f"{REPOSITORY}:{recipe.name}-{hashlib.sha256(layer).hexdigest()[:12]}"
    if podman("image", "exists", tag, check=False).code == 0:
        return tag
    packages = package_layer(paths, podman.host, recipe)
    with locks.held(
        paths.images / f"{recipe.name}.lock", waiting=f"Another run loads the {recipe.name} image; waiting for it."
    ):
        if podman("image", "exists", tag, check=False).code == 0:
            # The run that was waited for has just loaded it, and may be making a node of it.
            return tag
        say(f"Loading the {recipe.name} image into podman (usually 5 s)")
        # podman makes an image name of the folder's path, so it must be all lower case, without dots.
        layout = LAYOUTS / f"{LAYOUT_PREFIX}{os.getpid()}"
        remove_layouts()
        layout.mkdir(mode=0o700)
        try:
            image_id = write_layout(layout, [packages, layer], architecture)
            podman("pull", "--quiet", f"oci:{layout}", timeout=600)
        finally:
            shutil.rmtree(layout)
        podman("untag", image_id)
        podman("tag", image_id, tag)
        remove_older_images(podman, tag)
    return tag


def remove_layouts() -> None:
    """Remove what killed runs left of images on their way into podman."""
    for folder in LAYOUTS.glob(f"{LAYOUT_PREFIX}*"):
        # A run that loads another image may be done with its own meanwhile.
        with suppress(FileNotFoundError):
            ours = folder.stat().st_uid == Path.home().stat().st_uid
            if ours and not Path("/proc", folder.name.removeprefix(LAYOUT_PREFIX)).exists():
                shutil.rmtree(folder, ignore_errors=True)


def remove_older_images(podman: Podman, tag: str) -> None:
    """Remove images of the same kind that a changed recipe has replaced, unless a node still runs on them."""
    for image in podman.json("images", "--filter", f"reference={REPOSITORY}"):
        for name in image.get("Names") or ():
            if name != tag and kind_of(name) == kind_of(tag):
                podman("rmi", name, check=False)


def kind_of(tag: str) -> str:
    """What an image is for: its tag without the two hashes."""
    return tag.rsplit("-", 2)[0]
