"""The law of the survey on a real node: ok => the full role changes nothing; a deviation => it is named, and mended."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import typing as t

import pytest

from lab import inventory
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, ROOT, Node, Run
from tests.nodes.lean import without_recommended

PROVISION = PLAYBOOKS / "provision.yml"
CHECKOUT = f"/home/{inventory.OPERATOR}/ai-systems"
# In the order of the play, with the clauses that they carry out.
ROLES = {
    "2.2": "preflight", "2.3": "hostname", "2.4": "network", "3.1": "apt_sources", "6.1": "guardrails",
    "2.5": "system_update", "2.6": "essential_packages", "2.7": "operator_user", "2.8": "ssh", "4.4": "journal",
    "2.9": "repository", "3.3": "packages", "3.4": "python_venv", "3.5": "node_project", "4": "services",
}  # fmt: skip
SURVEYED = re.compile(r"Ask which steps would change anything\] \*+\n(?:.*\n)*?ok: \[\S+\] => (\{.*\})$", re.MULTILINE)


class Deviation(t.NamedTuple):
    """Something that one role mends.

    :param with_it: clauses that do not hold either, for the same reason.
    """

    clause: str
    seed: str
    with_it: tuple[str, ...] = ()


# Of clauses after which no other role is entered.
ALONE = (
    Deviation("2.3", "echo other > /etc/hostname"),
    Deviation("3.1", "rm /etc/apt/sources.list.d/debian.sources"),
    Deviation("2.8", "echo '# x' >> /etc/ssh/sshd_config.d/00-ai-systems-runbook.conf"),
    Deviation("4.4", "rm /etc/systemd/journald.conf.d/99-ai-systems-runbook.conf"),
    Deviation("4", "systemctl stop greeter.service"),
)
# Where one of these is mended, all roles after it are entered too, since it may concern them.
UNSETTLING = (
    Deviation("6.1", "rm /etc/apt/apt.conf.d/zz-ai-systems-runbook"),
    Deviation("2.5", "rm /var/lib/ai-systems-runbook/system-update.json"),
    Deviation("2.6", "apt-mark auto curl"),
    Deviation("2.7", f"chmod 0700 /home/{inventory.OPERATOR}"),
)
OF_THE_DEPLOYMENT = (
    # Units run from the declared commit only.
    Deviation("2.9", f"su {inventory.OPERATOR} -c 'git -C {CHECKOUT} reset -q --hard HEAD~1'", with_it=("4",)),
    Deviation("3.3", "apt-get remove -qq -y tree"),
    Deviation("3.4", f"rm -r {CHECKOUT}/greeter/.venv/lib/python3*/site-packages/waitress-*"),
    Deviation("3.5", f"rm -r {CHECKOUT}/web/node_modules/ms"),
)
CONTEXT = ROOT / "lab" / "sample" / "ai-systems" / "context.md"


def survey_of(run: Run) -> dict[str, t.Any]:
    found = SURVEYED.search(run.output)
    assert found, run.output
    survey: dict[str, t.Any] = json.loads(found[1])
    return survey


def entered(run: Run) -> list[str]:
    """Return the clauses whose roles were entered, as Ansible says it."""
    names = set(re.findall(r"^included: ai_systems\.runbook\.(\w+) for", run.output, re.MULTILINE))
    return [clause for clause, role in ROLES.items() if role in names]


def calls(run: Run) -> list[str]:
    """Return the modules that were run on the node."""
    return re.findall(r"^Using module file \S+/(\w+)\.py", run.output, re.MULTILINE)


def provision(node: Node, *arguments: str, check: bool = False, **variables: t.Any) -> Run:
    return node.play(PROVISION, "-v", *arguments, check=check, variables=variables)


def commit(clone: pathlib.Path, files: t.Mapping[str, str]) -> None:
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(clone)]
    for name, content in files.items():
        (clone / name).write_text(content)
    subprocess.run([*git, "add", *files], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "Another commit"], check=True)


@pytest.fixture(scope="module")
def node(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> Node:
    """A provisioned node with a service, a project of each kind and a package of its own."""
    node = lab_node("t-survey")
    without_recommended(node)
    clone = tmp_path_factory.mktemp("repository") / "ai-systems"
    subprocess.run(["git", "clone", "-q", node.variables["repository_url"], str(clone)], check=True)
    head = "| --- | --- | --- |\n"
    documented = CONTEXT.read_text()
    assert head in documented
    context = documented.replace(head, f"{head}| npm |  | gives the project web its packages |\n")
    commit(clone, {"context.md": context})
    commit(clone, {"later": "x\n"})
    node.always |= {
        **inventory.greeters(),
        "packages_list": ["python3-venv", "tree", "npm"],
        "node_project_list": [{"path": "web"}],
        "repository_url": str(clone),
    }
    first = provision(node).ok()
    # On first contact nothing is asked.
    assert survey_of(first)["enter"] == list(ROLES)
    assert {one["sentence"] for one in survey_of(first)["clauses"].values()} == {"it is the first contact"}
    return node


@pytest.fixture
def survey_alone(tmp_path: pathlib.Path) -> pathlib.Path:
    """provision.yml, which ends after the survey whatever that finds."""
    text, condition = PROVISION.read_text(), "      when: not __runbook_survey.enter\n"
    assert text.count(condition) == 1
    playbook = tmp_path / "provision.yml"
    playbook.write_text(text.replace(condition, ""))
    return playbook


class Asked(t.NamedTuple):
    """A run on the conforming node, with what its files were before and after."""

    run: Run
    before: str
    after: str


@pytest.fixture(scope="module")
def asked(node: Node) -> Asked:
    files = "find /run/ai-systems-runbook /etc /var/lib/ai-systems-runbook | sort"
    before = node.root(files).ok()
    run = node.play(PROVISION, "-vvv").ok()
    return Asked(run, before, node.root(files).ok())


class TestAConformingNode:
    def test_no_role_is_entered_and_the_node_is_called_once(self, node: Node, asked: Asked) -> None:
        assert entered(asked.run) == []
        assert calls(asked.run) == ["node_survey"]
        assert asked.run.actions == set()
        rows = asked.run.rows(node.name)
        assert {row["state"] for row in rows.values()} == {"ok"}
        assert list(rows) == ["1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9", "3.1", "3.3", "3.4", "3.5",
                              "4", "4.4", "6.1"]  # fmt: skip
        assert rows["2.8"]["sentence"].startswith("Only ops logs in, by key alone")

    def test_nothing_is_left_on_the_node_and_no_secret_in_its_journal(self, node: Node, asked: Asked) -> None:
        assert asked.after == asked.before
        assert "node_survey: Invoked" not in node.root("journalctl --sync; journalctl --no-pager -o cat").ok()

    def test_the_full_roles_change_nothing_and_say_the_same(self, node: Node, asked: Asked) -> None:
        full = provision(node, runbook_full=True).ok()
        assert (full.actions, entered(full)) == (set(), list(ROLES))
        rows, all_rows = asked.run.rows(node.name), full.rows(node.name)
        # What was carried out is audited after it; that has a row of its own.
        assert {clause: row["sentence"] for clause, row in rows.items()} == {
            clause: all_rows[clause]["sentence"] for clause in rows
        }

    def test_a_dry_run_asks_once_too(self, node: Node) -> None:
        run = provision(node, check=True).ok()
        assert (entered(run), run.actions) == ([], set())

    def test_tags_select_what_is_asked(self, node: Node) -> None:
        run = provision(node, "--tags", "2.3,ssh").ok()
        assert set(survey_of(run)["clauses"]) == {"2.3", "2.8"}
        rows = run.rows(node.name)
        assert {clause for clause, row in rows.items() if row["state"] == "ok"} == {"1", "2.3", "2.8"}
        assert rows["2.9"]["state"] == "not selected"
        skipped = provision(node, "--skip-tags", "services").ok()
        assert set(survey_of(skipped)["clauses"]) == set(ROLES) - {"4"}


def own(run: Run) -> list[str]:
    """Return the clauses that a run entered for what was found of them, and not for what comes before them."""
    found = survey_of(run)["clauses"]
    due = {
        clause for clause, one in found.items() if one["verdict"] == "enter" and "may concern it" not in one["sentence"]
    }
    return [clause for clause in ROLES if clause in due]


def named(deviations: t.Sequence[Deviation]) -> list[str]:
    """Return the clauses that do not hold by themselves, in the order of the play."""
    clauses = {clause for one in deviations for clause in (one.clause, *one.with_it)}
    return [clause for clause in ROLES if clause in clauses]


def from_on(clause: str) -> list[str]:
    """Return a clause and all after it, in the order of the play."""
    clauses = list(ROLES)
    return clauses[clauses.index(clause) :]


def mended(node: Node, deviations: t.Sequence[Deviation], enter: t.Sequence[str]) -> None:
    """Check, real, real: only the roles in ``enter`` are entered, each deviation is mended, nothing is left."""
    predicted, done = provision(node, check=True).ok(), provision(node).ok()
    for run in (predicted, done):
        assert own(run) == named(deviations)
        assert (survey_of(run)["enter"], entered(run)) == (enter, enter)
    assert predicted.actions == done.actions
    assert {one.clause for one in deviations} <= {clause for clause, _subject, _action in done.actions}
    again = provision(node).ok()
    assert (again.actions, entered(again)) == (set(), [])


def test_deviations_that_concern_no_other_clause_have_only_their_own_roles_entered(node: Node) -> None:
    for one in ALONE:
        node.root(one.seed).ok()
    mended(node, ALONE, named(ALONE))


@pytest.mark.parametrize("deviations", [UNSETTLING, OF_THE_DEPLOYMENT], ids=["before", "of the deployment"])
def test_a_deviation_that_may_concern_what_comes_after_it_has_all_of_that_entered(
    node: Node, survey_alone: pathlib.Path, deviations: tuple[Deviation, ...]
) -> None:
    # From the last to the first: each one is once the first that does not hold.
    for at, one in reversed(list(enumerate(deviations))):
        node.root(one.seed).ok()
        run = node.play(survey_alone, "-v").ok()
        assert own(run) == named(deviations[at:])
        assert survey_of(run)["enter"] == from_on(one.clause)
    mended(node, deviations, from_on(deviations[0].clause))


@pytest.mark.parametrize(
    ("clause", "seed", "mend", "sentence"),
    [
        ("2.2", "touch /var/lib/dpkg/updates/0001", "rm /var/lib/dpkg/updates/0001", "dpkg"),
        ("2.4", "cp /etc/resolv.conf /root/r; echo nameserver 192.0.2.9 > /etc/resolv.conf",
         "cat /root/r > /etc/resolv.conf", "192.0.2.9"),
        ("2.9", f"echo y > {CHECKOUT}/later", f"echo x > {CHECKOUT}/later", "later"),
    ],
)  # fmt: skip
def test_what_no_role_mends_is_named_by_the_role(node: Node, clause: str, seed: str, mend: str, sentence: str) -> None:
    node.root(seed).ok()
    try:
        run = provision(node)
    finally:
        node.root(mend).ok()
    run.failed(sentence)
    assert survey_of(run)["enter"][0] == clause
    assert run.rows(node.name)[clause]["state"] == "failed"
    assert run.actions == set()


def test_a_deployment_that_was_cut_off_is_ended_though_nothing_is_to_be_changed(node: Node) -> None:
    note = "/run/ai-systems-runbook/deployment.json"
    node.root(f"mkdir -p /run/ai-systems-runbook && echo '{{}}' > {note}").ok()
    dry, run = provision(node, check=True).ok(), provision(node).ok()
    assert entered(dry) == entered(run) == ["4"]
    assert run.actions == set()
    assert node.root(f"test -e {note}").rc == 1
    assert entered(provision(node).ok()) == []


def test_a_deployment_that_fails_is_put_back(node: Node) -> None:
    clone = pathlib.Path(node.always["repository_url"])
    before = node.root(f"su {inventory.OPERATOR} -c 'git -C {CHECKOUT} rev-parse HEAD'").ok()
    # Without hashes, which the step after the repository's refuses.
    commit(clone, {"greeter/requirements.txt": "waitress==3.0.2\n"})
    run = provision(node).failed("Not deployed, since a step failed. Put back")
    assert (run.rows(node.name)["2.9"]["state"], run.rows(node.name)["4"]["state"]) == ("changed", "failed")
    assert node.root(f"su {inventory.OPERATOR} -c 'git -C {CHECKOUT} rev-parse HEAD'").ok() == before
    assert node.root("systemctl is-active greeter.service").ok().strip() == "active"
    # What was put back is not what is declared, and the next survey says so.
    dry = provision(node, check=True)
    assert survey_of(dry)["enter"][0] == "2.9"


# The quick steps, with those that a node needs to be asked at all: an operator who logs in.
OF_A_FLEET = "2.2,2.3,2.4,2.7,2.8"


class Fleet(t.NamedTuple):
    """Two provisioned nodes and one that does not answer, in one inventory."""

    one: Node
    two: Node
    dead: Node

    def play(self, *words: str, check: bool = False) -> Run:
        names = ",".join(node.name for node in self)
        return self.one.play(PROVISION, "-v", "--limit", names, "--tags", OF_A_FLEET, *words, check=check)


@pytest.fixture(scope="module")
def fleet(lab_node: LabNodes) -> Fleet:
    # By name the dead one comes first, and between the others in a fleet that is worked on two by two.
    fleet = Fleet(lab_node("t-fleet-b"), lab_node("t-fleet-c"), lab_node("t-fleet-a"))
    fleet.one.refresh_inventory()
    fleet.dead.root("systemctl stop ssh.socket ssh.service").ok()
    fleet.one.play(PROVISION, "--limit", f"{fleet.one.name},{fleet.two.name}", "--tags", OF_A_FLEET).ok()
    return fleet


def surveys(run: Run) -> dict[str, list[str]]:
    """Return for each node that was asked which clauses are to be entered."""
    said = re.findall(r"^ok: \[(\S+)\] => (\{.*\"enter\".*\})$", run.output, re.MULTILINE)
    return {name: json.loads(survey)["enter"] for name, survey in said}


@pytest.mark.parametrize("serial", ["", "2"])
def test_each_node_is_asked_for_itself_and_a_dead_one_keeps_no_other_from_it(fleet: Fleet, serial: str) -> None:
    # As an operator types it who takes over a fleet in parts.
    words = ("-e", f"provision_serial={serial}") if serial else ()
    asked = ["1", *OF_A_FLEET.split(",")]
    fleet.two.root("echo other > /etc/hostname && hostname other").ok()
    for check in (True, False):
        run = fleet.play(*words, check=check)
        assert run.rc == 4, run.output
        assert surveys(run) == {fleet.one.name: [], fleet.two.name: ["2.3"]}
        assert run.actions == {("2.3", "hostname", "set")}
        looked = {clause: row["state"] for clause, row in run.rows(fleet.one.name).items() if clause in asked}
        assert looked == dict.fromkeys(asked, "ok")
        assert run.rows(fleet.two.name)["2.3"]["state"] == ("would change" if check else "changed")
        # The dead one is in the table, and why.
        rows = run.rows(fleet.dead.name)
        assert rows["1"]["state"] == "unreachable"
        assert {row["state"] for clause, row in rows.items() if clause != "1"} == {"not reached"}
        assert fleet.dead.variables["ansible_host"] in rows["1"]["sentence"]
