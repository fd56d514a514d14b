# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify a downloaded image and report what it breaks of the runbook (runbook 2.1). Private to the collection."""

from __future__ import annotations

import os
import shutil
import tempfile
import typing as t

from . import _image_report_text as texts
from ._command import Command, CommandError, Completed
from ._declared import Declared
from ._files import read_text, write_atomically
from ._image_fat import Fat, is_there
from ._image_progress import Listener
from ._image_report_disk import Disk, plain_disk
from ._image_report_ext4 import Ext4
from ._image_report_origin import Vouched, vouch
from ._image_report_rules import DECIDE, look
from ._image_report_tree import copy_boot, copy_tree
from ._image_source import ImageError
from ._node_view import NodeView
from ._step import Change, Step, StepError
from ._text import one_line

CLAUSE = "2.1"
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "image": {"type": "str", "required": True},
    "checksum": {"type": "str", "default": ""},
    "keyring": {"type": "str", "default": "", "no_log": False},
    "work_dir": {"type": "str", "default": "/var/tmp"},  # noqa: S108  (a folder of our own is made in it)
    "bootstrap_user": {"type": "str", "default": "debian"},
    "operator": {"type": "str", "default": ""},
    "archive_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
    "pipe": {"type": "str", "default": ""},
}
PREFIX: t.Final = "runbook-image-"
_SECONDS: t.Final = 300.0
_LIMIT: t.Final = 32 * 1024 * 1024


def body(step: Step) -> str:
    image = str(step.params["image"])
    listener = Listener(step.params["pipe"])
    try:
        report = _report(step, image, listener)
    except ImageError as exc:
        raise StepError(str(exc)) from exc
    finally:
        listener.close()
    step.returns(table=texts.table(report))
    contents = {f"{image}.report.json": texts.as_json(report), f"{image}.report.txt": texts.as_text(report)}
    changes = [
        Change(path, "write", before=before, after=content)
        for path, content in contents.items()
        if (before := read_text(path, limit=_LIMIT) or "") != content
    ]
    step.carry_out(changes, lambda change: _write(change.subject, change.after))
    said = texts.verdict(report)
    if report.count(DECIDE):
        raise StepError(f"{said} The whole of it is in {image}.report.txt")
    return said


def _report(step: Step, image: str, listener: Listener) -> texts.Report:
    vouched = vouch(image, str(step.params["checksum"]), str(step.params["keyring"]), listener)
    if not is_there():
        raise ImageError(
            "the image's boot partition is read by mtools, which is not installed; run 'apt install mtools'"
        )
    workspace = _workspace(str(step.params["work_dir"]))
    try:
        disk = plain_disk(image, workspace, listener)
        top = os.path.join(workspace, "tree")
        os.mkdir(top, 0o700)
        unread = _copy(disk, workspace, top, listener)
        listener.say("looking through the files")
        declared = Declared(
            bootstrap_user=str(step.params["bootstrap_user"]),
            operator=str(step.params["operator"]),
            archive_keys=tuple(step.params["archive_keys"]),
        )
        view = NodeView(declared, base=top, seconds=_SECONDS, run=_answers(workspace, top))
        return texts.Report(
            file=one_line(os.path.basename(image), 200),
            sha256=vouched.sha256,
            size=disk.size,
            checksum=_checksum(vouched),
            signature=_signature(vouched),
            system=_system(view),
            breaches=texts.ordered(look(view)),
            unread=tuple(one_line(one, 300) for one in unread),
        )
    finally:
        shutil.rmtree(workspace, ignore_errors=True)


def _workspace(folder: str) -> str:
    try:
        return tempfile.mkdtemp(prefix=PREFIX, dir=folder)
    except OSError as exc:
        raise ImageError(f"image_work_dir {folder!r} cannot be used: {exc.strerror}; name a folder with room") from exc


def _copy(disk: Disk, workspace: str, top: str, listener: Listener) -> tuple[str, ...]:
    # By a name of ours: debugfs and mtools take signs in a path for more than a path.
    own = os.path.join(workspace, "image")
    os.symlink(os.path.abspath(disk.path), own)
    unread = copy_tree(Ext4(own, disk.root, workspace=workspace), top, listener).unread
    if disk.boot is None:
        return (*unread, "it has no boot partition")
    return (*unread, *copy_boot(Fat(own, disk.boot), top).unread)


def _answers(workspace: str, top: str) -> t.Callable[[str, t.Sequence[str], float], Completed]:
    """Return what answers in a running node's place: apt, by the image's settings; all else is not running."""
    configuration = os.path.join(workspace, "apt.conf")
    with open(configuration, "w", encoding="utf-8") as file:
        file.write(f'Dir "{top}/";\n')

    def answer(program: str, arguments: t.Sequence[str], timeout: float) -> Completed:
        if (program, *arguments) == ("apt-config", "dump"):
            return Command(program, environ={"APT_CONFIG": configuration}).run(
                list(arguments), timeout=timeout, check=False
            )
        raise CommandError(f"{program} cannot be asked, since the image does not run", argv=[program, *arguments])

    return answer


def _checksum(vouched: Vouched) -> str:
    checksum = vouched.checksum
    said_by = os.path.basename(checksum.said_by) if checksum.said_by else "-e checksum="
    return one_line(f"{checksum.algorithm} as {said_by} says", 200)


def _signature(vouched: Vouched) -> str:
    if not vouched.signed:
        return "none beside it: that it came whole is proven, whose it is is not"
    return one_line(f"of {os.path.basename(vouched.signed)}, by {', '.join(vouched.signers)}", 300)


def _system(view: NodeView) -> str:
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        for line in (view.text(path) or "").splitlines():
            name, _equals, value = line.partition("=")
            if name == "PRETTY_NAME":
                return one_line(value.strip("\"'"), 100)
    return "it does not say"


def _write(path: str, content: str) -> None:
    write_atomically(path, content.encode(), mode=0o644, uid=os.geteuid(), gid=os.getegid())


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "body")
