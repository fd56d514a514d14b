# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that may take minutes, done by a process of its own so that the operator sees it go on. Private.

A module cannot say anything before it ends. So the work is done by a detached process, and the module is called in
slices: each call waits for a few seconds, then returns either the result or how far the work has come. The process also
outlives a connection that breaks: dpkg is never cut off half-way. It is gone when its work is done.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
import typing as t

from ._files import read_text, write_atomically
from ._guarded import process_start_time
from ._step import Step, StepError, conclude

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

FOLDER = "/run/ai-systems-runbook"
_TOKEN = re.compile(r"[0-9a-f]{32}")
_LEFT_OVER = re.compile(r"(job|dry-run|apt)-[0-9a-z_]+")
_LEFT_OVER_SECONDS = 3600
# The next slice asks within seconds; on a node that has more to do than it can, it may take minutes until it starts.
_ABANDONED_SECONDS = 180
_BIRTH_SECONDS = 60
_POLL_SECONDS = 0.1
_RESULT_LIMIT = 32 * 1024 * 1024

Body = t.Callable[[Step, "Job"], str]
Quick = t.Callable[[Step], "str | None"]


class Job:
    """How the work tells what it is at; without a folder nobody watches."""

    def __init__(self, folder: str = "") -> None:
        self._folder = folder
        self._said = ""

    def say(self, text: str) -> None:
        """Tell the operator what is being done, or how far it has come."""
        if self._folder and text != self._said:
            self._said = text
            write_atomically(f"{self._folder}/progress", text.encode(), mode=0o600)

    def require_watched(self) -> None:
        """Stop where going on would begin something new although the operator's run is gone.

        :raises StepError: nobody has asked for progress in the last three minutes.
        """
        if not self._folder:
            return
        # Not by the clock on the wall, which a node without a battery sets by hours when it first hears the time.
        asked = float(read_text(f"{self._folder}/asked") or "-inf")
        if time.monotonic() - asked > _ABANDONED_SECONDS:
            raise StepError("the run that began this is gone, so nothing more is begun; run the same command again")


class _Collected:
    """Stands for the module in the detached process, whose warnings would otherwise be lost."""

    def __init__(self, module: AnsibleModule) -> None:
        self.params: dict[str, t.Any] = module.params
        self.check_mode = bool(module.check_mode)
        self.warnings: list[str] = []

    def warn(self, warning: str) -> None:
        self.warnings.append(warning)


OPTIONS: dict[str, dict[str, t.Any]] = {
    "job": {"type": "str", "default": ""},
    "slice": {"type": "int", "default": 8},
}


def run_in_slices(module: AnsibleModule, clause: str, quick: Quick, body: Body) -> t.NoReturn:
    """Carry a step out and leave the module, with its result or with ``running``, which says how far the work is.

    :param quick: decides whether there is anything to do; its sentence ends the step, None begins the work.
    :param body: the work.
    """
    job: str = module.params["job"]
    if job and not _TOKEN.fullmatch(job):
        module.fail_json(msg=f"job {job!r} is not 32 hexadecimal digits; leave it to the action plugin")
    folder = f"{FOLDER}/job-{job}"
    if job and os.path.isdir(folder):
        _follow(module, folder)
    step = Step(module, clause)
    answers: list[str] = []

    def whole(whole_step: Step) -> str:
        sentence = quick(whole_step)
        if sentence is None:
            if job:
                return ""
            sentence = body(whole_step, Job())
        answers.append(sentence)
        return sentence

    result, error = conclude(step, whole)
    if error is not None:
        module.fail_json(**result)
    if answers:
        module.exit_json(**result)
    _begin(module, clause, folder, body)
    _follow(module, folder)


def make_folder() -> None:
    """Make the folder of this collection's passing files, which a reboot empties."""
    os.makedirs(FOLDER, mode=0o755, exist_ok=True)


def remove_left_overs() -> None:
    """Remove what runs that were killed have left, once it is old enough to belong to none that is at work."""
    try:
        names = os.listdir(FOLDER)
    except FileNotFoundError:
        return
    for name in names:
        path = f"{FOLDER}/{name}"
        try:
            old = time.time() - os.lstat(path).st_mtime > _LEFT_OVER_SECONDS
        except FileNotFoundError:
            continue
        if old and _LEFT_OVER.fullmatch(name) and not _is_alive(path):
            shutil.rmtree(path, ignore_errors=True)


def _begin(module: AnsibleModule, clause: str, folder: str, body: Body) -> None:
    make_folder()
    remove_left_overs()
    os.mkdir(folder, mode=0o700)
    _ask(folder)
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
            signal.signal(ignored, signal.SIG_IGN)
        os.chdir("/")
        _close_everything()
        write_atomically(f"{folder}/pid", f"{os.getpid()} {process_start_time(os.getpid())}".encode(), mode=0o600)
        stand_in = _Collected(module)
        try:
            result, error = conclude(Step(stand_in, clause), lambda step: body(step, Job(folder)))
            outcome = {"failed": error is not None, "warnings": stand_in.warnings, "result": result}
        except BaseException as exc:  # noqa: BLE001  (nothing may leave this process unsaid)
            outcome = {"failed": True, "warnings": [], "result": {"msg": f"unexpected error: {exc!r}"}}
        write_atomically(f"{folder}/result", json.dumps(outcome).encode(), mode=0o600)
    finally:
        os._exit(0)


def _follow(module: AnsibleModule, folder: str) -> t.NoReturn:
    _ask(folder)
    # Asking writes to a disk, which may take longer than the slice: that is for looking, which is done once at least.
    deadline = time.monotonic() + max(1, module.params["slice"])
    while True:
        # Alive is asked first: whoever ends in between has left its result.
        alive = _is_alive(folder)
        text = read_text(f"{folder}/result", limit=_RESULT_LIMIT)
        if text is not None:
            shutil.rmtree(folder, ignore_errors=True)
            outcome = json.loads(text)
            for warning in outcome["warnings"]:
                module.warn(warning)
            if outcome["failed"]:
                module.fail_json(**outcome["result"])
            module.exit_json(**outcome["result"])
        if not alive:
            was_at = read_text(f"{folder}/progress") or "its beginning"
            shutil.rmtree(folder, ignore_errors=True)
            module.fail_json(
                msg=f"the process on the node was killed at: {was_at}; run the same command again, which does the rest"
            )
        if time.monotonic() >= deadline:
            break
        time.sleep(_POLL_SECONDS)
    module.exit_json(changed=False, running=read_text(f"{folder}/progress") or "beginning")


def _ask(folder: str) -> None:
    write_atomically(f"{folder}/asked", str(time.monotonic()).encode(), mode=0o600)


def _is_alive(folder: str) -> bool:
    text = read_text(f"{folder}/pid")
    if text is None:
        # Between its birth and its first word; a minute is more than any node needs for that.
        return time.time() - os.stat(folder).st_mtime < _BIRTH_SECONDS
    pid, started = text.split()
    return process_start_time(int(pid)) == int(started)


def _close_everything() -> None:
    # The connection's pipes must not stay open here, or the controller would wait for the end of this process.
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.closerange(3, 4096)


__all__ = ("FOLDER", "OPTIONS", "Job", "make_folder", "remove_left_overs", "run_in_slices")
