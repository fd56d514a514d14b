# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing in the collection reaches systemd's manager but by the one seam, and nothing shows another way (runbook 4.2).

The lab and the tests are no part of this: they build test machines, and break nodes on purpose. Nor is the lint: it
reaches no node, and names what it refuses to others.
"""

from __future__ import annotations

import ast
from pathlib import Path

from tools.systemd_readers import in_markdown, in_python, in_yaml, without_comments
from tools.systemd_texts import CHANGING, Finding, in_code

SEAM = "plugins/module_utils/_systemctl.py"
LOOKED_AT = (
    *("plugins", "roles", "playbooks", "molecule", "meta", "docs", "inventory", "lab/sample", "benchmarks"),
    *("README.md", "CHANGELOG.md", "Makefile", "galaxy.yml"),
)
# Files that name a forbidden way, and why they may.
EXEMPT = {
    "benchmarks/peers/stock.yml": "is what the collection is compared with, and does what Ansible's users do",
    "plugins/module_utils/_hands_commands.py": "names what nobody may type, in order to find it in a journal",
    "plugins/module_utils/_image_seed.py": "says what cloud-init does at a first boot, where nothing of ours runs",
    "plugins/module_utils/_unit_programs.py": "names what a unit file may not run, in order to refuse it",
}
# Nobody wrote them; and while other gates run, Python's own half-written files come and go in the second one.
_NOT_WRITTEN = frozenset(("node_modules", "__pycache__"))
# Scenarios make a node what a role meets, and look at it, as the benchmark does: the five verbs and reading are theirs
# as an operator's.
_AS_AN_OPERATOR = ("benchmarks/", "molecule/")
# The seam asks the bus for the words of a command line, since systemctl shows them without their bounds.
_SEAMS_OWN = frozenset({"busctl", "org.freedesktop.systemd1", "org/freedesktop/systemd1"})


def one_seam_to_systemd(top: Path) -> list[str]:
    """The node's services are managed by start, stop, enable, disable and status, by one class, and by nothing else."""
    complaints = []
    for path in files(top):
        name = path.relative_to(top).as_posix()
        found = findings(name, path.read_text(encoding="utf-8", errors="replace"))
        if name not in EXEMPT:
            complaints += [_complaint(name, finding) for finding in found]
        elif not found:
            complaints.append(
                f"{name} names no way to systemd any more; take it out of EXEMPT in tools/systemd_seam.py."
            )
    return complaints


def files(top: Path) -> list[Path]:
    """Return the files of the collection that could reach systemd, or show how."""
    found = []
    for entry in LOOKED_AT:
        start = top / entry
        found += [start] if start.is_file() else sorted(path for path in start.rglob("*") if path.is_file())
    return [path for path in found if not _NOT_WRITTEN & {*path.parts}]


def findings(name: str, text: str) -> list[Finding]:
    """Return the ways to systemd in a file of that name that may not be there."""
    if name == SEAM:
        return sorted({*(one for one in in_python(text) if _not_the_seams(one)), *_other_verbs(text)})
    suffix = name.rpartition(".")[2]
    read = {"py": in_python, "md": in_markdown, "yml": in_yaml, "yaml": in_yaml}.get(suffix)
    found = read(text) if read else in_code(without_comments(text))
    return sorted({one for one in found if one.kind == "forbidden" or not name.startswith(_AS_AN_OPERATOR)})


def _not_the_seams(finding: Finding) -> bool:
    return finding.kind == "forbidden" and finding.what not in _SEAMS_OWN


def _other_verbs(text: str) -> list[Finding]:
    words = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    # "call" and the like are busctl's own verbs that change.
    forbidden = CHANGING | {"call", "emit"}
    return [Finding(word.lineno, f"the verb {word.value}", "forbidden") for word in words if word.value in forbidden]


def _complaint(name: str, finding: Finding) -> str:
    remedy = (
        "the runbook permits start, stop, enable, disable and status (4.2), and nothing that does more behind them"
        if finding.kind == "forbidden"
        else f"systemd is reached through {SEAM} alone"
    )
    return f"{name}:{finding.line}: {finding.what}: {remedy}."


__all__ = ("EXEMPT", "SEAM", "findings", "one_seam_to_systemd")
