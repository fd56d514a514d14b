# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checkout of the `ai-systems` repository on a node (runbook 2.9). Private to the collection.

Everything here runs as the checkout's owner (see _as_user). git never reads the checkout's own configuration, hooks or
attributes: it works from a private folder (:class:`Shadow`) on the checkout's objects and files alone, since each of
those can name a program to run. What the files are is judged by hashing them against the commit's tree; the commit's
tree is judged by a digest that the controller computed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import pwd
import shutil
import stat
import typing as t

from ._as_user import Json
from ._command import Command, CommandError, Completed
from ._files import metadata, read_text, remove_if_there, sync_folder, write_atomically
from ._git_names import is_commit
from ._step import Change, StepError
from ._text import one_line

GIT = "/usr/bin/git"
SHIPPED = "refs/ai-systems/shipped"
_MARK = "ai-systems-switching"
_SET_MODES = "set file modes"
_INCOMING = "ai-systems-incoming"
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_OPEN = 0o755
_READABLE = 0o644
_HISTORY = 100
_SHOWN = 10
_FULL = 1 << 20
_TORN_LIMIT = 64 * 1024 * 1024
_HEADER_LIMIT = 64 * 1024
# Bound for files of commits about which the controller has said nothing: a sparse file may claim any size.
_LARGEST_FILE = 1 << 30
_REMOTE_KEYS = ("remote.origin.url", "remote.origin.pushurl")
_UNFINISHED = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
}


class Order(t.NamedTuple):
    """What the controller orders a checkout to be.

    :param branch: the branch to be on, "" for a detached HEAD.
    :param remote: what origin's URL shall read, "" for no origin.
    :param digest: SHA-256 over ``git ls-tree -r -z`` of the commit.
    :param largest: bytes of the commit's largest file; a larger one on the node is a change without being read.
    :param approved: :func:`standing` of the checkout that the controller has judged, "" before it has.
    """

    path: str
    commit: str
    branch: str
    remote: str
    digest: str
    largest: int
    approved: str = ""


class Entry(t.NamedTuple):
    """A file as git sees it: mode in octal, and the id of its content."""

    mode: str
    blob: str


Tree = dict[str, Entry]


class State(t.NamedTuple):
    """How a checkout is.

    :param present: whether there is a checkout; nothing else counts where there is none.
    :param head: the commit that is checked out.
    :param head_ref: the ref that HEAD names, "" where it is detached.
    :param tip: the commit of the branch to be on, "" where the checkout has no such branch.
    :param remote: (key, value) of origin's URLs.
    :param changes: (what, path) of local changes, at most some of them.
    :param more_changes: how many further ones there are.
    :param modes: how many tracked files and folders have other permissions than git gives them.
    :param foreign: tracked paths that another account owns.
    :param unfinished: the operation of git that was begun in it by hand, "" for none.
    :param switching: whether an update of ours was cut off in it.
    """

    present: bool = False
    head: str = ""
    head_ref: str = ""
    tip: str = ""
    remote: tuple[tuple[str, str], ...] = ()
    changes: tuple[tuple[str, str], ...] = ()
    more_changes: int = 0
    modes: int = 0
    foreign: tuple[str, ...] = ()
    unfinished: str = ""
    switching: bool = False


def state_from(answer: Json) -> State:
    """Return the state that :func:`look` told of through JSON."""
    known = {name: answer[name] for name in State._fields}
    for name in ("remote", "changes"):
        known[name] = tuple(tuple(pair) for pair in known[name])
    return State(**{**known, "foreign": tuple(known["foreign"])})


def standing(state: State) -> str:
    """Name the commits that a switch would move, so that one which moved meanwhile is noticed."""
    return f"{state.head}:{state.tip}" if state.present else "absent"


def is_question(order: Order, state: State) -> bool:
    """Whether the controller must say first if the checkout may move to the ordered commit."""
    if not state.present:
        return True
    return state.head != order.commit or (bool(state.tip) and state.tip != order.commit)


def decide(order: Order, state: State) -> list[Change]:
    """Return what must change so that the checkout is as ordered.

    :raises StepError: it holds what is nobody's to discard.
    """
    short = order.commit[:12]
    if not state.present:
        return [Change(order.path, f"clone at {short}", after=f"commit {order.commit}\n")]
    refuse_local_work(order.path, state)
    ref = f"refs/heads/{order.branch}" if order.branch else ""
    changes = []
    if state.head != order.commit or (state.tip and state.tip != order.commit):
        changes.append(
            Change(order.path, f"update to {short}", f"commit {state.head}\n", f"commit {order.commit}\n"),
        )
    elif state.switching:
        changes.append(Change(order.path, f"finish the update to {short}"))
    elif state.head_ref != ref:
        action = f"switch to branch {order.branch}" if ref else "detach from its branch"
        before = f"on {state.head_ref or 'no branch'}\n"
        changes.append(Change(order.path, action, before, f"on {ref or 'no branch'}\n"))
    remote = _wanted_remote(order)
    if state.remote != remote:
        # The old URL may hold the very credential for which it is replaced.
        action = "set the remote URL" if remote else "remove the remote"
        changes.append(Change(order.path, action, "(another)\n", f"{order.remote}\n" if remote else ""))
    if state.modes:
        changes.append(Change(order.path, _SET_MODES, f"{state.modes} other than 0644 and 0755\n"))
    return changes


def refuse_local_work(path: str, state: State) -> None:
    """Raise StepError, naming them, where files of a checkout are not what its commit says."""
    if state.foreign:
        raise StepError(
            f"{path} holds files of another account ({_listed(state.foreign)}), as a git run by root leaves behind; "
            "give them back (chown) after a look at them, then run again"
        )
    if state.unfinished:
        raise StepError(
            f"{path} is in the middle of a {state.unfinished} that was begun by hand; finish or abort it on the node"
        )
    if state.changes:
        items = [f"{what} {name}" for what, name in state.changes]
        raise StepError(
            f"{path} holds changes that no commit knows: {_listed(items, state.more_changes)}; commit them upstream or "
            "take them away on the node, then run again (nothing was discarded)"
        )


def _wanted_remote(order: Order) -> tuple[tuple[str, str], ...]:
    return (("remote.origin.url", order.remote),) if order.remote else ()


def _listed(items: t.Sequence[str], more: int = 0) -> str:
    shown = ", ".join(one_line(item, 120) for item in items[:_SHOWN])
    left = len(items[_SHOWN:]) + more
    return f"{shown} and {left} more" if left else shown


# -- git, and what it may read ---------------------------------------------------------------------------------------


class Shadow:
    """A private git folder without configuration, hooks and refs, which borrows the objects of a checkout.

    :param folder: an empty folder of the account's own; whoever made it removes it.
    """

    def __init__(self, folder: str, root: str) -> None:
        self.folder = folder
        self.root = root
        self.git_dir = f"{root}/.git"
        self.objects = f"{self.git_dir}/objects"
        for name in ("refs", "objects"):
            os.makedirs(f"{folder}/{name}", exist_ok=True)
        for name, text in (("HEAD", "ref: refs/heads/none\n"), ("config", _CONFIG)):
            with open(f"{folder}/{name}", "w", encoding="ascii") as file:
                file.write(text)

    def git(
        self,
        *arguments: str,
        index: str = "none",
        objects: str = "",
        stdin: str | t.BinaryIO | None = None,
        check: bool = True,
        seconds: float = 300,
    ) -> Completed:
        """Run git on the checkout's files and objects; ``index`` is a file of the shadow, or an absolute path.

        :param objects: folder that takes new objects in place of the checkout's own.
        """
        environ = {
            "HOME": self.folder,
            "GIT_DIR": self.folder,
            "GIT_WORK_TREE": self.root,
            "GIT_OBJECT_DIRECTORY": objects or self.objects,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": self.objects if objects else "",
            "GIT_INDEX_FILE": os.path.join(self.folder, index),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            # Line endings, encodings and keywords of .gitattributes would make files differ from their blobs.
            "GIT_ATTR_SOURCE": _EMPTY_TREE,
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_PAGER": "cat",
            "PATH": "/usr/bin:/bin",
        }
        # The operator has sudo: whatever git might be brought to run must not have it. A git that outlives this process
        # would still write when the next run has begun.
        guard = ["--no-new-privs", "--pdeathsig", "KILL", "--", GIT, "-C", self.root]
        command = Command("/usr/bin/setpriv", environ=environ)
        return command.run([*guard, *arguments], stdin=stdin, timeout=seconds, check=check, exact=True)

    def has(self, commit: str) -> bool:
        return bool(commit) and self.git("cat-file", "-e", f"{commit}^{{commit}}", check=False).rc == 0

    def tree(self, commit: str) -> tuple[Tree, str]:
        """Return the files of a commit, and the digest of their list."""
        listing = self.git("ls-tree", "-r", "-z", "--full-tree", commit).out
        files: Tree = {}
        for line in listing.split("\0")[:-1]:
            what, _tab, path = line.partition("\t")
            mode, _kind, blob = what.split(" ")
            files[path] = Entry(mode, blob)
        return files, hashlib.sha256(listing.encode("utf-8", "surrogateescape")).hexdigest()

    def log(self, *revisions: str) -> list[list[str]]:
        """Return [commit, subject] of the newest commits of a history."""
        said = self.git(
            "log", "-z", f"--max-count={_HISTORY}", "--no-show-signature", "--format=%H %s", *revisions, "--"
        )
        lines = [line.partition(" ") for line in said.out.split("\0") if line]
        return [[commit, one_line(subject, 100)] for commit, _space, subject in lines]


_CONFIG = """\
[core]
    repositoryformatversion = 0
    bare = false
    filemode = true
    symlinks = true
    autocrlf = false
    hooksPath = /dev/null
    fsmonitor = false
    attributesFile = /dev/null
    excludesFile = /dev/null
    protectHFS = true
    protectNTFS = false
    fsync = all
[index]
    version = 2
[gc]
    auto = 0
"""


def read_ref(git_dir: str, name: str) -> str:
    """Return the commit that a ref names, "" for none."""
    loose = metadata(f"{git_dir}/{name}")
    if loose is not None and loose.kind == "file":
        text = (read_text(f"{git_dir}/{name}", limit=1000) or "").strip()
        return text if is_commit(text) else ""
    for line in (read_text(f"{git_dir}/packed-refs") or "").splitlines():
        commit, _space, packed = line.partition(" ")
        if packed == name and is_commit(commit):
            return commit
    return ""


def read_head(git_dir: str) -> tuple[str, str]:
    """Return the commit that is checked out and the ref that HEAD names, "" where it is detached."""
    text = (read_text(f"{git_dir}/HEAD", limit=1000) or "").strip()
    if is_commit(text):
        return text, ""
    name = text.removeprefix("ref: ")
    if not name.startswith("refs/heads/") or ".." in name:
        return "", ""
    return read_ref(git_dir, name), name


# -- what the files are ----------------------------------------------------------------------------------------------


class Disk:
    """The files below a checkout as they are, each hashed as git would hash it."""

    def __init__(self, root: str, *, largest: int) -> None:
        self._root = root
        self._largest = largest
        self._uid = os.geteuid()
        self.modes: list[str] = []
        self.foreign: list[str] = []
        self._folders: dict[str, bool] = {"": self._is_folder("")}

    def entry(self, path: str) -> Entry | None:
        """Return what lies at a tracked path, None for nothing; a way through a link leads nowhere."""
        if not self._reaches(path.rpartition("/")[0]):
            return None
        try:
            status = os.lstat(f"{self._root}/{path}")
        except OSError as exc:
            if exc.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
                return None
            raise
        if status.st_uid != self._uid:
            self.foreign.append(path)
        if stat.S_ISLNK(status.st_mode):
            return Entry("120000", _blob(os.fsencode(os.readlink(f"{self._root}/{path}"))))
        if stat.S_ISREG(status.st_mode):
            return self._file(path, status)
        return Entry("040000" if stat.S_ISDIR(status.st_mode) else "other", "")

    def _file(self, path: str, status: os.stat_result) -> Entry:
        is_program = bool(status.st_mode & 0o100)
        if stat.S_IMODE(status.st_mode) != (_OPEN if is_program else _READABLE):
            self.modes.append(path)
        mode = "100755" if is_program else "100644"
        if status.st_size > self._largest:
            return Entry(mode, "")
        try:
            descriptor = os.open(f"{self._root}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except PermissionError:
            # Without the right to read it nobody can say that it is the commit's.
            return Entry(mode, "")
        try:
            chunks = []
            left = self._largest + 1
            while left > 0 and (chunk := os.read(descriptor, min(left, 1 << 20))):
                chunks.append(chunk)
                left -= len(chunk)
        finally:
            os.close(descriptor)
        return Entry(mode, _blob(b"".join(chunks)))

    def _reaches(self, folder: str) -> bool:
        known = self._folders.get(folder)
        if known is None:
            known = self._reaches(folder.rpartition("/")[0]) and self._is_folder(folder)
            self._folders[folder] = known
        return known

    def _is_folder(self, folder: str) -> bool:
        try:
            status = os.lstat(f"{self._root}/{folder}" if folder else self._root)
        except OSError:
            return False
        if not stat.S_ISDIR(status.st_mode):
            return False
        if status.st_uid != self._uid:
            self.foreign.append(folder or ".")
        if stat.S_IMODE(status.st_mode) != _OPEN:
            self.modes.append(folder)
        return True


def _blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class Survey(t.NamedTuple):
    """The tracked files of a checkout against the trees that each may be of.

    :param found: what lies at each path that some tree has.
    :param changes: (what, path) of each that is of no tree.
    """

    found: dict[str, Entry]
    changes: list[tuple[str, str]]


def compare(disk: Disk, trees: t.Sequence[Tree], is_torn: t.Callable[[str], bool] = lambda _path: False) -> Survey:
    """Compare files with the trees of the commits between which a checkout may stand; the first is the one checked out.

    :param is_torn: whether a file is what an update of ours left that was cut off while it wrote it.
    """
    found: dict[str, Entry] = {}
    changes: list[tuple[str, str]] = []
    for path in sorted(set().union(*trees)):
        wanted = [tree.get(path) for tree in trees]
        entry = disk.entry(path)
        if entry is not None and entry.blob:
            found[path] = entry
        if entry in wanted or is_torn(path):
            continue
        if entry is not None and entry.mode == "040000" and any(name.startswith(f"{path}/") for name in _below(trees)):
            # A folder where one commit has files below it and another has a file: judged file by file.
            continue
        changes.append((_what(entry, wanted), path))
    return Survey(found, changes)


def _below(trees: t.Sequence[Tree]) -> t.Iterator[str]:
    for tree in trees:
        yield from tree


def _what(entry: Entry | None, wanted: t.Sequence[Entry | None]) -> str:
    if entry is None:
        return "deleted"
    if wanted[0] is None:
        return "in the way"
    if entry.blob and entry.blob == wanted[0].blob:
        return "other mode of"
    return "modified"


def untracked(shadow: Shadow, tracked: t.Collection[str]) -> list[str]:
    """Return what lies in a checkout, is in no tree, and is not ignored by its .gitignore files."""
    # An index that does not exist makes git list everything: what is tracked is known better than by the index.
    said = shadow.git("ls-files", "--others", "--exclude-standard", "-z").out
    return [path for path in said.split("\0") if path and path not in tracked]


# -- look --------------------------------------------------------------------------------------------------------------


def look(order: Order, home: str, folder: str) -> Json:
    """Return the checkout's :class:`State` as JSON, and under "question" what the controller needs to judge a move.

    :param home: the account's home.
    :param folder: an empty private folder for the :class:`Shadow`.
    :raises StepError: there is something at the path that is no checkout of ours to use.
    """
    _require_way(order.path, home)
    if not _is_checkout(order.path):
        return {**State()._asdict(), "question": {"free": _free_bytes(order.path)}}
    shadow = Shadow(folder, order.path)
    head, head_ref = read_head(shadow.git_dir)
    if not head:
        raise StepError(
            f"{order.path} is a git repository without a commit; move it aside so that it can be cloned, then run again"
        )
    if not shadow.has(head):
        raise StepError(
            f"{order.path} lacks the commit {head[:12]} that it says is checked out; it is damaged: move it aside, "
            "then run again"
        )
    tip = read_ref(shadow.git_dir, f"refs/heads/{order.branch}") if order.branch else ""
    marked = _read_mark(shadow.git_dir)
    survey, disk = _survey(shadow, order, head, marked)
    changes = survey.changes
    state = State(
        present=True,
        head=head,
        head_ref=head_ref,
        tip=tip,
        remote=_remote(shadow),
        changes=tuple(changes[:_SHOWN]),
        more_changes=len(changes[_SHOWN:]),
        modes=len(disk.modes),
        foreign=tuple(disk.foreign[:_SHOWN]),
        unfinished=next((_UNFINISHED[name] for name in _UNFINISHED if metadata(f"{shadow.git_dir}/{name}")), ""),
        switching=bool(marked),
    )
    answer: Json = state._asdict()
    if is_question(order, state):
        answer["question"] = _question(shadow, order, state, marked)
    return answer


def _require_way(path: str, home: str) -> None:
    """Raise StepError unless every folder from the home to the checkout is a folder of the account's own."""
    at = home
    for name in ("", *os.path.relpath(os.path.dirname(path), home).split("/")):
        at = at if name in ("", ".") else f"{at}/{name}"
        found = metadata(at)
        if found is None and at != home:
            return
        if found is None:
            raise StepError(f"the operator's home {at} does not exist; operator_user (2.7) comes before repository")
        if found.kind != "folder" or found.uid != os.geteuid():
            raise StepError(f"{at} is not a folder of the operator's own; repository_path must not lead through it")


def _is_checkout(path: str) -> bool:
    """Return whether a checkout lies at ``path``, False for nothing or an empty folder.

    :raises StepError: something else lies there.
    """
    found = metadata(path)
    if found is None:
        return False
    if found.kind != "folder":
        raise StepError(
            f"{path} exists and is a {_KINDS[found.kind]}, no git repository; move it aside, then run again"
        )
    if found.uid != os.geteuid():
        raise StepError(f"{path} belongs to uid {found.uid} and not to the operator; move it aside, then run again")
    git_dir = metadata(f"{path}/.git")
    if git_dir is None:
        if not os.listdir(path):
            return False
        raise StepError(f"{path} exists and is no git repository; move it aside, then run again")
    if git_dir.kind != "folder" or git_dir.uid != os.geteuid():
        raise StepError(
            f"{path}/.git is no folder of the operator's own (a linked work tree or a submodule has a file there); "
            f"move {path} aside, then run again"
        )
    _require_usable(path)
    return True


def _require_usable(path: str) -> None:
    for name in ("objects", "refs"):
        inner = metadata(f"{path}/.git/{name}")
        if inner is None or inner.kind != "folder":
            raise StepError(f"{path}/.git has no folder {name}, so it is no git repository; move it aside")
    for name, what in (("shallow", "a shallow clone"), ("reftable", "a repository of the reftable format")):
        if metadata(f"{path}/.git/{name}"):
            raise StepError(f"{path} is {what}, which cannot be updated from bundles; move it aside, then run again")


_KINDS = {"file": "file", "link": "symbolic link", "other": "device, socket or fifo", "folder": "folder"}


def _survey(shadow: Shadow, order: Order, head: str, marked: tuple[str, ...]) -> tuple[Survey, Disk]:
    """Compare the files with HEAD, and with what a cut-off update of ours was changing them to."""
    trees = [shadow.tree(head)]
    if head == order.commit and trees[0][1] != order.digest:
        raise StepError(
            f"{order.path} calls something else commit {head[:12]} than what was committed: its objects were tampered "
            "with or are damaged; move it aside, then run again"
        )
    trees += [shadow.tree(commit) for commit in marked if commit != head and shadow.has(commit)]
    files = [tree for tree, _digest in trees]
    is_bounded = head == order.commit and not marked
    disk = Disk(order.path, largest=order.largest if is_bounded else max(order.largest, _LARGEST_FILE))
    survey = compare(disk, files, _torn_by(shadow, files) if marked else lambda _path: False)
    known: set[str] = set().union(*files)
    survey.changes.extend(("untracked", path) for path in untracked(shadow, known))
    return survey, disk


def _torn_by(shadow: Shadow, trees: t.Sequence[Tree]) -> t.Callable[[str], bool]:
    def is_torn(path: str) -> bool:
        full = f"{shadow.root}/{path}"
        try:
            status = os.lstat(full)
        except (FileNotFoundError, NotADirectoryError):
            # git takes the old file away before it writes the new one.
            return True
        if not stat.S_ISREG(status.st_mode) or status.st_size > _TORN_LIMIT:
            return False
        with open(full, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW)) as file:
            content = file.read(_TORN_LIMIT)
        for tree in trees:
            entry = tree.get(path)
            if entry is None:
                continue
            whole = shadow.git("cat-file", "blob", entry.blob).out.encode("utf-8", "surrogateescape")
            if whole.startswith(content):
                return True
        return False

    return is_torn


def _remote(shadow: Shadow) -> tuple[tuple[str, str], ...]:
    config = f"{shadow.git_dir}/config"
    if metadata(config) is None:
        return ()
    # Of one file and without includes, git only reads; no key of it is acted on.
    said = shadow.git(
        "config", "--file", config, "--no-includes", "-z", "--get-regexp", "^remote[.]origin[.]", check=False
    )
    if said.rc not in (0, 1):
        raise StepError(f"{config} cannot be read: {one_line(said.err)}; repair or remove it, then run again")
    pairs = [item.partition("\n") for item in said.out.split("\0") if item]
    return tuple((key, value) for key, _newline, value in pairs if key in _REMOTE_KEYS)


def _read_mark(git_dir: str) -> tuple[str, ...]:
    """Return the commits between which an update of ours was cut off, () for none."""
    words = (read_text(f"{git_dir}/{_MARK}", limit=1000) or "").split()
    return tuple(word for word in words if is_commit(word))


def _question(shadow: Shadow, order: Order, state: State, marked: tuple[str, ...]) -> Json:
    shipped = [commit for commit in (read_ref(shadow.git_dir, SHIPPED), *marked) if shadow.has(commit)]
    mine = [commit for commit in dict.fromkeys((state.head, state.tip)) if commit and shadow.has(commit)]
    return {
        "free": _free_bytes(shadow.root),
        "head": state.head,
        "has_commit": shadow.has(order.commit),
        "history": shadow.log(*mine),
        # What no run of ours brought: () where none ever did, since then nothing can be told from it.
        "local": shadow.log(*mine, *(f"^{commit}" for commit in shipped)) if shipped else None,
        "roots": shadow.git("rev-list", "--max-parents=0", state.head).out.split()[:_HISTORY],
    }


def _free_bytes(path: str) -> int:
    """Return what is free where ``path`` is or will be."""
    while not os.path.exists(path):
        path = os.path.dirname(path)
    system = os.statvfs(path)
    return system.f_bavail * system.f_frsize


# -- act ---------------------------------------------------------------------------------------------------------------


def carry_out(order: Order, action: str, account: pwd.struct_passwd, folder: str, bundle: t.BinaryIO | None) -> Json:
    """Do what :func:`decide` named.

    :param folder: an empty private folder for the :class:`Shadow`.
    :param bundle: what the controller shipped, None where the checkout has the commit.
    """
    verb = action.partition(" ")[0]
    if verb == "clone" and bundle is None:
        raise StepError("nothing was shipped to clone from; run again")
    if verb == "clone" and bundle is not None:
        clone(order, account, folder, bundle)
    elif verb in ("update", "finish"):
        update(order, account, folder, bundle)
    elif verb in ("switch", "detach"):
        point_head(order, account, f"{order.path}/.git")
    elif action == _SET_MODES:
        set_modes(order, folder)
    else:
        set_remote(Shadow(folder, order.path), order)
    return {}


def clone(order: Order, account: pwd.struct_passwd, folder: str, bundle: t.BinaryIO) -> None:
    """Build a checkout beside its place and rename it there, whole or not at all."""
    parent, name = os.path.split(order.path)
    os.makedirs(parent, mode=0o755, exist_ok=True)
    begun = f".{name}.new-"
    for leftover in os.listdir(parent):
        if leftover.startswith(begun):
            # The run that left it is over: this one holds the lock.
            shutil.rmtree(f"{parent}/{leftover}", ignore_errors=True)
    new = f"{parent}/{begun}{os.getpid():08x}"
    try:
        os.mkdir(new, 0o755)
        for part in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
            os.makedirs(f"{new}/.git/{part}")
        with open(f"{new}/.git/HEAD", "w", encoding="ascii") as file:
            file.write("ref: refs/heads/none\n")
        with open(f"{new}/.git/config", "w", encoding="ascii") as file:
            file.write("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n")
        shadow = Shadow(folder, new)
        receive(shadow, order.commit, bundle)
        switch(shadow, order, account)
        set_remote(shadow, order)
        os.sync()
        os.rename(new, order.path)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    sync_folder(parent)


def receive(shadow: Shadow, commit: str, bundle: t.BinaryIO) -> None:
    """Take the objects of a bundle into a checkout, all or none; no file and no ref of it moves.

    :raises StepError: the bundle does not bring ``commit``.
    """
    incoming = f"{shadow.git_dir}/{_INCOMING}"
    shutil.rmtree(incoming, ignore_errors=True)
    os.makedirs(f"{incoming}/pack")
    try:
        for needed in _prerequisites(bundle):
            if not shadow.has(needed):
                raise StepError(f"the checkout lacks commit {needed[:12]} on which the bundle builds; run again")
        shadow.git("index-pack", "--stdin", "--fix-thin", objects=incoming, stdin=bundle, seconds=1800)
        if shadow.git("cat-file", "-e", f"{commit}^{{commit}}", objects=incoming, check=False).rc != 0:
            raise StepError(f"the bundle does not hold commit {commit[:12]}; run again")
        target = f"{shadow.objects}/pack"
        os.makedirs(target, exist_ok=True)
        # The index of a pack last: without it git does not see the pack.
        for name in sorted(os.listdir(f"{incoming}/pack"), key=lambda name: name.endswith(".idx")):
            os.rename(f"{incoming}/pack/{name}", f"{target}/{name}")
        sync_folder(target)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _prerequisites(bundle: t.BinaryIO) -> list[str]:
    """Read a bundle's header and return the commits that it builds on; the pack follows."""
    if bundle.readline(_HEADER_LIMIT).strip() != b"# v2 git bundle":
        raise StepError("what the controller sent is no bundle; run again")
    needed = []
    for _line in range(10_000):
        line = bundle.readline(_HEADER_LIMIT)
        if line == b"\n":
            break
        if line.startswith(b"-"):
            needed.append(line[1:41].decode("ascii", "replace"))
    # git reads from the descriptor, which stands where the buffer has read to.
    os.lseek(bundle.fileno(), bundle.tell(), os.SEEK_SET)
    return needed


def update(order: Order, account: pwd.struct_passwd, folder: str, bundle: t.BinaryIO | None) -> None:
    """Bring a checkout to the ordered commit; cut off at any point, the next call finishes it."""
    shadow = Shadow(folder, order.path)
    if bundle is not None:
        receive(shadow, order.commit, bundle)
    switch(shadow, order, account)


def switch(shadow: Shadow, order: Order, account: pwd.struct_passwd) -> None:
    """Make files, index, branch and HEAD those of the ordered commit, whose objects are there.

    :raises StepError: files are not as some commit between which they may stand has them; nothing was changed.
    """
    git_dir = shadow.git_dir
    head, _head_ref = read_head(git_dir)
    wanted, digest = shadow.tree(order.commit)
    if digest != order.digest:
        raise StepError(
            f"the objects of commit {order.commit[:12]} in {order.path} are not what was shipped; move it aside"
        )
    marked = _read_mark(git_dir)
    between = [commit for commit in dict.fromkeys((head, *marked)) if shadow.has(commit) and commit != order.commit]
    # A new clone stands between nothing at all and its commit.
    trees = [*([] if head else [Tree()]), *(shadow.tree(commit)[0] for commit in between), wanted]
    disk = Disk(shadow.root, largest=max(order.largest, _LARGEST_FILE))
    survey = compare(disk, trees, _torn_by(shadow, trees) if marked else lambda _path: False)
    known: set[str] = set().union(*trees)
    lost = [*survey.changes, *_hidden_by(shadow.root, wanted, known)]
    lost += [("staged", path) for path in _staged(shadow, trees)]
    refuse_local_work(order.path, State(changes=tuple(lost[:_SHOWN]), more_changes=len(lost[_SHOWN:])))
    _write(account, f"{git_dir}/{_MARK}", " ".join(dict.fromkeys((*between, order.commit))))
    _write_files(shadow, order.commit, survey.found)
    os.sync()
    with open(f"{shadow.folder}/index", "rb") as file:
        write_atomically(f"{git_dir}/index", file.read(), mode=0o644, uid=account.pw_uid, gid=account.pw_gid)
    _write_ref(account, git_dir, SHIPPED, order.commit)
    point_head(order, account, git_dir)
    remove_if_there(f"{git_dir}/{_MARK}")
    sync_folder(git_dir)


def point_head(order: Order, account: pwd.struct_passwd, git_dir: str) -> None:
    """Put HEAD on the ordered branch at the ordered commit, or on the commit alone."""
    if order.branch:
        _write_ref(account, git_dir, f"refs/heads/{order.branch}", order.commit)
        _write(account, f"{git_dir}/HEAD", f"ref: refs/heads/{order.branch}")
    else:
        _write(account, f"{git_dir}/HEAD", order.commit)


def _hidden_by(root: str, wanted: Tree, known: t.Collection[str]) -> list[tuple[str, str]]:
    """Return ignored and other files that lie where the new commit has a file or folder."""
    lost: list[tuple[str, str]] = []
    seen: set[str] = set()
    for path in wanted:
        full = f"{root}/{path}"
        if os.path.isdir(full) and not os.path.islink(full):
            for folder, _folders, names in os.walk(full):
                inner = (f"{folder}/{name}"[len(root) + 1 :] for name in names)
                lost.extend(("in the way", name) for name in inner if name not in known)
        above = path.rpartition("/")[0]
        while above and above not in seen:
            seen.add(above)
            found = metadata(f"{root}/{above}")
            if found is not None and found.kind != "folder" and above not in known:
                lost.append(("in the way", above))
            above = above.rpartition("/")[0]
    return lost


def _staged(shadow: Shadow, trees: t.Sequence[Tree]) -> list[str]:
    """Return paths of which the checkout's own index holds content that is in no commit."""
    index = f"{shadow.git_dir}/index"
    if not os.path.exists(index) or os.path.getsize(index) == 0:
        return []
    said = shadow.git("ls-files", "--stage", "-z", index=index).out
    staged = []
    for line in said.split("\0")[:-1]:
        what, _tab, path = line.partition("\t")
        mode, blob, _stage = what.split(" ")
        if all(tree.get(path) != Entry(mode, blob) for tree in trees):
            staged.append(path)
    return staged


def _write_files(shadow: Shadow, commit: str, found: t.Mapping[str, Entry]) -> None:
    remove_if_there(f"{shadow.folder}/index")
    # An index of what really lies there: so git takes away and replaces exactly that.
    told = "".join(f"{entry.mode} {entry.blob}\t{path}\0" for path, entry in found.items() if entry.mode != "other")
    shadow.git("update-index", "-z", "--index-info", index="index", stdin=told)
    shadow.git("update-index", "-q", "--refresh", index="index", check=False)
    try:
        shadow.git("read-tree", "--reset", "-u", commit, index="index", seconds=1800)
    except CommandError as exc:
        # git does not say why it could not write.
        if "unable to write" in exc.err and _free_bytes(shadow.root) < _FULL:
            raise StepError(
                f"the disk of {shadow.root} is full; make room, then run again, which finishes what was begun"
            ) from exc
        raise


def set_remote(shadow: Shadow, order: Order) -> None:
    """Make origin read as ordered; other remotes are not ours."""
    config = f"{shadow.git_dir}/config"
    edit = ("config", "--file", config, "--no-includes")
    shadow.git(*edit, "--remove-section", "remote.origin", check=False)
    if order.remote:
        shadow.git(*edit, "remote.origin.url", order.remote)
        shadow.git(*edit, "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")


def set_modes(order: Order, folder: str) -> None:
    """Give tracked files and folders the permissions that git gives: services of other accounts must read them."""
    shadow = Shadow(folder, order.path)
    disk = Disk(order.path, largest=0)
    for path in shadow.tree(read_head(shadow.git_dir)[0])[0]:
        disk.entry(path)
    for path in disk.modes:
        full = f"{order.path}/{path}" if path else order.path
        status = os.lstat(full)
        if stat.S_ISDIR(status.st_mode) or (stat.S_ISREG(status.st_mode) and status.st_mode & 0o100):
            os.chmod(full, _OPEN)
        elif stat.S_ISREG(status.st_mode):
            os.chmod(full, _READABLE)


def _write(account: pwd.struct_passwd, path: str, text: str) -> None:
    write_atomically(path, f"{text}\n".encode(), mode=0o644, uid=account.pw_uid, gid=account.pw_gid)


def _write_ref(account: pwd.struct_passwd, git_dir: str, name: str, commit: str) -> None:
    path = f"{git_dir}/{name}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.isdir(path):
            os.removedirs(path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
        _write(account, path, commit)
    except OSError as exc:
        if exc.errno not in (errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY, errno.EISDIR):
            raise
        raise StepError(
            f"another branch of {git_dir} stands in the way of {name} (a branch 'x' excludes one called 'x/y'); delete "
            "it on the node, then run again, which finishes the update"
        ) from exc


__all__ = (
    "GIT",
    "SHIPPED",
    "Disk",
    "Entry",
    "Order",
    "Shadow",
    "State",
    "carry_out",
    "clone",
    "compare",
    "decide",
    "is_question",
    "look",
    "point_head",
    "receive",
    "refuse_local_work",
    "set_modes",
    "set_remote",
    "standing",
    "state_from",
    "switch",
    "untracked",
    "update",
)
