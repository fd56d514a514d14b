# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out what was decided on units, and putting everything back where it fails (runbook 4). Private."""

from __future__ import annotations

import os
import pwd
import typing as t

from . import _deployment, _service_accounts, _unit_credentials
from ._command import CommandError
from ._files import FileError, remove_if_there, sync_folder
from ._moved_aside import Moved, move_aside, move_link_aside, put_back
from ._step import Change, StepError
from ._systemctl import READ_ANEW, Systemctl
from ._text import one_line
from ._unit_forgotten import forget_failed
from ._unit_links import SYSTEM, Links, Place, drop_ins_at, place_of, read_links
from ._unit_names import parts_of
from ._unit_order import Order
from ._unit_plan import Plan, ways_of
from ._unit_settled import Fallen, ended, tell, watch

CLAUSE = "4.3"
Say = t.Callable[[str], None]
Note = t.Callable[[t.Iterable[Change]], None]


class Deployer:
    """Carries a plan out.

    :param say: tells the operator what is being done.
    :param note: takes each change that was made.
    """

    def __init__(self, order: Order, plan: Plan, *, say: Say, note: Note, settle: float) -> None:
        self._order = order
        self._plan = plan
        self._say = say
        self._note = note
        self._settle = settle
        self._systemctl = Systemctl()
        self._links = read_links()
        self._touched = _touched(plan)
        self._drop_ins = {name: drop_ins_at(name) for name in self._touched}
        self._moved: list[Moved] = []
        self._pushed: list[tuple[str, str, bytes | None]] = []
        self._stopped: list[str] = []
        self._started: tuple[str, ...] = ()

    def carry_out(self, changes: t.Mapping[str, t.Sequence[Change]]) -> None:
        """Do it all, or put back what was there.

        :param changes: the changes that each phase of the plan makes, by its name.
        :raises StepError: it failed; the message says why, and what was put back.
        """
        phases: tuple[tuple[str, t.Callable[[], None]], ...] = (
            ("accounts", self._make_accounts),
            ("credentials", self._push),
            ("stop", self._stop),
            ("adopt", self._adopt),
            ("disable", self._disable),
            ("unlink", self._unlink),
            ("link", self._link),
            ("enable", self._enable),
            ("start", self._start),
            ("forget", self._forget),
        )
        try:
            for name, act in phases:
                if changes.get(name):
                    self._say(f"{name}: {_some(self._plan, name)}")
                    act()
                    self._note(changes[name])
        except (CommandError, FileError, OSError, StepError) as exc:
            undone = self._undone()
            short = exc.context.get("short", str(exc)) if isinstance(exc, StepError) else str(exc)
            raise StepError(f"{exc}\n{undone}", short=one_line(f"{short}. {undone}", 1000)) from exc

    def _make_accounts(self) -> None:
        for name in self._plan.accounts:
            _service_accounts.make(name)

    def _push(self) -> None:
        for unit, name in self._plan.credentials:
            before = _unit_credentials.push(unit, name, self._order.credentials[unit][name])
            self._pushed.append((unit, name, before))

    def _stop(self) -> None:
        self._stopped = list(self._plan.stop)
        self._systemctl.stop(*self._plan.stop)

    def _adopt(self) -> None:
        for path in self._plan.adopt:
            move = move_link_aside if place_of(path).kind == "link" else move_aside
            self._moved.append(move(path, clause=CLAUSE, why="a unit of the ai-systems repository takes its place"))

    def _disable(self) -> None:
        names = self._plan.disable
        self._systemctl.disable(*names)
        forget_failed(self._systemctl, (name for name in names if not parts_of(name).is_template))

    def _unlink(self) -> None:
        for path in self._plan.unlink:
            remove_if_there(path)
            _remove_if_empty(os.path.dirname(path))

    def _link(self) -> None:
        for path, target in self._plan.link:
            os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
            _make_link(path, target)

    def _enable(self) -> None:
        self._have_read(argument for _name, argument in (*self._plan.enable, *self._plan.read_anew))

    def _have_read(self, arguments: t.Iterable[str]) -> None:
        asked = dict.fromkeys(arguments)
        if len(asked) > 1:
            # Any other one does it as well.
            asked.pop(READ_ANEW, None)
        self._systemctl.enable(*asked)

    def _start(self) -> None:
        names = self._started = self._plan.start
        try:
            self._systemctl.start(*names)
        except CommandError as exc:
            states = self._systemctl.show(names)
            fallen = [
                tell(status, f"did not start: it is {status.active_state}{ended(status)}")
                for status in states.values()
                if status.active_state not in ("active", "activating")
            ]
            if not fallen:
                raise
            raise _fell(fallen) from exc
        self._say(f"watching for {self._settle:g} s whether they stay up: {_some(self._plan, 'start')}")
        fallen = watch(self._systemctl, names, seconds=self._settle)
        if fallen:
            raise _fell(fallen)

    def _forget(self) -> None:
        for unit in self._plan.forget:
            _unit_credentials.forget(unit)

    def _undone(self) -> str:
        """Put back links, credentials, checkout and what ran; return what to say of it."""
        deployment = _deployment.read(self._order.checkout)
        before = list(dict.fromkeys([*(deployment.stopped if deployment else ()), *self._stopped]))
        said: list[str] = []
        self._say("it failed: putting back what was there")
        for what, act in (
            ("the stop of what was started", self._stop_started),
            ("the credentials", self._credentials_back),
            ("the checkout", lambda: self._checkout_back(deployment, said)),
            ("the links", lambda: self._links_back(said)),
            ("the failure of what is gone again", lambda: forget_failed(self._systemctl, self._started)),
            ("the start of what ran before", lambda: self._start_again(before, said)),
        ):
            try:
                act()
            except (CommandError, FileError, OSError, StepError) as exc:
                said.append(f"{what} could not be undone: {one_line(str(exc), 300)}")
        return f"{'; '.join(said)}."

    def _stop_started(self) -> None:
        states = self._systemctl.show(self._started)
        self._systemctl.stop(*(name for name, status in states.items() if status.is_running))

    def _credentials_back(self) -> None:
        for unit, name, before in self._pushed:
            _unit_credentials.put_back(unit, name, before)

    def _checkout_back(self, deployment: _deployment.Deployment | None, said: list[str]) -> None:
        if deployment is None:
            return
        _deployment.checkout_back(deployment, pwd.getpwnam(self._order.operator))
        _deployment.end()
        said.append(f"{deployment.checkout} is at commit {deployment.commit[:12]} again")

    def _links_back(self, said: list[str]) -> None:
        changed = {name for name in self._touched if self._restore_drop_ins(name)}
        now = read_links()
        self._systemctl.disable(
            *(name for name in sorted(self._touched) if name in now.units.keys() - self._links.units)
        )
        for moved in self._moved:
            remove_if_there(moved.original)
            put_back(moved)
        now = read_links()
        changed |= {name for name in self._touched if _restore(self._links, now, name)}
        names = sorted(changed | self._read_names())
        self._have_read(argument for name in names for argument in self._arguments(name))
        for name in self._touched:
            if not self._drop_ins[name]:
                _remove_if_empty(f"{SYSTEM}/{name}.d")
        said.insert(0, "Put back as before: links and enablement")

    def _read_names(self) -> set[str]:
        return {name for name, _argument in (*self._plan.enable, *self._plan.read_anew)} | {
            parts_of(name).template for name in self._stopped
        }

    def _arguments(self, name: str) -> list[str]:
        """Return what makes systemd read a unit anew as it was before."""
        target = self._links.units.get(name, "")
        if not target or not os.path.exists(target):
            return [READ_ANEW]
        ways = ways_of(self._links, name)
        if parts_of(name).is_template:
            return sorted({way.rpartition("/")[2] for way in ways}) or [READ_ANEW]
        return [target] if ways else [READ_ANEW]

    def _restore_drop_ins(self, name: str) -> bool:
        was, now = self._drop_ins[name], drop_ins_at(name)
        wanted = {path: place.target for path, place in was.items() if place.kind == "link"}
        made = {path: place.target for path, place in now.items() if place.kind == "link"}
        return _make_same(wanted, made)

    def _start_again(self, before: t.Sequence[str], said: list[str]) -> None:
        stuck = _deployment.read(self._order.checkout)
        if stuck is not None and stuck.stopped:
            # Its files are those of the commit that failed.
            said.append(f"{', '.join(stuck.stopped)} not started, since the checkout is not back")
            before = [name for name in before if name not in stuck.stopped]
        states = self._systemctl.show(before)
        there = [name for name, status in states.items() if status.load_state == "loaded" and not status.is_running]
        self._systemctl.start(*there)
        if there:
            said.append(f"{', '.join(there)} started again")


def _fell(fallen: t.Sequence[Fallen]) -> StepError:
    return StepError("\n".join(one.sentence for one in fallen), short="; ".join(one.short for one in fallen))


def _touched(plan: Plan) -> frozenset[str]:
    """Return the unit files whose links a plan changes."""
    names = {parts_of(name).template for name in (*plan.stop, *plan.disable, *plan.start)}
    names |= {name for name, _argument in (*plan.enable, *plan.read_anew)}
    for path in (*plan.adopt, *plan.unlink, *(path for path, _target in plan.link)):
        folder, _slash, name = path.rpartition("/")
        names.add(folder.rpartition("/")[2].removesuffix(".d") if folder != SYSTEM else name)
    return frozenset(names)


def _restore(before: Links, now: Links, name: str) -> bool:
    def of(links: Links) -> dict[str, str]:
        # An enabled instance has a link of its own name beside its template's.
        top = {each: target for each, target in links.units.items() if parts_of(each).template == name}
        return {f"{SYSTEM}/{way}": target for way, target in {**top, **ways_of(links, name)}.items()}

    return _make_same(of(before), of(now))


def _make_same(wanted: t.Mapping[str, str], there: t.Mapping[str, str]) -> bool:
    for path in there.keys() - wanted.keys():
        remove_if_there(path)
    for path, target in wanted.items():
        if there.get(path) != target and place_of(path).kind in ("absent", "link"):
            os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
            _make_link(path, target)
    return dict(wanted) != dict(there)


def _make_link(path: str, target: str) -> None:
    if place_of(path) == Place("link", target):
        return
    temporary = f"{os.path.dirname(path)}/.{os.path.basename(path)}.ai-systems~"
    remove_if_there(temporary)
    os.symlink(target, temporary)
    os.rename(temporary, path)
    sync_folder(os.path.dirname(path))


def _remove_if_empty(folder: str) -> None:
    if folder.endswith(".d") and os.path.isdir(folder) and not os.listdir(folder):
        os.rmdir(folder)


def _some(plan: Plan, phase: str) -> str:
    items = [str(item[0] if isinstance(item, tuple) else item) for item in getattr(plan, phase)]
    more = f" and {len(items) - 5} more" if len(items) > 5 else ""
    return f"{', '.join(dict.fromkeys(items[:5]))}{more}"


__all__ = ("CLAUSE", "Deployer")
