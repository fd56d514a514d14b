"""Runbook 3.5 on a real node: the locked packages, in the project's node_modules, which only the operator can write."""

from __future__ import annotations

import json
import typing as t

from testinfra.host import Host

LOCKED = {"ms": "2.1.3"}


def where(node: dict[str, t.Any]) -> tuple[str, str]:
    user = node["operator_user_name"]
    return f"/home/{user}/ai-systems/web", user


def test_exactly_what_is_locked_lies_there(host: Host, node: dict[str, t.Any]) -> None:
    project, _user = where(node)
    names = host.check_output(f"ls {project}/node_modules").split()
    found = {
        name: json.loads(host.file(f"{project}/node_modules/{name}/package.json").content_string)["version"]
        for name in names
    }
    assert found == LOCKED


def test_another_account_can_use_it(host: Host, node: dict[str, t.Any]) -> None:
    project, _user = where(node)
    code = f'console.log(require("{project}/node_modules/ms")("2 days"))'
    assert host.check_output(f"runuser -u nobody -- node -e '{code}'") == "172800000"


def test_only_the_operator_can_write_it(host: Host, node: dict[str, t.Any]) -> None:
    project, user = where(node)
    assert host.check_output(f"find {project}/node_modules ! -user {user} -o -perm /022 ! -type l") == ""


def test_npms_own_note_agrees_with_the_lock(host: Host, node: dict[str, t.Any]) -> None:
    project, _user = where(node)
    lock, hidden = (
        json.loads(host.file(f"{project}/{name}").content_string)["packages"]
        for name in ("package-lock.json", "node_modules/.package-lock.json")
    )
    assert hidden["node_modules/ms"]["integrity"] == lock["node_modules/ms"]["integrity"]


def test_git_finds_the_checkout_clean(host: Host, node: dict[str, t.Any]) -> None:
    project, user = where(node)
    assert host.check_output(f"runuser -u {user} -- git -C {project} status --porcelain") == ""


def test_nothing_was_installed_beside_it(host: Host, node: dict[str, t.Any]) -> None:
    project, user = where(node)
    assert host.check_output("find /usr/local/lib /usr/local/bin /root -name node_modules") == ""
    left = f"ls -d {project}/.node_modules-runbook /home/{user}/.npm /root/.npm /var/tmp/ai-systems-runbook-* || true"
    assert host.check_output(left) == ""
