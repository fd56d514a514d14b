# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change that could cut the operator off, made so that it cannot. Private to the collection.

One bounded, detached process of the run itself applies the change, waits until the controller proves from a new
connection that the operator still gets in, then makes it permanent; without the proof it undoes the change. Either way
it is gone after the bound: no timer, unit or agent stays on the node (runbook 6, "Never Self-Heal").
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import hashlib
import json
import os
import re
import signal
import syslog
import time
import typing as t

from ._files import read_text, remove_if_there, write_atomically

FOLDER = "/run/ai-systems-runbook/guarded"
_POLL_SECONDS = 0.1
# More than that many runs do not wait for the outcome of one kind of change at a time.
_KEPT_STATES = 8
# Acting and undoing take time beside the wait for the proof; a second run grants the first one so many seconds for it.
_LONGEST_ACT = 120
_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")
_TOKEN = re.compile(r"[0-9a-f]{32}")

State = t.Literal["applying", "waiting", "committing", "committed", "undone", "failed"]
_UNDER_WAY = ("applying", "waiting", "committing")


class GuardError(Exception):
    """The guarded change cannot be started; nothing was changed."""


class Guarded(t.Protocol):
    """A change that can be taken back. Every method must be bounded in time and must not import anything lazily."""

    def apply(self) -> None:
        """Make the change take effect, in a way that a power cut would lose where that is possible."""

    def commit(self) -> None:
        """Make the change permanent, after the proof."""

    def undo(self) -> None:
        """Put back what was before. Called after a failed apply too."""


class GuardState(t.NamedTuple):
    """What a guarded change last said of itself."""

    state: State
    pid: int
    started: int
    message: str


def state_path(name: str, token: str) -> str:
    """Return where the change of that name and token says of itself how far it is.

    Each has a file of its own: a run reads how its own change ended, also where the next one has begun meanwhile. What
    stands in the name tells nobody the token.
    """
    return _path(name, token, "json")


def proof_path(name: str, token: str) -> str:
    """Return where the controller leaves its word for the change of that name and token."""
    return _path(name, token, "proof")


def _path(name: str, token: str, kind: str) -> str:
    return f"{FOLDER}/{name}.{hashlib.sha256(token.encode()).hexdigest()[:16]}.{kind}"


def all_states(name: str) -> str:
    """Return the shell pattern of the files in which changes of that name tell their state."""
    return f"{FOLDER}/{name}.*.json"


def lock_path(name: str) -> str:
    """Return the file whose lock (flock) is held as long as a change of that name is under way."""
    return f"{FOLDER}/{name}.lock"


def read_state(name: str, token: str) -> GuardState | None:
    """Return the last word of the change of that name and token, None where there was none since boot."""
    return _state_in(state_path(name, token))


def _state_in(path: str) -> GuardState | None:
    text = read_text(path, limit=100_000)
    if text is None:
        return None
    try:
        data = json.loads(text)
        return GuardState(data["state"], int(data["pid"]), int(data["started"]), str(data["message"]))
    except (ValueError, KeyError, TypeError):
        return None


def is_alive(state: GuardState) -> bool:
    """Whether the process that wrote ``state`` still runs (its start time tells it from a reused process id)."""
    return process_start_time(state.pid) == state.started


def refusal(token: str) -> str:
    """Return what the controller writes in place of its proof where it has seen that the change must not stay.

    It names the change by its token: a worker that outlived its killed run must not refuse the change of the next one.
    """
    return f"refused {token}"


class Turn:
    """The right to change something: no other run's change of it is under way, nor begins while this is held."""

    def __init__(self, name: str, lock: int | None) -> None:
        self._name = name
        self._lock = lock

    def start(self, change: Guarded, *, token: str, seconds: float) -> int:
        """Start the detached process and return its process id at once. It holds the turn from here on.

        :param token: 32 hexadecimal digits that the controller alone knows and that the proof must contain.
        :param seconds: how long the process waits for the proof after it has applied the change.
        :raises GuardError: bad arguments, or no process; nothing was changed.
        """
        if not _TOKEN.fullmatch(token):
            raise GuardError(f"a change of {self._name} needs the controller's token: call the module by its full name")
        if self._lock is None:
            raise GuardError(f"a turn that only looks, or has been used, starts no change of {self._name}")
        lock, self._lock = self._lock, None
        return _start_locked(self._name, change, token=token, seconds=seconds, lock=lock)


@contextlib.contextmanager
def turn(name: str, *, seconds: float, look: bool = False) -> t.Iterator[Turn]:
    """Wait until no change of that name is under way, and keep others from beginning one.

    What is read within the turn is not about to change; what is decided upon it still holds when it is carried out.

    :param name: what is changed.
    :param seconds: how long such a change may wait for its proof; it is given some more to act and to undo.
    :param look: nothing is going to be started, as in a dry run, so nothing is written either.
    :raises GuardError: a bad name, or another change is still under way after its bound; nothing was changed.
    """
    if not _NAME.fullmatch(name):
        raise GuardError(f"bad name {name!r} for a guarded change")
    lock = _take_lock(name, seconds=seconds + _LONGEST_ACT, look=look)
    try:
        yield Turn(name, None if look else lock)
    finally:
        # A guard that was started holds the lock from here on, through the descriptor that it inherited.
        if lock is not None:
            os.close(lock)


def _take_lock(name: str, *, seconds: float, look: bool) -> int | None:
    """Return a descriptor that holds the lock of ``name``, None where a look finds that there never was a change.

    A run that was killed leaves its change to undo itself, and two runs may come at once. The lock is the kernel's: it
    is free as soon as the process that holds it is gone, however it went.

    :raises GuardError: it is still held after ``seconds``, or cannot be had at all.
    """
    try:
        if look and not os.path.exists(lock_path(name)):
            return None
        os.makedirs(FOLDER, mode=0o700, exist_ok=True)
        lock = os.open(lock_path(name), os.O_RDWR | os.O_CLOEXEC | os.O_CREAT, 0o600)
    except OSError as exc:
        remedy = "; run the task with become: true" if exc.errno in {errno.EACCES, errno.EPERM} else ""
        raise GuardError(f"{exc.filename or FOLDER} cannot be used ({exc.strerror}){remedy}") from exc
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(lock, (fcntl.LOCK_SH if look else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
                os.close(lock)
                raise GuardError(
                    f"another run is still at work on {name} (process {holder}) after {seconds:g} s; wait until it is "
                    "over, then run again"
                ) from None
            time.sleep(_POLL_SECONDS)
        else:
            if not look:
                _sign(lock)
            return lock


def _sign(lock: int) -> None:
    # Only an error names the holder: without room for its number the lock is held all the same.
    with contextlib.suppress(OSError):
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)


def _forget_old_states(name: str) -> None:
    """Keep the last outcomes for runs that have not read theirs yet; whatever is not over by now was killed."""
    files = sorted(glob.glob(all_states(name)), key=lambda path: os.stat(path).st_mtime_ns)
    for path in files:
        state = _state_in(path)
        if state is None or state.state in _UNDER_WAY or path not in files[-_KEPT_STATES:]:
            remove_if_there(path)
    for proof in glob.glob(f"{FOLDER}/{name}.*.proof*"):
        remove_if_there(proof)


def _start_locked(name: str, change: Guarded, *, token: str, seconds: float, lock: int) -> int:
    _forget_old_states(name)
    remove_if_there(state_path(name, token))
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _become_guard(name, change, token=token, seconds=seconds, parent=writer, lock=lock)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as answer:
        pid = answer.read()
    if not pid:
        raise GuardError(f"the process that guards {name} did not start")
    return int(pid)


def _become_guard(name: str, change: Guarded, *, token: str, seconds: float, parent: int, lock: int) -> t.NoReturn:
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGQUIT):
            signal.signal(ignored, signal.SIG_IGN)
        os.chdir("/")
        _leave_the_session()
        _sign(lock)
        _note(name, token, "applying", "")
        os.write(parent, str(os.getpid()).encode())
        _close_everything(but=lock)
        state, message = _guard(name, change, token=token, seconds=seconds)
        _note(name, token, state, message)
        remove_if_there(proof_path(name, token))
    finally:
        # Nothing of the module that this process was forked from may run a second time, whatever went wrong here.
        os._exit(0)


def _leave_the_session() -> None:
    """Move to the control group of systemd itself.

    Where this process stays in the group of the login, or of sshd, systemd may kill it with that group: as the
    connection dies (KillUserProcesses=), or as sshd is stopped by a unit whose KillMode= is not Debian's.
    """
    with contextlib.suppress(OSError), open("/sys/fs/cgroup/init.scope/cgroup.procs", "w", encoding="ascii") as group:
        group.write("0")


def _guard(name: str, change: Guarded, *, token: str, seconds: float) -> tuple[State, str]:
    """Carry the change through and return how it ended. Whatever is raised on the way, undo it."""
    doing = "it could not be applied"
    try:
        change.apply()
        doing = "it could not be watched over"
        _note(name, token, "waiting", "")
        why_not = _await_proof(name, token=token, seconds=seconds)
        if not why_not:
            doing = "it could not be made permanent"
            _note(name, token, "committing", "")
            change.commit()
            return "committed", ""
    except Exception as exc:  # noqa: BLE001 -- whatever it was, the change is undone
        why_not = f"{doing}: {exc}"
    try:
        change.undo()
    except Exception as exc:  # noqa: BLE001 -- the state must say so
        return "failed", f"{why_not}; and it could not be undone: {exc}"
    return "undone", why_not


def _await_proof(name: str, *, token: str, seconds: float) -> str:
    """Wait for the controller's word; return "" for a proof, else why the change must not stay."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        said = (read_text(proof_path(name, token), limit=1000) or "").strip()
        if said == token:
            return ""
        if said == refusal(token):
            return "the controller refused it"
        time.sleep(_POLL_SECONDS)
    return f"no proof of a login came within {seconds:g} s"


def _note(name: str, token: str, state: State, message: str) -> None:
    content = {"state": state, "pid": os.getpid(), "started": process_start_time(os.getpid()), "message": message}
    write_atomically(state_path(name, token), json.dumps(content).encode(), mode=0o600)
    syslog.openlog("ai-systems-runbook", syslog.LOG_PID, syslog.LOG_AUTHPRIV)
    syslog.syslog(syslog.LOG_NOTICE, f"guarded change of {name}: {state} {message}".rstrip())
    syslog.closelog()


def _close_everything(*, but: int) -> None:
    # The connection's pipes must not stay open here, or the controller would wait for the end of this process.
    syslog.closelog()
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.closerange(3, but)
    os.closerange(but + 1, 4096)


def process_start_time(pid: int) -> int:
    """Return the start time of a process in clock ticks since boot, -1 where it does not run."""
    try:
        # By the folder's descriptor: user emulation answers for "/proc/<own id>" with a time that nobody else sees.
        proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            stat = os.open(f"{pid}/stat", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
        finally:
            os.close(proc)
        with os.fdopen(stat, encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return -1
    # A zombie is over: field 3 (state) is the first after the name, field 22 (start time) the twentieth.
    return -1 if fields[0] in "ZX" else int(fields[19])


__all__ = (
    "FOLDER",
    "GuardError",
    "GuardState",
    "Guarded",
    "Turn",
    "all_states",
    "is_alive",
    "lock_path",
    "process_start_time",
    "proof_path",
    "read_state",
    "refusal",
    "state_path",
    "turn",
)
