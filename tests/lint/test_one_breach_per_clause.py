"""A repository with one breach of each clause: the two commands of the lint find these and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from runbook_lint.decisions._rulebook import ROWS, quote_of, title_of

TOP = Path(__file__).resolve().parents[2]
HEAD = "---\n"


class Breach(t.NamedTuple):
    """One file with one breach.

    :param line: on which it is found.
    :param lints: the commands that look at such a file.
    """

    clause: str
    path: str
    line: int
    text: str
    lints: tuple[str, ...] = ("ansible-lint",)


def tasks(text: str) -> str:
    return f"{HEAD}{text}"


BREACHES = (
    Breach(
        "3.1",
        "roles/web/tasks/source.yml",
        4,
        tasks(
            "- name: Add a source\n  ansible.builtin.apt_repository:\n"
            "    repo: deb https://example.org/debian stable main\n    state: present\n"
        ),
    ),
    Breach(
        "3.2",
        "roles/web/tasks/packages.yml",
        4,
        tasks('- name: Install\n  ai_systems.runbook.apt_package:\n    name: ["libcamera*"]\n  become: true\n'),
    ),
    Breach("3.3", "context.md", 3, "# Installed packages\n\n- `htop`: needed\n", ("runbook-lint",)),
    Breach(
        "3.4",
        "roles/web/tasks/python.yml",
        4,
        tasks("- name: Install\n  ansible.builtin.pip:\n    name: requests==2.32.0\n"),
    ),
    Breach(
        "3.5",
        "roles/web/tasks/node.yml",
        5,
        tasks("- name: Install\n  community.general.npm:\n    name: serve\n    global: true\n"),
    ),
    Breach(
        "4.1",
        "roles/web/tasks/job.yml",
        2,
        tasks("- name: Count\n  ansible.builtin.cron:\n    name: count\n    job: /usr/bin/true\n"),
    ),
    Breach(
        "4.2",
        "roles/web/tasks/state.yml",
        5,
        tasks("- name: Start again\n  ansible.builtin.systemd_service:\n    name: web.service\n    state: restarted\n"),
    ),
    Breach(
        "4.3",
        "roles/web/tasks/unit.yml",
        5,
        tasks(
            "- name: Bring the unit\n  ansible.builtin.copy:\n    src: web.service\n"
            '    dest: /etc/systemd/system/web.service\n    mode: "0644"\n'
        ),
    ),
    Breach(
        "4.4",
        "units/logs.service",
        4,
        "[Service]\nUser=web\nExecStart=/usr/bin/true\nStandardOutput=file:/var/log/web\n",
        ("ansible-lint", "runbook-lint"),
    ),
    Breach(
        "6.1",
        "roles/web/tasks/upgrade.yml",
        4,
        tasks("- name: Upgrade\n  ansible.builtin.apt:\n    upgrade: dist\n  become: true\n"),
    ),
    Breach(
        "6.2",
        "units/web.service",
        4,
        "[Service]\nUser=web\nExecStart=/usr/bin/true\nRestart=always\n",
        ("ansible-lint", "runbook-lint"),
    ),
    Breach("6.3", "group_vars/all.yml", 3, f"{HEAD}colour: red\nweb_api_token: hX93kfLq02mvTzPw8Qer\n"),
    Breach(
        "6.4",
        "roles/web/tasks/code.yml",
        6,
        tasks(
            "- name: Fetch the code\n  ansible.builtin.git:\n    repo: https://example.org/web.git\n"
            "    dest: /opt/web\n    version: main\n"
        ),
    ),
    Breach("6.5", "ansible.cfg", 2, "[defaults]\nhost_key_checking = False\n"),
)


class Found(t.NamedTuple):
    path: str
    line: int
    rule: str
    message: str


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("breaches") / "repository"
    top.mkdir()
    shutil.copy(TOP / "lint/ansible-lint.yml", top / ".ansible-lint")
    for breach in BREACHES:
        place = top / breach.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(breach.text)
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    return top


def run(repository: Path, *command: str) -> list[t.Any]:
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=repository, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode in (1, 2), done.stderr
    assert "Ignored exception" not in done.stderr
    answer: list[t.Any] = json.loads(done.stdout)
    return answer


@pytest.fixture(scope="module")
def found(repository: Path) -> dict[str, list[Found]]:
    """What each command says, in the form that both have."""
    answers = {
        "ansible-lint": run(repository, "ansible-lint", "--offline", "-f", "codeclimate"),
        "runbook-lint": run(repository, "runbook-lint", "-f", "codeclimate"),
    }
    return {
        name: [
            Found(one["location"]["path"], _line(one["location"]), one["check_name"], one["description"])
            for one in answer
        ]
        for name, answer in answers.items()
    }


def _line(location: dict[str, t.Any]) -> int:
    begin = location["lines"]["begin"] if "lines" in location else location["positions"]["begin"]
    return int(begin["line"] if isinstance(begin, dict) else begin)


def test_each_clause_of_packages_services_and_nevers_has_its_breach() -> None:
    clauses = {row.clause for row in ROWS if row.clause.startswith(("3.", "4.", "6."))}
    assert {breach.clause for breach in BREACHES} == clauses


@pytest.mark.parametrize("lint", ["ansible-lint", "runbook-lint"])
def test_exactly_those_are_found_each_at_its_line(found: dict[str, list[Found]], lint: str) -> None:
    wanted = sorted((one.path, one.line, one.clause) for one in BREACHES if lint in one.lints)
    said = sorted((one.path, one.line, one.message.partition(" ")[0]) for one in found[lint])
    assert said == wanted


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: breach.clause)
def test_each_finding_says_clause_runbook_and_remedy(found: dict[str, list[Found]], breach: Breach) -> None:
    for lint in breach.lints:
        (one,) = (one for one in found[lint] if one.path == breach.path)
        assert f"{breach.clause} {title_of(breach.clause)}: " in one.message
        assert quote_of(breach.clause) in one.message
        head = "Instead: " if lint == "ansible-lint" else "Remedy: "
        assert len(one.message.partition(head)[2]) > 10
        assert one.rule.startswith(f"runbook-{breach.clause.replace('.', '-')}-")
