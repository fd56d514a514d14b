# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a walk sees of other package managers (runbook 3.1): reading only. Private to the collection."""

from __future__ import annotations

import os
import re
import typing as t

from ._tree_facts import Noted, Trace
from ._walk import Folder

_LIMIT = 1024 * 1024
_MOST = 200
_CRATE = re.compile(r'^"(?P<name>[^" ]+) (?P<version>[^" ]+) ', re.MULTILINE)
# Folders that a manager names so, whatever lies in them: kind, and the folder whose names say what it installed.
_BY_NAME: dict[str, tuple[str, str]] = {
    ".rustup": ("rustup", "toolchains"),
    ".rbenv": ("rbenv", "versions"),
    ".rvm": ("rvm", "rubies"),
    ".asdf": ("asdf", "installs"),
    ".sdkman": ("sdkman", "candidates"),
    ".ghcup": ("ghcup", "ghc"),
    ".opam": ("opam", ""),
    ".nix-profile": ("nix", ""),
}
_BY_END: dict[str, tuple[str, str]] = {
    "/.local/share/mise": ("mise", "installs"),
    "/.local/state/nix/profiles": ("nix", ""),
    "/.local/share/rtx": ("mise", "installs"),
}


class OtherLook:
    """The detector's eye: it is shown each folder once."""

    def __init__(self, owned: t.Container[str], *, base: str = "") -> None:
        """Look past what dpkg owns; ``base`` is put before every path of the system, for tests."""
        self.traces = Noted[Trace]()
        self._owned = owned
        self._system: dict[str, t.Callable[[Folder], t.Collection[str]]] = {
            f"{base}/snap": self._snaps,
            f"{base}/var/lib/snapd/snaps": self._snap_files,
            f"{base}/nix": self._store,
            f"{base}/gnu": self._store,
        }

    def look(self, folder: Folder) -> t.Collection[str]:
        """Write down what is seen; return the folders in there that need no look of their own."""
        for name in folder.files:
            if name.lower().endswith(".appimage"):
                self._see("appimage", folder, f"{folder.path}/{name}")
        of_system = self._system.get(folder.path)
        if of_system is not None:
            return of_system(folder)
        named = self._named(folder)
        if named is not None:
            return named
        for see in (self._cargo, self._go, self._gems, self._brew, self._flatpak):
            skipped = see(folder)
            if skipped is not None:
                return skipped
        return ()

    def _see(self, kind: str, folder: Folder, path: str, details: t.Sequence[str] = (), **said: str) -> None:
        status = folder.status(os.path.basename(path)) if os.path.dirname(path) == folder.path else None
        uid = status.st_uid if status else folder.uid
        self.traces.append(Trace(kind, path, uid, details=tuple(details), **said))

    def _named(self, folder: Folder) -> t.Collection[str] | None:
        known = _BY_NAME.get(folder.name)
        if known is None:
            known = next((one for end, one in _BY_END.items() if folder.path.endswith(end)), None)
        if known is None:
            return None
        kind, below = known
        inside = folder.names(below) if below else None
        self._see(kind, folder, folder.path, (*inside.folders, *inside.links) if inside else ())
        return folder.folders

    def _snaps(self, folder: Folder) -> t.Collection[str]:
        for name in folder.folders:
            if name != "bin":
                self._see("snap", folder, f"{folder.path}/{name}", name=name)
        return folder.folders

    def _snap_files(self, folder: Folder) -> t.Collection[str]:
        for name in folder.files:
            if name.endswith(".snap"):
                self._see("snap", folder, f"{folder.path}/{name}", name=name.partition("_")[0])
        return folder.folders

    def _store(self, folder: Folder) -> t.Collection[str]:
        inside = folder.names("store").folders
        if inside:
            self._see("nix" if folder.name == "nix" else "guix", folder, folder.path, (f"{len(inside)} store entries",))
        return folder.folders

    def _cargo(self, folder: Folder) -> t.Collection[str] | None:
        if folder.name != ".cargo" and ".crates.toml" not in folder.files:
            return None
        crates = _CRATE.findall(folder.read(".crates.toml", _LIMIT) or "")
        names = [f"{name} {version}" for name, version in crates[:_MOST]]
        if folder.name != ".cargo":
            # cargo install --root: its programs lie among others.
            if names:
                self._see("cargo-root", folder, f"{folder.path}/.crates.toml", names)
            return None
        inside = folder.names("bin")
        names = names or [*inside.files, *inside.links]
        if names:
            self._see("cargo", folder, folder.path, names)
        return ("bin", "registry", "git")

    def _go(self, folder: Folder) -> t.Collection[str] | None:
        if not folder.is_place and "VERSION" in folder.files and {"bin", "src"} <= set(folder.folders):
            version = (folder.read("VERSION", 100) or "").split("\n", 1)[0]
            if version.startswith("go1"):
                self._see("go-toolchain", folder, folder.path, version=version.removeprefix("go"))
                return folder.folders
        if folder.name != "go" or not {"bin", "pkg"} & set(folder.folders):
            return None
        names = folder.names("bin").files
        if names:
            self._see("go", folder, folder.path, names)
        return ("bin", "pkg")

    def _gems(self, folder: Folder) -> t.Collection[str] | None:
        if not {"specifications", "gems"} <= set(folder.folders):
            return None
        specs = [name for name in folder.names("specifications").files if name.endswith(".gemspec")]
        for spec in specs[:_MOST]:
            path = f"{folder.path}/specifications/{spec}"
            if path not in self._owned:
                name, dummy, version = spec.removesuffix(".gemspec").rpartition("-")
                status = folder.status(f"specifications/{spec}")
                uid = status.st_uid if status else folder.uid
                self.traces.append(Trace("gem", f"{folder.path}/gems/{name}-{version}", uid, name, version))
        return ("specifications", "gems", "cache", "doc", "build_info", "extensions", "plugins")

    def _brew(self, folder: Folder) -> t.Collection[str] | None:
        if "Cellar" not in folder.folders or folder.is_place:
            return None
        self._see("brew", folder, folder.path, folder.names("Cellar").folders)
        return folder.folders

    def _flatpak(self, folder: Folder) -> t.Collection[str] | None:
        if folder.name != "flatpak" or not {"app", "runtime"} & set(folder.folders):
            return None
        apps, runtimes = folder.names("app").folders, folder.names("runtime").folders
        if apps or runtimes:
            self._see("flatpak", folder, folder.path, (*apps, *runtimes))
        return folder.folders


__all__ = ("OtherLook",)
