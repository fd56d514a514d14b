from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_report import (
    file_names,
    lost_node,
    node_json,
)


def test_a_node_that_gave_no_answer_is_unknown_and_somebody_goes_there() -> None:
    content = node_json(lost_node("pi", "unreachable", "Connection timed out\x1b"))
    assert content["verdict"]["component"] == "unknown"
    assert content["verdict"]["step"] == "go to the node"
    assert "the node does not answer: Connection timed out" in content["verdict"]["sentence"]
    assert content["sources"] == []
    assert "could not be asked" in node_json(lost_node("pi", "failed", "x"))["verdict"]["sentence"]


def test_each_node_has_a_file_of_its_own_and_no_name_leads_elsewhere() -> None:
    names = ["pi-1", "../../etc/passwd", ".hidden", "a/b", "a_b", "A_B", "x" * 300, ""]
    files = file_names(names)
    assert files["pi-1"] == "pi-1.json"
    assert len({name.lower() for name in files.values()}) == len(names)
    assert not [name for name in files.values() if "/" in name or name.startswith(".") or len(name) > 120]
