"""Private keys, known hosts and settings of ssh that lead to other systems."""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _access_trust as trust
from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import Access
from tests.view import view

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n"


@pytest.mark.parametrize(
    ("text", "is_key"),
    [
        (KEY, True),
        ("-----BEGIN RSA PRIVATE KEY-----\n", True),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\n", True),
        ("PuTTY-User-Key-File-3: ssh-ed25519\n", True),
        ("ssh-ed25519 AAAA x\n", False),
        ("-----BEGIN PUBLIC KEY-----\n", False),
    ],
)
def test_private_keys(text: str, *, is_key: bool) -> None:
    assert trust.is_private_key(text) is is_key


@pytest.mark.parametrize(
    ("line", "names", "hashed"),
    [
        ("192.0.2.7 ssh-ed25519 AAAA", ("192.0.2.7",), 0),
        ("a,b ssh-ed25519 AAAA", ("a", "b"), 0),
        ("[a]:2222 ssh-ed25519 AAAA", ("[a]:2222",), 0),
        ("@cert-authority *.example.org ssh-ed25519 AAAA", ("*.example.org",), 0),
        ("|1|abc|def ssh-ed25519 AAAA", (), 1),
        ("localhost,127.0.0.1,[::1]:22 ssh-ed25519 AAAA", (), 0),
        ("me ssh-ed25519 AAAA", (), 0),
        ("# a ssh-ed25519 AAAA", (), 0),
    ],
)
def test_known_hosts(line: str, names: tuple[str, ...], hashed: int) -> None:
    assert trust.known_hosts(f"{line}\n\n", own=("me",)) == (names, hashed)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Host a b\n HostName x\n User u\n", [("a b", (1, 2), ("hostname x",))]),
        ("Host *\n SendEnv LANG\n", []),
        ("Host *\n ProxyJump gate\n", [("*", (2,), ("proxyjump gate",))]),
        ("IdentityFile ~/.ssh/k\n", [("", (1,), ("identityfile ~/.ssh/k",))]),
        ("Match host a\n IdentityFile=k\n", [("host a", (2,), ("identityfile k",))]),
        ("Host a\nHost b\n", [("a", (1,), ()), ("b", (2,), ())]),
        ("# Host a\n", []),
    ],
)
def test_blocks_that_lead_elsewhere(text: str, found: list[t.Any]) -> None:
    assert trust.config_hosts(text) == found


def look(
    tmp_path: pathlib.Path, rule: t.Callable[..., t.Any], files: dict[str, str], *targets: str, **options: t.Any
) -> dict[str, str]:
    declared = {"access": tuple(Access(target, "x", "Ann") for target in targets)}
    return {one.subject: one.remedy for one in rule(view(tmp_path, files=files, declared=declared, **options))}


def test_a_key_is_found_in_every_home_by_its_content(tmp_path: pathlib.Path) -> None:
    keys = ("/root/.ssh/id_rsa", "/home/ops/.ssh/backup", "/home/gone/.ssh/x", "/etc/ssh/deploy_key")
    others = {"/home/ops/.ssh/id.pub": KEY, "/etc/ssh/ssh_host_rsa_key": KEY, "/home/ops/.ssh/config": "Host x"}
    found = look(tmp_path / "a", trust.look_at_private_keys, {**dict.fromkeys(keys, KEY), **others})
    assert set(found) == set(keys)
    assert "('rm -- /root/.ssh/id_rsa')" in found["/root/.ssh/id_rsa"]
    assert not look(tmp_path / "b", trust.look_at_private_keys, {keys[1]: KEY}, keys[1])


def test_a_fifo_and_a_huge_file_are_no_keys(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={"/root/.ssh/big": KEY + "x" * 100_000})
    os.mkfifo(tmp_path / "node/root/.ssh/fifo")
    assert list(trust.look_at_private_keys(node)) == []


def test_of_very_many_files_the_rest_is_unknown(tmp_path: pathlib.Path) -> None:
    files = {f"/root/.ssh/{number:03}": "" for number in range(201)}
    (one,) = trust.look_at_private_keys(view(tmp_path, files=files))
    assert (one.verdict, one.subject) == ("unknown", "/root/.ssh")


def test_hosts_that_a_node_knows(tmp_path: pathlib.Path) -> None:
    path = "/root/.ssh/known_hosts"
    files = {path: "[a]:2222 k v\nb k v\n|1|x|y k v\n", "/etc/ssh/ssh_known_hosts": "c k v\n"}
    found = look(tmp_path / "a", trust.look_at_known_hosts, files)
    assert set(found) == {f"{path} [a]:2222", f"{path} b", f"{path} (hashed hosts)", "/etc/ssh/ssh_known_hosts c"}
    assert f"ssh-keygen -q -R \\[a\\]:2222 -f {path}" in found[f"{path} [a]:2222"]
    left = look(tmp_path / "b", trust.look_at_known_hosts, files, "a", "c")
    assert set(left) == {f"{path} b", f"{path} (hashed hosts)"}
    assert set(look(tmp_path / "c", trust.look_at_known_hosts, files, path, "c")) == set()


def test_of_very_many_hosts_one_finding_tells(tmp_path: pathlib.Path) -> None:
    lines = "".join(f"host{number} k v\n" for number in range(100))
    found = look(tmp_path, trust.look_at_known_hosts, {"/root/.ssh/known_hosts": lines})
    assert list(found) == ["/root/.ssh/known_hosts (other hosts)"]


def test_settings_of_packages_are_the_packages(tmp_path: pathlib.Path) -> None:
    vendor = {"/usr/lib/systemd/ssh_config.d/20-x.conf": "Host unix/*\n ProxyCommand x\n"}
    link = {"/etc/ssh/ssh_config.d/20-x.conf": next(iter(vendor))}
    files = {"/home/ops/.ssh/config": "Host a\n HostName b\n"}
    found = look(tmp_path / "a", trust.look_at_client_settings, files, packages={"systemd": vendor}, links=link)
    assert list(found) == ["/home/ops/.ssh/config a"]
    assert not look(tmp_path / "b", trust.look_at_client_settings, files, "b")
