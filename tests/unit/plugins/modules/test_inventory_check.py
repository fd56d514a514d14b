"""The inventory's check in real runs of ansible-playbook: it needs no node."""

from __future__ import annotations

import json
import pathlib
import subprocess
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._isolation_record import order, settle
from tests.git_rig import Upstream
from tests.nodes.harness import environment, tool, warm_playbook

SECONDS = 600
PLAYBOOK = """
- hosts: all
  gather_facts: false
  roles: [ai_systems.runbook.hostname, ai_systems.runbook.preflight]
  pre_tasks:
    - ai_systems.runbook.inventory_check:
    - ansible.builtin.meta: end_play
"""


def check(
    folder: pathlib.Path, hosts: t.Mapping[str, t.Mapping[str, t.Any]], *arguments: str, playbook: str = ""
) -> tuple[int, str]:
    inventory = folder / "hosts.yml"
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
    play = folder / "play.yml"
    play.write_text(playbook or PLAYBOOK)
    argv = [tool("ansible-playbook"), "-i", str(inventory), *arguments, str(play)]
    done = warm_playbook().run(argv, environment(), SECONDS)
    return done.returncode, " ".join(done.stdout.split())


def of_node(said: str, name: str) -> str:
    """Return what is said of a node's inventory: up to what is said of the next node's."""
    return said.partition(f"inventory of {name} cannot be carried out")[2].partition("inventory of ")[0]


def test_a_sound_inventory_passes(tmp_path: pathlib.Path) -> None:
    assert check(tmp_path, {"a": {}, "b": {"hostname_name": "other", "my_own": 1}})[0] == 0


def test_mistakes_of_all_nodes_are_named(tmp_path: pathlib.Path) -> None:
    hosts = {
        "a": {"hostname_nam": "x"},
        "b": {"hostname_name": "A B"},
        "c_c": {},
        "d": {"preflight_clock_tolerance": "soon"},
        "e": {"hostname_name": "{{ nowhere }}"},
        "f": {},
        "g": {"hostname_name": "f"},
        "h": {"network_address": "192.0.2.7/24"},
        "i": {"network_address": "192.0.2.7/25"},
        "j": {},
    }
    rc, said = check(tmp_path, hosts)
    assert rc == 2
    for sentence in (
        "inventory of a cannot be carried out, nothing was touched: variable hostname_nam",
        "hostname_name 'A B' cannot be a hostname",
        "hostname_name 'c_c' cannot be a hostname",
        "'preflight_clock_tolerance'",
        "variable hostname_name cannot be worked out: 'nowhere' is undefined",
        "hostname_name 'f' is declared for f and for g",
        "network_address '192.0.2.7' is declared for h and for i",
    ):
        assert sentence in said
    for name in hosts:
        assert (f"inventory of {name} cannot be carried out" in said) == (name != "j")


CLEAN = """
- hosts: all
  gather_facts: false
  tasks:
    - ai_systems.runbook.inventory_check:
        require_clean: "{{ required }}"
        records_dir: "{{ inventory_dir }}/records"
"""


def test_nothing_is_done_from_what_no_commit_holds_or_nobody_signed(tmp_path: pathlib.Path) -> None:
    upstream = Upstream(tmp_path / "fleet")
    upstream.commit({"README.md": "x\n"})
    refused = "runbook_require_clean is set, and nothing was touched: "
    for required, wrong in (("true", "holds what no commit holds: hosts.yml"), ("false", "")):
        rc, said = check(upstream.path, {"a": {}}, "-e", f"required={required}", playbook=CLEAN)
        assert rc == (2 if wrong else 0)
        assert (refused in said, wrong in said) == (bool(wrong), True)
    upstream.commit({"hosts.yml": (upstream.path / "hosts.yml").read_text(), "play.yml": CLEAN})
    # What runs of ours write is committed at leisure.
    (upstream.path / "records").mkdir()
    (upstream.path / "records" / "operations.jsonl").write_text("")
    rc, said = check(upstream.path, {"a": {}}, "-e", "required=true", playbook=CLEAN)
    assert rc == 2
    assert refused in said
    assert "does not count as signed: it has no signature" in said


def test_a_twin_that_limit_hides_still_counts(tmp_path: pathlib.Path) -> None:
    rc, said = check(tmp_path, {"a": {}, "b": {"hostname_name": "A"}}, "--limit", "a")
    assert rc == 2
    assert "declared for a and for b" in said


def test_all_mistakes_are_said_at_once(tmp_path: pathlib.Path) -> None:
    _rc, said = check(tmp_path, {"a": {"hostname_nam": "x", "hostname_name": "-"}})
    assert "did you mean hostname_name?" in said
    assert "'-' cannot be a hostname" in said


def test_settings_that_are_not_in_force_are_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "bare.cfg").write_text("[defaults]\n")
    inventory, playbook = tmp_path / "hosts.yml", tmp_path / "play.yml"
    inventory.write_text(json.dumps({"all": {"hosts": {"a": {}}}}))
    playbook.write_text(PLAYBOOK)
    env = environment(ANSIBLE_CONFIG=str(tmp_path / "bare.cfg"), ANSIBLE_COLLECTIONS_PATH=".collections")
    done = subprocess.run(
        [tool("ansible-playbook"), "-i", str(inventory), str(playbook)],
        capture_output=True, text=True, check=False, env=env,
    )  # fmt: skip
    said = " ".join((done.stdout + done.stderr).split())
    assert "'callbacks_enabled = ai_systems.runbook.steps' to its [defaults] section" in said
    assert "'host_pattern_mismatch = error' to its [inventory] section" in said


def test_a_wrong_operator_is_told_and_its_secrets_are_not(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "PLAYBOOK", PLAYBOOK.replace("runbook.preflight", "runbook.operator_user"))
    operator = {
        "operator_user_name": "root",
        "operator_user_authorized_keys": ["-----BEGIN OPENSSH PRIVATE KEY-----\nTOPSECRET\n"],
        "operator_user_sudo": "password",
        "operator_user_password_hash": "TOPSECRET",
    }
    rc, said = check(tmp_path, {"a": operator}, "-vvvv")
    assert rc != 0
    assert "operator_user_name 'root' cannot be the operator" in said
    assert "operator_user_authorized_keys: entry 1: it is a PRIVATE key (not shown)" in said
    assert "operator_user_password_hash (not shown) is no yescrypt" in said
    assert "TOPSECRET" not in said


def test_wrong_python_projects_are_told(tmp_path: pathlib.Path) -> None:
    play = PLAYBOOK.replace("ai_systems.runbook.preflight", "ai_systems.runbook.python_venv")
    sound = {"operator_user_name": "ops", "python_venv_list": [{"path": "x"}]}
    wrong: dict[str, tuple[dict[str, t.Any], str]] = {
        "a": (
            {"python_venv_list": [{"path": "../x"}]},
            "the project '../x' does not lie inside the checkout /home/ops/ai-systems",
        ),
        "b": (
            {"python_venv_list": [{"path": "x", "index_url": "https://u:secret@a"}]},
            "it holds a user name or password",
        ),
        "c": ({"python_venv_list": [{"path": "x", "exakt": True}]}, "exakt"),
        "d": ({"python_venv_list": "x"}, "python_venv_list"),
        "e": (
            {"python_venv_checkout": "here", "python_venv_list": [{"path": "x"}]},
            "'here' must be an absolute path",
        ),
    }
    hosts = {name: {**sound, **variables} for name, (variables, _sentence) in wrong.items()}
    rc, said = check(tmp_path, {**hosts, "sound": sound}, playbook=play)
    assert rc == 2
    for name, (_variables, sentence) in wrong.items():
        assert sentence in of_node(said, name)
    assert of_node(said, "sound") == ""
    assert "secret" not in said


def test_wrong_npm_projects_are_told(tmp_path: pathlib.Path) -> None:
    play = PLAYBOOK.replace("ai_systems.runbook.preflight", "ai_systems.runbook.node_project")
    sound = {"operator_user_name": "ops", "node_project_list": [{"path": "x"}]}
    hosts = {"a": {**sound, "node_project_list": [{"path": "../x"}]}, "sound": sound}
    rc, said = check(tmp_path, hosts, playbook=play)
    assert rc == 2
    assert of_node(said, "sound") == ""
    assert "node_project_list cannot be carried out: the project '../x' does not lie inside" in said


def test_operators_that_would_be_wrong_in_an_incident_are_told_long_before(tmp_path: pathlib.Path) -> None:
    wrong: dict[str, tuple[t.Any, str]] = {
        "a": (["192.0.2.7/24"], "isolate_operators has '192.0.2.7/24', which is an address with a prefix length"),
        "b": ("desk", "isolate_operators has 'desk', which is no address"),
        "c": ("{{ nowhere }}", "variable isolate_operators cannot be worked out"),
        "d": ([["192.0.2.7"]], "which is no address or network"),
    }
    hosts = {name: {"isolate_operators": operators} for name, (operators, _sentence) in wrong.items()}
    right = {"right": {"isolate_operators": ["192.0.2.7", "2001:db8::/64"]}, "none": {}}
    rc, said = check(tmp_path, {**hosts, **right})
    assert rc == 2
    for name, (_operators, sentence) in wrong.items():
        assert sentence in of_node(said, name)
    assert [of_node(said, name) for name in right] == ["", ""]


NOTED = PLAYBOOK.replace("inventory_check:", 'inventory_check: {records_dir: "{{ inventory_dir }}"}')


def test_nodes_with_an_order_that_was_never_proven_are_named_in_every_run(tmp_path: pathlib.Path) -> None:
    for node in ("a", "gone"):
        order(str(tmp_path), node, lift=False)
    settle(str(tmp_path), "b", isolated=True)
    rc, said = check(tmp_path, {"a": {}, "b": {}}, "--limit", "b", playbook=NOTED)
    assert rc == 0
    # At the beginning and at the end, once each, also one that the inventory has forgotten.
    assert said.count("gone is to be isolated (since ") == 2
    assert said.count("ISOLATION: a is to be isolated (since ") == 1
    assert said.count("b is isolated since ") == 1
    assert "ISOLATION: b" not in said


def test_what_a_run_is_about_is_told_at_its_end_alone(tmp_path: pathlib.Path) -> None:
    order(str(tmp_path), "a", lift=False)
    play = NOTED.replace("ai_systems.runbook.preflight", "ai_systems.runbook.isolate")
    _rc, said = check(tmp_path, {"a": {}}, playbook=play)
    assert said.count("a is to be isolated (since ") == 1


def test_a_damaged_record_stops_no_run(tmp_path: pathlib.Path) -> None:
    (tmp_path / "isolation.json").write_text("{")
    rc, said = check(tmp_path, {"a": {}}, playbook=NOTED)
    assert rc == 0
    assert "which says what nodes are isolated, cannot be read" in said


ROLE_PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Check the inventory
      ansible.builtin.import_role:
        name: ai_systems.runbook.runbook
        tasks_from: inventory
    - name: 2.3 | Go on
      ansible.builtin.debug:
        msg: goes on
"""


def test_decommissioned_nodes_are_left_out_and_never_named(tmp_path: pathlib.Path) -> None:
    inventory, play = tmp_path / "hosts.yml", tmp_path / "play.yml"
    gone = {"network_address": "192.0.2.7/24", "hostname_nam": "odd", "decommissioned_reason": "retired"}
    # Who takes its place has its address.
    groups = {
        "workers": {"hosts": {"a": {"network_address": "192.0.2.7/24"}}},
        "decommissioned": {"hosts": {"b": gone, "c": {}}},
    }
    inventory.write_text(json.dumps(groups))
    play.write_text(ROLE_PLAYBOOK)

    def run(*limit: str) -> tuple[int, str]:
        argv = [tool("ansible-playbook"), "-i", str(inventory), *limit, str(play)]
        done = warm_playbook().run(argv, environment(), SECONDS)
        return done.returncode, " ".join(done.stdout.split())

    rc, said = run()
    assert rc == 0, said
    assert said.count("LEFT OUT, since decommissioned: b, c") == 1
    table = said.partition("STEPS OF THE RUNBOOK")[2]
    assert "a: 2 ok" in table
    assert "b:" not in table
    assert "ok: [a]" in said.partition("2.3 | Go on")[2]
    assert "ok: [b]" not in said.partition("2.3 | Go on")[2]
    rc, said = run("--limit", "a,b")
    assert rc == 2
    assert "b is decommissioned (retired), and no playbook touches it, so nothing was done" in said
    assert "hostname_nam" not in said
