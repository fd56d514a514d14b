# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plays and tasks of a file, read once for all rules."""

from __future__ import annotations

import typing as t
import weakref

from runbook_lint import lines
from runbook_lint.task_words import BLOCKS, SECTIONS, merged
from runbook_lint.tasks import Around, Place, PlayView, Raw, TaskView

if t.TYPE_CHECKING:
    from ansiblelint.file_utils import Lintable


class Content(t.NamedTuple):
    """What a file holds."""

    plays: tuple[PlayView, ...] = ()
    tasks: tuple[TaskView, ...] = ()


# ansible-lint asks each rule for itself; what they all look at is the same object, as long as it is looked at.
_READ: t.Final[dict[int, tuple[weakref.ref[t.Any], object, Content]]] = {}


def content_of(file: Lintable) -> Content:
    """Return the plays and tasks of a file, none where it is of another kind or cannot be read."""
    data = file.data
    known = _READ.get(id(file))
    if known is not None and known[0]() is file and known[1] is data:
        return known[2]
    content = _read(file, data)
    _READ[id(file)] = (weakref.ref(file), data, content)
    return content


def _read(file: Lintable, data: object) -> Content:
    if not isinstance(data, list):
        return Content()
    if file.kind in ("tasks", "handlers"):
        around = Around(is_handler=file.kind == "handlers")
        return Content((), tuple(_tasks(data, (), file, around)))
    if file.kind != "playbook":
        return Content()
    plays = tuple(PlayView(raw, (index,)) for index, raw in enumerate(data) if isinstance(raw, t.Mapping))
    tasks: list[TaskView] = []
    for play in plays:
        for section in SECTIONS:
            around = Around(play, (), (), merged(play.keywords, {}), section == "handlers")
            tasks.extend(_tasks(play.raw.get(section), (*play.place, section), file, around))
    return Content(plays, tuple(tasks))


def _tasks(data: object, place: Place, file: Lintable, around: Around) -> t.Iterator[TaskView]:
    for index, raw in enumerate(data if isinstance(data, list) else ()):
        if not isinstance(raw, t.Mapping):
            continue
        here = (*place, index)
        if not any(section in raw for section in BLOCKS):
            yield TaskView(raw, here, file=file, around=around)
            continue
        yield from _of_block(raw, here, file, around)


def _of_block(raw: Raw, place: Place, file: Lintable, around: Around) -> t.Iterator[TaskView]:
    own = {key: value for key, value in lines.plain(raw).items() if key not in BLOCKS}
    inherited = merged(merged(around.inherited, own), {})
    for section in BLOCKS:
        within = around._replace(
            blocks=(*around.blocks, raw), sections=(*around.sections, section), inherited=inherited
        )
        yield from _tasks(raw.get(section), (*place, section), file, within)


__all__ = ("Content", "content_of")
