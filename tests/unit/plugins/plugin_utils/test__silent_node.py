"""Why nothing answers is told apart by what this machine's kernel knows."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _silent_node as silent


@contextlib.contextmanager
def listener(greeting: bytes | None) -> t.Iterator[int]:
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            with contextlib.suppress(OSError):
                connection, _ = server.accept()
                if greeting is None:
                    done.wait(60)
                else:
                    connection.sendall(greeting)
                connection.close()

        thread = threading.Thread(target=greet)
        thread.start()
        yield server.getsockname()[1]
        done.set()
        thread.join()


@pytest.mark.parametrize(
    ("greeting", "kind"),
    [(b"SSH-2.0-x\r\n", "no host key"), (b"\x1b[2J HTTP", "no SSH"), (b"", "no SSH"), (None, "no SSH")],
)
def test_what_answers_is_told(monkeypatch: pytest.MonkeyPatch, greeting: bytes | None, kind: str) -> None:
    # Only silence is waited for to its end.
    monkeypatch.setattr(silent, "_SECONDS", 1 if greeting is None else 60)
    with listener(greeting) as port:
        assert silent.why_silent("127.0.0.1", port).kind == kind


def test_a_closed_port_is_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert silent.why_silent("127.0.0.1", port) == ("refused", f"the address answers, but port {port} is refused")


def test_a_name_that_leads_nowhere_is_told() -> None:
    assert silent.why_silent("no-such-node.invalid", 22).kind == "no name"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "no route"),
        (OSError(errno.EPERM, "Operation not permitted"), "other"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "no neighbour"),
        (TimeoutError("timed out"), "port silent"),
    ],
)
def test_errors_are_told_apart(monkeypatch: pytest.MonkeyPatch, error: OSError, kind: str) -> None:
    def connect(*_args: t.Any, **_options: t.Any) -> t.NoReturn:
        raise error

    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr(silent, "_first", on_link({"state": ["STALE"], "lladdr": "2c:cf:67:00:00:01"}))
    assert silent.why_silent("192.0.2.1", 22).kind == kind


def on_link(neighbour: dict[str, t.Any] | None) -> t.Callable[[list[str]], dict[str, t.Any] | None]:
    return lambda arguments: neighbour if "neighbour" in arguments else {"dst": "192.0.2.1", "dev": "eth0"}


@pytest.mark.parametrize(
    ("neighbour", "kind"),
    [
        ({"state": ["FAILED"]}, "no neighbour"),
        ({"state": ["INCOMPLETE"]}, "no neighbour"),
        ({"state": ["REACHABLE"], "lladdr": "2c:cf:67:00:00:01"}, "port silent"),
        (None, "silent"),
    ],
)
def test_the_table_of_neighbours_decides(
    monkeypatch: pytest.MonkeyPatch, neighbour: dict[str, t.Any] | None, kind: str
) -> None:
    monkeypatch.setattr(silent, "_first", on_link(neighbour))
    assert silent.judged("192.0.2.1", 22, "").kind == kind


def test_behind_a_router_the_router_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silent, "_first", lambda _arguments: {"dst": "192.0.2.1", "gateway": "198.51.100.1"})
    assert silent.judged("192.0.2.1", 22, "No route to host") == (
        "silent",
        "no answer; the way there leads through 198.51.100.1",
    )


def test_without_ip_nothing_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silent, "_first", lambda _arguments: None)
    assert silent.judged("192.0.2.1", 22, "") == ("silent", "no answer")
