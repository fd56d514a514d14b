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
from ._image_look_card import look_at_card
from ._image_look_signature import require_signature
from ._image_pieces import Boot, pieces
from ._image_progress import Listener, Progress
from ._image_seed import AUTO, CLOUD_INIT, NONE, OURS, form_for, seed_files, seed_from
from ._image_source import ImageError, Source
from ._image_target import FileTarget, Target, read_target
from ._image_words import size_words, time_words
from ._image_workspace import Prepared
from ._image_write import Written, make_bootable, verify, write_all
from ._step import Step, StepError

CLAUSE = "2.1"
_GIB = 1024**3
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "target": {"type": "str", "default": ""},
    "image": {"type": "str", "default": ""},
    "checksum": {"type": "str", "default": ""},
    "keyring": {"type": "str", "default": "", "no_log": False},
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
        held = look_at_card(prepared, listener)
        prepared = prepared._replace(before=held.told)
        changes = plan.decide(target, prepared.image, prepared.seeds, before=held.told, is_there=held.is_all)
        is_new = isinstance(target, FileTarget) and not target.size
        step.returns(found=[*plan.target_lines(target, held.head), *plan.image_lines(prepared)])
        if not changes:
            return f"{target.path} holds the image and what {_node(step)} is told, to the last byte."
        if step.check_mode:
            step.note(changes)
            loss = "a new file" if is_new else "on which everything is lost"
            return f"Would write {_what(prepared)} to {target.path}, {loss}."
        workspaces.remember(workspace, prepared)
        keeps = True
        step.returns(workspace=workspace, seen=plan.identity(target), is_new=is_new)
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
        step.note(plan.decide(target, prepared.image, prepared.seeds, before=prepared.before, is_there=False))
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
    progress = Progress(listener, "writing", plan.written_bytes(prepared))
    head, written = write_all(card, pieces(source, boot=prepared.boot, bmap=image.bmap), progress)
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
    keyring = str(step.params["keyring"]).strip()
    signature = require_signature(path, sha256=wanted, keyring=keyring, listener=listener)
    copy = workspaces.copy_in(workspace)
    bmap = read_bmap(path)
    with workspaces.room():
        image = read_image(path, copy=copy, bmap=bmap, listener=listener)
    boot = Boot(copy, image.boot.start, image.boot.end) if seed and image.boot else None
    prepared = Prepared(target, image, NONE, {}, boot, signature, {})
    need = refusals.Need(image.size, plan.written_bytes(prepared), is_target=_is_same(path, target))
    refused = refusals.of_image(
        path, sha256=image.sha256, wanted=wanted, size=image.size, partitions=image.partitions
    ) or refusals.of_size(target, need)
    if refused:
        raise StepError(". ".join(refused))
    if seed is None:
        return prepared
    if boot is None:
        raise StepError(
            f"image {path} has no FAT partition that could hold what {seed.node} is told; use another image, or set "
            "flash_seed to none"
        )
    form = form_for(asked, fat.Fat(copy).names())
    seeds = seed_files(seed, form)
    _tell(fat.Fat(copy), seeds, workspace)
    return prepared._replace(form=form, seeds=seeds)


def _tell(copy: fat.Fat, seeds: t.Mapping[str, str], workspace: str) -> None:
    """Put the seed into the copy of the boot partition.

    :raises StepError: it is not in it then.
    """
    with workspaces.room():
        copy.write(seeds, folder=workspace)
    for name, text in seeds.items():
        # mcopy ends well where the disk is full.
        if copy.read(name) != text:
            raise StepError(
                f"{workspaces.FOLDER} does not hold {name} as it was put into the copy of the image's boot partition; "
                f"make room in {workspaces.FOLDER} and run again"
            )


def _is_same(image: str, target: Target) -> bool:
    """Return whether a file is the very image, be it by a link in its path or a second name."""
    try:
        return isinstance(target, FileTarget) and os.path.samefile(image, target.path)
    except OSError:
        # There is no such file yet.
        return False


def _node(step: Step) -> str:
    return str(step.params["node"]["name"])


def _what(prepared: Prepared) -> str:
    image = prepared.image
    return f"{os.path.basename(image.path)} ({size_words(image.size)}{plan.sparse_words(prepared)})"


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "body")
