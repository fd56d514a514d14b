# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which archives an image's apt would take packages from (runbook 3.1). Private to the collection.

By the decisions of the role apt_sources and of the audit. An image holds no package lists, so that what is signed by
Debian's keys is Debian's as far as anybody can say; provisioning verifies it.
"""

from __future__ import annotations

import re
import typing as t

from . import _apt_keyrings as keyrings
from ._apt_configuration import parse_configuration
from ._apt_preferences import parse_pins
from ._apt_source_files import SourceFile
from ._apt_source_findings import findings
from ._apt_source_verdicts import judge_entry
from ._apt_sources import AptSources

if t.TYPE_CHECKING:
    from ._apt_keyrings import Keyring
    from ._apt_source_entries import Entry
    from ._findings import Finding
    from ._node_view import NodeView

_MAIN: t.Final = "/etc/apt/sources.list"
_PARTS: t.Final = "/etc/apt/sources.list.d"
_TRUSTED: t.Final = "/etc/apt/trusted.gpg.d"
_PREFERENCES: t.Final = ("/etc/apt/preferences", "/etc/apt/preferences.d")
_NAME: t.Final = re.compile(r"[A-Za-z0-9_:-][A-Za-z0-9_.:-]*\.(?:list|sources)")


def sources(view: NodeView) -> t.Iterator[Finding]:
    """Find archives, keys and pins that let other packages than Debian's in."""
    for found in findings(_read(view)):
        if found.verdict == "unknown" and found.evidence == "it is unknown until the package lists are refreshed":
            evidence = "the keys that it is verified by are Debian's; its lists are not in the image"
            yield found._replace(verdict="info", evidence=evidence, remedy="provision.yml verifies it")
        else:
            yield found


def _read(view: NodeView) -> AptSources:
    keys = frozenset(view.declared.archive_keys)
    paths = [_MAIN, *(f"{_PARTS}/{name}" for name in view.names(_PARTS) if _NAME.fullmatch(name))]
    files = [file for path in paths if (file := _file(view, path))]
    trusted = [_keyring(view, path) for path in (keyrings.APT_KEY, *_in(view, _TRUSTED)) if view.exists(path)]

    def keyrings_of(entry: Entry) -> list[Keyring]:
        value = entry.options.get("signed-by", "").strip()
        named = [word for word in re.split(r"[\s,]+", value) if word.startswith("/")]
        if not named:
            # A block within the entry is read as it is; without any, apt takes those that it trusts for everything.
            return (keyrings.signed_by(entry) if value.startswith("-----") else None) or trusted
        return [_keyring(view, path) for path in named]

    entries = [entry for file in files for entry in file.entries if entry.enabled]
    main, parts = _PREFERENCES
    pinned = [file for path in (main, *_in(view, parts)) if (file := _file(view, path))]
    return AptSources(
        configuration=parse_configuration(""),
        files=files,
        sources=[one for entry in entries for one in judge_entry(entry, lambda _prefix: None, keyrings_of, keys)],
        trusted=trusted,
        other_keyrings=[],
        pins=[pin for file in pinned for pin in parse_pins(file.path, file.text)],
        unread=[file for file in pinned if file.problem],
        keys=keys,
    )


def _in(view: NodeView, folder: str) -> list[str]:
    return [f"{folder}/{name}" for name in view.names(folder) if not name.startswith(".")]


def _file(view: NodeView, path: str) -> SourceFile | None:
    """Return a file as the role reads it, by its path in the image."""
    if not view.exists(path):
        return None
    try:
        content = view.content(path)
    except Exception as exc:  # noqa: BLE001  (whatever it is, the image made it so)
        return SourceFile(path, "", str(exc))
    return SourceFile(path, (content or b"").decode("utf-8", "surrogateescape"))


def _keyring(view: NodeView, path: str) -> Keyring:
    read = keyrings.read_keyring(view.on_disk(path))
    return read._replace(name=path, problem=read.problem.replace(view.base, "") if view.base else read.problem)


__all__ = ("sources",)
