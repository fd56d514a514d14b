from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_secrets import RULES, scan_of, topic_of
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import NodeView
from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_look import Seen
from tests.secret_samples import github, openssh, pem
from tests.view import view


def found(node: NodeView) -> dict[str, Finding]:
    every = [one for rule in RULES for one in rule.check(node)]
    by_subject = {one.subject: one for one in every}
    assert len(by_subject) == len(every)
    return by_subject


def quiet(node: NodeView, *modes: tuple[str, int]) -> NodeView:
    """Give the files that each node has the modes that Debian gives them."""
    for path, mode in (("/etc/shadow", 0o600), *modes):
        pathlib.Path(node.on_disk(path)).chmod(mode)
    return node


def test_names_are_the_rules_own() -> None:
    assert [rule.name for rule in RULES] == [
        *("secret-places", "secret-git", "secret-histories", "secret-cloud-init", "secret-content"),
    ]
    assert {rule.clause for rule in RULES} == {"6.3"}


def test_a_clean_node_is_silent(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={"/etc/ssh/ssh_host_rsa_key": pem()}, packages={"x": {"/usr/share/x/test.pem": pem()}})
    assert found(quiet(node, ("/etc/ssh/ssh_host_rsa_key", 0o600))) == {}


def test_a_changed_file_of_a_package_is_looked_at(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={"/etc/x.conf": f"token={github()}\n"}, packages={"x": {"/etc/x.conf": "token=\n"}})
    assert set(found(quiet(node))) == {"/etc/x.conf github-token"}


def test_the_walk_is_made_once(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path)
    assert scan_of(node) is scan_of(node)


def test_who_reads_the_keys_of_the_node(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={"/etc/ssh/ssh_host_rsa_key": pem(), "/etc/ssl/private/ssl-cert-snakeoil.key": pem()})
    quiet(node, ("/etc/ssh/ssh_host_rsa_key", 0o644), ("/etc/ssl/private/ssl-cert-snakeoil.key", 0o600))
    assert {subject: one.verdict for subject, one in found(node).items()} == {
        "/etc/ssh/ssh_host_rsa_key mode": "violation",
        "/etc/ssl/private/ssl-cert-snakeoil.key snakeoil": "info",
    }


def test_the_key_of_the_run_makes_the_marks(tmp_path: pathlib.Path) -> None:
    files = {"/root/x.conf": f"t = {github()}\n"}
    said = []
    for number, key in enumerate(("00", "00", "ff", "")):
        node = quiet(view(tmp_path / str(number), files=files, declared={"run_key": key}))
        said.append(found(node)["/root/x.conf github-token"].evidence)
    assert said[0] == said[1]
    assert len(set(said)) == 3
    assert not any(github() in one for one in said)


@pytest.mark.parametrize(
    ("path", "rule", "kind", "topic"),
    [
        ("/root/.bash_history", "named-secret", "history", "secret-histories"),
        ("/srv/x/.git/config", "url-password", "settings", "secret-git"),
        ("/srv/x/.git/logs/HEAD", "url-password", "log", "secret-git"),
        ("/root/.git-credentials", "git-credentials", "", "secret-git"),
        ("/boot/firmware/user-data", "crypt-hash", "settings", "secret-cloud-init"),
        ("/var/log/cloud-init.log", "named-secret", "log", "secret-cloud-init"),
        ("/etc/krb5.keytab", "keytab", "", "secret-places"),
        ("/etc/x.conf", "named-secret", "settings", "secret-content"),
    ],
)
def test_each_matter_has_its_rule(path: str, rule: str, kind: str, topic: str) -> None:
    assert topic_of(Seen(path, rule, "high", "x", (), (), is_file=False, kind=kind)) == topic
    assert topic in {one.name for one in RULES}


def test_data_paths_and_the_checkout_are_the_declared_ones(tmp_path: pathlib.Path) -> None:
    files = {"/home/ops/ai/x.env": f"T={github()}\n", "/srv/data/k": openssh(), "/srv/k": openssh()}
    node = quiet(view(tmp_path, files=files, declared={"checkout": "/home/ops/ai", "data_paths": ("/srv/data",)}))
    assert "rm -f" in found(node)["/home/ops/ai/x.env github-token"].remedy
    assert [seen.path for seen in scan_of(node).seen][-1] == "/srv/data/k"


def test_without_time_nothing_is_ok(tmp_path: pathlib.Path) -> None:
    node = quiet(view(tmp_path, files={"/etc/k": pem()}, seconds=0.0))
    assert {one.verdict for one in found(node).values()} == {"unknown"}
