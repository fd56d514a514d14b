"""What nodes answer to diagnostics, for the tests of what becomes of it."""

from __future__ import annotations

import datetime as dt
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_titles import TITLES
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_answer import answered
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_report import lost_node, node_json
from tests.audit_sample import HOSTILE

STARTED = dt.datetime(2026, 11, 26, 3, 15, 0, tzinfo=dt.UTC)
OK = {"verdict": "ok", "cause": "", "subject": "it", "evidence": "all is well", "advice": "", "lines": []}
UNKNOWN = {**OK, "verdict": "unknown", "evidence": "there is no source"}
PROBLEM = {
    "verdict": "problem",
    "cause": "service",
    "subject": "worker.service",
    "evidence": "it failed: its program ended with an error",
    "advice": "look at 'journalctl --unit=worker.service'",
    "lines": ["no table named jobs", "status=3"],
}
CARD = {**PROBLEM, "cause": "storage", "subject": "card mmc0", "evidence": "the kernel says it 3 times", "lines": []}
FACTS = {"model": "Raspberry Pi 5", "kernel": "7.3", "architecture": "aarch64", "debian": "13.7", "container": False}


def source(name: str, *symptoms: t.Any) -> dict[str, t.Any]:
    return {"name": name, "seconds": 0.1, "symptoms": list(symptoms or [OK])}


def answer(**symptoms: t.Sequence[t.Any]) -> dict[str, t.Any]:
    """Return a node's answer: well, but for what is given by source, with _ for -."""
    given = {name.replace("_", "-"): said for name, said in symptoms.items()}
    return {"sources": [source(name, *given.get(name, ())) for name in TITLES], "facts": FACTS, "is_root": True}


def node(name: str, **symptoms: t.Sequence[t.Any]) -> dict[str, t.Any]:
    """Return the diagnosis of a node."""
    return node_json(answered(name, answer(**symptoms), earlier=None, seconds=1.0))


def silent(name: str, sentence: str = "Connection timed out") -> dict[str, t.Any]:
    return node_json(lost_node(name, "unreachable", sentence))


def fleet(size: int = 50) -> list[dict[str, t.Any]]:
    """A fleet of which most nodes are well: of each dozen one has a bad card, one a failed service, one is silent."""
    said: list[t.Callable[[str], dict[str, t.Any]]] = [
        lambda name: node(name, kernel_log=[CARD], units=[PROBLEM], board=[UNKNOWN]),
        lambda name: node(name, units=[PROBLEM, {**PROBLEM, "subject": "reader.service"}]),
        silent,
    ]
    return [
        said[number % 12](name) if number % 12 < len(said) else node(name)
        for number in range(size)
        for name in [f"{('sensor', 'gateway', 'camera')[number % 3]}-{number:02d}.plant-{number % 4}.example.net"]
    ]


def hostile() -> list[dict[str, t.Any]]:
    """Nodes whose every word wants out of its place, one of which has no end."""
    problems = [
        {**PROBLEM, "subject": word, "evidence": word * 3, "advice": word, "lines": [word, *HOSTILE]}
        for word in HOSTILE
    ]
    problems.append({**PROBLEM, "subject": "x" * 1000, "evidence": "x" * 100_000, "lines": ["y" * 100_000]})
    said = answer(units=problems, board=[{**UNKNOWN, "evidence": HOSTILE[0]}], clock=[{**OK, "subject": HOSTILE[1]}])
    said["facts"] = {**FACTS, "model": HOSTILE[0], "kernel": HOSTILE[4], "debian": HOSTILE[2]}
    names = [f"node{HOSTILE[1]}", HOSTILE[2]]
    nodes = [node_json(answered(name, said, earlier=None, seconds=1.0)) for name in names]
    return [*nodes, silent(HOSTILE[0], "".join(HOSTILE))]
