"""A provisioned node that rules of the audit look at, as the module runs them, and that is changed by hand."""

from __future__ import annotations

import base64
import io
import json
import shlex
import typing as t
import zipfile

from tests.nodes.harness import ROOT, Node

CHECKOUT = "/home/ops/ai-systems"
_PACKED = "/run/audited.zip"
# From an archive, as Ansible's own: what is shipped to look is no code that lies on the node.
_LOOK = """\
import importlib, json, os, sys
sys.path.insert(0, "/run/audited.zip")
asked = json.loads(sys.argv[1])
from module_utils._audit import audit
from module_utils._declared import declared_from
from module_utils._node_view import NodeView
# Its own and its children's, in the program and in the kernel.
began = sum(os.times()[:4])
rules = [rule for name in asked["topics"] for rule in importlib.import_module(f"module_utils.{name}").RULES]
done = audit(NodeView(declared_from(asked["declared"])), rules)
print(json.dumps({
    "used": sum(os.times()[:4]) - began,
    "found": [one._asdict() for one in done.findings],
    "rules": [one._asdict() for one in done.rules],
}))
"""

Found = dict[str, dict[str, str]]


class AuditedNode:
    """The node, the topics whose rules look at it, and what the inventory declares of it."""

    def __init__(self, node: Node, *topics: str, **declared: t.Any) -> None:
        self.node = node
        self.topics = topics
        self.declared = {"checkout": CHECKOUT, "operator": "ops", **declared}
        # Seconds of a processor: others share the machine of the tests.
        self.used = 0.0
        self.rules: dict[str, float] = {}
        self._ship()

    def _ship(self) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("module_utils/__init__.py", "")
            for path in sorted((ROOT / "plugins" / "module_utils").glob("*.py")):
                packed.write(path, f"module_utils/{path.name}")
        packed_text = base64.b64encode(buffer.getvalue()).decode()
        self.node.root(f"base64 -d > {_PACKED}", stdin=packed_text).ok()

    def look(self, *verdicts: str, topics: t.Sequence[str] = ()) -> Found:
        """Return what is found of those verdicts, by its subject; violations and unknown where none are named."""
        asked = json.dumps({"topics": list(topics or self.topics), "declared": self.declared})
        said = json.loads(self.node.root(f"python3 -B - {shlex.quote(asked)}", stdin=_LOOK, seconds=300).ok())
        self.used = said["used"]
        self.rules = {one["name"]: one["seconds"] for one in said["rules"]}
        wanted = verdicts or ("violation", "unknown")
        return {one["subject"]: one for one in said["found"] if one["verdict"] in wanted}

    def by_hand(self, *commands: str, user: str = "root") -> None:
        """Do as somebody does in a shell of their own."""
        for command in commands:
            self.node.root(f"su - {user} -c {shlex.quote(command)}", seconds=300).ok()

    def mend(self, found: t.Mapping[str, t.Mapping[str, str]]) -> None:
        """Type the command that each remedy names, word for word, as root."""
        for one in found.values():
            command = remedy_of(one)
            if command:
                self.node.root(f"su - root -c {shlex.quote(f'yes | ({command})')}", seconds=300).ok()
        # What a command wrote into the journal is there for the next look.
        self.node.root("journalctl --sync").ok()


def remedy_of(found: t.Mapping[str, str]) -> str:
    """Return the command between the first pair of single quotes of a remedy, "" where it names none."""
    return found["remedy"].partition("'")[2].partition("'")[0]
