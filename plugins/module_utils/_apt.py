# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seam to apt-get: every refresh, simulation and transaction passes here. Private to the collection."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import typing as t

from . import _dpkg
from ._apt_archive import Archive
from ._apt_plan import (
    Detail,
    Planned,
    explain,
    extended_states_after,
    happened,
    parse_simulation,
    require_plannable,
    require_space,
    status_after,
)
from ._command import Command
from ._detached import FOLDER, Job, make_folder
from ._files import metadata, read_text, sync_folder
from ._step import Change, Step, StepError
from ._text import one_line

if t.TYPE_CHECKING:
    from ._apt_names import Request

LISTS = "/var/lib/apt/lists"
RECORDS = "/var/lib/ai-systems-runbook"
TRANSACTIONS = f"{RECORDS}/transactions.jsonl"
OWN_LOCK = f"{FOLDER}/apt.lock"
LISTS_FRESH_SECONDS = 3600
_SOURCES = ("/etc/apt", "/etc/apt/sources.list", "/etc/apt/sources.list.d")
_LOCKS = (
    "/var/lib/dpkg/lock-frontend",
    "/var/lib/dpkg/lock",
    "/var/lib/apt/lists/lock",
    "/var/cache/apt/archives/lock",
    OWN_LOCK,
)
_DRY_RUN = re.compile(re.escape(FOLDER) + r"/dry-run-[0-9a-z_]+")
_CONFIGURATION = "/etc/apt/apt.conf.d"
_MAIN_CONFIGURATION = "/etc/apt/apt.conf"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_STALL_SECONDS = 900
_POLL_SECONDS = 0.2
_ENVIRON = {
    "DEBIAN_FRONTEND": "noninteractive",
    "DEBCONF_NONINTERACTIVE_SEEN": "true",
    "APT_LISTCHANGES_FRONTEND": "none",
    # List what a restart would serve, restart nothing: that is the operator's decision.
    "NEEDRESTART_MODE": "l",
    # Configuration files that ucf handles instead of dpkg.
    "UCF_FORCE_CONFFOLD": "1",
}
_OPTIONS = (
    "--quiet",
    "--assume-yes",
    "-o=APT::Get::AllowUnauthenticated=false",
    "-o=APT::Color=0",
    # As apt itself, which the runbook names: what is installed need not stay on the card as an archive too.
    "-o=APT::Keep-Downloaded-Packages=false",
    "-o=Acquire::Retries=2",
    "-o=Dpkg::Use-Pty=0",
    "-o=DPkg::Lock::Timeout=10",
    # The operator's version of a configuration file stays, also where the node's apt.conf says otherwise.
    "-o=Dpkg::Options::=--no-force-confnew",
    "-o=Dpkg::Options::=--force-confdef",
    "-o=Dpkg::Options::=--force-confold",
)

_NEVER = ("--no-remove",)
# A simulation may go where the real run never does, so that what stands in the way can be named.
_SIMULATED = ("--simulate", "--allow-downgrades")


class Transaction(t.NamedTuple):
    """What apt is asked to do: one command, its plan, and what the lists say of each package in it."""

    arguments: list[str]
    plan: list[Planned]
    details: list[Detail]
    kept_back: list[str]


class Root:
    """Where apt finds its lists and the state of dpkg: the node's own places, or private ones for a dry run."""

    def __init__(self, folder: str = "") -> None:
        self.folder = folder

    @property
    def environ(self) -> dict[str, str]:
        return {**_ENVIRON, **({"APT_CONFIG": f"{self.folder}/apt.conf"} if self.folder else {})}

    @property
    def status(self) -> str:
        return f"{self.folder}/status" if self.folder else _dpkg.STATUS

    @property
    def extended_states(self) -> str:
        return f"{self.folder}/extended_states" if self.folder else _dpkg.EXTENDED_STATES

    @classmethod
    def private(cls, *, lists: str = "") -> Root:
        """Make a private place, to be removed by :meth:`remove`; ``lists`` are read there instead of empty ones."""
        make_folder()
        folder = tempfile.mkdtemp(prefix="dry-run-", dir=FOLDER)
        # apt fetches as the user _apt.
        os.chmod(folder, 0o755)  # noqa: S103  (lists are public)
        for made in ("lists/partial", "cache/archives/partial"):
            os.makedirs(f"{folder}/{made}")
        shutil.copyfile(_dpkg.STATUS, f"{folder}/status")
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(_dpkg.EXTENDED_STATES, f"{folder}/extended_states")
        _private_configuration(folder, lists or f"{folder}/lists")
        return cls(folder)

    @classmethod
    def left_by_check(cls, folder: str) -> Root | None:
        """Return the private place that an earlier step of the same dry run left, None where it is gone.

        :raises StepError: the path is not one that such a step makes.
        """
        if not folder:
            return None
        if not _DRY_RUN.fullmatch(folder):
            raise StepError(
                f"dry_run {one_line(folder, 80)!r} is not a folder that a dry run makes; leave it to the role"
            )
        found = metadata(folder)
        return cls(folder) if found and found.kind == "folder" and found.uid == 0 else None

    def advance(self, details: t.Sequence[Detail]) -> None:
        """Pretend that a transaction was carried out, so that the next simulation starts from there."""
        status = read_text(self.status, limit=_dpkg.STATUS_LIMIT) or ""
        states = read_text(self.extended_states, limit=_dpkg.STATUS_LIMIT) or ""
        for path, text in (
            (self.status, status_after(status, details)),
            (self.extended_states, extended_states_after(states, details)),
        ):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)

    def remove(self) -> None:
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def _private_configuration(folder: str, lists: str) -> None:
    """Write the node's own configuration of apt with private places on top.

    APT_CONFIG alone is read first and so gives way to the node's files; therefore they are copied, and ours comes last.
    """
    parts = f"{folder}/apt.conf.d"
    os.mkdir(parts)
    with contextlib.suppress(FileNotFoundError):
        for entry in os.scandir(_CONFIGURATION):
            if entry.is_file():
                shutil.copyfile(entry.path, f"{parts}/{entry.name}")
    with contextlib.suppress(FileNotFoundError):
        shutil.copyfile(_MAIN_CONFIGURATION, f"{parts}/zzzz-main")
    last = (
        f'Dir::State::lists "{lists}";\n'
        f'Dir::State::status "{folder}/status";\n'
        f'Dir::State::extended_states "{folder}/extended_states";\n'
        f'Dir::Cache "{folder}/cache";\n'
        # One cache of the two: /run is memory.
        'Dir::Cache::pkgcache "";\n'
        'Acquire::Languages "none";\n'
        'Debug::NoLocking "true";\n'
        # Hooks of other packages act on the node, and this is a dry run.
        "#clear APT::Update::Pre-Invoke;\n#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n"
    )
    first = f'Dir::Etc::parts "{parts}";\nDir::Etc::main "/dev/null";\n'
    for path, text in ((f"{parts}/zzzzz-dry-run", last), (f"{folder}/apt.conf", first)):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def lists_are_fresh() -> bool:
    """Whether the node's package lists were fetched within the hour and after the last change of its sources."""
    try:
        if not any(name.endswith(("InRelease", "Release")) for name in os.listdir(LISTS)):
            return False
        fetched = os.stat(LISTS).st_mtime
        changed = max(_mtime(path) for path in _all_sources())
    except FileNotFoundError:
        return False
    return 0 <= time.time() - fetched < LISTS_FRESH_SECONDS and changed <= fetched


def _all_sources() -> t.Iterator[str]:
    yield from _SOURCES
    with contextlib.suppress(FileNotFoundError):
        yield from (entry.path for entry in os.scandir(_SOURCES[-1]))


def _mtime(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except FileNotFoundError:
        return 0


def refresh(root: Root, job: Job) -> None:
    """Fetch the package lists, all of them or none counts.

    :raises StepError: why not, with the remedy.
    """
    job.say("refreshing the package lists" + (" for the dry run" if root.folder else ""))
    _apt_get(["update", "--error-on=any"], root, job, what="refreshing the package lists")
    if not root.folder:
        os.utime(LISTS)


def plan_upgrade(root: Root, job: Job) -> Transaction:
    """Return what ``apt upgrade`` would do: upgrade and install what upgrades need, remove nothing."""
    return _plan(["upgrade", "--with-new-pkgs"], (), root, job)


def plan_install(wanted: t.Sequence[Request], root: Root, job: Job) -> Transaction:
    """Return what installing ``wanted`` would do, with all that it pulls in.

    :raises StepError: apt knows no such package, or would not do it without removing or downgrading something.
    """
    return _plan(["install", *(request.argument for request in wanted)], wanted, root, job)


def _plan(arguments: list[str], wanted: t.Sequence[Request], root: Root, job: Job) -> Transaction:
    job.say("working out what is to be done")
    archive = Archive(root.environ)
    # apt-get would take a name that it does not know for a regular expression.
    unknown = [request.name for request in wanted if not archive.knows(request.name)]
    if unknown:
        raise StepError(
            f"the node's archives offer no package named {', '.join(unknown[:10])}; "
            "correct the name in the inventory, or the node's apt sources"
        )
    done = Command("apt-get", environ=root.environ).run([*_OPTIONS, *_SIMULATED, *arguments], timeout=600, check=False)
    if done.rc:
        raise StepError(explain("working out what is to be done", done.rc, done.out, done.err))
    plan = parse_simulation(done.out)
    details = [archive.detail(item) for item in plan]
    require_plannable(wanted, plan, details)
    return Transaction(arguments, plan, details, [] if wanted else archive.kept_back(plan))


def carry_out(step: Step, transaction: Transaction, job: Job, *, clause: str) -> None:
    """Carry a planned transaction out, in check mode only note it. The one place from which packages get installed.

    What is noted is what dpkg says afterwards, also when apt-get failed half-way.

    :raises StepError: why it failed, with the remedy.
    """
    if not transaction.plan or step.check_mode:
        step.note(item.change for item in transaction.plan)
        return
    free = os.statvfs("/usr")
    require_space(transaction.details, free.f_bavail * free.f_frsize)
    count = f"{len(transaction.plan)} package{'s' if len(transaction.plan) > 1 else ''}"
    size = sum(detail.size for detail in transaction.details)
    identity = f"{time.time_ns():x}-{os.getpid()}"
    packages = [detail.as_record() for detail in transaction.details]
    append_record({"id": identity, "state": "begun", "clause": clause, "packages": packages})
    try:
        _apt_get(transaction.arguments, Root(), job, what=f"installing {count}, {size / 1e6:.1f} MB")
    finally:
        node = _dpkg.read()
        done = happened(transaction.plan, node)
        step.note(item.change for item in done)
        append_record({"id": identity, "state": "ended", "installed": [item.name for item in done]})
    lacking = sorted({item.name for item in transaction.plan} - {item.name for item in done})
    if lacking:
        raise StepError(
            f"apt-get ended well, but dpkg does not say that {', '.join(lacking[:10])} are installed as planned; "
            "another process may have come in between: run again"
        )


def mark_manual(step: Step, names: t.Sequence[str]) -> None:
    """Tell apt that the operator wants these installed packages for their own sake."""
    step.carry_out(
        [Change(name, "mark manual", "automatic\n", "manual\n") for name in names],
        lambda change: _mark(change.subject),
    )


def _mark(name: str) -> None:
    Command("apt-mark", environ=_ENVIRON).run(["manual", name])


def append_record(content: dict[str, t.Any]) -> None:
    """Add a line to the node's record of transactions, safe from a power cut."""
    os.makedirs(RECORDS, mode=0o755, exist_ok=True)
    line = json.dumps({"time": utc_now(), **content}, sort_keys=True) + "\n"
    descriptor = os.open(TRANSACTIONS, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(RECORDS)


def utc_now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


@contextlib.contextmanager
def locked(job: Job, *, seconds: int) -> t.Iterator[None]:
    """Wait until no other process works with apt or dpkg, and keep other runs of this collection out meanwhile.

    :raises StepError: a lock is still held after ``seconds``; names its holder.
    """
    make_folder()
    began = time.monotonic()
    # Closed to all others: a lock for reading, which any user may take on a readable file, would keep us out.
    descriptor = os.open(OWN_LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as own:
        while True:
            busy = _busy(own)
            if busy is None:
                break
            waited = int(time.monotonic() - began)
            path, holder = busy
            job.require_watched()
            if waited >= seconds:
                raise StepError(
                    f"{path} is still held by {holder} after {seconds} s; let it end or stop it, then run again "
                    "(system_update_lock_timeout says how long to wait)"
                )
            job.say(f"waiting for {path}, held by {holder}: {waited} s of {seconds} s")
            time.sleep(1)
        yield


def _busy(own: t.TextIO) -> tuple[str, str] | None:
    for path in _LOCKS:
        holder = _holder(path)
        if holder is not None:
            return path, holder
    try:
        fcntl.lockf(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return OWN_LOCK, "another run"
    return None


def _holder(path: str) -> str | None:
    """Return who holds a lock, None where nobody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        # struct flock of 64-bit Linux: type, whence, start, length, process.
        asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind, dummy, dummy, dummy, pid = struct.unpack("hhqqi4x", fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
    finally:
        os.close(descriptor)
    if kind == fcntl.F_UNLCK:
        return None
    name = one_line((read_text(f"/proc/{pid}/comm") or "").strip(), 40) if pid > 0 else ""
    return f"process {pid} ({name or 'unknown'})" if pid > 0 else "a process outside of this system's view"


def _apt_get(arguments: t.Sequence[str], root: Root, job: Job, *, what: str) -> None:
    make_folder()
    folder = tempfile.mkdtemp(prefix="apt-", dir=FOLDER)
    try:
        # Files, not pipes: apt-get and dpkg go on to a good end even if this process does not.
        with (
            open(f"{folder}/out", "w+b") as out,
            open(f"{folder}/err", "w+b") as err,
            open(f"{folder}/status", "w+b") as status,
        ):
            process = subprocess.Popen(  # pylint: disable=ansible-bad-function
                ["apt-get", *_OPTIONS, *_NEVER, f"-o=APT::Status-Fd={status.fileno()}", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                pass_fds=(status.fileno(),),
                env={"PATH": _PATH, "LC_ALL": "C", "LANG": "C", "HOME": "/root", **root.environ},
                cwd="/",
                start_new_session=True,
            )
            _watch(process, f"{folder}/status", job, what=what)
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode("utf-8", "replace"))
        if process.returncode:
            raise StepError(
                explain(what, process.returncode, texts[0], texts[1]),
                stdout=one_line(texts[0][-4000:], 4000),
                stderr=one_line(texts[1][-4000:], 4000),
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _watch(process: subprocess.Popen[bytes], status: str, job: Job, *, what: str) -> None:
    """Wait for apt-get and tell how far it is. It is ended while it fetches only, never once dpkg is at work."""
    last, since = "", time.monotonic()
    try:
        while process.poll() is None:
            said = _last_line(status)
            if said != last:
                last, since = said, time.monotonic()
                job.say(_progress(what, said))
            stalled = time.monotonic() - since > _STALL_SECONDS
            if _is_fetching(last):
                job.require_watched()
            if stalled:
                raise StepError(
                    f"{what}: no progress for {_STALL_SECONDS} s at {one_line(last, 200) or 'the beginning'}; "
                    "check the node's network. Once dpkg is at work it is left running, since ending it would leave "
                    "packages half-way: then look on the node what it waits for"
                )
            time.sleep(_POLL_SECONDS)
    except BaseException:
        if _is_fetching(_last_line(status)):
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
        raise


def _is_fetching(said: str) -> bool:
    return not said or said.startswith("dlstatus:")


def _progress(what: str, said: str) -> str:
    """Return a line of apt's status as text: kind, package, per cent, message."""
    kind, dummy, percent, message = (*said.split(":", 3), "", "", "", "")[:4]
    phase = "fetched " if kind == "dlstatus" else ""
    return f"{what}: {phase}{percent.partition('.')[0]} %, {one_line(message, 120)}" if message else what


def _last_line(path: str) -> str:
    with open(path, "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 1000))
        lines = file.read().decode("utf-8", "replace").splitlines()
    return lines[-1] if lines else ""


__all__ = (
    "LISTS",
    "RECORDS",
    "TRANSACTIONS",
    "Root",
    "Transaction",
    "append_record",
    "carry_out",
    "lists_are_fresh",
    "locked",
    "mark_manual",
    "plan_install",
    "plan_upgrade",
    "refresh",
    "utc_now",
)
