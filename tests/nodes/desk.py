"""An operator's desk: the built collection installed for Ansible alone, an inventory repository, and a terminal."""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import subprocess
import typing as t

from tests.nodes.harness import ROOT, environment, tool
from tests.nodes.terminal import Screen, Terminal
from tools.files import copy, listed

COLLECTION = "ai_systems.runbook"
TRANSCRIPTS = ROOT / ".cache" / "transcripts"


def install(work: pathlib.Path) -> pathlib.Path:
    """Build the collection as it is released and return the folder where ansible-galaxy installed it."""
    source, installed = work / "source", work / "collections"
    copy(listed(ROOT), top=ROOT, target=source)
    build = [tool("ansible-galaxy"), "collection", "build", "--output-path", str(work), str(source)]
    subprocess.run(build, cwd=work, check=True, capture_output=True)
    (artifact,) = work.glob("*.tar.gz")
    subprocess.run(
        [tool("ansible-galaxy"), "collection", "install", "--offline", "--collections-path", str(installed), artifact],
        cwd=work, check=True, capture_output=True,
    )  # fmt: skip
    shutil.rmtree(source)
    return installed


def filled_in(text: str, values: t.Mapping[str, t.Any]) -> str:
    """Set variables in the text of a file, whether they stand there to be filled in or as a comment."""
    for name, value in values.items():
        line = f"{name}: {json.dumps(value)}"
        text, count = re.subn(rf"^(# )?{name}:.*$", line.replace("\\", r"\\"), text, flags=re.MULTILINE)
        assert count == 1, name
    return text


class Desk:
    """Where an operator sits: commands are playbooks of the installed collection, typed in the inventory's folder."""

    def __init__(self, work: pathlib.Path, *, patience: float = 600) -> None:
        """Take a seat.

        :param patience: how long a command may take, in seconds.
        """
        bare = {name: value for name, value in environment().items() if name != "ANSIBLE_CONFIG"}
        for name in ("ANSIBLE_NOCOLOR", "COLUMNS"):
            bare.pop(name)
        bare["ANSIBLE_COLLECTIONS_PATH"] = str(install(work))
        self.fleet = work / "fleet"
        self._bare = Terminal(work, bare)
        self._terminal = Terminal(self.fleet, {k: v for k, v in bare.items() if not k.startswith("ANSIBLE_")})
        self._patience = patience

    def begin(self) -> Screen:
        """Make the inventory repository; it names the collection's folder in its own ansible.cfg."""
        return self._kept("init", self._bare.type(*self._words("init", "-e", "dest=fleet", "-e", "git=true")))

    def play(self, name: str, *words: str, answers: t.Sequence[tuple[str, str]] = (), kept: str = "") -> Screen:
        """Type a playbook of the collection.

        :param kept: under which name the transcript is kept, for the pages of the documentation; the playbook's own.
        """
        screen = self._terminal.type(*self._words(name, *words), answers=answers, seconds=self._patience)
        return self._kept(kept or name, screen)

    def fill(self, name: str, values: t.Mapping[str, t.Any]) -> None:
        path = self.fleet / name
        path.write_text(filled_in(path.read_text(), values))

    def commit(self, message: str) -> None:
        git(self.fleet, "add", "--all")
        git(self.fleet, "commit", "--quiet", "--message", message)

    @staticmethod
    def _words(name: str, *words: str) -> list[str]:
        return [tool("ansible-playbook"), f"{COLLECTION}.{name}", *words]

    @staticmethod
    def _kept(name: str, screen: Screen) -> Screen:
        TRANSCRIPTS.mkdir(parents=True, exist_ok=True)
        (TRANSCRIPTS / f"{name}.txt").write_text(screen.text)
        return screen


def git(folder: pathlib.Path, *words: str) -> str:
    """Run git in a folder under a name of the tests, and return what it prints."""
    who = ("-c", "user.name=Otto Operator", "-c", "user.email=otto@example.org")
    return subprocess.run(
        ["git", *who, "-C", str(folder), *words], check=True, capture_output=True, text=True
    ).stdout.strip()
