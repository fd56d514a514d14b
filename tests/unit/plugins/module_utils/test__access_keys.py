"""Keys that nobody declared, wherever sshd might look for them."""

from __future__ import annotations

import base64
import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _access_keys as keys
from ansible_collections.ai_systems.runbook.plugins.module_utils._authorized_keys import keys_in
from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import Declared
from tests.view import Answer, view


def line(number: int, comment: str = "", options: str = "") -> str:
    body = b"\0\0\0\x0bssh-ed25519\0\0\0 " + number.to_bytes(32, "big")
    return f"{options} ssh-ed25519 {base64.b64encode(body).decode()} {comment}".strip()


MINE = line(1, "mine")
DECLARED = Declared(operator="ops", operator_keys=(MINE, line(2, "other", 'from="192.0.2.1"')))
SSHD = ("/usr/sbin/sshd", "-T", "-C", "user=ops,host=localhost,addr=127.0.0.1")
DEFAULT = "authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2\nauthorizedkeyscommand none\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MINE, ""),
        (line(1, "another comment"), ""),
        (line(2, "", 'from="192.0.2.1"'), ""),
        (line(2), "declared with other options"),
        (line(1, "", 'command="sh"'), 'its options are command="sh"'),
        (line(9, "eve"), "it lets whoever holds it in as ops; its comment is eve"),
        (line(9, "", "cert-authority"), "its options are cert-authority"),
        (f"# {line(9)}", ""),
        ("ssh-ed25519 !!! x", ""),
    ],
)
def test_keys_of_a_file(text: str, said: str) -> None:
    found = list(keys.judge("/k", "ops", keys_in(text), DECLARED))
    assert [one.verdict for one in found] == (["violation"] if said else [])
    assert all(said in one.evidence for one in found)


def test_a_remedy_names_the_line_by_its_key_alone() -> None:
    (one,) = keys.judge("/home/a b/k", "eve", keys_in(line(9, "\x1b[31mred it's")), DECLARED)
    body = line(9).split()[1]
    assert f"('sed -i \"\\|{body[-43:]}|d\" /home/a\\ b/k')" in one.remedy
    assert one.subject == f"{keys_in(line(9))[0].fingerprint} in /home/a b/k"
    assert "\x1b" not in one.evidence


def test_of_many_keys_the_first_are_told_and_the_rest_counted() -> None:
    many = keys_in("\n".join(line(number) for number in range(100, 150)))
    found = list(keys.judge("/k", "eve", many, DECLARED))
    assert len(found) == keys.MOST_OF_A_FILE + 1
    assert found[-1].evidence == "it holds 30 more keys that nobody declared"
    assert "rm -- /k" in found[-1].remedy
    assert "provision.yml" in list(keys.judge("/k", "ops", many, DECLARED))[-1].remedy


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        (".ssh/authorized_keys", "/home/ops/.ssh/authorized_keys"),
        ("%h/k", "/home/ops/k"),
        ("/etc/ssh/%u/%U", "/etc/ssh/ops/1000"),
        ("/etc/100%%u", "/etc/100%u"),
        ("../eve/k", "/home/eve/k"),
    ],
)
def test_patterns_of_sshd(pattern: str, path: str) -> None:
    assert keys.expanded(pattern, name="ops", uid=1000, home="/home/ops") == path


@pytest.mark.parametrize("keyword", ["authorizedkeyscommand", "trustedusercakeys", "authorizedprincipalsfile"])
def test_what_else_sshd_asks(keyword: str) -> None:
    assert [one.subject for one in keys.judge_sources({keyword: ["/usr/bin/x"]})] == [f"sshd {keyword}"]
    assert not list(keys.judge_sources({keyword: ["none"]}))


def look(tmp_path: pathlib.Path, files: dict[str, str], *, sshd: Answer = DEFAULT) -> dict[str, str]:
    node = view(
        tmp_path,
        files={"/usr/sbin/sshd": "", **files},
        commands={SSHD: sshd},
        declared={"operator": "ops", "operator_keys": (MINE,)},
    )
    return {one.subject.rpartition(" in ")[2]: one.verdict for one in keys.look_at_keys(node)}


def test_every_place_is_looked_at(tmp_path: pathlib.Path) -> None:
    others = (
        "/root/.ssh/authorized_keys",
        "/home/gone/.ssh/authorized_keys2",
        "/etc/ssh/authorized_keys.d/ops",
        "/k/ops",
    )
    found = look(
        tmp_path,
        {**dict.fromkeys(others, line(9)), "/home/ops/.ssh/authorized_keys": MINE},
        sshd="authorizedkeysfile /k/%u\n",
    )
    assert found == dict.fromkeys(others, "violation")


def test_what_cannot_be_read_is_unknown_and_keeps_nothing_from_the_rest(tmp_path: pathlib.Path) -> None:
    (tmp_path / "node/root/.ssh").mkdir(parents=True)
    os.mkfifo(tmp_path / "node/root/.ssh/authorized_keys")
    found = look(tmp_path, {"/home/ops/.ssh/authorized_keys2": line(9)}, sshd=(255, "", "bad configuration"))
    assert found == {
        "sshd": "unknown",
        "/root/.ssh/authorized_keys": "unknown",
        "/home/ops/.ssh/authorized_keys2": "violation",
    }


def test_a_node_without_sshd_is_looked_at_too(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={"/root/.ssh/authorized_keys": line(9)}, declared={"operator": "ops"})
    assert len(list(keys.look_at_keys(node))) == 1


@pytest.mark.parametrize(("text", "found"), [("+ +\n", True), ("# none\n\n", False), ("", False)])
def test_hosts_that_are_trusted(tmp_path: pathlib.Path, text: str, *, found: bool) -> None:
    node = view(tmp_path, files={"/etc/hosts.equiv": text, "/home/ops/.rhosts": text})
    subjects = {one.subject for one in keys.look_at_trusted_hosts(node)}
    assert subjects == ({"/etc/hosts.equiv", "/home/ops/.rhosts"} if found else set())
