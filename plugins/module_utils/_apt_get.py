# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seam to apt-get where it changes something: watched, told of, and never cut off once dpkg is at work.

Private to the collection.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import typing as t

from ._apt_plan import explain
from ._command import Command
from ._detached import FOLDER, Job, make_folder
from ._step import StepError
from ._text import one_line

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_STALL_SECONDS = 900
_POLL_SECONDS = 0.2
ENVIRON = {
    "DEBIAN_FRONTEND": "noninteractive",
    "DEBCONF_NONINTERACTIVE_SEEN": "true",
    "APT_LISTCHANGES_FRONTEND": "none",
    # List what a restart would serve, restart nothing: that is the operator's decision.
    "NEEDRESTART_MODE": "l",
    # Configuration files that ucf handles instead of dpkg.
    "UCF_FORCE_CONFFOLD": "1",
}
OPTIONS = (
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


def apt_get(arguments: t.Sequence[str], environ: t.Mapping[str, str], job: Job, *, what: str) -> None:
    """Run apt-get to its end.

    :param environ: with APT_CONFIG where it shall work on other places than the node's own.
    :param what: what it does, as in "refreshing the package lists".
    :raises StepError: why it failed, with the remedy.
    """
    _run(lambda status: ["apt-get", *OPTIONS, f"-o=APT::Status-Fd={status}", *arguments], environ, job, what=what)


def configure_all(job: Job) -> None:
    """Have dpkg end what it began before it was interrupted.

    :raises StepError: why it failed, with the remedy.
    """
    keep = ["--force-confdef", "--force-confold"]
    argv = ["--configure", "--pending"]
    _run(lambda status: ["dpkg", f"--status-fd={status}", *keep, *argv], ENVIRON, job, what="configuring packages")


def settle_journal() -> None:
    """Have dpkg write down what it did before it was killed; apt-get does nothing until then.

    :raises CommandError: dpkg cannot.
    """
    # No selection is set: to open its database for writing is all that dpkg does.
    Command("dpkg").run(["--set-selections"])


def _run(argv: t.Callable[[int], list[str]], environ: t.Mapping[str, str], job: Job, *, what: str) -> None:
    """Run a command line that is made with the descriptor to which the command tells how far it is."""
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
                argv(status.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                pass_fds=(status.fileno(),),
                env={"PATH": _PATH, "LC_ALL": "C", "LANG": "C", "HOME": "/root", **environ},
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


__all__ = ("ENVIRON", "OPTIONS", "apt_get", "configure_all", "settle_journal")
