"""Runbook 2.9 on a real node: the declared commit, in the operator's home, as the operator's own."""

from __future__ import annotations

import subprocess
import typing as t

from testinfra.host import Host


def git(host: Host, path: str, user: str, arguments: str) -> str:
    return str(host.check_output(f"runuser -u {user} -- git -C {path} {arguments}")).strip()


def where(node: dict[str, t.Any]) -> tuple[str, str]:
    user = node["operator_user_name"]
    return f"/home/{user}/ai-systems", user


def test_the_checkout_is_at_the_declared_version(host: Host, node: dict[str, t.Any]) -> None:
    path, user = where(node)
    source = ["git", "-C", node["repository_url"], "rev-parse", f"{node['repository_version']}^{{commit}}"]
    wanted = subprocess.run(source, capture_output=True, text=True, check=True).stdout.strip()
    assert git(host, path, user, "rev-parse HEAD") == wanted
    assert git(host, path, user, "branch --show-current") == node["repository_version"]


def test_git_finds_it_whole_and_clean(host: Host, node: dict[str, t.Any]) -> None:
    path, user = where(node)
    assert git(host, path, user, "status --porcelain") == ""
    assert git(host, path, user, "fsck --full --strict") == ""
    assert host.file(f"{path}/context.md").is_file


def test_it_belongs_to_the_operator_and_services_can_read_it(host: Host, node: dict[str, t.Any]) -> None:
    path, user = where(node)
    assert host.check_output(f"find {path} ! -user {user} -o -perm /7022 ! -type l") == ""
    assert host.check_output(f"runuser -u nobody -- cat {path}/context.md")


def test_nothing_of_the_controller_stays_on_the_node(host: Host, node: dict[str, t.Any]) -> None:
    path, user = where(node)
    assert git(host, path, user, "remote") == ""
    assert node["repository_url"] not in host.check_output(f"cat {path}/.git/config")
    assert host.check_output("find /run/ai-systems-runbook /tmp /home -name '*.bundle' -o -name '*.new-*'") == ""
