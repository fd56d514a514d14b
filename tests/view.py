"""A folder in a node's place, for the tables of the audit's rules; tests/nodes meet real nodes."""

from __future__ import annotations

import hashlib
import os
import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError, Completed
from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import Declared
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import NodeView

Answer = str | tuple[int, str] | tuple[int, str, str]
ACCOUNTS = "root:x:0:0:root:/root:/bin/bash\nops:x:1000:1000::/home/ops:/bin/bash\n"
GROUP = "root:x:0:\nsudo:x:27:ops\nops:x:1000:\n"
SHADOW = "root:!:20000:0:99999:7:::\nops:!:20000:0:99999:7:::\n"


def view(
    folder: pathlib.Path,
    *,
    files: t.Mapping[str, str | bytes] | None = None,
    links: t.Mapping[str, str] | None = None,
    commands: t.Mapping[tuple[str, ...], Answer] | None = None,
    packages: t.Mapping[str, t.Mapping[str, str | bytes]] | None = None,
    declared: t.Mapping[str, t.Any] | None = None,
    **options: t.Any,
) -> NodeView:
    """Return a view of a node that holds just this, and two accounts: root and the operator ops, both locked.

    :param files: content by path on the node; folders are made.
    :param links: what links say, by path.
    :param commands: answers by the words of the command line; any other command is missing.
    :param packages: files that packages of dpkg own, by package: they are put in place and are original.
    """
    base = folder / "node"
    given: dict[str, str | bytes] = {
        "/etc/passwd": ACCOUNTS, "/etc/group": GROUP, "/etc/shadow": SHADOW, **(files or {}),
    }  # fmt: skip
    (base / "home" / "ops").mkdir(parents=True, exist_ok=True)
    (base / "root").mkdir(exist_ok=True)
    status = ""
    for name, owned in (packages or {}).items():
        status += f"Package: {name}\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n"
        info = "/var/lib/dpkg/info"
        given[f"{info}/{name}.list"] = "".join(f"{path}\n" for path in owned)
        sums = {
            path: hashlib.md5(_bytes(content), usedforsecurity=False).hexdigest() for path, content in owned.items()
        }
        given[f"{info}/{name}.md5sums"] = "".join(f"{one}  {path[1:]}\n" for path, one in sums.items())
        for path, content in owned.items():
            given.setdefault(path, content)
    given.setdefault("/var/lib/dpkg/status", status)
    for path, content in given.items():
        place = base / path[1:]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(_bytes(content))
    for path, target in (links or {}).items():
        place = base / path[1:]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)

    def run(program: str, arguments: t.Sequence[str], timeout: float) -> Completed:
        del timeout
        argv = [program, *arguments]
        answer = (commands or {}).get(tuple(argv))
        if answer is None:
            raise CommandError(f"cannot run {program}: No such file or directory", argv=argv)
        rc, out, err = (0, answer, "") if isinstance(answer, str) else (*answer, "")[:3]
        return Completed(argv, rc, out, err)

    return NodeView(Declared(**(declared or {})), base=str(base), run=run, **options)


def _bytes(content: str | bytes) -> bytes:
    return os.fsencode(content)


def _md5(content: str | bytes) -> str:
    return hashlib.md5(_bytes(content), usedforsecurity=False).hexdigest()
