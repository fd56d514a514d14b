"""A real upstream repository, and the way of its commits to a checkout without Ansible in between."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import pwd
import subprocess
import tempfile
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils import _git_checkout, _git_state
from ansible_collections.ai_systems.runbook.plugins.module_utils._git_plan import (
    Order,
    State,
    decide,
    standing,
    state_from,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_judge import judge, question_from
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_source import Source, Version, Wanted

Content = str | bytes | None


class Upstream:
    """A repository on the controller."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        return git(self.path, *arguments)

    def commit(self, files: t.Mapping[str | bytes, Content], message: str = "change") -> str:
        """Write files (None removes one), commit everything, and return the commit."""
        for name, content in files.items():
            path = self.path / os.fsdecode(name)
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(os.fsencode(content))
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.head

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")


def git(path: pathlib.Path, *arguments: str) -> str:
    """Run git as a person would, without the settings of the person who runs the tests."""
    author = ("-c", "user.name=Op", "-c", "user.email=op@example.org", "-c", "commit.gpgSign=false")
    plain = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    # Newer git goes on in the background, where a test may meet its lock.
    alone = ("-c", "maintenance.auto=false")
    argv = ["git", *author, *alone, "-C", str(path), *arguments]
    done = subprocess.run(argv, capture_output=True, check=False, env=plain)
    if done.returncode:
        raise AssertionError(f"git {arguments} ended with {done.returncode}: {done.stderr.decode()}")
    return os.fsdecode(done.stdout).strip()


def ask(upstream: Upstream, version: str = "main", *, run_id: str = "", url: str = "", **options: t.Any) -> Version:
    """Resolve a version of a repository, as a run of its own where ``run_id`` names none."""
    wanted = Wanted(url=url or str(upstream.path), version=version, **options)
    return Source(wanted, cache=upstream.path.parent / "cache", run_id=run_id or os.urandom(8).hex()).version()


class Rig:
    """A home with a checkout in it, and the controller's cache: what action plugin and module do, in one process."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.upstream = Upstream(folder / "upstream")
        self.cache = folder / "cache"
        self.home = folder / "home"
        self.home.mkdir()
        self.path = self.home / "ai-systems"
        self.account = pwd.getpwuid(os.geteuid())
        self.remark = ""
        self.bundles: list[int] = []
        self._runs = 0

    def source(self, version: str = "main", url: str = "", **options: t.Any) -> Source:
        """Ask the source as a new run would."""
        self._runs += 1
        wanted = Wanted(url=url or str(self.upstream.path), version=version, **options)
        return Source(wanted, cache=self.cache, run_id=f"run {self._runs}")

    def order(self, source: Source, **changed: t.Any) -> Order:
        version = source.version()
        order = Order(str(self.path), version.commit, version.branch, version.remote, version.digest, version.largest)
        return order._replace(**changed)

    def look(self, order: Order) -> tuple[State, dict[str, t.Any] | None]:
        with tempfile.TemporaryDirectory() as folder:
            answer = _git_state.look(order, str(self.home), folder)
        return state_from(answer), answer.get("question")

    def ship(self, version: str = "main", **options: t.Any) -> list[str]:
        """Bring the checkout to a version, and return the actions that it took."""
        source = self.source(version, **options)
        order = self.order(source)
        state, asked = self.look(order)
        changes = decide(order, state)
        bundle: pathlib.Path | None = None
        self.remark = ""
        if asked is not None:
            question = question_from({**asked, "standing": standing(state)})
            move = judge(order.path, source.version(), question, source.mirror)
            self.remark = move.remark
            bundle = source.bundle(order.commit, move.base) if move.needs_bundle else None
        self.bundles.append(bundle.stat().st_size if bundle else 0)
        for change in changes:
            self._act(order, change, bundle)
        return [change.action for change in changes]

    def _act(self, order: Order, change: Change, bundle: pathlib.Path | None) -> None:
        with tempfile.TemporaryDirectory() as folder:
            if bundle is None:
                _git_checkout.carry_out(order, change.action, self.account, folder, None)
                return
            with bundle.open("rb") as file:
                _git_checkout.carry_out(order, change.action, self.account, folder, file)

    def git(self, *arguments: str) -> str:
        return git(self.path, *arguments)

    def shell(self, command: str) -> None:
        """Run a shell command in the checkout, as its owner might."""
        subprocess.run(["sh", "-c", command], cwd=self.path, check=True)

    def is_good(self, commit: str) -> None:
        """Whether an ordinary git finds that very commit, whole and unchanged, and nothing of ours left behind."""
        assert self.git("rev-parse", "HEAD") == commit
        assert self.git("status", "--porcelain") == ""
        assert self.git("fsck", "--strict", "--no-dangling") == ""
        assert [path.name for path in self.home.iterdir()] == ["ai-systems"]
        assert not list(self.path.glob(".git/ai-systems-*"))

    def fingerprint(self) -> dict[str, tuple[int, str]]:
        """Return everything in the home, to be compared: an error must leave all of it as it was."""
        found = {}
        for folder, folders, names in os.walk(self.home):
            for name in (*folders, *names):
                path = pathlib.Path(folder, name)
                content = str(path.readlink()) if path.is_symlink() else ""
                if path.is_file() and not content:
                    content = path.read_bytes().hex()
                found[str(path)] = (path.lstat().st_mode, content)
        return found


@dataclasses.dataclass
class Known:
    """A history that knows just what a test says."""

    commits: set[str] = dataclasses.field(default_factory=set)
    ancestors: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    first: set[str] = dataclasses.field(default_factory=set)

    def known(self, commits: t.Iterable[str]) -> set[str]:
        return self.commits & set(commits)

    def is_ancestor(self, older: str, newer: str) -> bool:
        return (older, newer) in self.ancestors

    def roots(self, commit: str) -> set[str]:
        del commit
        return self.first
