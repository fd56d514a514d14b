from __future__ import annotations

import pathlib
import shlex
import subprocess

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._known_hosts import (
    file_also_under,
    lookup_name,
    ssh_options,
)


@pytest.mark.parametrize(
    ("host", "port", "name"),
    [
        ("192.0.2.7", None, "192.0.2.7"),
        ("192.0.2.7", 22, "192.0.2.7"),
        ("192.0.2.7", "22", "192.0.2.7"),
        ("node", 2222, "[node]:2222"),
    ],
)
def test_names_are_those_of_openssh(host: str, port: int | str | None, name: str) -> None:
    assert lookup_name(host, port) == name


@pytest.mark.parametrize("path", ["/plain/known_hosts", "/with space/known_hosts", "/with%percent/known_hosts"])
def test_ssh_itself_reads_the_path_back(path: str) -> None:
    said = subprocess.run(
        ["ssh", "-F", "none", "-G", *shlex.split(ssh_options(path)), "node"], capture_output=True, text=True, check=True
    ).stdout
    settings = dict(line.split(" ", 1) for line in said.splitlines())
    assert settings["userknownhostsfile"].replace("%%", "%") == path
    assert settings["stricthostkeychecking"] in ("true", "yes")
    # A dead connection must end in bearable time.
    assert int(settings["serveraliveinterval"]) * int(settings["serveralivecountmax"]) <= 60


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBhs9iyOlv0s5Rk9vG2nK4hKCuX0Jvtyc8l8CkpzvP3v"


@pytest.mark.parametrize("ending", ["\n", ""])
def test_keys_are_filed_under_a_second_name_once(tmp_path: pathlib.Path, ending: str) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(f"# mine\n[10.0.0.5]:2222 {KEY} comment{ending}")
    assert file_also_under(str(file), old="[10.0.0.5]:2222", new="[10.0.0.9]:2222")
    assert file.read_text() == f"# mine\n[10.0.0.5]:2222 {KEY} comment\n[10.0.0.9]:2222 {KEY}\n"
    assert not file_also_under(str(file), old="[10.0.0.5]:2222", new="[10.0.0.9]:2222")


def test_keys_that_are_not_there_are_not_filed(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(f"10.0.0.7 {KEY}\n")
    assert not file_also_under(str(file), old="10.0.0.5", new="10.0.0.9")
    assert not file_also_under(str(tmp_path / "none"), old="10.0.0.5", new="10.0.0.9")
