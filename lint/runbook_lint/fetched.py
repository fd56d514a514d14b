# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes to a node from a network, and whether it is run there (runbook 6.4)."""

from __future__ import annotations

import itertools
import posixpath
import re
import typing as t

from runbook_lint.decisions._unit_commands import FETCHERS, INTERPRETERS, runs_input
from runbook_lint.decisions._unit_programs import first_verb
from runbook_lint.jinja import UNKNOWN, masked

if t.TYPE_CHECKING:
    from runbook_lint.shell import Command, Script
    from runbook_lint.tasks import TaskView

REMOTE: t.Final = re.compile(r"(?:https?|ftp|git|ssh|svn|s3)://|[\w.-]+@[\w.-]+:", re.IGNORECASE)
_CHECKOUTS: t.Final = ("ansible.builtin.git", "ansible.builtin.subversion", "community.general.hg")
_TO_FILE: t.Final = {"curl": ("-o", "--output"), "wget": ("-O", "--output-document"), "aria2c": ("-o", "--out")}
_CLONES: t.Final = {"git": "clone", "hg": "clone", "svn": "checkout"}
# They run what a folder holds, without naming it.
_BUILDERS: t.Final = frozenset(("make", "gmake", "ninja", "cmake", "meson", "scons", "rake", "just", "mage"))
_BY_ITS_NAME: t.Final = re.compile(r"/(?P<name>[^/?#]+)/?(?:[?#].*)?$")


class Fetched(t.NamedTuple):
    """What a task or command brings.

    :param path: of the file, or of the folder that holds what was brought, as written.
    :param line: in the file that is linted, or in the script.
    """

    path: str
    line: int
    is_folder: bool = False


def by_task(task: TaskView) -> list[Fetched]:
    """Return what a task brings to the node from a network."""
    module = task.module
    if module in ("ansible.builtin.get_url", "ansible.builtin.uri"):
        names = [_name_of(url) for url in task.values("url")]
        return [
            Fetched(posixpath.join(dest, name) if dest.endswith("/") else dest, task.line)
            for dest in task.values("dest")
            for name in names[:1] or [""]
        ]
    if module == "ansible.builtin.unarchive":
        is_remote = any(REMOTE.match(source) for source in task.values("src"))
        return [Fetched(dest, task.line, is_folder=True) for dest in task.values("dest") if is_remote]
    if module in _CHECKOUTS:
        return [Fetched(dest, task.line, is_folder=True) for dest in task.values("dest")]
    if task.script is None:
        return []
    return [one._replace(line=task.line) for command in task.script.commands for one in by_command(command)]


def by_command(command: Command) -> list[Fetched]:
    """Return what a command brings from a network into files."""
    argv = command.argv
    urls = [word for word in argv[1:] if REMOTE.match(word)]
    if command.program in _CLONES and _CLONES[command.program] in argv:
        after = [word for word in argv[argv.index(_CLONES[command.program]) + 1 :] if not word.startswith("-")]
        named = (
            after[-1]
            if after and not REMOTE.match(after[-1])
            else _name_of(urls[0]).removesuffix(".git")
            if urls
            else ""
        )
        return [Fetched(named, command.line, is_folder=True)] if named else []
    if command.program not in FETCHERS:
        return []
    options = _TO_FILE.get(command.program, ())
    files = [after for word, after in itertools.pairwise(argv) if word in options]
    files += [one.target.text for one in command.redirects if ">" in one.operator and not one.target.text.isdigit()]
    if not files and (
        command.program == "wget" or any(re.fullmatch(r"-[a-zA-Z]*O[a-zA-Z]*|--remote-name", word) for word in argv)
    ):
        files = [_name_of(url) for url in urls]
    unpacked = "tar" in command.into or "unzip" in command.into
    found = [Fetched(file, command.line) for file in files if file not in ("-", "/dev/null", "/dev/stdout", "")]
    return [*found, Fetched(".", command.line, is_folder=True)] if unpacked else found


def _name_of(url: str) -> str:
    found = _BY_ITS_NAME.search(url)
    return found["name"] if found else ""


def reads_code(command: Command, script: Script) -> str:
    """Return the interpreter that runs what a command fetches as it comes, "" where none does."""
    if command.program not in FETCHERS:
        return ""
    return next((program for program in command.into if program in INTERPRETERS and _is_code_for(program, script)), "")


def _is_code_for(program: str, script: Script) -> bool:
    """Whether an interpreter takes what reaches it for its program: it does not where its words name one."""
    readers = [one.argv for one in script.commands if one.program == program]
    # What is substituted stands among its words.
    return not readers or any(runs_input(argv) or any(UNKNOWN in word for word in argv) for argv in readers)


def run_by(command: Command, fetched: t.Sequence[Fetched], folder: str = "") -> Fetched | None:
    """Return which of several things a command runs, None where it runs none of them.

    :param folder: where the command is run, as far as the task says so.
    """
    if not command.words:
        return None
    candidates = [command.words[0].text]
    if command.program in INTERPRETERS:
        # The first word that is no option is the program that it runs.
        candidates = [word.text for word in command.words[1:] if not word.text.startswith("-")][:1]
    for one in fetched:
        if any(_is_it(candidate, one) for candidate in candidates if candidate):
            return one
        is_there = one.is_folder and folder and _is_within(folder, one.path)
        if is_there and (command.program in _BUILDERS or any(_is_relative(word) for word in candidates)):
            return one
        if one.is_folder and command.program in _BUILDERS and one.path in command.argv:
            return one
    return None


def _is_it(word: str, one: Fetched) -> bool:
    path = masked(one.path)
    if word.removeprefix("./") == path.removeprefix("./"):
        return UNKNOWN not in path or path.strip(UNKNOWN + "/") != ""
    if not one.is_folder:
        return "/" not in path and word == f"./{path}"
    return _is_within(word, path) or (path == "." and word.startswith("./"))


def _is_within(path: str, folder: str) -> bool:
    plain = masked(folder).rstrip("/")
    known = plain.strip(UNKNOWN)
    return bool(known) and (masked(path) == plain or masked(path).startswith(f"{plain}/"))


def _is_relative(word: str) -> bool:
    return word.startswith("./") or (bool(word) and "/" not in word and "." in word)


def run_in_script(script: Script) -> t.Iterator[tuple[Command, Fetched]]:
    """Yield each command of a script that runs what an earlier one has fetched."""
    fetched: list[Fetched] = []
    folder = ""
    for command in script.commands:
        if command.program == "cd" and len(command.words) > 1:
            folder = command.words[1].text
        what = run_by(command, fetched, folder) if fetched else None
        if what is not None:
            yield command, what
        fetched += by_command(command)


def image_verb(command: Command) -> str:
    """Return how a command brings a container's image from a registry, "" where it does not."""
    if command.program not in ("docker", "podman", "nerdctl", "docker-compose", "podman-compose", "ctr", "crictl"):
        return ""
    verb = first_verb(
        command.argv, frozenset(("pull", "run", "create", "load", "import", "up", "compose", "image", "container"))
    )
    if verb in ("compose", "image", "container"):
        rest = command.argv[command.argv.index(verb) :]
        inner = first_verb(rest, frozenset(("pull", "up", "run", "create", "load", "import")))
        return f"{verb} {inner}" if inner else ""
    return verb


__all__ = ("REMOTE", "Fetched", "by_command", "by_task", "image_verb", "reads_code", "run_by", "run_in_script")
