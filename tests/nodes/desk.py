"""An operator's desk: the built collection installed for Ansible alone, an inventory repository, and a terminal."""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import subprocess
import typing as t

from lab import inventory
from tests.nodes.harness import ROOT, environment, tool
from tests.nodes.terminal import Screen, Terminal
from tools.files import copy, listed

COLLECTION = "ai_systems.runbook"
# What all nodes of a lab have in common.
SHARED = (
    "operator_user_name", "operator_user_authorized_keys", "operator_user_private_key_file", "network_gateway",
    "network_dns", "runbook_bootstrap_private_key_file",
)  # fmt: skip
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

    def declare(self, nodes: t.Mapping[str, str], theirs: t.Mapping[str, t.Any], **values: t.Any) -> None:
        """Fill in what init.yml made, for two nodes of the lab.

        :param nodes: names with their addresses and prefix lengths, in place of the sample's two.
        :param theirs: a lab node's variables; what all nodes of a lab share is taken from there.
        :param values: what else is filled in in ``group_vars/all.yml``.
        """
        hosts = self.fleet / "hosts.yml"
        text = hosts.read_text()
        # The longer name and address first, which begin with the other ones.
        samples = (("example-2", "192.0.2.11"), ("example", "192.0.2.10"))
        for (old, place), (new, address) in zip(samples, reversed(list(nodes.items())), strict=True):
            text = text.replace(f"{old}:", f"{new}:").replace(place, address.partition("/")[0])
            (self.fleet / f"host_vars/{old}.yml").rename(self.fleet / f"host_vars/{new}.yml")
            self.fill(f"host_vars/{new}.yml", {"network_address": address})
        hosts.write_text(text)
        shared = {name: theirs[name] for name in SHARED}
        # A lab node is no Raspberry Pi, and has its clock from this machine.
        lab = {"isolate_operators": [theirs["network_gateway"]], "preflight_model": "", "preflight_clock_owner": "host"}
        all_vars = "group_vars/all.yml"
        self.fill(all_vars, {**shared, **lab, **values})
        more = {**inventory.greeters(), "audit_node_access": theirs["audit_node_access"]}
        self.add(all_vars, more)

    def add(self, name: str, values: t.Mapping[str, t.Any]) -> None:
        """Set variables at the end of a file that does not name them."""
        with (self.fleet / name).open("a") as file:
            file.writelines(f"{name}: {json.dumps(value)}\n" for name, value in values.items())

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
