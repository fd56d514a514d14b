# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A diagnosis as JSON, and back again out of the callback's hands (runbook 5.1). Private to the collection."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_causes import SILENT
from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_titles import TITLES
from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_verdict import Diagnosis
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_answer import clean
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_answer import NodeDiagnosis

SCHEMA: t.Final = 1
_ODD = re.compile(r"[^A-Za-z0-9._-]|^\.")


def lost_node(name: str, state: t.Literal["unreachable", "failed"], sentence: str) -> NodeDiagnosis:
    """Return the diagnosis of a node that gave no answer: nothing of it is known."""
    why = one_line(sentence.removeprefix("Task failed: "), 600)
    said = f"unknown: the node {'does not answer' if state == 'unreachable' else 'could not be asked'}: {why}"
    return NodeDiagnosis(clean(name), state, why, 0.0, Diagnosis("unknown", "", said, SILENT))


def node_json(node: NodeDiagnosis) -> dict[str, t.Any]:
    """Return the content of a node's file; its schema is in docs/diagnose.md."""
    return {
        "schema": SCHEMA,
        "node": node.name,
        "state": node.state,
        "sentence": node.sentence,
        "seconds": node.seconds,
        "verdict": {
            "component": node.diagnosis.component,
            "cause": node.diagnosis.cause,
            "sentence": node.diagnosis.sentence,
            "clause": node.diagnosis.step.clause,
            "step": node.diagnosis.step.name,
            "words": node.diagnosis.step.words,
        },
        "facts": node.facts._asdict(),
        "is_root": node.is_root,
        "sources": [
            {
                "name": reading.name,
                "title": TITLES[reading.name],
                "state": reading.state,
                "seconds": reading.seconds,
                "symptoms": [{**one._asdict(), "lines": list(one.lines)} for one in reading.symptoms],
            }
            for reading in node.readings
        ],
    }


def file_names(nodes: t.Iterable[str]) -> dict[str, str]:
    """Return a file's name for each node, no two alike: an inventory may hold names that are no file's."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for node in nodes:
        plain = _ODD.sub("_", node)[:100] or "node"
        name, number = plain, 2
        while name.lower() in taken:
            name, number = f"{plain}~{number}", number + 1
        taken.add(name.lower())
        found[node] = f"{name}.json"
    return found


__all__ = ("SCHEMA", "file_names", "lost_node", "node_json")
