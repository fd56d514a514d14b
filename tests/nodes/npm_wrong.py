"""What is wrong with projects of npm, what somebody does to them, and what is said of it (runbook 3.5)."""

from __future__ import annotations

import json
import typing as t

from tests.nodes.npm_site import (
    A2,
    ELSEWHERE,
    LIBRARY,
    MS,
    OTHER,
    A,
    B,
    bundled,
    changed_lock,
    from_registry,
    linked_folders,
    lock_of,
    package,
    project,
)
from tests.nodes.project_site import Files

ORDINARY = project(A)


def locked(**entries: dict[str, t.Any]) -> Files:
    """Return a project whose lock has further entries, each a package of the test with something else about it."""
    further = {location.replace("__", "/"): {**A.entry, **entry} for location, entry in entries.items()}
    return changed_lock(ORDINARY, lambda packages: packages.update(further))


DISAGREEING: Files = {
    **linked_folders(),
    "probe/libs/lib/package.json": json.dumps({**LIBRARY, "dependencies": {"a": "^1.0.0", "b": "1"}}),
}
UNBUNDLED = changed_lock(bundled(), lambda packages: packages["node_modules/outer"].pop("bundleDependencies"))
# What may not be installed as it is declared, and what is said of it.
WRONG: dict[str, tuple[Files, tuple[str, ...]]] = {
    "old-lock": (
        {**ORDINARY, "probe/package-lock.json": '{"lockfileVersion": 1, "dependencies": {}}'},
        ("old-lock/package-lock.json has lockfileVersion '1', and versions 2 and 3 are understood",),
    ),
    "no-json": (
        {**ORDINARY, "probe/package-lock.json": "{"}, ("no-json/package-lock.json, line 1: this is no JSON",),
    ),
    "asks-more": (
        {**ORDINARY, "probe/package.json": '{"dependencies": {"a": "^1.0.0", "x": "1"}}'},
        ("dependencies asks for x '1', which the lock does not know",),
    ),
    "npmrc": (
        {**ORDINARY, "probe/.npmrc": "prefix=/usr/local\nglobal=true\n//a.invalid/:_authToken=SECRET\n"},
        (
            "npmrc/.npmrc, line 1: 'prefix' says where npm installs",
            "line 2: 'global' makes npm install for the whole system",
            "is a credential, and none is kept on a node",
        ),
    ),
    "origins": (
        locked(
            node_modules__git={"resolved": "git+ssh://git@a.invalid/x.git#abc"},
            node_modules__http={"resolved": "http://a.invalid/a.tgz"},
            node_modules__bare={"integrity": ""},
            node_modules__weak={"integrity": "sha1-" + "A" * 27 + "="},
            node_modules__out={"resolved": "file:../x.tgz"},
        ),
        (
            "git comes from a version control address",
            "only https without a login, or an archive inside the project",
            "bare is a file of the project without integrity",
            "only a SHA-1 hash, which can be forged",
            "'file:../x.tgz', which leads out of the project",
        ),
    ),
    "places": (
        locked(
            node_modules__ssh={"link": True, "resolved": "../../.ssh"},
            **{"node_modules/../../../../etc/x": {}, "node_modules/--option": {}, "node_modules/$(reboot)": {}},
            **{"node_modules/a\nb\x1b[2J": {}},
        ),
        (
            "ssh is a link to '../../.ssh', which leads out of the project",
            "../../../../etc/x is no place in the project",
            "--option is no place of a package",
            "$(reboot) is no place of a package",
            r"a b\x1b[2J is no place in the project",
        ),
    ),
    "names": (
        locked(
            lib__node_modules__x={},
            node_modules__name={"name": "../../../root"},
            node_modules__version={"version": "file:/root"},
            **{"/etc/x": {}},
        ),
        (
            "lib/node_modules/x is no place of a package",
            "name stands for the package '../../../root', which is no package's name",
            "version has the version 'file:/root', which is none",
            "/etc/x is no place in the project",
        ),
    ),
    "no-archive": (
        locked(node_modules__a={"resolved": "file:none.tgz"}), ("no-archive/none.tgz is not in the checkout",),
    ),
    "registry": (
        from_registry(resolved=f"{ELSEWHERE}/x.tgz"),
        ("registry/package-lock.json: ms comes from https://registry.invalid, which is neither",),
    ),
    "npmrc-registry": (
        {"probe/.npmrc": f"registry={ELSEWHERE}/\n", **from_registry()},
        (f"npmrc-registry/.npmrc, line 1: it names {ELSEWHERE}/",),
    ),
    "folder": (DISAGREEING, ("folder/libs/lib/package.json and folder/package-lock.json disagree",)),
    "no-bundle": (UNBUNDLED, ("outer/node_modules/in has no integrity",)),
    "misfit": (project(A, OTHER), ("other is needed and not made for linux on ",)),
    "no-script": (ORDINARY, ("allow_scripts names 'onne', which no-script/package-lock.json does not hold",)),
    # What no commit holds is not installed.
    "edited": (ORDINARY, ("edited/package-lock.json differs from the checkout's commit", "ship it (2.9)")),
    "stray": (ORDINARY, ("stray/.npmrc is in the checkout, and in no commit",)),
}  # fmt: skip

WRONGLY_DECLARED: tuple[tuple[dict[str, t.Any], str], ...] = (
    ({"path": "../.."}, "does not lie inside the checkout"),
    ({"path": "one", "allow_scripts": ["--global"]}, "it begins with '-', as an option of npm does"),
    ({"path": "two", "allow_scripts": ["$(reboot)"]}, "'$(reboot)' of the project 'two' is no package's name"),
    ({"path": "three", "allow_scripts": ["x"] * 10_000}, "lists 10000 names in allow_scripts, 1000 are the most"),
    ({"path": "four", "registries": ["https://me:SECRET@a.invalid/"]}, "it holds a user name or password"),
)

# What somebody puts in the operator's way, in the project's folder, and what is said of it.
TRAPS = {
    "link": (
        "ln -s /etc node_modules",
        "link/node_modules is a link to '/etc'; a node_modules is a folder of its project",
    ),
    "fifo": ("mkfifo node_modules", "fifo/node_modules is no folder; remove it"),
    "way": ("mv ../way ../real && ln -s real ../way", "way is a link, and no folder"),
    "owner": ("chown daemon .", "owner belongs to user id 1; a project belongs to the operator"),
    "lock-link": ("rm package-lock.json && ln -s /etc/shadow package-lock.json", "through a link"),
    "lock-fifo": (
        "rm package-lock.json && mkfifo package-lock.json",
        "lock-fifo/package-lock.json is not a regular file",
    ),
    "lock-dir": ("rm package-lock.json && mkdir package-lock.json", "lock-dir/package-lock.json is not a regular file"),
    "foreign": ("mkdir -p node_modules/x && chown ops: node_modules", "does not belong to its owner (x)"),
}


def failing() -> t.Iterator[tuple[Files, dict[str, t.Any], tuple[str, ...]]]:
    """What npm finds out only when it is at work: the project, how it is declared, and what is said."""
    failed = "failed: "
    damaged = "the archive of a is not the one"
    yield (
        {**project(A), f"probe/{A.path}": A2.archive}, {}, (failed, f"{damaged} that the lock's integrity is of"),
    )  # fmt: skip
    yield {**project(A), f"probe/{A.path}": b"no archive"}, {}, (failed, damaged)
    for name, version, words in (
        ("ms", "99.99.99", "the registry has no such version"),
        ("ai-systems-runbook-no-such-package", "1.0.0", "the registry has no ai-systems-runbook-no-such-package"),
    ):
        asked = {"name": "probe", "dependencies": {name: version}}
        entries = {f"node_modules/{name}": {"version": version, "integrity": MS}}
        yield (
            {"probe/package.json": json.dumps(asked), "probe/package-lock.json": lock_of(asked, entries)},
            {},
            (failed, words),
        )
    yield (
        {"probe/.npmrc": "engine-strict=true\n", **project(package("old", engines={"node": "<4"}))},
        {},
        (failed, "a package is not made for the Node.js of Debian 13"),
    )
    yield (
        {"probe/.npmrc": None, **project(package("bad", scripts={"install": "echo why it fails >&2; exit 3"}))},
        {"allow_scripts": ["bad"]},
        ("the install script of bad failed; it said: ", "why it fails"),
    )
    evil = package("@scope/b", files={"evil.js": ""})
    yield (
        {**project(A, optional=[B]), f"probe/{B.path}": evil.archive},
        {},
        ("npm left out @scope/b 1.0.0, which is optional and made for this node", "stays"),
    )
