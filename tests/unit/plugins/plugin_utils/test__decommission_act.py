"""Parts of a decommission that cannot be done are left to a person, and keep no other from being done."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommission_act import Acts
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommission_record import Entry

ENTRY = Entry("2026-11-26T14:30:05Z", "anna@desk", "retired")


@pytest.fixture
def acts() -> Acts:
    return Acts("n1", ENTRY, check_mode=False)


def test_what_is_kept_already_is_not_written_again(acts: Acts, tmp_path: pathlib.Path) -> None:
    acts.save_diagnosis(str(tmp_path), {}, "it does not answer")
    path = acts.save_checklist(str(tmp_path), "- [ ] one\n")
    assert path == tmp_path / "20261126T143005Z" / "decommission-n1.md"
    assert len(acts.actions) == 2
    path.write_text("- [x] one\n")
    before = (tmp_path / "20261126T143005Z" / "diagnosis" / "n1.json").read_text()
    acts.save_diagnosis(str(tmp_path), {"node": "n1"}, "")
    acts.save_checklist(str(tmp_path), "- [ ] two\n")
    assert path.read_text() == "- [x] one\n"
    assert len(acts.actions) == 2
    assert "it does not answer" in before
    assert (tmp_path / "20261126T143005Z" / "diagnosis" / "n1.json").read_text() == before


def test_another_node_of_the_same_second_has_its_last_diagnosis_too(acts: Acts, tmp_path: pathlib.Path) -> None:
    for one in (acts, Acts("n2", ENTRY, check_mode=False)):
        one.save_diagnosis(str(tmp_path), {}, "it does not answer")
    folder = tmp_path / "20261126T143005Z" / "diagnosis"
    assert sorted(path.name for path in folder.iterdir()) == ["n1.json", "n2.json"]


def test_places_that_cannot_be_written_are_named(acts: Acts) -> None:
    acts.save_checklist("/proc/nowhere", "x")
    acts.revoke_keys("/proc/nowhere/known_hosts", ["n1"])
    acts.move(["/nowhere/hosts.yml"], {"w": ["n1"]})
    acts.end_isolation("/dev/null")
    assert [text.split()[0] for text in acts.by_hand][:3] == [
        "/proc/nowhere/20261126T143005Z/decommission-n1.md", "/proc/nowhere/known_hosts", "n1",
    ]  # fmt: skip


def test_a_name_is_never_a_path(tmp_path: pathlib.Path) -> None:
    acts = Acts("../../n1", ENTRY, check_mode=False)
    path = acts.save_checklist(str(tmp_path), "x")
    assert path.parent == tmp_path / "20261126T143005Z"
    assert path.name == "decommission-_._.._n1.md"


def test_groups_around_the_one_are_no_others(acts: Acts, tmp_path: pathlib.Path) -> None:
    hosts = tmp_path / "hosts.yml"
    hosts.write_text("site:\n  children:\n    w:\n      hosts:\n        n1:\n        n2:\n")
    groups = {"w": ["n1", "n2"], "site": ["n1", "n2"], "odd": ["n1"]}
    assert acts.move([str(hosts)], groups) == ["odd"]
    assert acts.move([str(hosts)], {"decommissioned": ["n1"], "site": ["n1", "n2"]}) == []
