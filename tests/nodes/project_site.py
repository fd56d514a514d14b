"""The checkout with projects on a node: committed into, worked on by a role, and looked at afterwards."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import shlex
import subprocess
import typing as t

from tests.nodes.harness import Node, Run

CHECKOUT = "/home/ops/ai-systems"
AS_OPS = "runuser -u ops --"
Files = t.Mapping[str, "str | bytes | None"]

# Kills the process that does the work, and all that it has started, as soon as a file is there; says before when it
# has begun to look.
_KILLER = """\
import glob, os, signal, sys, time
def children(pid):
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            fields = open(path).read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(path.split("/")[2])
            yield from children(child)
            yield child
try:
    # The work may be done a moment after the file is there: others of a busy machine must not come before this.
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
except OSError:
    pass
print("ready", os.getpid(), flush=True)
deadline = time.monotonic() + 600
while time.monotonic() < deadline:
    if os.path.lexists(sys.argv[1]):
        files = glob.glob("/run/ai-systems-runbook/job-*/pid")
        if len(files) != 1:
            sys.exit(f"{sys.argv[1]} is there, and of the one job that makes it these are left: {files}")
        job = int(open(files[0]).read().split()[0])
        os.kill(job, signal.SIGSTOP)
        for pid in [*children(job), job]:
            os.kill(pid, signal.SIGKILL)
        sys.exit(0)
    time.sleep(0.0005)
sys.exit(f"{sys.argv[1]} did not come within 600 s")
"""
_WRITER = """\
import base64, json, os, sys
for path, text in json.load(sys.stdin).items():
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    if text is None:
        os.remove(path)
        continue
    with open(path, "wb") as file:
        file.write(base64.b64decode(text))
"""


class ProjectSite:
    """The node, its checkout, and the projects that are declared to a role."""

    ROLE: t.ClassVar[str]
    # The folder of a project that the role installs into.
    INSTALLED: t.ClassVar[str]
    # What a run may leave nowhere, beside what no run may.
    PASSING: t.ClassVar[str] = ""

    def __init__(self, node: Node) -> None:
        self.node = node

    def make_checkout(self, *packages: str) -> None:
        """Give the node the operator, an empty checkout of the operator's, git and the packages."""
        self.node.root("useradd --create-home --shell /bin/bash ops && chmod 0711 /home/ops").ok()
        names = " ".join(("git", *packages))
        self.node.root(f"apt-get -qq update && apt-get -qq install --yes {names} >/dev/null 2>&1", seconds=300).ok()
        setup = (
            "cd /home/ops && git config --global user.email ops@lab.invalid && git config --global user.name ops"
            " && git init -q ai-systems && cd ai-systems && git commit -qm empty --allow-empty"
        )
        self.node.root(f"{AS_OPS} sh -c {shlex.quote(setup)}").ok()

    def run(self, *projects: dict[str, t.Any], check: bool = False) -> Run:
        variables = {f"{self.ROLE}_list": list(projects) or [{"path": "probe"}]}
        return self.node.role(self.ROLE, check=check, variables=variables)

    def probe(self, *, check: bool = False, **entry: t.Any) -> Run:
        return self.run({"path": "probe", **entry}, check=check)

    def commit(self, files: Files) -> None:
        """Commit files in the checkout, as the repository role would have shipped them."""
        packed = {
            path: None
            if content is None
            else base64.b64encode(content.encode() if isinstance(content, str) else content).decode()
            for path, content in files.items()
        }
        command = (
            f"cd {CHECKOUT} && python3 -c {shlex.quote(_WRITER)} && git add -A && git commit -qm test --allow-empty"
        )
        self.node.root(f"{AS_OPS} sh -c {shlex.quote(command)}", stdin=json.dumps(packed)).ok()

    def listing(self) -> str:
        """Everything that a dry run must not touch."""
        return self.node.root(
            "find /home/ops /var/tmp /tmp /etc /usr/local ! -path '*/.ansible*'"
            " -printf '%p %y %s %m %u %T@ %l\\n' | sort"
            " | grep -v -e '/tmp[: ]' -e 'systemd-private'"
        ).ok()

    def is_good(self) -> None:
        """Whether the operator owns what is installed, nobody else writes it, all read it, and nothing else is left."""
        for query in ("! -user ops", "-perm /022 ! -type l", "-type d ! -perm -055", "-type f ! -perm -044"):
            assert self.node.root(f"find {CHECKOUT}/*/{self.INSTALLED} {query}").ok() == ""
        left = self.node.root(f"ls -d /var/tmp/ai-systems* /run/ai-systems-runbook/* {self.PASSING} 2>/dev/null")
        assert left.out == ""
        assert self.node.root(f"{AS_OPS} git -C {CHECKOUT} status --porcelain").ok() == ""

    @contextlib.contextmanager
    def killed_at(self, path: str) -> t.Iterator[None]:
        """Kill the work of the run that is begun here as soon as something is at that path of the node."""
        argv = ["lab/node", "shell", self.node.name, "--", "python3", "-c", _KILLER, path]
        killer = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        assert killer.stdout
        word, _space, pid = killer.stdout.readline().partition(" ")
        assert word == "ready"
        try:
            yield
            # The work is over by now, one way or the other.
            with contextlib.suppress(subprocess.TimeoutExpired):
                killer.wait(timeout=30)
            assert killer.returncode is not None, f"{path} did not come while the run went on"
            assert killer.returncode == 0
        finally:
            if killer.poll() is None:
                # It must not wait for the next run.
                self.node.root(f"kill -KILL {pid}")
            killer.communicate(timeout=60)


AnySite = t.TypeVar("AnySite", bound=ProjectSite)


@dataclasses.dataclass(frozen=True)
class Stage(t.Generic[AnySite]):
    """The node after a run over many projects at once that did what the dry run before it had said."""

    site: AnySite
    done: Run

    def actions(self, project: str) -> set[tuple[str, str]]:
        """What was done in a project: what it concerns, "" for the folder that is installed into, and the action."""
        folder = f"{CHECKOUT}/{project}/"
        return {
            (subject.removeprefix(f"{folder}{self.site.INSTALLED}").strip(), action)
            for _clause, subject, action in self.done.actions
            if subject.startswith(folder)
        }


def stage(site: AnySite, *projects: dict[str, t.Any]) -> Stage[AnySite]:
    """Predict, then do; nothing is touched by the one, and all is in order after the other."""
    before = site.listing()
    predicted = site.run(*projects, check=True).ok()
    assert site.listing() == before
    done = site.run(*projects).ok()
    assert predicted.actions == done.actions
    site.is_good()
    return Stage(site, done)
