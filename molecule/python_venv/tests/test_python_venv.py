"""Runbook 3.4 on a real node: the locked packages, in the project's .venv, which only the operator can write."""

from __future__ import annotations

import json
import typing as t

from testinfra.host import Host

VERSIONS = {"idna": "3.7", "six": "1.16.0"}
LIST = "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))"


def where(node: dict[str, t.Any]) -> tuple[str, str]:
    user = node["operator_user_name"]
    return f"/home/{user}/ai-systems/probe/.venv", user


def test_another_account_can_use_exactly_what_is_locked(host: Host, node: dict[str, t.Any]) -> None:
    path, _user = where(node)
    said = host.check_output(f"runuser -u nobody -- {path}/bin/python -I -B -c '{LIST}'")
    assert json.loads(said) == VERSIONS
    assert host.run(f"runuser -u nobody -- {path}/bin/python -I -B -c 'import idna, six'").rc == 0


def test_only_the_operator_can_write_it(host: Host, node: dict[str, t.Any]) -> None:
    path, user = where(node)
    assert host.check_output(f"find {path} ! -user {user} -o -perm /022 ! -type l") == ""


def test_it_is_debians_own_python_and_sees_nothing_else(host: Host, node: dict[str, t.Any]) -> None:
    path, _user = where(node)
    assert host.file(f"{path}/bin/python").linked_to == host.file("/usr/bin/python3").linked_to
    settings = host.file(f"{path}/pyvenv.cfg").content_string
    assert "include-system-site-packages = false" in settings
    assert "home = /usr/bin\n" in settings


def test_git_finds_the_checkout_clean(host: Host, node: dict[str, t.Any]) -> None:
    path, user = where(node)
    checkout = path.removesuffix("/probe/.venv")
    assert host.check_output(f"runuser -u {user} -- git -C {checkout} status --porcelain") == ""


def test_nothing_was_installed_beside_it(host: Host) -> None:
    query = "find /usr/local/lib /root /home -path '*/.venv' -prune -o -name '*.dist-info' -print"
    assert host.check_output(query) == ""
    assert host.check_output("ls -A /var/tmp /run/ai-systems-runbook | grep ai-systems-runbook-venv || true") == ""
