from __future__ import annotations

import shlex
import subprocess

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._known_hosts import lookup_name, ssh_options


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
