# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's record of what was installed on a node, from where (runbook 3.1). Private to the collection.

One line of JSON per transaction beside the inventory, meant to be committed: it proves a version official that Debian
has superseded since, also where the node's own record is gone. It is written from what a node says, so what could not
be a package, a version or a hash is refused, and no file of the operator's repository holds what a terminal acts upon.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import re
import time
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._debian_archive import ARCHIVES
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError, read_bounded, sync_folder
from ansible_collections.ai_systems.runbook.plugins.module_utils._git_names import without_credentials
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

FILE: t.Final = "packages.jsonl"
_MOST_PACKAGES = 5000
_MOST_ARCHIVES = 20
_MOST_BYTES = 64 * 1024 * 1024
_NODE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")
_CLAUSE = re.compile(r"[1-9](\.[1-9][0-9]?)?")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]{1,199}(:[a-z0-9-]{1,30})?")
_VERSION = re.compile(r"[0-9A-Za-z.+~:-]{1,200}")
_FIELDS: t.Final = {
    "package": _PACKAGE,
    "version": _VERSION,
    "before": re.compile(rf"({_VERSION.pattern})?"),
    "architecture": re.compile(r"[a-z0-9-]{1,30}"),
    "sha256": re.compile(r"[0-9a-f]{64}"),
}
_ARCHIVE_FIELDS: t.Final = ("codename", "component", "label", "origin", "uri")


class RecordError(Exception):
    """A transaction cannot be recorded or read; the message is one sentence with the value and the remedy."""


def append(records_dir: pathlib.Path, node: str, said: t.Any, *, clause: str) -> pathlib.Path:
    """Add a transaction to the record of ``node``, whole or not at all, and return the file.

    :param said: what the node says of it: ``packages``, each as ``Detail.as_record`` has it, and ``removed``, names.
    :raises RecordError: what the node says cannot be so, or the file cannot be written.
    """
    path = _path(records_dir, node)
    record = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "node": node, "clause": clause}
    line = json.dumps({**record, **_checked(node, said)}, sort_keys=True).encode() + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _append(path, line)
        sync_folder(str(path.parent))
    except OSError as exc:
        raise RecordError(
            f"the record {path} cannot be written ({exc.strerror}); the transaction on {node} is done all the same, "
            "and its own record there holds it"
        ) from exc
    return path


def proven(records_dir: pathlib.Path, node: str) -> list[str]:
    """Return ``name=version:architecture`` of all that the record proves to have come from Debian 13's archives.

    Lines that are not as :func:`append` writes them prove nothing.

    :raises RecordError: the file cannot be read.
    """
    path = _path(records_dir, node)
    try:
        content = read_bounded(str(path), limit=_MOST_BYTES) or b""
    except (FileError, OSError) as exc:
        raise RecordError(f"the record {path} cannot be read ({one_line(str(exc), 200)}); restore it from git") from exc
    found: dict[str, None] = {}
    for line in content.split(b"\n"):
        for package in _read(node, line):
            if _is_official(package["archives"]):
                name = package["package"].partition(":")[0]
                found[f"{name}={package['version']}:{package['architecture']}"] = None
    return list(found)


def _path(records_dir: pathlib.Path, node: str) -> pathlib.Path:
    if not _NODE.fullmatch(node):
        raise RecordError(
            f"inventory name {one_line(node, 80)!r} cannot name a folder of records; use letters, digits, '-', '_' and "
            "'.'"
        )
    return records_dir.expanduser().absolute() / node / FILE


def _append(path: pathlib.Path, line: bytes) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        # Two runs may end at the same time.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        torn = size and os.pread(descriptor, 1, size - 1) != b"\n"
        try:
            if os.write(descriptor, (b"\n" if torn else b"") + line) != len(line) + bool(torn):
                raise OSError(28, "No space left on device")
            if not size:
                os.fchmod(descriptor, 0o644)
            os.fsync(descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def _checked(node: str, said: t.Any) -> dict[str, t.Any]:
    if not isinstance(said, dict) or not {"packages", "removed"} >= set(said):
        raise RecordError(_odd(node, "transaction", said))
    packages, removed = said.get("packages", []), said.get("removed", [])
    for what, items in (("list of packages", packages), ("list of removed packages", removed)):
        if not isinstance(items, list) or len(items) > _MOST_PACKAGES:
            raise RecordError(_odd(node, what, items))
    return {
        "packages": [_package(node, item) for item in packages],
        "removed": [_matched(node, "removed package", _PACKAGE, item) for item in removed],
    }


def _package(node: str, said: t.Any) -> dict[str, t.Any]:
    if not isinstance(said, dict) or set(said) != {*_FIELDS, "archives"}:
        raise RecordError(_odd(node, "installed package", said))
    archives = said["archives"]
    if not isinstance(archives, list) or len(archives) > _MOST_ARCHIVES:
        raise RecordError(_odd(node, "list of archives", archives))
    fields = {name: _matched(node, name, pattern, said[name]) for name, pattern in _FIELDS.items()}
    return {**fields, "archives": [_archive(node, archive) for archive in archives]}


def _archive(node: str, said: t.Any) -> dict[str, str]:
    if not isinstance(said, dict) or set(said) != set(_ARCHIVE_FIELDS):
        raise RecordError(_odd(node, "archive", said))
    for name in _ARCHIVE_FIELDS:
        value = said[name]
        if not isinstance(value, str) or len(value) > 400 or not value.isprintable():
            raise RecordError(_odd(node, f"{name} of an archive", value))
    return {**{name: said[name] for name in _ARCHIVE_FIELDS}, "uri": without_credentials(said["uri"])}


def _matched(node: str, what: str, pattern: re.Pattern[str], value: t.Any) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise RecordError(_odd(node, what, value))
    return value


def _odd(node: str, what: str, value: t.Any) -> str:
    shown = one_line(value if isinstance(value, str) else repr(value), 100)
    return f"{node} names as {what} what cannot be one, '{shown}', so it is not recorded; look at the node's console"


def _read(node: str, line: bytes) -> list[dict[str, t.Any]]:
    """Return the packages of one line, none where it is not as we write it."""
    try:
        record = json.loads(line)
        if not isinstance(record, dict) or record.pop("node", None) != node:
            return []
        _matched(node, "time", _TIME, record.pop("time", None))
        _matched(node, "clause", _CLAUSE, record.pop("clause", None))
        packages: list[dict[str, t.Any]] = _checked(node, record)["packages"]
    except (ValueError, RecursionError, RecordError):
        return []
    return packages


def _is_official(archives: t.Sequence[t.Mapping[str, str]]) -> bool:
    known = [ARCHIVES.get(archive["codename"]) for archive in archives]
    return bool(archives) and all(
        kind and archive["origin"] in kind.origins for kind, archive in zip(known, archives, strict=True)
    )


__all__ = ("FILE", "RecordError", "append", "proven")
