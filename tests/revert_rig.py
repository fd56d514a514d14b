"""A clone of the operator's, real git in it, and reverts as a run of rollback.yml makes them."""

from __future__ import annotations

import collections
import contextlib
import itertools
import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError, conclude
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_source import Source, Wanted
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert import Revert
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_asked import asked_from
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_lint import Finding, Looked
from tests.git_rig import Upstream, git
from tests.step_host import Host

# Ten lines, so that two changes are neighbours or are not.
LINES = [f"line {number}\n" for number in range(10)]


def text(**changed: str) -> str:
    """Return the file with lines changed, as ``text(l3="x")``."""
    lines = list(LINES)
    for name, value in changed.items():
        lines[int(name[1:])] = f"{value}\n"
    return "".join(lines)


def identify(clone: Upstream) -> None:
    """Have git know in a clone who commits there."""
    for name, value in {"user.name": "Anna Op", "user.email": "anna@example.org", "commit.gpgSign": "false"}.items():
        clone.git("config", name, value)


class Clone(Upstream):
    """The operator's clone: git knows there who commits."""

    def __init__(self, path: pathlib.Path) -> None:
        super().__init__(path)
        identify(self)
        self.commit({"file": text()}, "first words")

    @property
    def file(self) -> str:
        return (self.path / "file").read_text()

    def everything(self) -> tuple[str, ...]:
        """Return all that a clone has: objects, refs, work trees, and the state of its files."""
        asked = (
            ["count-objects", "-v"],
            ["for-each-ref"],
            ["worktree", "list"],
            ["status", "--porcelain=v2", "--branch"],
        )
        return tuple(self.git(*words) for words in asked)


class Said(t.NamedTuple):
    """What a revert said."""

    result: dict[str, t.Any]
    error: str
    warnings: list[str]
    commit: str = ""
    not_followed: str = ""

    @property
    def actions(self) -> list[tuple[str, str]]:
        return [(one["subject"], one["action"]) for one in self.result["actions"]]

    @property
    def summary(self) -> str:
        return str(self.result["summary"])

    @property
    def diff(self) -> str:
        return "".join(one["after"] for one in self.result["diff"])


class Runs:
    """Runs of ansible-playbook on a controller: each has its own notes, all have one cache."""

    def __init__(self, cache: pathlib.Path) -> None:
        self.cache = cache
        self._numbers = itertools.count()
        self.found: dict[str, list[str]] = {}

    def source(self, url: str, version: str = "main", **more: t.Any) -> Source:
        return Source(Wanted(url, version, **more), cache=self.cache, run_id=f"run {next(self._numbers)}")

    def look(self, folder: pathlib.Path) -> Looked:
        """Find what the test says that the text of the file is."""
        return Looked(collections.Counter(Finding("file", "rule", what) for what in self.found.get(_read(folder), [])))

    def revert(
        self, url: str, commit: str, *, check: bool = False, named: str = "", version: str = "main", **asked: t.Any
    ) -> Said:
        wanted = {name: asked.pop(name) for name in ("require_clean", "verify_signature") if name in asked}
        source = self.source(url, version, **wanted)
        host = Host(check_mode=check)
        step = Step(host, "5.3")
        told: dict[str, str] = {}

        def body(one: Step) -> str:
            with source.mirror.locked(), _told():
                revert = Revert(source, asked_from({"commit": commit, **asked}), named=named, look=self.look)
                plan = revert.plan()
                said = revert.carry_out(one, plan)
                told.update(commit=revert.after, not_followed=revert.not_followed(plan, ["all"]))
            if check:
                told["foreseen"] = source.version().commit
            return said

        result, error = conclude(step, body)
        said = Said(result, str(error or ""), host.warnings, told.get("commit", ""), told.get("not_followed", ""))
        if check and not error and said.actions and not said.not_followed:
            assert told["foreseen"] == said.commit
        return said


@contextlib.contextmanager
def _told() -> t.Iterator[None]:
    try:
        yield
    except SourceError as exc:
        raise StepError(str(exc)) from exc


def _read(folder: pathlib.Path) -> str:
    return (folder / "file").read_text()


def clone_of(upstream: Upstream, path: pathlib.Path) -> Clone:
    """Return a clone of a repository, as ``git clone`` makes it."""
    git(path.parent, "clone", "--quiet", str(upstream.path), path.name)
    made = Clone.__new__(Clone)
    made.path = path
    identify(made)
    return made
