# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write an image to a card for one node (runbook 2.1). Private to the collection.

Comes in two calls with a person in between: one looks at everything and changes nothing, one writes. What the first
read of the image it leaves in a folder for the second.
"""

from __future__ import annotations

import os
import time
import typing as t

from . import _image_fat as fat
from . import _image_plan as plan
from . import _image_refusals as refusals
from . import _image_workspace as workspaces
from ._image_bmap import BmapError
from ._image_card import Card, opened, spoil
from ._image_look import read_bmap, read_image, require_checksum, wanted_checksum
from ._image_partitions import HEAD
from ._image_pieces import Boot, count, pieces
from ._image_progress import Listener, Progress
from ._image_seed import AUTO, CLOUD_INIT, NONE, OURS, form_for, seed_files, seed_from
from ._image_source import ImageError, Source
from ._image_target import FileTarget, Target, read_target
from ._image_words import size_words, time_words
from ._image_workspace import Prepared
from ._image_write import Written, is_there, make_bootable, verify, write_all
from ._step import Step, StepError

CLAUSE = "2.1"
_GIB = 1024**3
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "target": {"type": "str", "default": ""},
    "image": {"type": "str", "default": ""},
    "checksum": {"type": "str", "default": ""},
    "force": {"type": "str", "default": ""},
    "largest_gib": {"type": "int", "default": 256},
    "seed": {"type": "str", "choices": [AUTO, OURS, CLOUD_INIT, NONE], "default": AUTO},
    "node": {
        "type": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "hostname": {"type": "str", "required": True},
            "assignment": {"type": "str", "default": "static"},
            "address": {"type": "str", "default": ""},
            "gateway": {"type": "str", "default": ""},
            "dns": {"type": "list", "elements": "str", "default": []},
            "user": {"type": "str", "required": True},
            "authorized_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
        },
    },
    "public_key_file": {"type": "str", "default": "", "no_log": False},
    "confirm": {"type": "str", "default": ""},
    "call": {"type": "str", "choices": ["look", "write", "clear"], "default": "look"},
    "workspace": {"type": "str", "default": ""},
    "seen": {"type": "str", "default": ""},
    "pipe": {"type": "str", "default": ""},
}


def body(step: Step) -> str:
    calls = {"look": _look, "write": _write, "clear": _clear}
    try:
        return calls[str(step.params["call"])](step)
    except (ImageError, BmapError) as exc:
        raise StepError(str(exc)) from exc


def _look(step: Step) -> str:
    """Look at target and image, refuse what is to be refused, and say what would be written."""
    target = _sound_target(step)
    workspace = workspaces.make()
    keeps = False
    listener = Listener(step.params["pipe"])
    try:
        prepared = _prepare(step, target, workspace, listener)
        head, holds_all = _look_at_card(prepared, listener)
        changes = plan.decide(target, prepared.image, prepared.seeds, is_there=holds_all)
        lines = [
            *plan.target_lines(target, head),
            *plan.image_lines(prepared.image, prepared.form, prepared.seeds),
        ]
        step.returns(found=lines)
        if not changes:
            return f"{target.path} holds the image and what {_node(step)} is told, to the last byte."
        if step.check_mode:
            step.note(changes)
            return f"Would write {_what(prepared)} to {target.path}, on which everything is lost."
        workspaces.remember(workspace, prepared)
        keeps = True
        step.returns(workspace=workspace, seen=plan.identity(target))
        return f"{target.path} is to be written."
    finally:
        listener.close()
        if not keeps:
            workspaces.remove(workspace)


def _write(step: Step) -> str:
    """Write, read back, and make bootable at last."""
    target = _sound_target(step)
    if plan.identity(target) != step.params["seen"]:
        raise StepError(f"target {target.path} is another one than the one that was confirmed; run again and look")
    prepared = workspaces.recall(str(step.params["workspace"]), target)
    listener = Listener(step.params["pipe"])
    started = time.monotonic()
    try:
        with opened(target, writing=True) as card:
            written = _carry_out(card, prepared, listener)
            how = "past every cache" if written.is_direct else "with the caches dropped"
        step.note(plan.decide(target, prepared.image, prepared.seeds, is_there=False))
    finally:
        listener.close()
    if written.table:
        step.warn(f"{target.path}: the kernel did not read the new partition table ({written.table}); plug it in anew")
    seeds = "" if not prepared.seeds else f", what {_node(step)} is told too"
    return (
        f"Wrote {_what(prepared)} to {target.path} in {time_words(time.monotonic() - started)}; all "
        f"{size_words(written.total)} were read back {how} and are right{seeds}."
    )


def _clear(step: Step) -> str:
    workspaces.remove(str(step.params["workspace"]))
    return "What was prepared is cleared away."


class _Done(t.NamedTuple):
    """What came of writing: bytes that were read back, whether past the cache, and why the table was not read anew."""

    total: int
    is_direct: bool
    table: str


def _carry_out(card: Card, prepared: Prepared, listener: Listener) -> _Done:
    image = prepared.image
    card.take_space(image.size)
    source = Source(image.path)
    total = count(image.size, boot=prepared.boot, bmap=image.bmap)
    head, written = write_all(
        card, pieces(source, boot=prepared.boot, bmap=image.bmap), Progress(listener, "writing", total)
    )
    if source.sha256 != image.sha256:
        raise StepError(f"image {image.path} changed while it was written; {card.path} does not boot now, run again")
    rest = sum(piece.length for piece in written)
    verify(card, written, Progress(listener, "reading back", rest))
    _compare_seeds(card, prepared, written)
    try:
        is_direct = make_bootable(card, head)
    except BaseException:
        spoil(card)
        raise
    return _Done(rest + len(head), is_direct, card.reread_table())


def _compare_seeds(card: Card, prepared: Prepared, written: t.Sequence[Written]) -> None:
    """Read the seed from the card as the node will: as files.

    :raises StepError: one is not what it is to be.
    """
    if not prepared.boot or not written:
        return
    on_card = fat.Fat(card.path, prepared.boot.start)
    for name, text in prepared.seeds.items():
        if on_card.read(name) != text:
            raise StepError(
                f"{card.path} does not give {name} back as it was written; it does not boot now. Try another reader"
            )


def _sound_target(step: Step) -> Target:
    target = read_target(str(step.params["target"]).strip())
    largest = int(step.params["largest_gib"]) * _GIB
    if refused := refusals.of_target(target, forced=str(step.params["force"]), largest=largest):
        raise StepError(". ".join(refused))
    return target


def _prepare(step: Step, target: Target, workspace: str, listener: Listener) -> Prepared:
    asked = str(step.params["seed"])
    seed = None if asked == NONE else seed_from(step.params["node"])
    if seed and not fat.is_there():
        raise StepError(
            "mtools is not installed here, and without it no card can be told whose it is; run 'apt install mtools', "
            "or set flash_seed to none"
        )
    path = str(step.params["image"]).strip()
    if not path:
        raise StepError("image is not set: name its file with -e image=FILE")
    path = os.path.abspath(path)
    wanted = wanted_checksum(path, str(step.params["checksum"]))
    require_checksum(path, wanted, listener)
    copy = workspaces.copy_in(workspace)
    image = read_image(path, copy=copy, bmap=read_bmap(path), listener=listener)
    need = refusals.Need(os.path.realpath(path), image.size, image.written)
    refused = refusals.of_image(
        path, sha256=image.sha256, wanted=wanted, size=image.size, partitions=image.partitions
    ) or refusals.of_size(target, need)
    if refused:
        raise StepError(". ".join(refused))
    if seed is None:
        return Prepared(target, image, NONE, {}, None)
    if image.boot is None:
        raise StepError(
            f"image {path} has no FAT partition that could hold what {seed.node} is told; use another image, or set "
            "flash_seed to none"
        )
    boot = Boot(copy, image.boot.start, image.boot.end)
    form = form_for(asked, fat.Fat(copy).names())
    seeds = seed_files(seed, form)
    fat.Fat(copy).write(seeds)
    return Prepared(target, image, form, seeds, boot)


def _look_at_card(prepared: Prepared, listener: Listener) -> tuple[bytes, bool]:
    """Return the card's first mebibyte, and whether it holds everything already."""
    target, image = prepared.target, prepared.image
    if isinstance(target, FileTarget) and not target.size:
        return b"", False
    with opened(target, writing=False) as card:
        head = card.read(0, HEAD)
        total = count(image.size, boot=prepared.boot, bmap=image.bmap)
        progress = Progress(listener, "comparing", total)
        return head, is_there(card, pieces(Source(image.path), boot=prepared.boot, bmap=image.bmap), progress)


def _node(step: Step) -> str:
    return str(step.params["node"]["name"])


def _what(prepared: Prepared) -> str:
    image = prepared.image
    sparse = f", {size_words(image.written)} of it data" if image.bmap else ""
    return f"{os.path.basename(image.path)} ({size_words(image.size)}{sparse})"


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "body")
