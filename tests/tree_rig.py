"""File trees of a made-up node, below a temporary folder, and a walk through them."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._walk import Look, Missed, Root, Walk

ELF = b"\x7fELF\x02\x01\x01"


class Link(t.NamedTuple):
    """A symbolic link in place of a file's content."""

    target: str


def build(
    base: pathlib.Path, files: t.Mapping[str, str | bytes | Link | None], *, executable: t.Collection[str] = ()
) -> None:
    """Make files below ``base`` by their paths; None is a folder."""
    for name, content in files.items():
        path = base / name.lstrip("/")
        if content is None:
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Link):
            path.symlink_to(content.target)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            path.chmod(0o755 if name in executable else 0o644)


def walk(look: Look, *roots: str | Root, seconds: float = 60) -> list[Missed]:
    """Walk through roots and return what was not looked at."""
    one = Walk(look, seconds=seconds)
    one.through([root if isinstance(root, Root) else Root(root) for root in roots])
    return one.missed


__all__ = ("ELF", "Link", "build", "walk")
