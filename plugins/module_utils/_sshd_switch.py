# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guarded change that makes sshd take the operator's key and nothing else (runbook 2.8). Private to the collection.

Until the proof our file on the disk only includes another one in /run: a power cut takes that away, and sshd comes up
with what it had before. Nothing that is needed to go back needs room on the disk.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import socket
import subprocess
import time
import typing as t

from ._command import Command
from ._files import metadata, read_text, remove_if_there, sync_folder, write_atomically
from ._sshd_config import DROP_IN, FOLDER, ON_TRIAL, not_in_force, on_trial, parse_effective
from ._sshd_service import (
    RUN_FOLDER,
    Connection,
    Daemon,
    Endpoint,
    SshdServiceError,
    answers,
    effective,
    offered_methods,
    program_of,
    start,
    stop,
    test_config,
)
from ._text import one_line

GUARD = "sshd"
TRIAL_FOLDER = "/run/ai-systems-runbook/sshd"
TRIAL_FILE = f"{TRIAL_FOLDER}/trial.conf"
# Names that begin with a dot are matched by no Include pattern.
_NEW = f"{FOLDER}/.{os.path.basename(DROP_IN)}.new"
_REHEARSAL_SECONDS = 10
ONLY_KEYS = ["publickey"]


def judged_users(operator: str) -> tuple[str, ...]:
    """For whom the settings that hold are asked: the operator, root, and somebody else."""
    return (operator, "root", "nobody")


def require_in_force(
    daemon: Daemon, main: str, *, operator: str, connection: Connection | None
) -> dict[str, list[str]]:
    """Have sshd itself say that a configuration means what we want, for everybody; return what it says of the operator.

    :raises SshdServiceError: it does not.
    """
    said: dict[str, dict[str, list[str]]] = {}
    for user in judged_users(operator):
        said[user] = parse_effective(effective(daemon, main, user=user, connection=connection))
        wrong = not_in_force(said[user], operator)
        if wrong:
            raise SshdServiceError(
                f"by sshd's own word (sshd -T) {'; '.join(wrong)} for a login of {user!r} with the configuration of "
                f"{daemon.name}; find what says so in {main} and the files that it includes, and take it out"
            )
    return said[operator]


class SshdSwitch:
    """Writes on trial, checks, rehearses, stops and starts; then for good, or back."""

    def __init__(
        self,
        daemons: t.Sequence[Daemon],
        *,
        text: str | None,
        mains: t.Mapping[str, str],
        operator: str,
        connection: Connection | None,
    ) -> None:
        """
        :param daemons: all sshd that listen; those with a process are stopped and started.
        :param text: what our file must hold; None where it holds that already.
        :param mains: new text of main configuration files, by path.
        """
        self._daemons = list(daemons)
        self._text = text
        self._mains = dict(mains)
        self._operator = operator
        self._connection = connection
        self._kept: dict[str, str] = {}
        self._written: list[str] = []
        self._stopped: list[Daemon] = []

    def apply(self) -> None:
        """Bring the listener up with the new configuration, which only /run holds yet."""
        self._write()
        for daemon in self._daemons:
            main = daemon.options.main
            test_config(daemon, main)
            require_in_force(daemon, main, operator=self._operator, connection=self._connection)
            rehearse(daemon, main, self._operator)
        for daemon in self._daemons:
            if daemon.pid:
                self._stopped.append(daemon)
                stop(daemon)
                start(daemon)

    def commit(self) -> None:
        """Put our file itself in place. It was written before the proof, so this needs no room on the disk."""
        before = os.stat(FOLDER)
        if self._text is not None:
            os.rename(_NEW, DROP_IN)
        for kept in self._kept.values():
            remove_if_there(kept)
        # sshd has read exactly this: the folder must not look as if something had changed since sshd was started.
        os.utime(FOLDER, ns=(before.st_atime_ns, before.st_mtime_ns))
        sync_folder(FOLDER)
        shutil.rmtree(TRIAL_FOLDER, ignore_errors=True)

    def undo(self) -> None:
        """Put every file back by renaming alone, and have the listener read them again."""
        errors: list[str] = []
        for path in self._written:
            with _noting(errors):
                if path in self._kept:
                    os.rename(self._kept[path], path)
                else:
                    remove_if_there(path)
        for rest in (_NEW, TRIAL_FILE):
            with _noting(errors):
                remove_if_there(rest)
        for daemon in self._stopped:
            with _noting(errors):
                _bring_back(daemon)
        if errors:
            raise SshdServiceError("; ".join(errors))

    def _write(self) -> None:
        if self._text is not None:
            os.makedirs(FOLDER, mode=0o755, exist_ok=True)
            write_atomically(_NEW, self._text.encode(), mode=0o644)
            os.makedirs(TRIAL_FOLDER, mode=0o700, exist_ok=True)
            write_atomically(TRIAL_FILE, self._text.encode(), mode=0o600)
            self._replace(DROP_IN, on_trial(f"{TRIAL_FOLDER}/*.conf", read_text(DROP_IN) or ""))
        for path, text in self._mains.items():
            self._replace(path, text)

    def _replace(self, path: str, text: str) -> None:
        held = metadata(path)
        mode = held.mode if held and held.kind == "file" else 0o644
        # A second name, not a copy: renaming it back needs no room on a disk that may be full by then.
        kept = f"{os.path.dirname(path)}/.{os.path.basename(path)}.before"
        if held and (read_text(path) or "").startswith(ON_TRIAL):
            # What a trial left that the power was cut in: what was there before it is what comes back.
            if metadata(kept):
                self._kept[path] = kept
        elif held:
            remove_if_there(kept)
            os.link(path, kept, follow_symlinks=False)
            self._kept[path] = kept
        self._written.append(path)
        write_atomically(path, text.encode("utf-8", "surrogateescape"), mode=mode)


@contextlib.contextmanager
def _noting(errors: list[str]) -> t.Iterator[None]:
    # One part that cannot be undone must not keep the others from it.
    try:
        yield
    except Exception as exc:  # noqa: BLE001 -- whatever it was
        errors.append(one_line(str(exc), 300))


def _bring_back(daemon: Daemon) -> None:
    """Have an sshd listen with the old files, at any price: by its unit, else by the command line that it had.

    :raises SshdServiceError: its unit does not start it any more, which must be said although it listens again.
    """
    with contextlib.suppress(Exception):
        stop(daemon)
    try:
        start(daemon)
    except Exception as exc:
        argv = [word for word in shlex.split(daemon.title) or daemon.argv if word not in {"-D", "-De", "-e"}]
        with contextlib.suppress(Exception):
            # The unit's own Restart= would go on trying, and with each failure take away the folder that sshd needs.
            stop(daemon)
        with contextlib.suppress(Exception):
            os.makedirs(RUN_FOLDER, mode=0o755, exist_ok=True)
            Command(program_of(daemon)).run(argv[1:])
        silent = [endpoint for endpoint in daemon.endpoints if not answers(endpoint)]
        raise SshdServiceError(
            (f"nothing listens at {silent[0]}, use the console" if silent else "an sshd without a unit listens instead")
            + f", since {daemon.unit} does not start any more; mend what journalctl -u {daemon.unit} names"
        ) from exc


def rehearse(daemon: Daemon, main: str, operator: str) -> None:
    """Start another sshd with the new configuration, on the loopback interface alone, and ask it what it offers.

    What keeps sshd from starting, or makes it offer more than keys, shows while the old one still listens.

    :raises SshdServiceError: it does not start, or offers something else.
    """
    port = _free_port()
    options = (f"ListenAddress=127.0.0.1:{port}", "PidFile=none")
    os.makedirs(RUN_FOLDER, mode=0o755, exist_ok=True)
    # The command seam waits for the end of a program; this one must be alive while it is asked.
    process = subprocess.Popen(  # pylint: disable=ansible-bad-function
        [
            *(program_of(daemon), "-D", "-e", *(word for option in options for word in ("-o", option))),
            *("-f", main, *daemon.options.passed),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd="/",
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
        start_new_session=True,
    )
    try:
        endpoint = Endpoint("127.0.0.1", port)
        deadline = time.monotonic() + _REHEARSAL_SECONDS
        while process.poll() is None and time.monotonic() < deadline and not answers(endpoint, seconds=0.2):
            time.sleep(0.05)
        if process.poll() is not None:
            said = (process.stderr.read(4000) if process.stderr else b"").decode("utf-8", "replace")
            raise SshdServiceError(f"sshd does not start with the new configuration: {one_line(said, 300)}")
        offered = offered_methods(daemon._replace(endpoints=(endpoint,)), operator)
        if offered != ONLY_KEYS:
            raise SshdServiceError(f"sshd would still offer {', '.join(offered)} with the new configuration")
    finally:
        process.kill()
        process.communicate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def drop_in_is(text: str) -> bool:
    """Whether our file is in place for good: its content, owner and mode, and not a link."""
    held = metadata(DROP_IN)
    return held is not None and held == ("file", 0o644, 0, 0) and read_text(DROP_IN) == text


__all__ = (
    "GUARD",
    "ONLY_KEYS",
    "TRIAL_FOLDER",
    "SshdSwitch",
    "drop_in_is",
    "judged_users",
    "rehearse",
    "require_in_force",
)
