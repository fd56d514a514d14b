from __future__ import annotations

import pathlib
import types
import typing as t

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure

from ansible_collections.ai_systems.runbook.plugins.action.connect import ActionModule

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG9UbGVzdGtleXRoYXRpc25vYm9keXNhdGFsbGFhYWE="
REFUSED = "Failed to connect to the host via ssh: anna@192.0.2.7: Permission denied (publickey,password)."
ALL = "runbook-probe\nhas:python3\nhas:python3-apt\nhas:sudo\n"


class Connection:
    """The options that a connection plugin holds for a task."""

    def __init__(self, **options: t.Any) -> None:
        self.options: dict[str, t.Any] = {"host": "192.0.2.7", "port": None, "ssh_common_args": None, **options}

    def get_option(self, name: str) -> t.Any:
        return self.options[name]

    def set_option(self, name: str, value: t.Any) -> None:
        self.options[name] = value


def action(
    monkeypatch: pytest.MonkeyPatch,
    known_hosts: pathlib.Path,
    answers: t.Mapping[str, str | Exception],
    task: t.Mapping[str, str] | None = None,
    **options: t.Any,
) -> tuple[t.Callable[[], dict[str, t.Any]], list[str], Connection]:
    """Return a run of the action, the users that it tried, and its connection."""
    connection = Connection(**options)
    tried: list[str] = []
    args = {"operator": "anna", "bootstrap": "debian", "known_hosts": str(known_hosts), **(task or {})}
    plugin = ActionModule.__new__(ActionModule)
    plugin._task = types.SimpleNamespace(args=args)  # type: ignore[assignment]
    plugin._connection = connection  # type: ignore[assignment]

    def probe(_command: str, *, sudoable: bool) -> dict[str, t.Any]:
        assert not sudoable
        user = connection.options["remote_user"]
        tried.append(user)
        answer = answers[user]
        if isinstance(answer, Exception):
            raise answer
        return {"rc": 0, "stdout": answer, "stderr": ""}

    monkeypatch.setattr(plugin, "_low_level_execute_command", probe)
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
    return lambda: plugin.run(None, {"inventory_hostname": "greenhouse-1"}), tried, connection


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def known_hosts(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "known hosts"
    path.write_text(f"192.0.2.7 {KEY}\n[192.0.2.7]:2222 {KEY}\n")
    return path


def test_the_operator_is_tried_first_and_alone(monkeypatch: pytest.MonkeyPatch, known_hosts: pathlib.Path) -> None:
    run, tried, _connection = action(monkeypatch, known_hosts, {"anna": ALL})
    login = run()["login"]
    assert tried == ["anna"]
    assert (login["user"], login["is_bootstrap"], login["missing"]) == ("anna", False, [])


def test_a_refused_operator_gives_way_to_the_bootstrap_login(
    monkeypatch: pytest.MonkeyPatch, known_hosts: pathlib.Path
) -> None:
    answers: dict[str, str | Exception] = {
        "anna": AnsibleConnectionFailure(REFUSED),
        "debian": "runbook-probe\nhas:sudo\n",
    }
    run, tried, _connection = action(monkeypatch, known_hosts, answers)
    login = run()["login"]
    assert tried == ["anna", "debian"]
    assert (login["user"], login["is_bootstrap"]) == ("debian", True)
    assert login["missing"] == ["python3", "python3-apt"]


def test_a_login_refused_a_moment_ago_comes_second(monkeypatch: pytest.MonkeyPatch, known_hosts: pathlib.Path) -> None:
    refused = AnsibleConnectionFailure(REFUSED)
    run, tried, _connection = action(monkeypatch, known_hosts, {"anna": refused, "debian": ALL})
    run()
    run()
    assert tried == ["anna", "debian", "debian"]
    # Once the other one is refused, the operator is tried after all, and comes first from then on.
    run, tried, _connection = action(monkeypatch, known_hosts, {"anna": ALL, "debian": refused})
    assert run()["login"]["user"] == "anna"
    run()
    assert tried == ["debian", "anna", "anna"]


def test_a_node_that_refuses_both_is_told_apart(monkeypatch: pytest.MonkeyPatch, known_hosts: pathlib.Path) -> None:
    refused = AnsibleConnectionFailure(REFUSED)
    run, _tried, _connection = action(monkeypatch, known_hosts, {"anna": refused, "debian": refused})
    with pytest.raises(AnsibleActionFail, match=r"greenhouse-1 lets in neither the operator 'anna' nor .* 'debian'"):
        run()


def test_an_unreachable_node_stays_unreachable(monkeypatch: pytest.MonkeyPatch, known_hosts: pathlib.Path) -> None:
    timeout = AnsibleConnectionFailure("ssh: connect to host 192.0.2.7 port 22: Connection timed out")
    run, tried, _connection = action(monkeypatch, known_hosts, {"anna": timeout})
    with pytest.raises(AnsibleConnectionFailure, match="timed out"):
        run()
    assert tried == ["anna"]


def test_a_changed_host_key_is_never_tried_again(monkeypatch: pytest.MonkeyPatch, known_hosts: pathlib.Path) -> None:
    changed = AnsibleConnectionFailure(
        "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! Permission denied (publickey)."
    )
    run, tried, _connection = action(monkeypatch, known_hosts, {"anna": changed})
    with pytest.raises(AnsibleActionFail, match=r"not the pinned one.*re-imaged.*enroll\.yml --limit greenhouse-1"):
        run()
    assert tried == ["anna"]


def test_a_node_that_is_not_enrolled_is_not_contacted(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    run, tried, _connection = action(monkeypatch, tmp_path / "none", {})
    with pytest.raises(
        AnsibleActionFail, match=r"not enrolled: .*192\.0\.2\.7; run .*enroll\.yml --limit greenhouse-1"
    ):
        run()
    assert tried == []


def test_another_port_has_a_key_of_its_own(monkeypatch: pytest.MonkeyPatch, known_hosts: pathlib.Path) -> None:
    run, _tried, _connection = action(monkeypatch, known_hosts, {"anna": ALL}, port=2222)
    assert run()["login"]["user"] == "anna"
    run, _tried, _connection = action(monkeypatch, known_hosts, {"anna": ALL}, port=2223)
    with pytest.raises(AnsibleActionFail, match=r"\[192\.0\.2\.7\]:2223"):
        run()


def test_the_inventory_cannot_loosen_the_host_key_check(
    monkeypatch: pytest.MonkeyPatch, known_hosts: pathlib.Path
) -> None:
    loose = "-o StrictHostKeyChecking=no -J jump"
    run, _tried, connection = action(
        monkeypatch, known_hosts, {"anna": ALL}, ssh_common_args=loose, host_key_checking=False
    )
    common = run()["login"]["ssh_common_args"]
    assert common.index("StrictHostKeyChecking=yes") < common.index("StrictHostKeyChecking=no")
    assert common.endswith("-J jump")
    assert connection.options["host_key_checking"] is True
    # A second login of the same play does not pile the options up.
    assert run()["login"]["ssh_common_args"] == common


def test_a_login_without_a_shell_is_named(monkeypatch: pytest.MonkeyPatch, known_hosts: pathlib.Path) -> None:
    run, _tried, _connection = action(monkeypatch, known_hosts, {"anna": "This account is \x1b[2Jnot available.\n"})
    with pytest.raises(AnsibleActionFail, match=r"runs no command: This account is \\x1b\[2Jnot available"):
        run()


@pytest.mark.parametrize(
    ("answer", "fate", "reason"),
    [
        (AnsibleConnectionFailure("Connection timed out"), "unreachable", "Connection timed out"),
        (AnsibleConnectionFailure(REFUSED), "failed", "lets in neither the operator 'anna'"),
        (AnsibleConnectionFailure("Host key verification failed."), "failed", "is not the pinned one"),
        ("This account is not available.\n", "failed", "runs no command"),
    ],
)
def test_what_is_to_be_done_by_hand_comes_first(
    monkeypatch: pytest.MonkeyPatch, known_hosts: pathlib.Path, answer: str | Exception, fate: str, reason: str
) -> None:
    run, _tried, _connection = action(
        monkeypatch, known_hosts, {"anna": answer, "debian": answer}, task={"when_lost": "Pull the cable"}
    )
    result = run()
    assert result[fate] is True
    assert result["msg"].startswith("Pull the cable. ")
    assert reason in result["msg"]
