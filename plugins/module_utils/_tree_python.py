# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a walk sees of Python packages (runbook 3.4): reading only. Private to the collection."""

from __future__ import annotations

import os
import sys
import typing as t

from ._tree_facts import Noted, Trace
from ._walk import Folder

CLAUSE = "3.4"
# Of metadata only the headers count, which come first; a RECORD lists each file of a package.
_HEAD = 64 * 1024
# Of all of one folder together; a whole desktop of packages has a tenth of that.
_RECORDS_LIMIT = 32 * 1024 * 1024
# Per folder; the rest is counted.
_MOST_READ = 300
_SITES = ("site-packages", "dist-packages")
_METADATA = (".dist-info", ".egg-info", ".egg-link", ".egg")
_VENV_FOLDERS = ("bin", "lib", "lib64", "include", "share", "etc", "man")
_NOT_LOOSE = ("__pycache__", "README.txt", "README", "easy-install.pth", "distutils-precedence.pth", ".lock")
_CACHES = ("http", "http-v2", "wheels")


class Distribution(t.NamedTuple):
    """One Python package as it lies on the disk.

    :param site: the folder that holds it.
    :param path: its metadata.
    :param kind: whether that is a folder or a file.
    :param installer: what its INSTALLER says.
    :param commands: programs that it brought to other folders, as absolute paths.
    :param modules: its files and folders in ``site``.
    :param importable: whether its owner's pip finds it without being told where, and so nothing else of that name: it
        lies where the node's own Python looks. A copy of a system lies nowhere like that.
    """

    site: str
    path: str
    kind: t.Literal["folder", "file"]
    name: str
    version: str
    installer: str
    uid: int
    commands: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    importable: bool = False


class Venv(t.NamedTuple):
    """A virtual environment.

    :param checkout: the checkout of git that it lies in, "" for none.
    :param system_site: whether it lets the system's packages in.
    :param home: the folder of the Python that it was made with, "" where it says none.
    :param tool: ``pipx`` or ``uv-tool`` where one of them made it for a program.
    """

    path: str
    uid: int
    checkout: str
    system_site: bool
    home: str
    tool: str = ""


class PythonFacts:
    """All that was seen of Python."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.distributions = Noted[Distribution]()
        self.uncounted: dict[str, int] = {}
        self.venvs = Noted[Venv]()
        self.venv_links = Noted[str]()
        self.loose = Noted[Trace]()
        self.tools = Noted[Trace]()


class PythonLook:
    """The detector's eye: it is shown each folder once."""

    def __init__(
        self,
        owned: t.Container[str],
        homes: t.Mapping[str, int] | None = None,
        *,
        base: str = "",
        python: str = f"python3.{sys.version_info.minor}",
    ) -> None:
        """Look past what dpkg owns.

        :param homes: folders that an account names as its home, with its user id.
        :param base: what is put before every path of the system, for tests.
        :param python: what the node's own Python is called.
        """
        self.facts = PythonFacts()
        self._owned = owned
        self._users = {f"{home}/.local/lib/{python}/site-packages": uid for home, uid in (homes or {}).items()}
        self._systems = (
            f"{base}/usr/local/lib/{python}/dist-packages",
            f"{base}/usr/lib/{python}/dist-packages",
            f"{base}/usr/lib/python3/dist-packages",
        )

    def look(self, folder: Folder) -> t.Collection[str]:
        """Write down what is seen; return the folders in there that need no look of their own."""
        if folder.checkout and ".venv" in folder.links:
            self.facts.venv_links.append(f"{folder.path}/.venv")
        if "pyvenv.cfg" in folder.files and not folder.is_place:
            self.facts.venvs.append(read_venv(folder))
            return _VENV_FOLDERS
        tool = self._tool(folder)
        if tool is not None:
            return tool
        named = [name for name in (*folder.folders, *folder.files) if name.endswith(_METADATA)]
        if named or folder.name in _SITES:
            self._site(folder, named)
            # Its modules are not walked through; what else may lie among them is.
            return folder.folders if folder.name in _SITES else named
        return ()

    def _tool(self, folder: Folder) -> t.Collection[str] | None:
        if "conda-meta" in folder.folders and not folder.is_place:
            names = [name for name in folder.names("conda-meta").files if name.endswith(".json")]
            self.facts.tools.append(Trace("conda", folder.path, folder.uid, details=(f"{len(names)} packages",)))
            return folder.folders
        if folder.name in (".pyenv", "pyenv") and "versions" in folder.folders:
            self.facts.tools.append(Trace("pyenv", folder.path, folder.uid, details=folder.names("versions").folders))
            return folder.folders
        if folder.path.endswith("/uv/python"):
            builds = [name for name in folder.folders if not name.startswith(".")]
            self.facts.tools.extend(Trace("uv-python", f"{folder.path}/{name}", folder.uid, name) for name in builds)
            return folder.folders
        if folder.path.endswith("/.cache/pip"):
            return _CACHES
        if folder.path.endswith("/.cache/uv"):
            return [name for name in folder.folders if name.rpartition("-v")[2].isdigit()]
        return None

    def _site(self, folder: Folder, named: t.Sequence[str]) -> None:
        is_site = folder.name in _SITES
        foreign = [name for name in named if f"{folder.path}/{name}" not in self._owned]
        tops: set[str] = set()
        left, complete = _RECORDS_LIMIT, True
        for name in foreign[:_MOST_READ]:
            if not counts(folder, name, is_site=is_site):
                continue
            record = _record(folder, name, left)
            left -= len(record)
            complete &= left > 0
            found = read_distribution(folder, name, record)
            tops.update(found.modules)
            self.facts.distributions.append(found._replace(importable=self._is_searched(folder.path, found.uid)))
        if len(foreign) > _MOST_READ:
            self.facts.uncounted[folder.path] = len(foreign) - _MOST_READ
        elif is_site and complete:
            self._loose(folder, tops, set(named))

    def _is_searched(self, site: str, uid: int) -> bool:
        """Whether the pip of the account ``uid`` means what lies in ``site`` where it is told a name alone."""
        if site in self._systems:
            return uid == 0
        return self._users.get(site) == uid

    def _loose(self, folder: Folder, tops: set[str], named: set[str]) -> None:
        loose = [
            name
            for name in (*folder.folders, *folder.files, *folder.links)
            if name not in named
            and name not in tops
            and name.partition(".")[0] not in tops
            and name not in _NOT_LOOSE
            and f"{folder.path}/{name}" not in self._owned
        ]
        if loose:
            self.facts.loose.append(Trace("loose", folder.path, folder.uid, details=tuple(loose)))


def counts(folder: Folder, name: str, *, is_site: bool) -> bool:
    """Whether metadata means an installed package, and not the source of one.

    In a checkout the unpacked source of a package may lie, with its metadata: only an installer leaves INSTALLER. What
    setuptools leaves beside a source tree is told by the list of installed files.
    """
    if is_site:
        return name in folder.folders or not name.endswith(".dist-info")
    if name.endswith(".dist-info"):
        wanted = ("INSTALLER",) if folder.checkout else ("METADATA", "RECORD", "INSTALLER")
    elif name.endswith(".egg-info"):
        wanted = ("installed-files.txt",)
    else:
        return False
    return any(folder.read(f"{name}/{one}", 1) is not None for one in wanted)


def read_venv(folder: Folder) -> Venv:
    """Read what a folder with a pyvenv.cfg is."""
    settings = {}
    for line in (folder.read("pyvenv.cfg", _HEAD) or "").splitlines():
        key, dummy, value = line.partition("=")
        settings[key.strip().lower()] = value.strip()
    tool = "pipx" if "pipx_metadata.json" in folder.files or folder.path.endswith("/pipx/shared") else ""
    tool = "uv-tool" if "uv-receipt.toml" in folder.files else tool
    return Venv(
        folder.path,
        folder.uid,
        folder.checkout if folder.checkout != folder.path else "",
        settings.get("include-system-site-packages", "").lower() == "true",
        settings.get("home", ""),
        tool,
    )


def read_distribution(folder: Folder, name: str, record: str) -> Distribution:
    """Read one package by the name of its metadata."""
    path = f"{folder.path}/{name}"
    is_folder = name in folder.folders
    if name.endswith(".dist-info"):
        head = folder.read(f"{name}/METADATA", _HEAD)
    elif name.endswith(".egg"):
        head = folder.read(f"{name}/EGG-INFO/PKG-INFO", _HEAD)
    else:
        head = folder.read(f"{name}/PKG-INFO" if is_folder else name, _HEAD)
    called, version = parse_metadata(head or "")
    stem = name[: name.rindex(".")]
    parts = stem.split("-")
    status = folder.status(name)
    return Distribution(
        site=folder.path,
        path=path,
        kind="folder" if is_folder else "file",
        name=called or parts[0],
        version=version or (parts[1] if len(parts) > 1 else ""),
        installer=(folder.read(f"{name}/INSTALLER", 100) or "").strip() if is_folder else "",
        uid=status.st_uid if status else folder.uid,
        commands=commands_of(folder.path, record),
        modules=modules_of(record, folder.read(f"{name}/top_level.txt", _HEAD) or ""),
    )


def parse_metadata(text: str) -> tuple[str, str]:
    """Return name and version of a METADATA or PKG-INFO, "" for what it does not say."""
    name = version = ""
    for line in text.splitlines():
        if not line:
            break
        key, dummy, value = line.partition(":")
        if key.lower() == "name":
            name = name or value.strip()
        elif key.lower() == "version":
            version = version or value.strip()
    return name, version


def commands_of(site: str, record: str) -> tuple[str, ...]:
    """Return the files outside ``site`` that a RECORD lists."""
    if "../" not in record:
        return ()
    lines = [line.split(",", 1)[0] for line in record.splitlines() if line.startswith("../")]
    if not site.endswith(_SITES):
        # pip --target puts them into the target's own bin, and leaves the RECORD as it was.
        return tuple(f"{site}/bin/{os.path.basename(path)}" for path in lines if os.path.dirname(path).endswith("/bin"))
    # Only below the prefix of its own Python: a RECORD may claim any file.
    prefix = site.rsplit("/", 3)[0]
    paths = [os.path.normpath(f"{site}/{path}") for path in lines]
    return tuple(path for path in paths if path.startswith(f"{prefix}/"))


def modules_of(record: str, top_level: str) -> tuple[str, ...]:
    """Return the names in the site that a RECORD or a top_level.txt lists."""
    tops = {line.split(",", 1)[0].split("/", 1)[0] for line in record.splitlines()}
    return tuple(sorted({*tops, *top_level.split()} - {"", ".."}))


def _record(folder: Folder, name: str, limit: int) -> str:
    if name.endswith(".dist-info") and limit > 0:
        return folder.read(f"{name}/RECORD", limit) or ""
    return ""


__all__ = (
    "CLAUSE",
    "Distribution",
    "PythonFacts",
    "PythonLook",
    "Venv",
    "commands_of",
    "counts",
    "modules_of",
    "parse_metadata",
    "read_distribution",
    "read_venv",
)
