# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a project declares, its included files followed: pure decisions (runbook 3.4). Private to the collection."""

from __future__ import annotations

import posixpath
import re
import typing as t
from urllib.parse import unquote, urlsplit

from ._git_names import without_credentials
from ._pip_lines import Line, LineError, read_line, read_lines
from ._pip_requirement import Requirement, RequirementError, parse_requirement
from ._project_entries import inside
from ._python_names import canonical
from ._python_versions import Specifier
from ._venv_project import Project

MOST_FILES = 50
Kind = t.Literal["index", "wheel", "tree", "editable"]
Read = t.Callable[[str], "str | None"]
_WHEEL = re.compile(
    r"([A-Za-z0-9._]+)-([A-Za-z0-9._!+]+)(?:-\d[A-Za-z0-9._]*)?-[A-Za-z0-9._]+-[A-Za-z0-9._]+-[A-Za-z0-9._]+\.whl"
)
_ARCHIVE = re.compile(r"\.(whl|zip|tar|tgz|tbz|txz|tar\.(gz|bz2|xz|lzma|Z))$", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?=/)|(git|hg|bzr|svn)\+", re.ASCII)
_TREE = re.compile(r"([^\[\];]+?)\s*(\[[^\]]*\])?\s*(;.*)?", re.DOTALL)
_OUTSIDE = (
    "packages come from an index, or from the checkout as ./path; vendor the code into the repository and name it so"
)


class Want(t.NamedTuple):
    """One package that is asked for.

    :param where: file and line, or place in the inventory's list.
    :param kind: from an index; a wheel, a source tree, or one that is used where it lies, of the checkout.
    :param requirement: name, version and marker; of a tree the name is "" until its own files are read.
    :param path: of a local one, relative to the checkout.
    """

    where: str
    kind: Kind
    requirement: Requirement
    hashes: tuple[str, ...] = ()
    path: str = ""


class Declared(t.NamedTuple):
    """All that a project declares.

    :param files: the requirements and constraints files that were read, relative to the checkout.
    :param options: option lines of the files, whose paths and indexes must be declared in the inventory too.
    :param problems: a sentence for each line that is not understood or not allowed.
    :param missing: files that are named and not there.
    """

    wants: tuple[Want, ...]
    constraints: tuple[Want, ...]
    options: tuple[Line, ...]
    files: tuple[str, ...]
    problems: tuple[str, ...]
    missing: tuple[str, ...] = ()


class _Reader:
    def __init__(self, project: Project, read: Read) -> None:
        self._project = project
        self._read = read
        self.wants: list[Want] = []
        self.constraints: list[Want] = []
        self.options: list[Line] = []
        self.files: list[tuple[str, bool]] = []
        self.problems: list[str] = []
        self.missing: list[str] = []

    def file(self, path: str, where: str, *, constraint: bool) -> None:
        """Read a file once, and those that it includes."""
        if (path, constraint) in self.files:
            return
        if len(self.files) == MOST_FILES:
            self.problems.append(f"{where}: more than {MOST_FILES} files are included; put them together")
            return
        self.files.append((path, constraint))
        text = self._read(path)
        if text is None:
            self.missing.append(f"{where}: {path} is not in the checkout; commit it, or correct the name")
            return
        try:
            lines = read_lines(text, path)
        except LineError as exc:
            self.problems.append(str(exc))
            return
        for line in lines:
            self.line(line, posixpath.dirname(path), constraint=constraint)

    def line(self, line: Line, base: str, *, constraint: bool) -> None:
        if line.option in ("--requirement", "--constraint"):
            path = inside(base, line.text, checkout=self._project.checkout)
            if path:
                self.file(path, line.where, constraint=constraint or line.option == "--constraint")
            else:
                self.problems.append(f"{line.where}: {line.text!r} leads out of the checkout; commit the file there")
        elif line.option and line.option != "--editable":
            self.options.append(line)
        else:
            try:
                want = self._want(line)
            except RequirementError as exc:
                shown = without_credentials(line.text)[:80]
                self.problems.append(f"{line.where}: {shown!r} cannot be used: {exc}")
            else:
                (self.constraints if constraint else self.wants).append(want)

    def _want(self, line: Line) -> Want:
        text = line.text
        if line.option == "--editable":
            return self._local(line, text, editable=True)
        if text.startswith((".", "/", "~", "file:")) or _SCHEME.match(text) or _looks_like_a_path(text):
            return self._local(line, text)
        found = parse_requirement(text)
        if found.url:
            local = self._local(line, found.url)
            if local.requirement.name not in ("", found.name):
                raise RequirementError(f"it names {found.name}, and {found.url!r} is {local.requirement.name}")
            named = local.requirement._replace(name=found.name, extras=found.extras, marker=found.marker)
            return local._replace(requirement=named)
        return Want(line.where, "index", found, line.hashes)

    def _local(self, line: Line, text: str, *, editable: bool = False) -> Want:
        match = _TREE.fullmatch(text)
        if match is None:
            raise RequirementError("it is neither a package nor a path such as ./libs/name")
        rest = parse_requirement(f"x{match[2] or ''}{match[3] or ''}")
        place = _local_path(match[1].strip())
        # As pip has it: a path starts from where pip is run, which is the project.
        path = inside(self._project.path, place, checkout=self._project.checkout) if place else None
        if not path:
            raise RequirementError(_OUTSIDE)
        if not _ARCHIVE.search(path):
            named = rest._replace(name="", specifiers=())
            return Want(line.where, "editable" if editable else "tree", named, line.hashes, path)
        wheel = _WHEEL.fullmatch(posixpath.basename(path))
        if wheel is None or editable:
            raise RequirementError("of archives only wheels are taken; commit a wheel, or the unpacked source")
        pin = (Specifier("==", wheel[2].replace("_", "-")),)
        return Want(line.where, "wheel", rest._replace(name=canonical(wheel[1]), specifiers=pin), line.hashes, path)


def _looks_like_a_path(text: str) -> bool:
    first = re.split(r"[\s;\[@]", text, maxsplit=1)[0]
    return "/" in first or bool(_ARCHIVE.search(first))


def _local_path(text: str) -> str:
    """Return the path that a reference to this machine's own files names, "" for one to anywhere else."""
    if text.startswith("file:"):
        parts = urlsplit(text)
        return unquote(parts.path) if parts.netloc in ("", "localhost") and not parts.query else ""
    return "" if _SCHEME.match(text) or text.startswith("~") else text


def read_declared(project: Project, read: Read) -> Declared:
    """Return what a project declares.

    :param read: returns the text of a file relative to the checkout, None where it is not there.
    """
    reader = _Reader(project, read)
    if project.requirements:
        reader.file(project.requirements, f"project {project.path or '.'!r}", constraint=False)
    for at, text in enumerate(project.packages, start=1):
        where = f"packages of the project {project.path or '.'!r}, number {at}"
        try:
            if not text.strip() or "\n" in text or "\r" in text:
                raise LineError(f"{where}: {text[:60]!r} must be one requirement, such as 'name==1.2'")
            line = read_line(text.strip(), where)
        except LineError as exc:
            reader.problems.append(str(exc))
            continue
        if line.option and line.option != "--editable":
            reader.problems.append(f"{where}: {text[:60]!r} is an option of pip; name a package, such as 'name==1.2'")
        else:
            reader.line(line, project.path, constraint=False)
    return Declared(
        tuple(reader.wants),
        tuple(reader.constraints),
        tuple(reader.options),
        tuple(path for path, _constraint in reader.files),
        tuple(reader.problems),
        tuple(reader.missing),
    )


__all__ = ("MOST_FILES", "Declared", "Kind", "Read", "Want", "read_declared")
