# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a look at image and card leaves for the writing of it: a folder of the user's own (runbook 2.1).

Private to the collection. Not in memory: a person is asked in between, and a copy of a boot partition is large.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import tempfile
import time
import typing as t

from ._command import CommandError
from ._files import read_text
from ._image_look import Image, read_bmap
from ._image_partitions import Partition
from ._image_pieces import Boot
from ._image_target import Target
from ._step import StepError

FOLDER: t.Final = "/var/tmp"  # noqa: S108  (only names that mkdtemp made, of this user's, are taken)
PREFIX: t.Final = "runbook-flash-"
_PLAN: t.Final = "plan.json"
_COPY: t.Final = "boot.img"
_DAY: t.Final = 24 * 3600


class Prepared(t.NamedTuple):
    """All that a look found out: what is written where, and what the node is told.

    :param signature: whose signature of the image was verified, in words; not kept for the second call.
    :param before: what the card told its node until now, by the same names as the seeds.
    """

    target: Target
    image: Image
    form: str
    seeds: dict[str, str]
    boot: Boot | None
    signature: str
    before: dict[str, str]


def make() -> str:
    """Make a folder, and remove what runs that were killed left behind a day ago or earlier.

    :raises StepError: there is no room for it.
    """
    for name in os.listdir(FOLDER):
        path = os.path.join(FOLDER, name)
        if not name.startswith(PREFIX):
            continue
        with contextlib.suppress(OSError):
            status = os.lstat(path)
            if status.st_uid == os.geteuid() and time.time() - status.st_mtime > _DAY:
                shutil.rmtree(path)
    with room():
        return tempfile.mkdtemp(prefix=PREFIX, dir=FOLDER)


@contextlib.contextmanager
def room() -> t.Iterator[None]:
    """Keep something in such a folder.

    :raises StepError: it does not take it.
    """
    try:
        yield
    except OSError as exc:
        raise StepError(_no_room(exc.errno or 0, str(exc.strerror or exc))) from exc
    except CommandError as exc:
        # What a program writes there fails in that program's words.
        if os.strerror(errno.ENOSPC) not in exc.err:
            raise
        raise StepError(_no_room(errno.ENOSPC, os.strerror(errno.ENOSPC))) from exc


def copy_in(workspace: str) -> str:
    """Return where the copy of the boot partition lies."""
    return os.path.join(workspace, _COPY)


def remove(workspace: str) -> None:
    """Remove a folder with all that is in it.

    :raises StepError: it is none of ours.
    """
    shutil.rmtree(_checked(workspace), ignore_errors=True)


def remember(workspace: str, prepared: Prepared) -> None:
    """Write down what was prepared.

    :raises StepError: there is no room for it.
    """
    image = prepared.image
    kept = {
        "path": image.path,
        "packing": image.packing,
        "sha256": image.sha256,
        "size": image.size,
        "boot": image.boot,
        "form": prepared.form,
        "seeds": prepared.seeds,
        "before": prepared.before,
    }
    with room(), open(os.path.join(workspace, _PLAN), "w", encoding="utf-8") as file:
        json.dump(kept, file)


def recall(workspace: str, target: Target) -> Prepared:
    """Return what was prepared, for the target as it is now.

    :raises StepError: the folder is none of ours.
    """
    kept = json.loads(read_text(os.path.join(_checked(workspace), _PLAN)) or "{}")
    boot = Partition(*kept["boot"]) if kept["boot"] else None
    image = Image(kept["path"], kept["packing"], kept["sha256"], kept["size"], (), boot, read_bmap(kept["path"]))
    with_seed = Boot(copy_in(workspace), boot.start, boot.end) if boot and kept["seeds"] else None
    return Prepared(target, image, kept["form"], kept["seeds"], with_seed, "", kept["before"])


def _no_room(code: int, why: str) -> str:
    is_full = code in (errno.ENOSPC, errno.EDQUOT)
    remedy = f"make room in {FOLDER}" if is_full else f"see that this user may write to {FOLDER}"
    return f"{FOLDER} does not take a copy of the image's boot partition: {why}; {remedy} and run again"


def _checked(workspace: str) -> str:
    folder, name = os.path.split(workspace)
    if folder != FOLDER or not name.startswith(PREFIX) or os.lstat(workspace).st_uid != os.geteuid():
        raise StepError(f"workspace {workspace!r} is not what a look left behind; run flash.yml again")
    return workspace


__all__ = ("Prepared", "copy_in", "make", "recall", "remember", "remove", "room")
