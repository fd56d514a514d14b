"""The survey in real runs of ansible-playbook, with this machine in the place of a node: it only looks."""

from __future__ import annotations

import json
import pathlib
import subprocess
import typing as t

import pytest

from tests.nodes.harness import environment, tool

PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - name: 1 | Ask
      ai_systems.runbook.node_survey:
        full: "{{ full | default(false) }}"
        login: "{{ login | default({}) }}"
      register: survey
      tags: [always]
    - name: Hostname
      ansible.builtin.include_role: {name: ai_systems.runbook.hostname}
      when: "'2.3' in survey.enter and enter is defined"
      tags: ["2.3"]
    - name: Packages
      ansible.builtin.include_role: {name: ai_systems.runbook.packages}
      when: false
      tags: ["3.3"]
    - name: Node project
      ansible.builtin.include_role: {name: ai_systems.runbook.node_project}
      when: false
      tags: ["3.5"]
    - name: Rules
      ansible.builtin.include_role: {name: ai_systems.runbook.package_rules}
      when: false
      tags: ["3"]
"""


def survey(folder: pathlib.Path, *arguments: str, **variables: t.Any) -> tuple[dict[str, t.Any], dict[str, t.Any], str]:
    """Return the survey, the rows of the table by clause, and all that was said."""
    play = folder / "play.yml"
    play.write_text(PLAYBOOK)
    steps = folder / "steps.json"
    told = {"operator_user_name": "anna", "runbook_archive_keys": [], "runbook_backports": [],
            "runbook_records_dir": "", "runbook_baselines_dir": "", **variables}  # fmt: skip
    done = subprocess.run(
        [tool("ansible-playbook"), "-i", "here,", "-c", "local", "-e", json.dumps(told),
         "-e", f"ansible_python_interpreter={tool('python')}", "-v", *arguments, str(play)],
        capture_output=True, text=True, check=False, env=environment(RUNBOOK_STEPS_JSON=str(steps)),
    )  # fmt: skip
    said = done.stdout + done.stderr
    line = next((line for line in done.stdout.splitlines() if line.startswith("ok: [here] => {")), None)
    assert line, said
    rows = {row["clause"]: row for row in json.loads(steps.read_text())["nodes"]["here"]["steps"]}
    return json.loads(line.partition(" => ")[2]), rows, said


def test_each_clause_is_told_and_what_is_not_entered_has_its_row(tmp_path: pathlib.Path) -> None:
    found, rows, _said = survey(tmp_path, "--skip-tags", "3.3", hostname_name="nobody-is-called-so")
    assert found["changed"] is False
    assert found["enter"] == ["2.3", "3"]
    assert found["clauses"] == {
        "2.3": {"verdict": "enter", "sentence": "The node would be called nobody-is-called-so."},
        "3.5": {"verdict": "ok", "sentence": "No projects are declared."},
        # Nobody has thought yet of how its module could be surveyed.
        "3": {"verdict": "enter", "sentence": "ai_systems.runbook.package_rules cannot be surveyed"},
    }
    assert (rows["3.5"]["state"], rows["3.5"]["sentence"]) == ("ok", "No projects are declared.")
    assert rows["2.3"]["state"] == "not selected"


def test_what_the_inventory_gets_wrong_is_entered(tmp_path: pathlib.Path) -> None:
    found, _rows, _said = survey(
        tmp_path, "--tags", "2.3,3.3", hostname_name="{{ nowhere }}", packages_list=["a", "a=1"]
    )
    assert found["enter"] == ["2.3", "3.3"]
    assert "'nowhere' is undefined" in found["clauses"]["2.3"]["sentence"]


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"full": True}, "runbook_full is set"),
        # As -e runbook_full=true has it.
        ({"full": "true"}, "runbook_full is set"),
        ({"login": {"is_bootstrap": True}}, "it is the first contact"),
        ({"login": {"is_bootstrap": True, "missing": ["python3"]}}, "the node cannot run modules yet"),
    ],
)
def test_where_nothing_is_asked_everything_is_entered(
    tmp_path: pathlib.Path, variables: dict[str, t.Any], sentence: str
) -> None:
    # No node could be asked with that interpreter.
    found, _rows, _said = survey(tmp_path, "-e", "ansible_python_interpreter=/nonexistent", **variables)
    assert found["enter"] == ["2.3", "3.3", "3.5", "3"]
    assert {one["sentence"] for one in found["clauses"].values()} == {sentence}


def test_a_survey_that_cannot_be_made_enters_everything_and_says_so(tmp_path: pathlib.Path) -> None:
    found, _rows, said = survey(tmp_path, "-e", "ansible_python_interpreter=/nonexistent")
    assert found["enter"] == ["2.3", "3.3", "3.5", "3"]
    assert "the survey cannot be made, so every step is carried out" in " ".join(said.split())


def test_full_that_is_switched_off_on_the_command_line_is_off(tmp_path: pathlib.Path) -> None:
    assert survey(tmp_path, "--tags", "3.5", "-e", "full=false")[0]["enter"] == []


def test_a_dry_run_asks_the_same(tmp_path: pathlib.Path) -> None:
    assert survey(tmp_path, hostname_name="so")[0] == survey(tmp_path, "--check", hostname_name="so")[0]
