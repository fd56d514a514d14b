"""The survey in real runs of ansible-playbook, with this machine in the place of a node: it only looks."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from tests.nodes.harness import environment, tool, warm_playbook

SECONDS = 600
PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - name: 1 | Ask
      ai_systems.runbook.node_survey:
        full: "{{ full | default(false) }}"
        login: "{{ login | default({}) }}"
        waivers_file: "{{ waivers | default('') }}"
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
    told = {
        **dict.fromkeys(("runbook_records_dir", "runbook_baselines_dir"), ""),
        **{name: [] for name in ("runbook_archive_keys", "runbook_backports")},
        "operator_user_name": "anna",
        "runbook_bootstrap_user": "debian",
        **variables,
    }
    argv = [
        *(tool("ansible-playbook"), "-i", "here,", "-c", "local", "-e", json.dumps(told)),
        *("-e", f"ansible_python_interpreter={tool('python')}", "-v", *arguments, str(play)),
    ]
    said = warm_playbook().run(argv, environment(RUNBOOK_STEPS_JSON=str(steps)), SECONDS).stdout
    asked = ("ok: [here] => {", "fatal: [here]: FAILED! => {")
    line = next((line for line in said.splitlines() if line.startswith(asked)), None)
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


def waived(folder: pathlib.Path, *entries: tuple[str, str], expires: str = "2099-01-01") -> str:
    """Write waivers for this node, and return the file's path."""
    path = folder / "waivers.yml"
    path.write_text(
        "".join(
            f'- {{clause: "{clause}", node: here, subject: "{subject}", reason: so it is, who: anna, '
            f'expires: "{expires}"}}\n'
            for clause, subject in entries
        )
    )
    return str(path)


def test_a_role_that_would_only_mend_what_is_waived_is_not_entered(tmp_path: pathlib.Path) -> None:
    waivers = waived(tmp_path, ("2.3", "hostname"), ("2.3", "/etc/hosts"), ("2.3", "/etc/cloud/cloud.cfg.d*"))
    for more in ({}, {"full": True}, {"login": {"is_bootstrap": True}}):
        found, rows, said = survey(tmp_path, "--tags", "2.3", hostname_name="so", waivers=waivers, **more)
        assert found["enter"] == [], said
        assert found["clauses"]["2.3"]["verdict"] == "waived"
        assert "hostname (so it is, until 2099-01-01)" in found["clauses"]["2.3"]["sentence"]
        assert rows["2.3"]["state"] == "waived"


def test_a_waiver_of_a_part_that_the_role_cannot_leave_out_ends_the_run(tmp_path: pathlib.Path) -> None:
    found, rows, said = survey(
        tmp_path, "--tags", "2.3", hostname_name="so", waivers=waived(tmp_path, ("2.3", "hostname"))
    )
    assert "msg" in found, said
    assert "2.3: waived: hostname (so it is, until 2099-01-01), and" in found["msg"]
    assert rows["1"]["state"] == "failed"


def test_what_nobody_allows_is_entered(tmp_path: pathlib.Path) -> None:
    over = pathlib.Path(waived(tmp_path, ("2.3", "hostname"), expires="2020-01-01")).read_text()
    waivers = waived(tmp_path, ("2.3", "*"), ("2.3", "another"))
    pathlib.Path(waivers).write_text(over + pathlib.Path(waivers).read_text())
    assert survey(tmp_path, "--tags", "2.3", hostname_name="so", waivers=waivers)[0]["enter"] == ["2.3"]


def test_where_it_cannot_be_told_what_is_waived_nothing_is_carried_out(tmp_path: pathlib.Path) -> None:
    more = ("--tags", "2.3", "-e", "ansible_python_interpreter=/nonexistent")
    waivers = waived(tmp_path, ("2.3", "hostname"))
    found, _rows, _said = survey(tmp_path, *more, hostname_name="so", waivers=waivers)
    assert "is not to be touched, and what of it is there cannot be told" in found["msg"]
    missing = {"is_bootstrap": True, "missing": ["python3"]}
    found, _rows, _said = survey(tmp_path, *more, hostname_name="so", waivers=waivers, login=missing)
    assert "run this with --tags 2.2 first" in found["msg"]


def test_a_mistake_in_the_waivers_is_told_once_for_all_nodes(tmp_path: pathlib.Path) -> None:
    waivers = waived(tmp_path, ("2.33", "hostname"))
    found, _rows, said = survey(tmp_path, "-i", "there,", waivers=waivers)
    assert "cannot be used as it is" in found["msg"]
    assert said.count("fatal: [") == 2
    assert " ".join(said.split()).count("clause '2.33' is none of the runbook's") == 1
