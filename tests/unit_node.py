"""A node's systemd in a folder: links are real, processes are names in a set."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import READ_ANEW, UnitStatus
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_file import Text, parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_names import parts_of

FOLDERS = {"WantedBy": "wants", "RequiredBy": "requires"}


class Manager:
    """In Systemctl's place, with what the real one does to links, and what it reads when.

    :ivar fails: verbs that fail once, after they have done their work.
    :ivar fall: names that run from old files only, which say so.
    :ivar triggers: timers and sockets by the name of what they start.
    :ivar late: whether they fall only after systemctl has said that they are up.
    """

    def __init__(self, system: pathlib.Path) -> None:
        self.system = system
        self.running: set[str] = set()
        self.loaded: dict[str, str] = {}
        self.calls: list[str] = []
        self.fails: list[str] = []
        self.fall: set[str] = set()
        self.late = False
        self.triggers: dict[str, tuple[str, ...]] = {}
        self._starts = 0
        self._invocations: dict[str, str] = {}

    def enable(self, *units: str) -> None:
        for unit in units:
            if unit == READ_ANEW:
                continue
            path = pathlib.Path(unit) if unit.startswith("/") else self.system / parts_of(unit).template
            name, target = unit.rpartition("/")[2], path.resolve()
            at = self.system / target.name
            if at.is_symlink() and at.resolve() != target:
                raise CommandError(f"File {at} already exists", argv=["systemctl", "enable"])
            if not at.exists() and not at.is_symlink():
                at.symlink_to(target)
            instances = [self.system / name] if parts_of(name).instance else []
            for way in (*instances, *self._ways(target, name)):
                way.parent.mkdir(exist_ok=True)
                way.unlink(missing_ok=True)
                way.symlink_to(target)
        self._reload("enable", units)

    def disable(self, *names: str) -> None:
        for name in names:
            for link in [path for path in self.system.glob("*") if path.is_symlink()]:
                if name in (link.name, link.readlink().name):
                    link.unlink()
            for link in [path for path in self.system.glob("*.*/*") if not path.parent.name.endswith(".d")]:
                if name in (link.name, parts_of(link.name).template, link.readlink().name):
                    link.unlink()
        self._reload("disable", names)

    def start(self, *names: str) -> None:
        down = []
        for name in names:
            self._starts += 1
            self._invocations[name] = f"{self._starts:032x}"
            text = self.loaded.setdefault(name, self._text(name))
            if name in self.fall and "# old" not in text:
                down.append(name)
            else:
                self.running.add(name)
        self._done("start", names)
        if down and not self.late:
            raise CommandError(f"Job for {down[0]} failed", argv=["systemctl", "start"])

    def stop(self, *names: str) -> None:
        self.running.difference_update(names)
        for name in names:
            self.loaded.pop(name, None)
        self._done("stop", names)

    def show(self, names: t.Sequence[str]) -> dict[str, UnitStatus]:
        return {name: self._status(name) for name in names}

    def _status(self, name: str) -> UnitStatus:
        there = self._path(name).exists()
        return UnitStatus(
            name=name,
            id=name,
            load_state="loaded" if there else "not-found",
            active_state="active" if name in self.running else "inactive",
            unit_file_state="enabled" if list(self.system.glob(f"*.*/{name}")) else "linked",
            fragment_path=str(self._path(name)) if there else "",
            need_daemon_reload=name in self.loaded and self.loaded[name] != self._text(name),
            result="" if name in self.running else "exit-code",
            invocation=self._invocations.get(name, ""),
            triggered_by=self.triggers.get(name, ()),
        )

    def _ways(self, target: pathlib.Path, name: str) -> list[pathlib.Path]:
        unit = parse(target.name, [Text(str(target), target.read_bytes())])
        return [
            self.system / f"{one}.{folder}" / name
            for key, folder in FOLDERS.items()
            for said in unit.listed("Install", key)
            for one in said.value.split()
        ]

    def _path(self, name: str) -> pathlib.Path:
        return self.system / parts_of(name).template

    def _text(self, name: str) -> str:
        """Return what systemd would read of a unit now: its file, and then its drop-ins."""
        path = self._path(name)
        if not path.exists():
            return ""
        drop_ins = sorted(pathlib.Path(f"{path}.d").glob("*.conf"))
        return "".join(one.read_text() for one in (path, *drop_ins))

    def _reload(self, verb: str, names: t.Sequence[str]) -> None:
        self.loaded = {name: self._text(name) for name in self.loaded}
        self._done(verb, names)

    def _done(self, verb: str, names: t.Sequence[str]) -> None:
        if not names:
            return
        self.calls.append(f"{verb} {' '.join(name.rpartition('/')[2] for name in names)}")
        if verb in self.fails:
            self.fails.remove(verb)
            raise CommandError(f"systemctl {verb} failed", argv=["systemctl", verb])


def everything(folder: pathlib.Path) -> dict[str, str]:
    """Return what lies in a folder: content of files, targets of links; folders that are empty count too."""
    return {
        str(path.relative_to(folder)): f"-> {path.readlink()}" if path.is_symlink() else _content(path)
        for path in sorted(folder.rglob("*"))
    }


def _content(path: pathlib.Path) -> str:
    return path.read_text() if path.is_file() else "(folder)"
