"""The catalogue of the runbook's sentences, against the text that it quotes and the tree that it names."""

from __future__ import annotations

import ast
import pathlib
import re

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _rulebook
from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_rules import ASKED
from ansible_collections.ai_systems.runbook.plugins.module_utils._rulebook_failures import FAILURES
from ansible_collections.ai_systems.runbook.plugins.module_utils._rulebook_nevers import NEVERS
from ansible_collections.ai_systems.runbook.plugins.module_utils._rulebook_packages import PACKAGES
from ansible_collections.ai_systems.runbook.plugins.module_utils._rulebook_provisioning import CHECKLIST
from ansible_collections.ai_systems.runbook.plugins.module_utils._rulebook_roles import NODE_ROLES
from ansible_collections.ai_systems.runbook.plugins.module_utils._rulebook_row import SEVERITIES
from ansible_collections.ai_systems.runbook.plugins.module_utils._rulebook_services import SERVICES
from tools import runbook_text

ROOT = pathlib.Path(__file__).resolve().parents[4]
TEXT = runbook_text.read((ROOT / "docs" / "runbook.md").read_text())
PLACES = {"role": "roles/{}/tasks/main.yml", "module": "plugins/modules/{}.py", "playbook": "playbooks/{}.yml"}
PARTS = sorted({part for row in _rulebook.ROWS for part in row.enforced if isinstance(part, _rulebook.Part)})
SENTENCES = [
    said
    for row in _rulebook.ROWS
    for said in (
        row.remedy,
        *([row.not_audited] if row.not_audited else []),
        *(way.reason for way in row.enforced if isinstance(way, _rulebook.ByHand)),
    )
]


def test_every_sentence_of_the_runbook_has_one_row_in_its_order() -> None:
    assert [(row.clause, row.sentence) for row in _rulebook.ROWS] == [
        (sentence.clause, sentence.text) for sentence in TEXT.sentences
    ]


def test_sections_and_clauses_are_called_as_in_the_runbook() -> None:
    assert {section.number: section.title for section in _rulebook.SECTIONS} == TEXT.sections
    assert {clause: title for section in _rulebook.SECTIONS for clause, title in section.titles.items()} == TEXT.titles


def test_the_text_is_the_whole_runbook() -> None:
    assert list(TEXT.sections) == ["1", "2", "3", "4", "5", "6"]
    assert len(TEXT.titles) == 29
    assert len(TEXT.sentences) == 46


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.kind} {part.name}")
def test_what_enforces_a_sentence_exists(part: _rulebook.Part) -> None:
    assert (ROOT / PLACES[part.kind].format(part.name)).is_file()


def test_every_row_says_what_makes_it_hold_and_where_to_read_on() -> None:
    for row in _rulebook.ROWS:
        assert row.enforced, row.sentence
        for way in row.enforced:
            if isinstance(way, _rulebook.ByHand) and way.document:
                assert (ROOT / way.document).is_file(), way.document


@pytest.mark.parametrize("sentence", sorted(set(SENTENCES)))
def test_what_a_row_says_is_one_sentence(sentence: str) -> None:
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert sentence == " ".join(sentence.split())
    assert len(runbook_text.split(sentence)) == 1


def test_playbooks_and_steps_that_a_row_names_exist() -> None:
    provision = (ROOT / "playbooks" / "provision.yml").read_text()
    for sentence in SENTENCES:
        for name in re.findall(r"\b([a-z_]+)\.yml", sentence):
            assert (ROOT / "playbooks" / f"{name}.yml").is_file(), sentence
        for tag in re.findall(r"--tags ([0-9.]+[0-9])", sentence):
            assert f'tags: ["{tag}"' in provision, sentence


def test_variables_that_a_row_names_exist() -> None:
    known = (ROOT / "docs" / "inventory.md").read_text()
    for sentence in SENTENCES:
        for name in re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", sentence):
            assert f"`{name}`" in known or f"-e {name}=" in sentence, sentence


def test_every_clause_that_is_called_audited_has_a_rule() -> None:
    assert set(_rulebook.AUDITED) - {rule.clause for rule in ASKED} == set()


def test_every_rule_has_a_clause_that_is_called_audited() -> None:
    assert {rule.clause for rule in ASKED} - set(_rulebook.AUDITED) == set()


@pytest.mark.parametrize(
    "section",
    [NODE_ROLES, CHECKLIST, PACKAGES, SERVICES, FAILURES, NEVERS],
    ids=lambda section: section.number,
)
def test_a_section_has_its_own_clauses_alone(section: _rulebook.Section) -> None:
    assert section in _rulebook.SECTIONS
    assert {row.clause.partition(".")[0] for row in section.rows} == {section.number}
    assert set(section.titles) == {row.clause for row in section.rows} - {section.number}


@pytest.mark.parametrize("path", sorted((ROOT / "plugins" / "module_utils").glob("_rulebook*.py")), ids=str)
def test_the_catalogue_needs_the_standard_library_alone(path: pathlib.Path) -> None:
    imports = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Import | ast.ImportFrom)]
    for node in imports:
        if isinstance(node, ast.ImportFrom):
            assert node.level == 1 or node.module == "__future__"
        else:
            assert [name.name for name in node.names] == ["typing"]


def test_a_clause_is_as_bad_as_its_worst_sentence() -> None:
    assert _rulebook.severity_of("2.8") == "critical"
    assert _rulebook.severity_of("3.2") == "low"
    assert {row.severity for row in _rulebook.ROWS} == set(SEVERITIES)


def test_a_clause_is_told_in_the_runbooks_words() -> None:
    assert _rulebook.title_of("3.5") == "No npm -g"
    assert _rulebook.title_of("2") == "Initial Node Provisioning Checklist"
    assert _rulebook.quote_of("6.2").startswith("Nodes must not have scripts or agents")
    assert _rulebook.quote_of("3.5") == "Global Node.js packages are forbidden. All dependencies must be project-local."
    assert [row.clause for row in _rulebook.rows_of("4.3")] == ["4.3", "4.3"]


def test_clauses_are_in_the_runbooks_order() -> None:
    assert sorted(["6.1", "2.9", "2", "1.2", "2.1"], key=_rulebook.order_of) == ["1.2", "2", "2.1", "2.9", "6.1"]


def test_a_clause_that_nobody_knows() -> None:
    assert _rulebook.rows_of("7.1") == ()
    assert _rulebook.title_of("7.1") == "7.1"
    assert _rulebook.quote_of("7.1") == ""
    assert _rulebook.severity_of("7.1") == "critical"
    assert _rulebook.order_of("7.1") > _rulebook.order_of("6.5")
