"""Runbook 3 on a real node: each way past its rules on packages is found, with its place and what to do about it."""

from __future__ import annotations

import json
import pathlib
import subprocess
import typing as t

import pytest

from tests.git_rig import Upstream
from tests.nodes import local_archive
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, Node, Run
from tests.nodes.local_archive import Package
from tests.nodes.timing import seconds_beyond

PACKAGE_RULES = PLAYBOOKS / "package_rules.yml"
HEAD = "# Context\n\n## Installed packages\n\n| Package | Justification |\n|---|---|\n"
Found = dict[tuple[str, str], dict[str, str]]


class Fleet:
    """One provisioned node, the operator's ai-systems repository, and the committed baseline."""

    def __init__(self, node: Node, folder: pathlib.Path) -> None:
        self.node = node
        self.repository = Upstream(folder / "ai-systems")
        self.records = folder / "records"
        self.document()
        baselines = folder / "baselines"
        baselines.mkdir()
        (baselines / f"{node.name}.json").write_bytes(
            (pathlib.Path(node.variables["runbook_baselines_dir"]) / f"{node.name}.json").read_bytes()
        )
        for command in (
            ["init", "-q"],
            ["add", "."],
            ["-c", "user.name=ops", "-c", "user.email=ops@example.org", "commit", "-qm", "Baseline"],
        ):
            subprocess.run(["git", *command], cwd=baselines, check=True)
        node.always.update(
            repository_url=str(self.repository.path),
            repository_version="main",
            runbook_records_dir=str(self.records),
            runbook_baselines_dir=str(baselines),
        )

    def document(self, *names: str) -> None:
        lines = "".join(f"| {name} | proves what is found |\n" for name in names)
        self.repository.commit({"context.md": HEAD + lines})

    def run(self, **variables: t.Any) -> Run:
        return self.node.play(PACKAGE_RULES, variables=variables)

    def found(self, **variables: t.Any) -> Found:
        """Return what is found, by clause and subject; violations fail the run and nothing else does."""
        run = self.run(**variables)
        found: Found = {(one["clause"], one["subject"]): one for one in run.rows(self.node.name)["3"]["findings"]}
        violated = any(one["verdict"] == "violation" for one in found.values())
        assert run.rc == (2 if violated else 0), run.output
        assert run.actions == set()
        flat = " ".join(run.output.split())
        for clause, subject in list(found)[:20]:
            assert f"{clause}: {subject}" in flat
        return found

    def install_by_hand(self, *arguments: str) -> None:
        self.node.root(f"DEBIAN_FRONTEND=noninteractive apt-get -qq install {' '.join(arguments)}", seconds=900).ok()


@pytest.fixture(scope="module")
def fleet(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    fleet = Fleet(lab_node("t-rules"), tmp_path_factory.mktemp("fleet"))
    fleet.node.play(PLAYBOOKS / "provision.yml").ok()
    return fleet


def test_a_provisioned_node_holds_to_the_rules(fleet: Fleet) -> None:
    run = fleet.run().ok()
    (row,) = [row for clause, row in run.rows(fleet.node.name).items() if clause == "3"]
    assert (row["findings"], row["state"]) == ([], "ok"), run.output
    assert "nothing was found" in row["sentence"]
    assert fleet.node.play(PACKAGE_RULES, check=True).ok().rows(fleet.node.name)["3"] == row


def test_it_costs_little(fleet: Fleet) -> None:
    assert seconds_beyond(fleet.run, lambda: fleet.node.role("hostname"), bound=1.5) < 1.5


class Undocumented(t.NamedTuple):
    """A context.md that does not justify the package tree, what is found of it, and the same once it was followed."""

    name: str
    text: str
    found: dict[tuple[str, str], str]
    corrected: str


_NODES = HEAD.replace("| Package | Justification |\n|---|---|", "| Package | Nodes | Justification |\n|---|---|---|")
_WHY = "proves what is found"
UNDOCUMENTED = (
    Undocumented("it names no such package", HEAD,
                 {("3.3", "tree"): "add the line | `tree` | <why this node needs it> |"},
                 f"{HEAD}| `tree` | {_WHY} |\n"),
    Undocumented("it names it for another node", f"{_NODES}| tree | t-other | {_WHY} |\n",
                 {("3.3", "tree"): "add t-rules to the cell Nodes of that line"},
                 f"{_NODES}| tree | t-other, t-rules | {_WHY} |\n"),
    Undocumented("it gives no reason", f"{HEAD}| tree | needed |\n",
                 {("3.3", "context.md:7"): "correct context.md"},
                 f"{HEAD}| tree | {_WHY} |\n"),
    Undocumented("it is no document of this kind", "# Context\n", {("3.3", "tree"): "add the line"},
                 f"{HEAD}| tree | {_WHY} |\n"),
)  # fmt: skip


@pytest.mark.parametrize("case", UNDOCUMENTED, ids=lambda case: case.name)
def test_a_package_that_nobody_documented(fleet: Fleet, case: Undocumented) -> None:
    fleet.install_by_hand("tree")
    fleet.repository.commit({"context.md": case.text})
    found = fleet.found()
    assert set(found) == set(case.found)
    assert all(case.found[key] in one["remedy"] for key, one in found.items())
    fleet.repository.commit({"context.md": case.corrected})
    assert fleet.found() == {}


def test_a_package_from_a_file_and_one_from_a_foreign_archive(fleet: Fleet) -> None:
    fleet.document("tree", "runbook-one", "gpg", "gpg-agent")
    local_archive.prepare(fleet.node, aside=False)
    local_archive.offer(fleet.node, [Package("runbook-one", "1.0")], origin="Debian", label="Debian", codename="trixie")
    fleet.node.root("apt-get -q update").ok()
    fleet.install_by_hand("runbook-one")
    found = fleet.found()
    assert "copy:/srv/local-archive" in found["3.1", "runbook-one 1.0"]["evidence"]
    # The archive itself is told too, and a run that only looks ends well.
    assert any("local.list" in subject for _, subject in found)
    assert fleet.run(package_rules_fail=False).rc == 0
    fleet.node.root("rm /etc/apt/sources.list.d/local.list /usr/share/keyrings/lab.asc && apt-get -q update").ok()
    found = fleet.found()
    assert set(found) == {("3.1", "runbook-one 1.0")}
    assert "offers a package of this name" in found["3.1", "runbook-one 1.0"]["evidence"]
    fleet.node.root("apt-get -qq purge runbook-one").ok()


def status_says(fleet: Fleet, package: str, version: str) -> None:
    """Have dpkg's own record name another version, as after an installation long ago."""
    fleet.node.root(
        "cp -n /var/lib/dpkg/status /root/status && python3 - <<'E'\n"
        "import re\n"
        "text = open('/root/status').read()\n"
        f"text = re.sub(r'(\\nPackage: {package}\\n(?:.+\\n)*?Version: ).*', r'\\g<1>{version}', text)\n"
        "open('/var/lib/dpkg/status', 'w').write(text)\nE"
    ).ok()


@pytest.fixture
def _status(fleet: Fleet) -> t.Iterator[None]:
    yield
    fleet.node.root("cp /root/status /var/lib/dpkg/status && rm /root/status").ok()


@pytest.mark.usefixtures("_status")
@pytest.mark.parametrize("version", ["2.2.1+rpt1", "99.0-1"])
def test_a_rebuild_under_a_name_of_debians(fleet: Fleet, version: str) -> None:
    status_says(fleet, "tree", version)
    found = fleet.found()
    (one,) = [finding for (_, subject), finding in found.items() if subject == f"tree {version}"]
    assert (one["clause"], one["verdict"]) == ("3.1", "violation")
    assert ("tree/trixie" in one["remedy"]) == ("+rpt" in version)


@pytest.mark.usefixtures("_status")
def test_a_superseded_version_is_unknown_until_the_record_proves_it(fleet: Fleet) -> None:
    status_says(fleet, "tree", "2.0.0-1")
    found = fleet.found()
    assert {(subject, one["verdict"]) for (_, subject), one in found.items()} == {("tree 2.0.0-1", "unknown")}
    record = fleet.records / fleet.node.name / "packages.jsonl"
    kept = record.read_text()
    lines = [json.loads(line) for line in kept.splitlines()]
    entry = next(package for line in lines for package in line["packages"] if package["package"] == "curl")
    entry.update(package="tree", version="2.0.0-1")
    record.write_text(kept + json.dumps({**lines[0], "packages": [entry], "removed": []}) + "\n")
    try:
        assert fleet.found() == {}
    finally:
        record.write_text(kept)


@pytest.mark.usefixtures("_status")
def test_a_kernel_whose_very_name_has_left_the_lists_is_unknown(fleet: Fleet) -> None:
    architecture = fleet.node.root("dpkg --print-architecture").ok().strip()
    kernel = f"linux-image-6.12.1+deb13-{architecture}"
    stanza = (
        f"Package: {kernel}\nStatus: install ok installed\nArchitecture: {architecture}\nVersion: 6.12.1-1\n"
        f"Source: linux-signed-{architecture} (6.12.1+1)\nMaintainer: x <x@example.org>\nDescription: x\n\n"
    )
    fleet.node.root("cp -n /var/lib/dpkg/status /root/status && cat >> /var/lib/dpkg/status", stdin=stanza).ok()
    found = fleet.found()
    assert found["3.1", f"{kernel} 6.12.1-1"]["verdict"] == "unknown"
    assert "boot into the newest one first" in found["3.1", f"{kernel} 6.12.1-1"]["remedy"]


def test_without_lists_nothing_is_called_official(fleet: Fleet) -> None:
    fleet.node.root("mkdir /root/lists && mv /var/lib/apt/lists/*_* /root/lists/").ok()
    try:
        found = fleet.found()
    finally:
        fleet.node.root("mv /root/lists/* /var/lib/apt/lists/ && rmdir /root/lists").ok()
    assert found["3.1", "package lists"]["verdict"] == "unknown"


def test_without_the_lists_of_one_archive_its_packages_are_unknown(fleet: Fleet) -> None:
    fleet.node.root("mkdir /root/lists && mv /var/lib/apt/lists/*trixie-security*Packages* /root/lists/").ok()
    try:
        found = fleet.found()
    finally:
        fleet.node.root("mv /root/lists/* /var/lib/apt/lists/ && rmdir /root/lists").ok()
    assert {one["verdict"] for one in found.values()} == {"unknown"}
    assert "trixie-security" in found["3.1", "package lists"]["evidence"]


def test_a_baseline_that_nobody_committed_proves_nothing(fleet: Fleet, tmp_path: pathlib.Path) -> None:
    name = f"{fleet.node.name}.json"
    committed = pathlib.Path(fleet.node.variables["runbook_baselines_dir"]) / name
    (tmp_path / name).write_bytes(committed.read_bytes())
    run = fleet.run(runbook_baselines_dir=str(tmp_path)).ok()
    findings = run.rows(fleet.node.name)["3"]["findings"]
    assert [(one["clause"], one["verdict"], one["subject"]) for one in findings] == [("3.3", "unknown", "baseline")]


def test_what_was_installed_by_hand_with_pip_and_npm(fleet: Fleet) -> None:
    fleet.document("tree", "gpg", "gpg-agent", "python3-pip", "npm")
    fleet.install_by_hand("--no-install-recommends", "python3-pip", "npm")
    fleet.node.root("pip install --quiet --break-system-packages six==1.16.0", seconds=300).ok()
    fleet.node.root("npm install --global --silent left-pad@1.3.0", seconds=300).ok()
    found = fleet.found()
    six = found["3.4", "/usr/local/lib/python3.13/dist-packages six"]
    assert "/usr/local/lib/python3.13/dist-packages/six-1.16.0.dist-info" in six["evidence"]
    assert "python_venv_list" in six["remedy"]
    pad = found["3.5", "/usr/local/lib/node_modules left-pad"]
    assert "/usr/local/lib/node_modules/left-pad" in pad["evidence"]
    assert "node_project_list" in pad["remedy"]
    assert {verdict["verdict"] for verdict in (six, pad)} == {"violation"}
