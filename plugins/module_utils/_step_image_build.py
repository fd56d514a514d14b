# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build an image of Debian 13 for a Raspberry Pi 5 out of Debian's own packages (runbook 2.1). Private.

Chosen, verified and fetched first; what is made then needs no network, and comes out the same each time.
"""

from __future__ import annotations

import os
import re
import time
import typing as t

from . import _image_build_bmap as bmaps
from . import _image_build_cache as cache
from . import _image_build_disk as disks
from . import _image_build_files as files
from . import _image_build_manifest as manifests
from . import _image_build_place as places
from . import _image_build_root as roots
from ._command import Command, CommandError
from ._debian_archive import RELEASE, checked_keys
from ._image_bmap import Bmap
from ._image_build_apt import PrivateApt, keyring
from ._image_build_emulation import LIBRARY, require_programs_run, require_registered
from ._image_build_layout import BLOCK, BOOT_SIZE
from ._image_build_place import Place
from ._image_build_recipe import ARCHITECTURE, TOOLS, VARIANTS, Mirrors, Variant, requests, sources
from ._image_build_tools import Tools, unpack
from ._image_build_user import require_user
from ._image_progress import Listener, Progress
from ._image_words import size_words, time_words
from ._step import Change, Step, StepError

if t.TYPE_CHECKING:
    from ._image_build_apt import Package

CLAUSE = "2.1"
_NAME: t.Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "default": "debian-13-arm64"},
    "dest": {"type": "str", "required": True},
    "work_dir": {"type": "str", "default": "/var/tmp"},  # noqa: S108  (a folder of its own is made in it)
    "cache_dir": {"type": "str", "required": True},
    "mirror": {"type": "str", "default": ""},
    "security_mirror": {"type": "str", "default": ""},
    "keyring": {"type": "str", "default": "", "no_log": False},
    "archive_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
    "first_boot": {"type": "str", "required": True},
    "first_boot_unit": {"type": "str", "required": True},
    "rebuild": {"type": "bool", "default": False},
    "offline": {"type": "bool", "default": False},
    "variant": {"type": "str", "choices": sorted(VARIANTS), "default": "node"},
    "architecture": {"type": "str", "default": ARCHITECTURE},
    "pipe": {"type": "str", "default": ""},
}
# Programs of this machine, and the packages that bring them.
_NEEDS: t.Final = {"mmdebstrap": "mmdebstrap", "apt-get": "apt", "dpkg-deb": "dpkg", "setpriv": "util-linux"}
_SETTINGS: t.Final = "image_dir, image_work_dir or image_cache_dir"
# Root, its archive and its file system, beside each other, over what the packages say they need installed.
_WORK_FACTOR: t.Final = 3.5


class _Chosen(t.NamedTuple):
    """What an image is made of, and what makes it."""

    packages: list[Package]
    tools: list[Package]
    files: dict[str, files.File]
    recipe: str


class _Job(t.NamedTuple):
    """What was asked for."""

    step: Step
    place: Place
    variant: Variant
    architecture: str
    archives: str
    listener: Listener


def body(step: Step) -> str:
    _require_programs()
    place = _place(step)
    cached = os.path.abspath(os.path.expanduser(str(step.params["cache_dir"])))
    listener = Listener(step.params["pipe"])
    # All of it is public, and read by whoever mmdebstrap becomes, whatever this user's own files are.
    own = os.umask(0o022)
    try:
        os.makedirs(cached, exist_ok=True)
        with places.locked(os.path.join(cached, "lock"), f"builds an image with the cache {cached}"):
            job = _Job(
                step,
                place,
                VARIANTS[step.params["variant"]],
                step.params["architecture"],
                f"{cached}/packages",
                listener,
            )
            return _build(job, cached)
    except OSError as exc:
        raise places.full(exc, _SETTINGS) from exc
    except CommandError as exc:
        if (error := places.as_full(exc)) is None:
            raise
        raise places.full(error, _SETTINGS) from exc
    finally:
        os.umask(own)
        listener.close()


def _build(job: _Job, cached: str) -> str:
    step, place = job.step, job.place
    started = time.monotonic()
    if not step.check_mode:
        # What a run that was killed could not.
        places.discard(place)
        places.clear(step.params["work_dir"])
    apts = [_apt(job, cached, "image", job.architecture), _apt(job, cached, "tools", _native())]
    chosen = _choose(job, apts)
    before = manifests.read(place.manifest)
    why = _why_build(job, chosen, before)
    if not why:
        return f"{place.image} is built of these {len(chosen.packages)} packages already."
    change = Change(
        place.image,
        "build",
        manifests.package_lines((before or {}).get("packages")),
        manifests.package_lines([manifests.listed(one) for one in chosen.packages]),
    )
    _require_room(job, chosen)
    require_user(step.params["work_dir"])
    is_foreign = job.architecture != _native()
    if step.check_mode:
        if is_foreign:
            require_registered(job.architecture)
        step.note([change])
        return f"Would build {place.image} of {len(chosen.packages)} packages: {why}."
    if is_foreign:
        _require_programs_run(job, apts[0], chosen)
    for apt, packages in zip(apts, (chosen.packages, chosen.tools), strict=True):
        _fetch(job, apt, packages)
    os.makedirs(place.folder, exist_ok=True)
    manifest = _make(job, chosen)
    step.note([change])
    step.returns(image=place.image, sha256=manifest["image"]["sha256"], manifest=place.manifest)
    cache.prune([*chosen.packages, *chosen.tools], job.archives)
    size = size_words(manifest["image"]["bytes"])
    return (
        f"Built {place.image} ({size}) of {len(chosen.packages)} packages in "
        f"{time_words(time.monotonic() - started)}; its SHA-256 is {manifest['image']['sha256']}."
    )


def _apt(job: _Job, cached: str, purpose: str, architecture: str) -> PrivateApt:
    params = job.step.params
    default = Mirrors()
    mirrors = Mirrors(params["mirror"] or default.main, params["security_mirror"] or default.security)
    # A mirror in a folder: apt would use the files where they are, and not keep them.
    mirrors = Mirrors(*(re.sub(r"^file:", "copy:", address) for address in mirrors))
    backports = purpose == "image" and job.variant.has_firmware
    text = sources(mirrors, params["keyring"] or keyring(), backports=backports)
    return PrivateApt(f"{cached}/apt-{purpose}-{architecture}", architecture, archives=job.archives, sources=text)


def _choose(job: _Job, apts: t.Sequence[PrivateApt]) -> _Chosen:
    params = job.step.params
    keys = checked_keys(params["archive_keys"])
    found = []
    for apt, asked in zip(apts, (requests(job.variant), TOOLS), strict=True):
        if not params["offline"]:
            job.listener.say("reading the package lists")
            apt.update()
        else:
            apt.require_lists()
        job.listener.say("choosing the packages")
        found.append(apt.choose(asked, keys))
    text = {**files.settings(job.variant), **files.first_boot(params["first_boot"], params["first_boot_unit"])}
    command = roots.argv(roots.Build("", job.architecture, job.variant, (), "", 0), roots.Root("", "", ""))
    return _Chosen(found[0], found[1], text, manifests.recipe(text, found[1], command))


def _why_build(job: _Job, chosen: _Chosen, before: manifests.Manifest | None) -> str:
    """Return why the image has to be built, "" where the one that is there is right."""
    place = job.place
    if job.step.params["rebuild"]:
        return "rebuild was asked for"
    if before is None or not os.path.exists(place.image):
        return "there is none yet"
    if before["packages"] != [manifests.listed(one) for one in chosen.packages]:
        return "the archives have other packages than it holds"
    if before["image"].get("recipe") != chosen.recipe:
        return "this collection builds it in another way"
    sums = places.listed(place)
    for path in place.files:
        if not os.path.exists(path):
            return f"{path} is missing"
        progress = Progress(job.listener, "comparing", os.path.getsize(path))
        if places.digest(path, progress.tell) != sums.get(os.path.basename(path)):
            return f"{path} is not what SHA256SUMS says"
    return ""


def _require_room(job: _Job, chosen: _Chosen) -> None:
    work = str(job.step.params["work_dir"])
    if not os.path.isdir(work):
        raise StepError(f"image_work_dir {work} is no folder; make it, or choose another one")
    installed = 1024 * sum(package.installed_kib for package in chosen.packages)
    every = (*chosen.packages, *chosen.tools)
    absent = sum(one.size for one in every if not os.path.exists(os.path.join(job.archives, one.file)))
    places.require_room(work, int(_WORK_FACTOR * installed) + BOOT_SIZE, "image_work_dir")
    places.require_room(job.place.folder, int(1.5 * installed) + BOOT_SIZE, "image_dir")
    places.require_room(job.archives, absent, "image_cache_dir")


def _require_programs_run(job: _Job, apt: PrivateApt, chosen: _Chosen) -> None:
    """See it by the one package that it takes, before the others are fetched."""
    _fetch(job, apt, [package for package in chosen.packages if package.name == LIBRARY])
    with places.workshop(job.step.params["work_dir"]) as folder:
        require_programs_run(chosen.packages, job.archives, f"{folder}/probe", job.architecture)


def _fetch(job: _Job, apt: PrivateApt, packages: t.Sequence[Package]) -> None:
    missing = cache.missing(packages, job.archives)
    if missing:
        if job.step.params["offline"]:
            raise StepError(
                f"{missing[0].file} was not fetched before, and offline was asked for; run again without "
                "'-e offline=true'"
            )
        size = size_words(sum(package.size for package in missing))
        job.listener.say(f"fetching {len(missing)} package{'s' if len(missing) > 1 else ''}, {size}")
        apt.fetch(packages)
    cache.require_all(packages, job.archives)


def _make(job: _Job, chosen: _Chosen) -> manifests.Manifest:
    try:
        with places.workshop(job.step.params["work_dir"]) as folder:
            return _make_in(folder, job, chosen)
    finally:
        places.discard(job.place)


def _make_in(folder: str, job: _Job, chosen: _Chosen) -> manifests.Manifest:
    place, listener = job.place, job.listener
    epoch = cache.epoch(chosen.packages, job.archives)
    unpack(chosen.tools, job.archives, f"{folder}/tools")
    tools = Tools(f"{folder}/tools", epoch)
    overlay = f"{folder}/overlay.tar"
    with open(overlay, "wb") as file:
        file.write(files.to_tar(chosen.files, epoch))
    roots.write_repository(chosen.packages, job.archives, f"{folder}/packages")
    build = roots.Build(folder, job.architecture, job.variant, chosen.packages, overlay, epoch)
    root = roots.make_root(build, listener.say)
    listener.say("making the file systems")
    parts = (disks.make_boot(tools, root.boot, folder, epoch), disks.make_root(tools, root.tar, folder))
    total = sum(end - start for made in parts for start, end in made.used)
    target = places.part(place.image)
    spans = disks.assemble(tools, parts, target, Progress(listener, "writing", total).tell)
    progress = Progress(listener, "hashing", total)
    size = os.path.getsize(target)
    extents = bmaps.read_extents(target, spans, progress.tell)
    places.write(place.bmap, bmaps.to_text(Bmap(size, BLOCK, extents)))
    digest = places.digest(target, lambda _count: None)
    image = manifests.Image(
        os.path.basename(place.image), digest, size, job.architecture, RELEASE, epoch, chosen.recipe
    )
    with open(root.units, encoding="utf-8") as file:
        begins_with = manifests.baseline(chosen.packages, file.read(), roots.accounts(root))
    manifest = manifests.compose(image, chosen.packages, begins_with)
    places.write(place.manifest, manifests.to_text(manifest))
    sums = {path: places.digest(places.part(path), lambda _count: None) for path in (place.bmap, place.manifest)}
    places.publish(place, {**sums, place.image: digest})
    return manifest


def _place(step: Step) -> Place:
    name = str(step.params["name"])
    if not _NAME.fullmatch(name):
        raise StepError(f"image_name {name[:80]!r} is no name of a file; use letters, digits, '.', '_', '+' and '-'")
    folder = os.path.abspath(os.path.expanduser(str(step.params["dest"])))
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise StepError(f"image_dir {folder} is no folder; choose another one")
    return Place(folder, name)


def _native() -> str:
    return Command("dpkg").run(["--print-architecture"]).out.strip()


def _require_programs() -> None:
    for program, package in _NEEDS.items():
        try:
            Command(program).run(["--version"])
        except CommandError as exc:
            raise StepError(
                f"{program} does not run here ({exc}); run 'apt install {package}' on Debian 12 or newer, or set "
                "image_builder to such a machine"
            ) from exc


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "body")
