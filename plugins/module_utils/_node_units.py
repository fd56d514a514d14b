# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every unit on a node, of the system's manager and of people (runbook 4, 6.1, 6.2). Private to the collection.

The folders say what there is, systemd what it has loaded. The managers of people are read from their folders alone:
most are not running.
"""

from __future__ import annotations

import functools
import typing as t

from ._files import FileError, read_bounded
from ._node_paths import may_read, real_path
from ._systemctl import show_loaded
from ._unit_file import LONGEST_FILE, Text, Unit, parse
from ._unit_folders import EVERYBODY, SYSTEM, Folders, alias_of, drop_ins_of, is_unit_name, read_folders, state_of
from ._unit_names import parts_of
from ._unit_problems import Problem

if t.TYPE_CHECKING:
    from ._node_view import Home, NodeView

SYSTEM_MANAGER: t.Final = "system"
# Units that the manager of every account has.
ALL_ACCOUNTS: t.Final = "*"
_INSTALL = ("WantedBy", "RequiredBy", "UpheldBy", "Alias", "Also")
_VENDOR = "/usr/lib/systemd/"
# All in one answer, on which half of the rules stand: what a Pi says in a second took a busy, emulated node a minute.
_SECONDS_FOR_ALL_UNITS: t.Final = 120.0


class NodeUnit(t.NamedTuple):
    """A unit with its files and what systemd holds of it.

    :param manager: system, the name of the account whose manager it belongs to, or ``*`` for that of every account.
    :param fragment: path of its file or link in systemd's folders, "" where it has none (a mount of /etc/fstab).
    :param file_state: enabled, static, linked …, as systemctl says; "" where it has no file.
    :param active_state: "" where it is not loaded.
    :param properties: of ``systemctl show``, by name; empty where it is not loaded. Names, states and lists of names:
        what it runs is in ``unit``.
    :param unit: parsed from its file and drop-ins.
    :param is_vendor: whether its file is a package's, and as the package brought it (ruling 5).
    :param other_drop_ins: drop-ins that are no package's, or not as it brought them.
    :param source: what the fragment leads to with all links followed, "" for none.
    :param aliases: its other names.
    """

    name: str
    manager: str
    fragment: str
    drop_ins: tuple[str, ...]
    file_state: str
    active_state: str
    properties: t.Mapping[str, str]
    unit: Unit
    is_vendor: bool
    other_drop_ins: tuple[str, ...]
    source: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def is_masked(self) -> bool:
        """Whether its file is a link to nothing, so that it cannot be started."""
        return self.source == "/dev/null"

    @property
    def is_transient(self) -> bool:
        """Whether somebody made it at run time, and it has no file that lasts."""
        return self.fragment.startswith(("/run/systemd/transient/", "/run/systemd/system.control/")) or (
            self.properties.get("Transient") == "yes"
        )

    @property
    def is_generated(self) -> bool:
        """Whether a program made its file when systemd read its configuration."""
        return "/generator" in self.fragment.rpartition("/")[0]

    @property
    def is_running(self) -> bool:
        """Whether it is there in any way that a stop would end."""
        return self.active_state in ("active", "activating", "reloading", "deactivating", "refreshing")


def read_units(view: NodeView) -> list[NodeUnit]:
    """Read all units of this node.

    :raises ViewError: systemd does not answer, or a folder cannot be read.
    """
    folders = read_folders(view, SYSTEM)
    patient = functools.partial(view.run, timeout=_SECONDS_FOR_ALL_UNITS)
    loaded = {one["Id"]: one for one in show_loaded(patient) if _is_loaded(one)}
    reader = _Reader(view, SYSTEM_MANAGER, folders, loaded)
    found = reader.all(_names(folders, loaded))
    everybody = read_folders(view, EVERYBODY)
    found += _Reader(view, ALL_ACCOUNTS, everybody, {}).all(_names(everybody, {}))
    for home in view.homes:
        found += _of_person(view, home, everybody)
    return found


def _is_loaded(properties: t.Mapping[str, str]) -> bool:
    return is_unit_name(properties.get("Id", "")) and properties.get("LoadState") != "not-found"


def _names(folders: Folders, loaded: t.Collection[str]) -> list[str]:
    """Return what has a file, is loaded, or is an instance that is enabled."""
    enabled = [way.name for way in folders.ways if parts_of(way.name).template in folders.files]
    return sorted({*folders.files, *loaded, *(name for name in enabled if is_unit_name(name))})


def folders_of(home: Home) -> tuple[str, ...]:
    """Return the folders that are somebody's own manager's alone, the strongest first."""
    run = f"/run/user/{home.uid}/systemd"
    # What XDG_CONFIG_HOME and XDG_DATA_HOME may say else is in a session's environment, and not on disk.
    return (
        *(f"{home.path}/.config/systemd/user.control", f"{run}/user.control", f"{run}/transient"),
        *(f"{run}/generator.early", f"{home.path}/.config/systemd/user", f"{run}/user", f"{run}/generator"),
        *(f"{home.path}/.local/share/systemd/user", f"{run}/generator.late"),
    )


def _of_person(view: NodeView, home: Home, everybody: Folders) -> list[NodeUnit]:
    """Read what somebody's own manager has beside what everybody's has."""
    mine = folders_of(home)
    own = read_folders(view, mine)
    if not (own.files or own.ways or own.drop_in_folders):
        return []
    whole = read_folders(view, (*mine, *everybody.search))
    stems = [stem for stem in own.drop_in_folders if is_unit_name(stem)]
    names = {name for name in (*own.files, *(way.name for way in own.ways), *stems) if is_unit_name(name)}
    return _Reader(view, home.name, whole, {}, uid=home.uid).all(sorted(names))


class _Reader:
    """Reads the units of one manager."""

    def __init__(
        self,
        view: NodeView,
        manager: str,
        folders: Folders,
        loaded: t.Mapping[str, t.Mapping[str, str]],
        *,
        uid: int = 0,
    ) -> None:
        self._view = view
        self._manager = manager
        self._folders = folders
        self._loaded = loaded
        self._uid = uid
        self._aliases: dict[str, list[str]] = {}
        for name in folders.files:
            of = alias_of(view, folders, name)
            if of != name:
                self._aliases.setdefault(of, []).append(name)

    def all(self, names: t.Iterable[str]) -> list[NodeUnit]:
        aliases = {name for others in self._aliases.values() for name in others}
        return [self._unit(name) for name in names if name not in aliases]

    def _unit(self, name: str) -> NodeUnit:
        files = self._folders.files
        properties = self._loaded.get(name, {})
        fragment = files.get(name) or files.get(parts_of(name).template) or properties.get("FragmentPath", "")
        aliases = tuple(self._aliases.get(name, ()))
        drop_ins = drop_ins_of(self._view, self._folders, (name, *aliases))
        source = real_path(self._view, fragment) if fragment else ""
        unit = self._parsed(name, fragment, source, drop_ins)
        has_install = any(unit.said("Install", key) for key in _INSTALL)
        state = properties.get("UnitFileState") or state_of(self._view, self._folders, name, has_install=has_install)
        return NodeUnit(
            name=name,
            manager=self._manager,
            fragment=fragment,
            drop_ins=tuple(drop_ins),
            file_state=state,
            active_state=properties.get("ActiveState", ""),
            properties=properties,
            unit=unit,
            is_vendor=is_vendor_file(self._view, source),
            other_drop_ins=tuple(
                path for path in drop_ins if not is_vendor_file(self._view, real_path(self._view, path))
            ),
            source=source,
            aliases=aliases,
        )

    def _is_vendor(self, path: str) -> bool:
        return is_vendor_file(self._view, real_path(self._view, path))

    def _parsed(self, name: str, fragment: str, source: str, drop_ins: t.Sequence[str]) -> Unit:
        texts: list[Text] = []
        problems: list[Problem] = []
        for path in (fragment, *drop_ins) if fragment else drop_ins:
            real = source if path == fragment else real_path(self._view, path)
            try:
                content = self._content(real)
            except (FileError, OSError) as exc:
                problems.append(_unread(path, str(exc)))
                continue
            if content is not None:
                texts.append(Text(path, content))
        unit = parse(name, texts)
        unit.problems.extend(problems)
        return unit if texts else unit._replace(file=fragment or name)

    def _content(self, real: str) -> bytes | None:
        if not real or real == "/dev/null":
            return None
        if not may_read(self._view, real, self._uid):
            raise FileError("its owner may not read what it leads to")
        return read_bounded(self._view.on_disk(real), limit=LONGEST_FILE)


def is_vendor_file(view: NodeView, real: str) -> bool:
    """Return whether a unit file or drop-in is a package's, where packages have theirs, and as it came."""
    return real.startswith(_VENDOR) and view.is_original(real)


def _unread(path: str, why: str) -> Problem:
    remedy = "look at it on the node and remove it"
    return Problem("4.3", "syntax", path, 0, f"it cannot be read: {why}", remedy, "unknown")


__all__ = ("ALL_ACCOUNTS", "SYSTEM_MANAGER", "NodeUnit", "folders_of", "is_vendor_file", "read_units")
