"""Twenty nodes, some of them dead or slow: the others are done in bounded time, and each is named for what it is."""

from __future__ import annotations

import json
import pathlib
import subprocess
import time
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operations_log import read
from tests.nodes.harness import PLAYBOOKS, ROLE_PLAYBOOK, ROOT, Node, Run, lab

NAMES: t.Final = tuple(f"t-fleet-{number:02}" for number in range(1, 21))
# What is wrong with a node, and what it takes.
BROKEN: t.Final = {
    "t-fleet-03": ("nobody listens", "systemctl stop ssh.socket ssh.service"),
    "t-fleet-08": (
        "packets are dropped",
        "nft 'add table inet lost; add chain inet lost in { type filter hook input priority 0; policy drop; }'",
    ),
    "t-fleet-13": ("processes do not move", "pkill -STOP sshd"),
    "t-fleet-20": ("the login never comes to its command", "echo 'sleep 600' > /etc/ssh/sshrc"),
}
WELL: t.Final = tuple(name for name in NAMES if name not in BROKEN)
# Twenty logins at once share the processors, so that one that works may take its time on a busy machine.
LOGIN_SECONDS: t.Final = 45
MOST_SECONDS: t.Final = 400


class Fleet(t.NamedTuple):
    """All nodes in one inventory.

    :param any: one of them, which knows the inventory.
    """

    any: Node

    def play(self, playbook: pathlib.Path, **variables: t.Any) -> tuple[Run, float]:
        """Run a playbook on all nodes at once; return what it said, and the seconds that it took."""
        argv, env, steps = self.any.command(playbook, variables={"runbook_login_timeout": LOGIN_SECONDS, **variables})
        argv[argv.index("--limit") + 1] = ",".join(NAMES)
        began = time.monotonic()
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            timeout=500, env=env, cwd=ROOT,
        )  # fmt: skip
        took = time.monotonic() - began
        print(f"{playbook.name}: {took:.1f} s")
        return Run(done.returncode, done.stdout, json.loads(steps.read_text()) if steps.exists() else {}), took

    def recorded(self) -> dict[str, t.Any]:
        """Return how the last run ended, as the record of operations has it."""
        end = read(str(pathlib.Path(self.any.variables["runbook_records_dir"]) / "operations.jsonl")).runs[-1]["end"]
        assert isinstance(end, dict)
        return end


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Fleet]:
    lab("down", *NAMES, check=False)
    try:
        lab("up", *NAMES)
        folder = tmp_path_factory.mktemp("inventories")
        nodes = {name: Node(name, folder) for name in (NAMES[0], *BROKEN)}
        for name, (_what, command) in BROKEN.items():
            nodes[name].root(command).ok()
        yield Fleet(nodes[NAMES[0]])
    finally:
        lab("down", *NAMES)


def test_a_step_is_carried_out_on_all_that_answer(fleet: Fleet) -> None:
    renamed = "{{ inventory_hostname }}-x"
    run, took = fleet.play(ROLE_PLAYBOOK, roles_under_test=["hostname"], hostname_name=renamed)
    assert run.rc == 4, run.output
    # On a quiet machine 15 s more than the login's own bound, for the tries that ssh makes.
    assert took < MOST_SECONDS
    for name in NAMES:
        rows = run.rows(name)
        states = {clause: row["state"] for clause, row in rows.items()}
        assert states == (
            {"1": "ok", "2.3": "changed"} if name in WELL else {"1": "unreachable"} | _not_reached(states)
        )
    silent = run.rows("t-fleet-20")["1"]["sentence"]
    assert f"t-fleet-20 took the connection and then said nothing for {LOGIN_SECONDS} s" in silent
    assert "refused" in run.rows("t-fleet-03")["1"]["sentence"]
    end = fleet.recorded()
    assert end["result"] == "unreachable"
    assert {name: of_node["result"] for name, of_node in end["nodes"].items()} == {
        name: "changed" if name in WELL else "unreachable" for name in NAMES
    }


def test_a_diagnosis_names_those_that_do_not_answer(fleet: Fleet) -> None:
    run, took = fleet.play(PLAYBOOKS / "diagnose.yml")
    assert run.rc in (2, 4), run.output
    assert took < MOST_SECONDS
    told = run.output.partition("DIAGNOSIS")[2]
    for name in BROKEN:
        assert name in told
    end = fleet.recorded()
    assert {name for name, of_node in end["nodes"].items() if of_node["result"] == "unreachable"} == set(BROKEN)
    assert set(end["nodes"]) == set(NAMES)


def _not_reached(states: t.Mapping[str, str]) -> dict[str, str]:
    return {clause: "not reached" for clause in states if clause != "1"}
