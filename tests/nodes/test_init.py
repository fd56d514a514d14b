"""An operator's own inventory repository: made, filled in, and good for a real node."""

from __future__ import annotations

import pathlib
import re
import subprocess

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._inventory_sample import FILES
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operations_log import read
from tests.nodes.conftest import LabNodes
from tests.nodes.desk import filled_in
from tests.nodes.harness import PLAYBOOKS, ROOT, environment, tool

RECORD = "records/operations.jsonl"


def run(*words: str, folder: pathlib.Path, config: pathlib.Path | None = None) -> subprocess.CompletedProcess[str]:
    """Type a command in a folder, as an operator does; its settings are in force unless others are named."""
    env = {key: value for key, value in environment().items() if key != "ANSIBLE_CONFIG"}
    if config is not None:
        env["ANSIBLE_CONFIG"] = str(config)
    argv = [tool("ansible-playbook"), *words]
    return subprocess.run(
        argv, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False, timeout=600,
    )  # fmt: skip


def init(*words: str, folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    return run(str(PLAYBOOKS / "init.yml"), *words, folder=folder, config=ROOT / "ansible.cfg")


def files_in(folder: pathlib.Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts}


def test_a_relative_path_with_spaces_whose_parent_is_not_there(tmp_path: pathlib.Path) -> None:
    checked = init("-e", 'dest="my nodes/fleet"', "--check", folder=tmp_path)
    assert checked.returncode == 0, checked.stdout
    assert list(tmp_path.iterdir()) == []
    done = init("-e", 'dest="my nodes/fleet"', "-e", "git=true", folder=tmp_path)
    assert done.returncode == 0, done.stdout
    dest = tmp_path / "my nodes" / "fleet"
    assert files_in(dest) == {*FILES, RECORD}
    assert (dest / ".git").is_dir()
    # Who made it is its first operation; that its files are in no commit yet is nothing to warn of.
    (operation,) = read(str(dest / RECORD)).runs
    assert (operation["playbook"], operation["end"]["result"]) == ("init", "ok")
    assert operation["arguments"][:2] == ["-e", "dest=my nodes/fleet"]
    assert operation["inventory"]["folder"] == str(dest)
    assert f"{dest} holds" not in " ".join(done.stdout.split())
    assert f"inventory repository is made in {dest}" in " ".join(done.stdout.split())


def test_nothing_is_overwritten(tmp_path: pathlib.Path) -> None:
    (tmp_path / "fleet" / "group_vars").mkdir(parents=True)
    mine = tmp_path / "fleet" / "group_vars" / "all.yml"
    mine.write_text("mine: true\n")
    for words in ((), ("--check",)):
        done = init("-e", "dest=fleet", *words, folder=tmp_path)
        assert done.returncode == 2
        assert "holds group_vars/all.yml already" in " ".join(done.stdout.split())
        assert files_in(tmp_path / "fleet") == {"group_vars/all.yml"}
    assert mine.read_text() == "mine: true\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "dest is not set"),
        (("-e", "dest="), "dest is not set"),
        (("-e", "dest=file/fleet"), "file is no folder"),
        (("-e", "dest=file"), "file is no folder"),
        (("-e", "dest=blocked"), "holds"),
    ],
)
def test_a_place_that_cannot_be_is_named(tmp_path: pathlib.Path, words: tuple[str, ...], said: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "host_vars").symlink_to("nowhere")
    done = init(*words, folder=tmp_path)
    assert done.returncode == 2, done.stdout
    assert said in " ".join(done.stdout.split())
    assert files_in(tmp_path) == {"file"}


def test_filled_in_for_a_real_node_it_provisions_that_node(lab_node: LabNodes, tmp_path: pathlib.Path) -> None:
    node = lab_node("init-a", "--unenrolled")
    theirs = node.variables
    assert init("-e", "dest=fleet", folder=tmp_path).returncode == 0
    fleet = tmp_path / "fleet"

    hosts = fleet / "hosts.yml"
    hosts.write_text(hosts.read_text().replace("192.0.2.10", theirs["ansible_host"]))
    one = fleet / "host_vars" / "example.yml"
    one.write_text(filled_in(one.read_text(), {"network_address": theirs["network_address"]}))
    everyone = fleet / "group_vars" / "all.yml"
    same = (
        "operator_user_name", "operator_user_authorized_keys", "operator_user_private_key_file", "repository_url",
        "runbook_bootstrap_private_key_file", "network_gateway", "network_dns", "preflight_architecture",
    )  # fmt: skip
    # The last two are what a lab node cannot be.
    values = {**{name: theirs[name] for name in same}, "preflight_model": "", "preflight_clock_owner": "host"}
    everyone.write_text(filled_in(everyone.read_text(), values))
    shown = node.root("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub").ok().split()[1]
    enroll = run("ai_systems.runbook.enroll", "--limit", "example", "-e", f"fingerprint={shown}", folder=fleet)
    assert enroll.returncode == 0, enroll.stdout
    assert (fleet / "baselines" / "example.json").exists()
    first = run("ai_systems.runbook.provision", "--limit", "example", folder=fleet)
    assert first.returncode == 0, first.stdout
    again = run("ai_systems.runbook.provision", "--limit", "example", "--check", folder=fleet)
    assert again.returncode == 0, again.stdout
    assert re.search(r"example +: ok=\d+ +changed=0 ", again.stdout), again.stdout
    # What the runs made: the baseline, the record of each package that they installed, and their reports.
    made = files_in(fleet) - set(FILES) - {"baselines/example.json", "records/example/packages.jsonl"}
    assert made == {RECORD, *(name for name in made if name.startswith("reports/"))}
    assert (fleet / "records/example/packages.jsonl").exists()
    # Each run of all is recorded, and each that logs in leaves its entry in the node's journal.
    runs = read(str(fleet / RECORD)).runs
    assert [one["playbook"] for one in runs] == ["init", "enroll", "provision", "provision"]
    assert [one["end"]["result"] for one in runs] == ["ok"] * 4
    told = node.root("journalctl --sync && journalctl --quiet --output=cat --identifier=ai-systems-runbook").ok()
    assert [one["id"] for one in runs if f"run {one['id']}: " in told] == [one["id"] for one in runs[1:]]
