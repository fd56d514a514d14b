"""The files that -i names, a host moved in them, and what a person is told where that cannot be."""

from __future__ import annotations

import os
import pathlib

import pytest
import yaml

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._inventory_files import (
    ByHandError,
    Edit,
    carry_out,
    files_of,
    planned,
)

FACTS = {"decommissioned_on": "2026-11-26", "decommissioned_reason": "compromised"}
YAML = "w:\n  hosts:\n    n1:\n      a: 1\n    n2:\n"


def put(folder: pathlib.Path, **files: str) -> str:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(folder)


def test_a_folder_is_read_as_ansible_reads_it(tmp_path: pathlib.Path) -> None:
    folder = put(tmp_path, b_yml=YAML, a_yml=YAML, sub__c_yml=YAML, hosts_cfg="x", hosts_yml_orig="x", _hidden="x")
    for name in ("group_vars", "host_vars"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "n1.yml").write_text("a: 1")
    found = [path.removeprefix(f"{folder}/") for path in files_of([folder])]
    assert found == ["a.yml", "b.yml", "sub/c.yml"]
    assert files_of(["n1,n2,"]) == []


def test_it_is_moved_and_the_file_keeps_its_mode(tmp_path: pathlib.Path) -> None:
    put(tmp_path, hosts_yml=YAML)
    (tmp_path / "hosts.yml").chmod(0o640)
    (tmp_path / "link.yml").symlink_to("hosts.yml")
    plan = planned([str(tmp_path / "link.yml")], "n1", FACTS)
    assert plan.groups == ("w",)
    assert (tmp_path / "hosts.yml").read_text() == YAML
    carry_out(plan.edits)
    assert (tmp_path / "link.yml").is_symlink()
    assert (tmp_path / "hosts.yml").stat().st_mode & 0o777 == 0o640
    found = yaml.safe_load((tmp_path / "hosts.yml").read_text())
    assert found == {"w": {"hosts": {"n2": None}}, "decommissioned": {"hosts": {"n1": {"a": 1, **FACTS}}}}
    assert planned([str(tmp_path)], "n1", FACTS) == ((), ())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hosts.yml", "link.yml"]


def test_other_files_may_be_what_they_are(tmp_path: pathlib.Path) -> None:
    put(tmp_path, a_yml="- waiver", b_yml="{", c_yml="", d_yml="$ANSIBLE_VAULT;1.1;AES256\n66\n", hosts_yml=YAML)
    assert [edit.path for edit in planned([str(tmp_path)], "n1", FACTS).edits] == [str(tmp_path / "hosts.yml")]


def test_a_yaml_file_needs_no_ending(tmp_path: pathlib.Path) -> None:
    put(tmp_path, hosts=YAML)
    assert [edit.path for edit in planned([str(tmp_path / "hosts")], "n1", FACTS).edits] == [str(tmp_path / "hosts")]


def test_what_was_changed_meanwhile_is_not_overwritten(tmp_path: pathlib.Path) -> None:
    put(tmp_path, hosts_yml=YAML)
    edits = planned([str(tmp_path)], "n1", FACTS).edits
    (tmp_path / "hosts.yml").write_text(f"# somebody\n{YAML}")
    with pytest.raises(ByHandError, match=r"was changed by somebody else meanwhile; run again"):
        carry_out(edits)
    assert (tmp_path / "hosts.yml").read_text() == f"# somebody\n{YAML}"


def test_what_cannot_be_written_is_told() -> None:
    with pytest.raises(ByHandError, match=r"/proc/nowhere/hosts.yml cannot be written"):
        carry_out([Edit("/proc/nowhere/hosts.yml", "", "")])


def test_an_ini_file_is_left_to_a_person(tmp_path: pathlib.Path) -> None:
    ini = "[workers]\nn10\nn1 ansible_host=192.0.2.1\n\n[others]\nn1\n"
    put(tmp_path, hosts=ini)
    with pytest.raises(ByHandError) as raised:
        planned([str(tmp_path)], "n1", FACTS)
    assert str(raised.value) == (
        f"{tmp_path}/hosts is an INI inventory, in which nothing is changed for you. Take n1 out of lines 3, 6, and "
        'write at its end:\n[decommissioned]\nn1 ansible_host=192.0.2.1 decommissioned_on="2026-11-26" '
        'decommissioned_reason="compromised"\n'
    )
    assert (tmp_path / "hosts").read_text() == ini


@pytest.mark.parametrize(
    "files",
    [
        {"hosts_yml": "plugin: ansible.builtin.constructed\nn1:\n"},
        {"hosts_yml": "w:\n  hosts:\n    n2:\n"},
        {"hosts_bin": "\udcff n1"},
        {},
    ],
)
def test_a_host_from_elsewhere_is_left_to_a_person(tmp_path: pathlib.Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name.replace("_", ".")).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ByHandError, match=r"n1 stands in no file of .* that can be changed: it comes from a pipe"):
        planned([str(tmp_path)], "n1", FACTS)


def test_a_script_is_never_changed(tmp_path: pathlib.Path) -> None:
    put(tmp_path, hosts_yml=YAML)
    (tmp_path / "hosts.yml").chmod(0o755)
    with pytest.raises(ByHandError, match=r"a script or a plugin"):
        planned([str(tmp_path)], "n1", FACTS)


def test_a_pipe_is_not_waited_for(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ByHandError, match=r"it comes from a pipe"):
        planned([str(tmp_path / "pipe")], "n1", FACTS)


def test_which_file_is_not_understood_is_said(tmp_path: pathlib.Path) -> None:
    put(tmp_path, a_yml="x:\n  hosts:\n    n3:\n", b_yml="w:\n  hosts: {n1: , n2: }\n")
    with pytest.raises(ByHandError, match=r"b.yml has n1 in a line together with others at line 2.*\ndecommissioned:"):
        planned([str(tmp_path)], "n1", FACTS)
