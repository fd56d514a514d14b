"""A node that diagnostics look at, as the module runs them, and that is broken by hand."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import shlex
import time
import typing as t
import zipfile

from tests.nodes.harness import ROOT, Node

# In memory: what is tested fills and breaks the disk.
_PACKED = "/dev/shm/diagnosed.zip"  # noqa: S108
_LOOK = """\
import importlib, json, os, sys, time
sys.path.insert(0, "/dev/shm/diagnosed.zip")
asked = json.loads(sys.argv[1])
from module_utils._declared import Declared
from module_utils._diagnose_sources import sources
from module_utils._diagnosis import diagnose
from module_utils._diagnosis_verdict import verdict
from module_utils._node_view import NodeView
began = time.monotonic()
known = sources(now=asked["now"], audited=asked["audited"])
wanted = [one for one in known if one.name in asked["names"] or not asked["names"]]
read = diagnose(NodeView(Declared(), seconds=asked["seconds"]), wanted, seconds_each=asked["seconds_each"])
said = verdict(read, is_container=True)
print(json.dumps({
    "seconds": time.monotonic() - began,
    "component": said.component,
    "cause": said.cause,
    "sentence": said.sentence,
    "step": said.step.name,
    "sources": {
        one.name: {"state": one.state, "symptoms": [symptom._asdict() for symptom in one.symptoms]} for one in read
    },
}))
"""


class Diagnosed(t.NamedTuple):
    """What diagnostics say: the verdict, and each source's state and symptoms."""

    component: str
    cause: str
    sentence: str
    step: str
    seconds: float
    sources: dict[str, dict[str, t.Any]]

    def state(self, source: str) -> str:
        return str(self.sources[source]["state"])

    def evidence(self, source: str, *verdicts: str) -> str:
        """Return all that a source says, a line each."""
        return "\n".join(
            " | ".join([one["verdict"], one["subject"], one["evidence"], *one["lines"]])
            for one in self.sources[source]["symptoms"]
            if not verdicts or one["verdict"] in verdicts
        )


class DiagnosedNode:
    """The node, with the code of the diagnostics shipped onto it."""

    def __init__(self, node: Node) -> None:
        self.node = node
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("module_utils/__init__.py", "")
            for path in sorted((ROOT / "plugins" / "module_utils").glob("*.py")):
                packed.write(path, f"module_utils/{path.name}")
        node.root(f"base64 -d > {_PACKED}", stdin=base64.b64encode(buffer.getvalue()).decode()).ok()

    def look(
        self, *names: str, later: float = 0.0, audited: float = 0.0, seconds_each: float = 20.0, user: str = "root"
    ) -> Diagnosed:
        """Diagnose the node.

        :param names: the sources that are asked; all where none is named.
        :param later: seconds that the controller's clock is ahead of the node's.
        """
        asked = {"names": names, "now": time.time() + later, "audited": audited, "seconds": 120}
        asked["seconds_each"] = seconds_each
        command = f"python3 -B - {shlex.quote(json.dumps(asked))}"
        said = json.loads(
            self.node.root(f"su -s /bin/sh {user} -c {shlex.quote(command)}", stdin=_LOOK, seconds=200).ok()
        )
        return Diagnosed(**said)

    @contextlib.contextmanager
    def broken(self, how: str, mend: str) -> t.Iterator[None]:
        """Break the node as root inside it, and mend it afterwards."""
        try:
            self.node.root(how).ok()
            yield
        finally:
            self.node.root(mend).ok()
