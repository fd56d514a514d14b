"""Real lab nodes for tests: bring one up, run roles or playbooks against it over SSH, enter it as root beside SSH."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._guarded import all_states
from lab import host
from lab.nodes import Lab
from lab.paths import Paths
from lab.podman import Podman
from tests.nodes.warm_playbook import WarmPlaybook

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAB = ROOT / "lab" / "node"
PLAYBOOKS = ROOT / "playbooks"
ROLE_PLAYBOOK = pathlib.Path(__file__).with_name("role.yml")
PLAY_SECONDS = 900
# A test may give Ansible a cache of its own: the images of the nodes are not in it, and would be built anew there.
LAB_CACHE = str(Paths.from_environment().cache)

Action = tuple[str, str, str]


@dataclasses.dataclass(frozen=True)
class Run:
    """What one ansible-playbook run said: exit status, all output, and the steps' own JSON."""

    rc: int
    output: str
    steps: dict[str, t.Any]

    def rows(self, node: str) -> dict[str, dict[str, t.Any]]:
        """Return a node's rows of the final table by clause."""
        of_node = self.steps.get("nodes", {}).get(node, {"steps": []})
        return {row["clause"]: row for row in of_node["steps"]}

    @property
    def actions(self) -> set[Action]:
        """Every (clause, subject, action) that was carried out, or in check mode predicted."""
        return {
            (action["clause"], action["subject"], action["action"])
            for node in self.steps.get("nodes", {}).values()
            for row in node["steps"]
            for action in row["actions"]
        }

    def ok(self) -> Run:
        """Return the run itself where it succeeded; its output is the test's failure where it did not."""
        if self.rc != 0:
            raise AssertionError(f"ansible-playbook ended with {self.rc}:\n{self.output}")
        return self

    def failed(self, *sentences: str) -> Run:
        """Return the run itself where it failed saying each of ``sentences``."""
        if self.rc == 0:
            raise AssertionError(f"ansible-playbook succeeded where it had to fail:\n{self.output}")
        flat = " ".join(self.output.split())
        for sentence in sentences:
            if sentence not in flat:
                raise AssertionError(f"{sentence!r} is not said in:\n{self.output}")
        return self


@dataclasses.dataclass(frozen=True)
class Root:
    """What a command said that was run as root inside a node, beside SSH."""

    rc: int
    out: str
    err: str

    def ok(self) -> str:
        if self.rc != 0:
            raise AssertionError(f"status {self.rc}: {self.out}{self.err}")
        return self.out


class Node:
    """One lab node that is up."""

    def __init__(self, name: str, directory: pathlib.Path) -> None:
        self.name = name
        self._directory = directory
        self.inventory = directory / f"{name}.yml"
        # Variables of every run on this node, on top of the inventory's.
        self.always: dict[str, t.Any] = {}
        self.refresh_inventory()

    def refresh_inventory(self) -> None:
        self.inventory.write_text(lab("inventory").stdout, encoding="utf-8")
        self.__dict__.pop("variables", None)

    @functools.cached_property
    def variables(self) -> dict[str, t.Any]:
        """The node's variables as Ansible sees them in the lab's inventory."""
        said = subprocess.run(
            [tool("ansible-inventory"), "-i", str(self.inventory), "--host", self.name],
            capture_output=True,
            text=True,
            check=True,
            env=environment(),
            cwd=ROOT,
        )
        variables: dict[str, t.Any] = json.loads(said.stdout)
        return variables

    @functools.cached_property
    def _entrance(self) -> list[str]:
        """What runs a command as root inside the node: worked out once, where lab/node asks podman each time."""
        paths = Paths.from_environment()
        of_lab = Lab(paths, Podman(host.adapt(host.read_facts()), paths.lab_id))
        return of_lab.podman.argv("exec", "--interactive", of_lab.container(self.name))

    def root(self, command: str, *, stdin: str = "", seconds: float = 300) -> Root:
        """Run a shell command as root inside the node, without SSH."""
        done = subprocess.run(
            [*self._entrance, "/bin/sh", "-c", command],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
        return Root(done.returncode, done.stdout, done.stderr)

    def guard(self, name: str) -> dict[str, t.Any]:
        """Return the last word of the newest guarded change of that name, nothing where there was none since boot."""
        newest = self.root(f"ls -t {all_states(name)} 2>/dev/null | head -n 1 | xargs -r cat").out
        return t.cast("dict[str, t.Any]", json.loads(newest)) if newest else {}

    def reboot(self) -> None:
        """Stop the node and start it again."""
        lab("reboot", self.name)

    def ssh(self, user: str, key: str, command: str = "true", *options: str) -> Root:
        """Log in afresh with a key and run a command."""
        variables = self.variables
        done = subprocess.run(
            [
                *("ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "ConnectTimeout=10"),
                *("-o", f"UserKnownHostsFile={variables['runbook_known_hosts']}", "-o", "StrictHostKeyChecking=yes"),
                *(word for option in options for word in ("-o", option)),
                *("-i", key, f"{user}@{variables['ansible_host']}", command),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return Root(done.returncode, done.stdout, done.stderr)

    def role(self, name: str, **options: t.Any) -> Run:
        """Log in and run one role."""
        return self.roles([name], **options)

    def roles(self, names: t.Sequence[str], *, variables: t.Mapping[str, t.Any] | None = None, **options: t.Any) -> Run:
        """Log in and run several roles in one play."""
        return self.play(ROLE_PLAYBOOK, variables={"roles_under_test": list(names), **(variables or {})}, **options)

    def play(
        self,
        playbook: pathlib.Path | str,
        *arguments: str,
        check: bool = False,
        variables: t.Mapping[str, t.Any] | None = None,
        seconds: float = PLAY_SECONDS,
    ) -> Run:
        """Run a playbook against this node alone and return what it said."""
        argv, env, steps = self.command(playbook, *arguments, check=check, variables=variables)
        done = warm_playbook().run(argv, env, seconds)
        document = json.loads(steps.read_text(encoding="utf-8")) if steps.exists() else {}
        return Run(done.returncode, done.stdout, document)

    def command(
        self,
        playbook: pathlib.Path | str,
        *arguments: str,
        check: bool = False,
        variables: t.Mapping[str, t.Any] | None = None,
    ) -> tuple[list[str], dict[str, str], pathlib.Path]:
        """Return the command line, environment and JSON path of a run, for tests that start or kill it themselves."""
        handle, extra = tempfile.mkstemp(suffix=".json", dir=self._directory)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({**self.always, **(variables or {})}, file)
        steps = pathlib.Path(f"{extra}.steps")
        argv = [tool("ansible-playbook"), "-i", str(self.inventory), "--limit", self.name, "-e", f"@{extra}"]
        argv += ["--check"] if check else []
        argv += [*arguments, "--diff", str(playbook)]
        return argv, environment(RUNBOOK_STEPS_JSON=str(steps)), steps


def tool(name: str) -> str:
    """Return the path of a controller tool from the environment that runs the tests."""
    return str(pathlib.Path(sys.executable).parent / name)


def environment(**more: str) -> dict[str, str]:
    """Return the environment of an operator's shell, without what the outer run may have set for Ansible."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "MOLECULE_"))}
    kept["PATH"] = f"{pathlib.Path(sys.executable).parent}:{kept['PATH']}"
    return {**kept, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "COLUMNS": "200", **more}


@functools.cache
def warm_playbook() -> WarmPlaybook:
    """Return the process that this test process's runs of ansible-playbook fork from."""
    return WarmPlaybook(environment(), ROOT)


def lab(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run the lab's own command."""
    env = {**os.environ, "RUNBOOK_LAB_CACHE": LAB_CACHE}
    done = subprocess.run([str(LAB), *arguments], capture_output=True, text=True, check=False, env=env)
    if check and done.returncode != 0:
        raise AssertionError(
            f"lab/node {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return done


def kill_all_of(leader: int) -> None:
    """Kill a run of ansible-playbook whole: its workers have sessions of their own, and would go on with their task."""
    doomed = [leader]
    for process in doomed:
        # What stands still begins nobody while its children are looked for.
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGSTOP)
        while (state := _state_and_parent(process)) and state[0] not in "TtZX":
            time.sleep(0.001)
        numbers = (int(path.name) for path in pathlib.Path("/proc").glob("[0-9]*"))
        doomed += [number for number in numbers if (found := _state_and_parent(number)) and found[1] == process]
    for process in doomed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _state_and_parent(process: int) -> tuple[str, int] | None:
    """Return a process's state, by its letter, and its parent; None where it is gone."""
    try:
        # A name that some process has may be any bytes.
        text = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, parent = text.rpartition(")")[2].split()[:2]
    return state, int(parent)
