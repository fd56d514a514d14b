"""The record of operations on real runs: on the controller and in the node's journal; and what no commit holds."""

from __future__ import annotations

import pathlib
import signal
import subprocess
import time
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operations_log import read
from tests.git_rig import Upstream
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, ROLE_PLAYBOOK, ROOT, Node, kill_all_of

NAME = "t-history"
JOURNAL = "journalctl --sync; journalctl --quiet --output=cat --identifier=ai-systems-runbook"


class Fleet(t.NamedTuple):
    """A node, and the repository that its inventory lies in."""

    node: Node
    upstream: Upstream

    @property
    def record(self) -> pathlib.Path:
        return self.upstream.path / "records" / "operations.jsonl"

    def runs(self) -> list[dict[str, t.Any]]:
        return list(read(str(self.record)).runs)


@pytest.fixture(scope="module")
def fleet(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    node = lab_node(NAME)
    upstream = Upstream(tmp_path_factory.mktemp("fleet") / "fleet")
    upstream.commit({"hosts.yml": node.inventory.read_text(encoding="utf-8"), ".gitignore": "/reports/\n"})
    node.inventory = upstream.path / "hosts.yml"
    # The lab says where its own records lie; here they lie as an operator's do, beside the inventory.
    node.always["runbook_records_dir"] = str(upstream.path / "records")
    node.always["runbook_reports_dir"] = str(upstream.path / "reports")
    return Fleet(node, upstream)


def history(fleet: Fleet, *arguments: str) -> str:
    return fleet.node.play(PLAYBOOKS / "history.yml", *arguments).ok().output.partition("RECORD OF OPERATIONS")[2]


def test_no_run_is_no_mistake(fleet: Fleet) -> None:
    assert f"{NAME}: no run is recorded" in history(fleet)
    assert fleet.runs() == []


def test_a_run_and_its_dry_run_are_written_down_with_what_they_did(fleet: Fleet) -> None:
    fleet.node.role("hostname", check=True).ok()
    fleet.node.role("hostname").ok()
    dry, real = fleet.runs()
    assert "--check" in dry["arguments"]
    assert "--check" not in real["arguments"]
    assert (dry["inventory"]["commit"], dry["inventory"]["uncommitted"]) == (fleet.upstream.head, [])
    assert dry["end"]["nodes"][NAME]["steps"] == {"1": "ok", "2.3": "would change"}
    assert real["end"]["nodes"][NAME] == {"result": "changed", "steps": {"1": "ok", "2.3": "changed"}}
    told = history(fleet)
    assert f"{NAME}: 2 runs" in told
    assert fleet.upstream.head[:9] in told
    assert fleet.upstream.head[:9] + "+" not in told


def test_the_nodes_journal_names_each_run(fleet: Fleet) -> None:
    told = fleet.node.root(JOURNAL).ok().splitlines()
    assert len(told) == 2
    for run, line in zip(fleet.runs(), told, strict=True):
        assert line.startswith(f"run {run['id']}: role ")
        assert f"by {run['who']}, from {fleet.upstream.head[:12]}" in line


def test_the_value_of_a_secret_is_nowhere(fleet: Fleet) -> None:
    fleet.node.role("hostname", variables={}).ok()
    fleet.node.play(ROLE_PLAYBOOK, "-e", "lab_token=hunter2hunter2", "-e", '{"roles_under_test": ["hostname"]}').ok()
    assert "hunter2" not in fleet.record.read_text()
    assert "hunter2" not in fleet.node.root(JOURNAL).ok()
    assert "lab_token=(not shown)" in " ".join(history(fleet).split())


def test_what_no_commit_holds_is_warned_of_and_marked(fleet: Fleet) -> None:
    extra = fleet.upstream.path / "host_vars.yml"
    extra.write_text("x: 1\n")
    run = fleet.node.role("hostname").ok()
    assert "holds what no commit holds: host_vars.yml" in " ".join(run.output.split())
    assert fleet.runs()[-1]["inventory"]["uncommitted"] == ["host_vars.yml"]
    assert fleet.upstream.head[:9] + "+" in history(fleet, "-e", "runbook_history_runs=1")
    extra.unlink()


def test_a_run_that_is_killed_or_interrupted_says_so(fleet: Fleet) -> None:
    # A way to the node on which nothing ever comes: on a quick machine the run would end before it is looked at.
    waiting: dict[str, t.Any] = {"ansible_ssh_extra_args": "-o ProxyCommand='sleep 300'"}
    waiting |= {"ansible_timeout": 280, "runbook_login_timeout": 280}
    for end, said in ((signal.SIGKILL, "killed"), (signal.SIGINT, "interrupted")):
        before = len(fleet.runs())
        argv, env, _steps = fleet.node.command(
            ROLE_PLAYBOOK, variables={"roles_under_test": ["preflight", "hostname"], **waiting}
        )
        process = subprocess.Popen(
            argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT,
            start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + 120
        while len(fleet.runs()) == before and time.monotonic() < deadline:
            time.sleep(0.05)
        assert "running" in history(fleet, "-e", "runbook_history_runs=1")
        if end == signal.SIGKILL:
            kill_all_of(process.pid)
        else:
            process.send_signal(end)
        process.communicate(timeout=60)
        assert said in history(fleet, "-e", "runbook_history_runs=1")
    # The same command again finishes the job, and its entry is whole.
    fleet.node.roles(["preflight", "hostname"]).ok()
    assert fleet.runs()[-1]["end"]["result"] == "ok"
    assert read(str(fleet.record)).damaged == 0


def test_runs_side_by_side_are_all_there(fleet: Fleet) -> None:
    before = len(fleet.runs())
    started = []
    for _run in range(3):
        argv, env, _steps = fleet.node.command(ROLE_PLAYBOOK, variables={"roles_under_test": ["hostname"]})
        started.append(subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=ROOT))
    assert [process.wait(timeout=300) for process in started] == [0, 0, 0]
    runs = fleet.runs()[before:]
    assert len({run["id"] for run in runs}) == 3
    assert all(run["end"]["result"] == "ok" for run in runs)


def test_a_failed_and_an_unreachable_node_are_told_apart(fleet: Fleet) -> None:
    fleet.node.role("hostname", variables={"hostname_name": "-no-"}).failed("hostname_name")
    assert fleet.runs()[-1]["end"]["nodes"][NAME]["result"] == "failed"
    fleet.node.role("hostname", variables={"ansible_port": 1}).failed()
    assert fleet.runs()[-1]["end"]["result"] in ("unreachable", "failed")


def test_nothing_is_done_from_an_unclean_or_unsigned_tree_where_that_is_required(fleet: Fleet) -> None:
    before = fleet.node.root(JOURNAL).ok()
    required = {"runbook_require_clean": True}
    unsigned = fleet.node.role("hostname", variables=required)
    unsigned.failed("runbook_require_clean is set, and nothing was touched", "it has no signature")
    extra = fleet.upstream.path / "extra.yml"
    extra.write_text("x: 1\n")
    fleet.node.role("hostname", variables=required).failed("holds what no commit holds: extra.yml; commit it")
    extra.unlink()
    assert fleet.node.root(JOURNAL).ok() == before
    key = fleet.upstream.path.parent / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    allowed = fleet.upstream.path.parent / "allowed"
    allowed.write_text(f"op@example.org {key.with_suffix('.pub').read_text()}")
    fleet.upstream.git("config", "gpg.format", "ssh")
    fleet.upstream.git("config", "gpg.ssh.allowedSignersFile", str(allowed))
    fleet.upstream.git("-c", f"user.signingKey={key}", "commit", "-q", "--amend", "--no-edit", "--gpg-sign")
    fleet.node.role("hostname", variables=required).ok()
