"""What enrollment refuses before it asks the node for anything."""

from __future__ import annotations

import contextlib
import pathlib
import socket
import threading
import types
import typing as t

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.ai_systems.runbook.plugins.action import enroll
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _pins as pins


def plugin(host: str = "192.0.2.10", port: int | None = None, transport: str = "ssh") -> enroll.ActionModule:
    action = enroll.ActionModule.__new__(enroll.ActionModule)
    options = {"host": host, "port": port}
    connection = types.SimpleNamespace(transport=transport, get_option=options.__getitem__)
    action._connection = connection  # type: ignore[assignment]
    return action


@pytest.mark.parametrize("transport", ["ssh", "ansible.builtin.ssh"])
def test_an_endpoint_is_address_and_port(transport: str) -> None:
    assert plugin(transport=transport)._endpoint("n") == ("192.0.2.10", 22)
    assert plugin(port=2222)._endpoint("n") == ("192.0.2.10", 2222)


@pytest.mark.parametrize(
    ("node", "options", "said"),
    [
        ("n", {"transport": "local"}, "connection 'local'"),
        ("n", {"host": "-oProxyCommand=reboot"}, "is no address"),
        ("n", {"host": "a b"}, "is no address"),
        ("n", {"host": ""}, "is no address"),
        ("../../etc/x", {}, "cannot name a file"),
        (".hidden", {}, "cannot name a file"),
        ("a\x1b[2J", {}, "cannot name a file"),
    ],
)
def test_what_cannot_be_enrolled_is_named(node: str, options: dict[str, t.Any], said: str) -> None:
    with pytest.raises(AnsibleActionFail) as caught:
        plugin(**options)._endpoint(node)
    assert said in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_two_names_for_one_address_are_told() -> None:
    variables = {
        "groups": {"all": ["a", "b", "c"]},
        "hostvars": {"a": {"ansible_host": "192.0.2.10"}, "b": {"ansible_host": "192.0.2.10"}, "c": {}},
    }
    with pytest.raises(AnsibleActionFail, match="a and b have one address"):
        plugin()._require_own_address("a", "192.0.2.10", variables)
    variables["hostvars"]["b"]["ansible_port"] = 2222  # type: ignore[index]
    plugin()._require_own_address("a", "192.0.2.10", variables)


@contextlib.contextmanager
def listener(greeting: bytes) -> t.Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            with contextlib.suppress(OSError):
                connection, _ = server.accept()
                connection.sendall(greeting)
                connection.close()

        thread = threading.Thread(target=greet)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


@pytest.mark.parametrize(
    ("greeting", "reason"),
    [(b"SSH-2.0-x\r\n", "shows no host key"), (b"\x1b[2J HTTP", "no SSH server"), (b"", "no SSH server")],
)
def test_why_a_node_does_not_answer(greeting: bytes, reason: str) -> None:
    with listener(greeting) as port:
        assert reason in enroll._why_no_answer("127.0.0.1", port)


def test_a_closed_port_is_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert "refused" in enroll._why_no_answer("127.0.0.1", port)


def test_a_revoked_key_is_never_pinned_again() -> None:
    blob = "AAAAC3NzaC1lZDI1NTE5AAAAIHltCXp9kO0aa8FOezC844IGbtR8/7KPb6E2oWepoUMw"
    text = f"@revoked * ssh-ed25519 {blob} old (192.0.2.1), decommissioned 2026-11-26\n"
    key = pins.HostKey("ssh-ed25519", blob)
    with pytest.raises(pins.PinError, match=r"n1 shows the host key SHA256:.* revoked \(old .*its card was not wiped"):
        enroll._refuse_revoked("n1", [key], text)
    enroll._refuse_revoked("n1", [key], f"192.0.2.1 ssh-ed25519 {blob} n1\n")


def test_a_baseline_is_put_in_place_whole(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "new" / "n.json"
    enroll._write_baseline(path, "{}\n")
    assert path.read_text() == "{}\n"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [entry.name for entry in path.parent.iterdir()] == ["n.json"]
    assert enroll._read_baseline(tmp_path / "none.json") == ""
    with pytest.raises(AnsibleActionFail, match="is no baseline"):
        enroll._read_baseline(path)
