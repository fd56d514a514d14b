"""Services on a node: a repository with their units, and playbooks/services.yml as the operator runs it."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

from tests.git_rig import Upstream
from tests.nodes.harness import PLAYBOOKS, Node, Run

CHECKOUT = "/home/ops/ai-systems"
SYSTEM = "/etc/systemd/system"
PLAYBOOK = PLAYBOOKS / "services.yml"
SLEEPS = "#!/bin/sh\nexec sleep infinity\n"

Entry = dict[str, t.Any]
Content = t.Mapping[str | bytes, "str | bytes | None"]


def unit(name: str, *, what: str = "", service: str = "", install: str = "WantedBy=multi-user.target") -> str:
    """Return the text of a service that runs ``NAME/run`` of the repository.

    On a quick machine tests start it more often within ten seconds than systemd's own limit lets anybody.
    """
    return (
        f"[Unit]\nDescription={what or name}\nStartLimitIntervalSec=0\n\n"
        f"[Service]\n{service or 'Type=exec'}\nUser=daemon\nExecStart={CHECKOUT}/{name}/run\n\n"
        f"[Install]\n{install}\n"
    )


def entry(name: str, **more: t.Any) -> Entry:
    return {"src": f"{name}/{name}.service", "paths": [name], **more}


@dataclasses.dataclass(frozen=True)
class Process:
    """A service's main process, and the run of the service that it is."""

    pid: int
    invocation: str


class ServiceSite:
    """The node, the repository, and what is declared of it."""

    def __init__(self, node: Node, upstream: Upstream) -> None:
        self.node = node
        self.upstream = upstream
        self.declared: list[Entry] = []

    def make_ready(self) -> None:
        """Give the node what the checklist gives it before its services."""
        self.node.root("useradd --create-home --shell /bin/bash ops && chmod 0711 /home/ops").ok()
        self.node.root("apt-get -qq update && apt-get -qq install --yes --no-install-recommends git", seconds=900).ok()

    def commit(self, files: Content, message: str = "change") -> str:
        commit = self.upstream.commit(files, message)
        for path in self.upstream.path.glob("*/run"):
            path.chmod(0o755)
        if self.upstream.git("status", "--porcelain"):
            self.upstream.git("commit", "--quiet", "--all", "--amend", "--no-edit")
        return self.upstream.head or commit

    def variables(self, **more: t.Any) -> dict[str, t.Any]:
        return {
            "repository_url": str(self.upstream.path),
            "repository_version": "main",
            "services_list": self.declared,
            "services_settle": 1,
            **more,
        }

    def run(self, *arguments: str, check: bool = False, **more: t.Any) -> Run:
        return self.node.play(PLAYBOOK, *arguments, check=check, variables=self.variables(**more))

    def four_runs(self, **more: t.Any) -> Run:
        """Return the real run, once the dry run before it has said the same, and no run after it does anything."""
        predicted = self.run(check=True, **more).ok()
        done = self.run(**more).ok()
        assert predicted.actions == done.actions
        for check in (True, False):
            assert self.run(check=check, **more).ok().actions == set()
        return done

    def process(self, name: str) -> Process:
        said = self.node.root(f"systemctl show --property=MainPID,InvocationID --value -- {name}").ok().split()
        return Process(int(said[0]), said[1] if len(said) > 1 else "")

    def show(self, name: str, prop: str) -> str:
        return self.node.root(f"systemctl show --property={prop} --value -- {name}").ok().strip()

    def links(self) -> dict[str, str]:
        """Return every link of systemd's folder that leads into the checkout, with what it leads to."""
        found = self.node.root(f"find {SYSTEM} -type l -printf '%P %l\\n'").ok().splitlines()
        return {path: to for path, to in (line.split(" ", 1) for line in found) if to.startswith(CHECKOUT)}

    @property
    def head(self) -> str:
        return self.node.root(f"runuser -u ops -- git -C {CHECKOUT} rev-parse HEAD").ok().strip()

    def is_tidy(self) -> None:
        """Whether nothing has failed, no link dangles, and no run has left anything behind."""
        assert self.node.root("systemctl --failed --no-legend --no-pager --plain").ok() == ""
        assert self.node.root(f"find {SYSTEM} -xtype l").ok() == ""
        assert self.node.root("ls /run/ai-systems-runbook").out == ""
        assert self.node.root(f"find {SYSTEM} -name '*ai-systems*'").ok() == ""

    def remove_all(self) -> None:
        """Have no service on the node, by our own means."""
        linked = {pathlib.PurePath(to).relative_to(CHECKOUT).as_posix() for to in self.links().values()}
        self.declared = [{"src": src, "state": "absent"} for src in sorted(linked)]
        self.run().ok()
        assert self.links() == {}
