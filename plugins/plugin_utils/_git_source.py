# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The `ai-systems` repository as the controller knows it: resolved, verified, and packed for a node (runbook 2.9).

Private to the collection. The operator's own git and credentials fetch it into a bare mirror in the operator's cache,
once per run of ansible-playbook however many nodes the run has: so all of them get one commit, also when upstream
moves meanwhile.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import functools
import hashlib
import json
import os
import pathlib
import re
import shutil
import tempfile
import time
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Command, CommandError, Completed
from ansible_collections.ai_systems.runbook.plugins.module_utils._git_names import (
    is_commit,
    is_local,
    remote_for_node,
    why_not_a_source,
    why_not_a_version,
    without_credentials,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line, printable

OLDEST_GIT = (2, 30)
LARGEST_BUNDLE = 1 << 30
_SHOWN = 10
_WEEK_SECONDS = 7 * 86400
_DIFF_LIMIT = 8_000


class SourceError(Exception):
    """The repository cannot be shipped; the message is one sentence with value and remedy, and holds no credential."""


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What the inventory declares of the repository.

    :param url: URL, host:path, or absolute path of a local clone.
    :param version: branch, tag or full commit id.
    :param require_clean: refuse a local clone whose work tree has changes that no commit holds.
    :param verify_signature: refuse a commit that git does not verify with the operator's own keys.
    :param seconds: how long the fetch may take.
    """

    url: str
    version: str
    require_clean: bool = True
    verify_signature: bool = False
    seconds: int = 300


@dataclasses.dataclass(frozen=True)
class Version:
    """The commit that a version means, and how a node proves that it has it.

    :param branch: the branch that a checkout is on, "" for a tag or a commit.
    :param subject: first line of the commit's message.
    :param digest: SHA-256 over ``git ls-tree -r -z``: mode, blob and path of every file.
    :param largest: bytes of the largest file.
    :param size: bytes of all files.
    :param remote: what the node may call its origin.
    :param warning: what the operator should know of the source, "" for nothing.
    """

    commit: str
    branch: str
    subject: str
    digest: str
    largest: int
    size: int
    remote: str
    warning: str


class Source:
    """One repository, through its mirror on the controller."""

    def __init__(self, wanted: Wanted, *, cache: pathlib.Path | None = None, run_id: str | None = None) -> None:
        """
        :param cache: folder of all mirrors; None: the operator's own cache.
        :param run_id: names the run of ansible-playbook, within which the source is asked once.
        :raises SourceError: the declared URL or version cannot be one.
        """
        reason = why_not_a_source(wanted.url)
        if reason:
            shown = without_credentials(wanted.url) if "://" in wanted.url else wanted.url
            raise SourceError(f"repository_url {one_line(shown, 200)!r} cannot be used: {reason}")
        reason = why_not_a_version(wanted.version)
        if reason:
            raise SourceError(
                f"repository_version {one_line(wanted.version, 200)!r} cannot be a branch, tag or commit: {reason}"
            )
        self.wanted = wanted
        local = pathlib.Path(wanted.url.removeprefix("file://"))
        self._location = str(local.expanduser()) if is_local(wanted.url) else wanted.url
        name = hashlib.sha256(self._location.encode("utf-8", "surrogateescape")).hexdigest()[:20]
        self._folder = (cache or _cache()) / name
        self._mirror = self._folder / "mirror.git"
        self._run_id = run_id or _this_run()
        self._command = Command("git", environ=_environment())

    # -- once per run ------------------------------------------------------------------------------------------------

    def version(self) -> Version:
        """Return the commit to ship, verified; the source itself is asked once per run.

        :raises SourceError: it is unreachable, has no such version, or must not be shipped.
        """
        key = json.dumps([self.wanted.version, self.wanted.require_clean, self.wanted.verify_signature])
        with self._locked():
            notes = self._notes()
            if key not in notes["answers"]:
                try:
                    notes["answers"][key] = {"version": dataclasses.asdict(self._resolve(notes))}
                except SourceError as exc:
                    # Fifty nodes must not each wait for the same dead host.
                    notes["answers"][key] = {"error": str(exc)}
                self._note(notes)
            answer = notes["answers"][key]
        if "error" in answer:
            raise SourceError(answer["error"])
        return Version(**answer["version"])

    def _resolve(self, notes: dict[str, t.Any]) -> Version:
        self._require_git()
        self._make_mirror()
        if is_local(self.wanted.url):
            self._require_good_clone()
        version = self.wanted.version
        if not (is_commit(version) and self.knows(version)):
            self._fetch_once(notes)
        commit, branch = self._find(version)
        self._verify(commit, branch)
        return self._describe(commit, branch)

    def _require_git(self) -> None:
        try:
            said = self._command.run(["--version"]).out
        except CommandError as exc:
            raise SourceError(f"this machine has no git that runs ({exc}); install git here first") from exc
        found = re.search(r"(\d+)\.(\d+)", said)
        if not found or (int(found[1]), int(found[2])) < OLDEST_GIT:
            oldest = ".".join(map(str, OLDEST_GIT))
            raise SourceError(f"this machine's git is too old ({one_line(said, 60)}); {oldest} or newer is needed")

    def _make_mirror(self) -> None:
        if (self._mirror / "HEAD").is_file():
            return
        for killed in self._folder.glob("new-*"):
            shutil.rmtree(killed)
        new = tempfile.mkdtemp(dir=self._folder, prefix="new-")
        self._run("init", "--quiet", "--bare", "--template=", new)
        pathlib.Path(new).rename(self._mirror)

    def _require_good_clone(self) -> None:
        shown = repr(self.wanted.url)
        path = pathlib.Path(self._location)
        if not path.is_dir():
            raise SourceError(f"repository_url {shown} is no folder on this machine; clone the repository there first")
        said = self._run(
            *("-C", str(path), "rev-parse", "--is-bare-repository", "--is-shallow-repository", "--absolute-git-dir"),
            failing=f"repository_url {shown} is no git repository",
        ).out.split("\n")
        bare, shallow, git_dir = said[0] == "true", said[1] == "true", pathlib.Path(said[2])
        if shallow:
            raise SourceError(
                f"repository_url {shown} is a shallow clone, which lacks history; run git fetch --unshallow in it"
            )
        top = git_dir if bare else pathlib.Path(self._run("-C", str(path), "rev-parse", "--show-toplevel").out[:-1])
        if top.resolve() != path.resolve() and git_dir.resolve() != path.resolve():
            raise SourceError(f"repository_url {shown} lies inside the repository {str(top)!r}; name that one")
        if self.wanted.require_clean and not bare:
            self._require_clean(path)

    def _require_clean(self, path: pathlib.Path) -> None:
        said = self._run(
            *("--no-optional-locks", "-C", str(path), "status", "--porcelain=v1", "-z", "--no-renames"),
            *("--untracked-files=normal", "--ignore-submodules=none"),
            exact=True,
        ).out
        lines = [line for line in said.split("\0") if line]
        if lines:
            raise SourceError(
                f"the local clone {self.wanted.url!r} has changes that no commit holds: {listed(lines)}; commit or "
                "remove them, or set repository_require_clean: false to ship the committed state without them"
            )

    def _fetch_once(self, notes: dict[str, t.Any]) -> None:
        if notes["fetched"]:
            return
        # The lock is ours, so what holds these is a fetch that was killed.
        for stale in (*self._mirror.glob("*.lock"), *self._mirror.glob("refs/**/*.lock")):
            stale.unlink(missing_ok=True)
        refs = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        self._fetch(*refs)
        if is_commit(self.wanted.version) and not self.knows(self.wanted.version):
            # Servers may give a commit that no branch or tag holds, to those who know its id.
            with contextlib.suppress(SourceError):
                self._fetch(self.wanted.version)
        notes["fetched"] = True

    def _fetch(self, *refs: str) -> None:
        self._git(
            *("-c", "core.hooksPath=/dev/null", "-c", "gc.autoDetach=false", "-c", "maintenance.autoDetach=false"),
            *("fetch", "--quiet", "--prune", "--force", "--no-tags"),
            *("--no-write-fetch-head", "--no-recurse-submodules", "--", self._location, *refs),
            failing=f"the repository {self._shown()} cannot be fetched",
            remedy=f"try git ls-remote {self._shown()} as the account that runs Ansible",
            seconds=self.wanted.seconds,
        )

    def _find(self, version: str) -> tuple[str, str]:
        """Return the commit that ``version`` means and the branch to be on, "" for a tag or commit."""
        if is_commit(version) and self.knows(version):
            return self._rev(f"{version}^{{commit}}"), ""
        full = [version] if version.startswith(("refs/heads/", "refs/tags/")) else []
        names = full or [f"refs/heads/{version}", f"refs/tags/{version}"]
        found = [name for name in names if self._rev(name)]
        if len(found) > 1:
            raise SourceError(
                f"repository_version {version!r} is both a branch and a tag of {self._shown()}; declare {found[0]} or "
                f"{found[1]}"
            )
        if not found:
            raise self._unknown(version)
        commit = self._rev(f"{found[0]}^{{commit}}")
        if not commit:
            raise SourceError(f"repository_version {version!r} of {self._shown()} is a tag that leads to no commit")
        return commit, found[0].removeprefix("refs/heads/") if found[0].startswith("refs/heads/") else ""

    def _unknown(self, version: str) -> SourceError:
        said = self._git("for-each-ref", "--count=11", "--sort=-creatordate", "--format=%(refname:short)").out
        refs = [line for line in said.splitlines() if not line.startswith("ai-systems/")]
        if not refs:
            return SourceError(
                f"the repository {self._shown()} is empty: it has neither a branch nor a tag; push a commit first"
            )
        if re.fullmatch(r"[0-9a-f]{7,39}", version):
            full = self._rev(f"{version}^{{commit}}")
            if full:
                return SourceError(f"repository_version {version!r} is a shortened commit; declare it in full: {full}")
        return SourceError(
            f"repository_version {version!r} is no branch, tag or commit of {self._shown()}; it has {listed(refs)}"
        )

    def _verify(self, commit: str, branch: str) -> None:
        if not self.wanted.verify_signature:
            return
        where = ["-C", self._location] if is_local(self.wanted.url) else [f"--git-dir={self._mirror}"]
        said = self._command.run([*where, "verify-commit", commit], check=False)
        if said.rc == 0:
            return
        if not branch and not is_commit(self.wanted.version):
            tag = self.wanted.version.removeprefix("refs/tags/")
            if self._command.run([*where, "verify-tag", "--", tag], check=False).rc == 0:
                return
        reason = one_line(said.err or said.out, 300) or "it is not signed"
        raise SourceError(
            f"git does not verify the signature of commit {commit[:12]} of {self._shown()}: {reason}; sign it with a "
            "key that this machine's git trusts (gpg.ssh.allowedSignersFile, or the GnuPG keyring)"
        )

    def _describe(self, commit: str, branch: str) -> Version:
        listing = self._git("ls-tree", "-r", "-z", "-l", "--full-tree", commit, exact=True).out
        plain: list[str] = []
        sizes = [0]
        for line in listing.split("\0")[:-1]:
            what, _tab, path = line.partition("\t")
            mode, kind, blob, size = what.split()
            if kind == "commit" or path == ".gitmodules":
                raise SourceError(
                    f"commit {commit[:12]} of {self._shown()} has a submodule ({one_line(path, 200)!r}), and what it "
                    "points to would not be shipped; put its files into the repository itself"
                )
            sizes.append(int(size))
            plain.append(f"{mode} {kind} {blob}\t{path}\0")
            if path.rpartition("/")[2] == ".gitattributes":
                self._refuse_lfs(commit, path)
        raw = "".join(plain).encode("utf-8", "surrogateescape")
        subject = self._git("log", "-1", "--no-show-signature", "--format=%s", commit).out
        return Version(
            commit=commit,
            branch=branch,
            subject=one_line(subject, 120),
            digest=hashlib.sha256(raw).hexdigest(),
            largest=max(sizes),
            size=sum(sizes),
            remote=remote_for_node(self.wanted.url),
            warning=self._warning(),
        )

    def _refuse_lfs(self, commit: str, path: str) -> None:
        text = self._git("cat-file", "blob", f"{commit}:{path}").out
        if any("filter=lfs" in line.split() for line in text.splitlines() if not line.startswith("#")):
            raise SourceError(
                f"commit {commit[:12]} of {self._shown()} keeps files in Git LFS ({one_line(path, 200)!r}), and their "
                "content is not in the repository; commit the files themselves (git lfs migrate export)"
            )

    def _warning(self) -> str:
        transport = self.wanted.url.partition("://")[0]
        if transport in ("http", "git") and not (is_commit(self.wanted.version) or self.wanted.verify_signature):
            return (
                f"repository_url uses {transport}://, on which anybody in between can change what is fetched; use "
                "https or ssh, or declare a full commit, or set repository_verify_signature: true"
            )
        return ""

    # -- per node ----------------------------------------------------------------------------------------------------

    def knows(self, commit: str) -> bool:
        """Whether ``commit`` is or once was upstream's."""
        return bool(self.known([commit]))

    def known(self, commits: t.Iterable[str]) -> set[str]:
        """Return those of ``commits`` that are or once were upstream's."""
        asked = "".join(f"{commit}\n" for commit in commits)
        said = self._git("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked).out
        return {line.partition(" ")[0] for line in said.splitlines() if line.endswith((" commit", " tag"))}

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether ``newer`` descends from ``older`` (or is it); both must be known."""
        return self._git("merge-base", "--is-ancestor", older, newer, check=False).rc == 0

    def roots(self, commit: str) -> set[str]:
        """Return the first commits of the history of ``commit``."""
        return set(self._git("rev-list", "--max-parents=0", commit).out.split())

    def summary_of_changes(self, old: str, new: str) -> str:
        """Return which files differ between two known commits, bounded and safe to show."""
        said = self._git(
            *("diff", "--no-color", "--no-ext-diff", "--no-textconv", "--stat=100", "--stat-count=100", old, new, "--")
        ).out
        return printable(said, _DIFF_LIMIT)

    def bundle(self, commit: str, base: str) -> pathlib.Path:
        """Return a bundle that brings ``commit`` to one who has ``base`` ("" for nothing); made once for all nodes.

        :raises SourceError: it cannot be made, or is larger than a node is sent.
        """
        with self._locked():
            path = self._folder / f"{commit}-{base or 'all'}.bundle"
            if not path.is_file():
                for old in self._folder.glob("*.bundle*"):
                    if time.time() - old.stat().st_mtime > _WEEK_SECONDS:
                        old.unlink(missing_ok=True)
                # Only a ref can be bundled; this one also keeps git from ever forgetting what nodes have.
                ref = f"refs/ai-systems/{commit}"
                self._git("update-ref", ref, commit)
                new = f"{path}.new"
                self._git("bundle", "create", "--quiet", new, ref, *([f"^{base}"] if base else []), seconds=600)
                pathlib.Path(new).rename(path)
            size = path.stat().st_size
        if size > LARGEST_BUNDLE:
            raise SourceError(
                f"commit {commit[:12]} of {self._shown()} packs to {size >> 20} MiB, more than the "
                f"{LARGEST_BUNDLE >> 20} MiB that a node is sent; keep large files out of the repository"
            )
        return path

    # -- the mirror --------------------------------------------------------------------------------------------------

    def _shown(self) -> str:
        return one_line(without_credentials(self.wanted.url), 200)

    def _rev(self, name: str) -> str:
        return self._git("rev-parse", "--verify", "--quiet", name, check=False).out.strip()

    def _git(self, *arguments: str, **options: t.Any) -> Completed:
        return self._run(f"--git-dir={self._mirror}", *arguments, **options)

    def _run(
        self,
        *arguments: str,
        failing: str = "",
        remedy: str = "",
        seconds: float = 120,
        stdin: str | None = None,
        check: bool = True,
        exact: bool = False,
    ) -> Completed:
        try:
            return self._command.run(arguments, stdin=stdin, timeout=seconds, check=check, exact=exact)
        except CommandError as exc:
            said = one_line(without_credentials(exc.err or exc.out or str(exc)), 400)
            tail = f"; {remedy}" if remedy else ""
            raise SourceError(f"{failing or 'git on this machine failed'}: {said}{tail}") from exc

    @contextlib.contextmanager
    def _locked(self) -> t.Iterator[None]:
        """Keep other workers and other runs of the operator away from the mirror."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as exc:
            raise SourceError(f"the cache {str(self._folder)!r} cannot be written: {exc.strerror}") from exc
        try:
            deadline = time.monotonic() + self.wanted.seconds * 2 + 60
            while not _try_lock(descriptor):
                if time.monotonic() > deadline:
                    raise SourceError(f"another run holds the cache {str(self._folder)!r} for too long; end it first")
                time.sleep(0.05)
            yield
        finally:
            os.close(descriptor)

    def _notes(self) -> dict[str, t.Any]:
        fresh = {"run": self._run_id, "fetched": False, "answers": {}}
        try:
            notes: dict[str, t.Any] = json.loads((self._folder / "run.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return fresh
        return notes if notes.get("run") == self._run_id else fresh

    def _note(self, notes: dict[str, t.Any]) -> None:
        new = self._folder / "run.json.new"
        new.write_text(json.dumps(notes), encoding="utf-8")
        new.rename(self._folder / "run.json")


def listed(items: t.Sequence[str]) -> str:
    """Return ``items`` as a bounded list, safe to show."""
    shown = ", ".join(one_line(item, 100) for item in items[:_SHOWN])
    left = len(items) - _SHOWN
    return f"{shown} and {left} more" if left > 0 else shown


def _cache() -> pathlib.Path:
    base = os.environ.get("XDG_CACHE_HOME") or ""
    folder = pathlib.Path(base) if base.startswith("/") else pathlib.Path.home() / ".cache"
    return folder / "ai-systems-runbook" / "repositories"


def _environment() -> dict[str, str]:
    """Return the operator's environment, without what makes git work on another repository or wait for a person."""
    kept = {name: value for name, value in os.environ.items() if name not in _repository_variables()}
    return {**kept, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_PAGER": "cat"}


def _repository_variables() -> frozenset[str]:
    # As `git rev-parse --local-env-vars` names them; a run that a git hook starts has some of them set.
    return frozenset(
        (
            *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_COMMON_DIR", "GIT_DIR", "GIT_GRAFT_FILE"),
            *("GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX", "GIT_NAMESPACE"),
            *("GIT_NO_REPLACE_OBJECTS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_REPLACE_REF_BASE"),
            *("GIT_SHALLOW_FILE", "GIT_WORK_TREE"),
        )
    )


@functools.cache
def _this_run() -> str:
    """Name this run of ansible-playbook: its workers are its forks, so they share its id and start time."""
    parent = os.getppid()
    try:
        fields = pathlib.Path(f"/proc/{parent}/stat").read_text(encoding="utf-8", errors="replace")
        boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}-{parent}-{fields.rpartition(')')[2].split()[19]}"
    except OSError:
        said = Command("ps").run(["-o", "lstart=", "-p", str(parent)], check=False)
        return f"{parent}-{' '.join(said.out.split())}"


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


__all__ = ("LARGEST_BUNDLE", "OLDEST_GIT", "Source", "SourceError", "Version", "Wanted", "listed")
