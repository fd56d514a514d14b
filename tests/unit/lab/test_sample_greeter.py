# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample's greeter as a process: what it answers, logs and tells systemd, and how it ends.

The controller has no waitress. A few lines of the standard library stand in for it here; with the real one it is proven
on a node, in tests/nodes/test_sample_service.py.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

from lab import repository

FOLDER = repository.SAMPLE / "greeter"
STAND_IN = """\
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    def run(self):
        try:
            self.serve_forever()
        except SystemExit:
            pass

class Handler(WSGIRequestHandler):
    def log_message(self, *_):
        pass

def create_server(app, host, port, ident):
    return make_server(host, port, app, Server, Handler)
"""


class Greeter:
    """One running greeter."""

    def __init__(self, folder: Path) -> None:
        (folder / "waitress").mkdir()
        (folder / "waitress" / "server.py").write_text(STAND_IN)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(str(folder / "notify"))
            systemd.settimeout(20)
            self.process = subprocess.Popen(
                [sys.executable, "-B", FOLDER / "greeter.py", str(self.port)],
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": str(folder), "NOTIFY_SOCKET": str(folder / "notify")},
            )
            try:
                self.told = systemd.recv(100)
            except TimeoutError:
                self.process.kill()
                raise

    def ask(self, path: str, method: str = "GET") -> tuple[int, dict[str, t.Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path)
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        return response.status, answer

    def end(self) -> list[str]:
        """End it as systemd does and return what it logged."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=10)
        assert (self.process.returncode, time.monotonic() - began < 5) == (0, True)
        return said.splitlines()

    def report(self) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-B", str(FOLDER / "report.py"), str(self.port)]
        return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def greeter(tmp_path: Path) -> t.Iterator[Greeter]:
    running = Greeter(tmp_path)
    yield running
    running.process.kill()
    running.process.communicate()


def test_it_says_that_it_listens_once_it_does(greeter: Greeter) -> None:
    assert greeter.told == b"READY=1"
    assert greeter.ask("/")[0] == 200


def test_it_greets_and_counts(greeter: Greeter) -> None:
    status, first = greeter.ask("/")
    assert (status, first["service"], first["greetings"]) == (200, "greeter", 1)
    assert socket.gethostname() in first["says"]
    assert greeter.ask("/")[1] == {**first, "greetings": 2}
    assert greeter.ask("/count") == (200, {"greetings": 2, "running_since": first["running_since"]})


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/other", 404), ("POST", "/", 405), ("PUT", "/x", 405)])
def test_all_else_is_refused_and_not_counted(greeter: Greeter, method: str, path: str, status: int) -> None:
    refused, answer = greeter.ask(path, method)
    assert refused == status
    assert set(answer) == {"error"}
    assert greeter.ask("/count")[1]["greetings"] == 0


def test_each_request_is_one_line_and_sigterm_ends_it_at_once(greeter: Greeter) -> None:
    greeter.ask("/")
    greeter.ask("/no%0Asecond%1b[31m" + "x" * 500)
    listening, greeted, hostile, stopped = greeter.end()
    assert listening == f"listening on 127.0.0.1:{greeter.port}"
    assert greeted == "127.0.0.1 asked 'GET /': 200 OK"
    assert hostile.startswith("127.0.0.1 asked 'GET /no\\nsecond\\x1b[31mxxx")
    assert len(hostile) < 300
    assert stopped == "stopped"


def test_the_report_is_one_line(greeter: Greeter) -> None:
    since = greeter.ask("/")[1]["running_since"]
    done = greeter.report()
    assert (done.returncode, done.stdout, done.stderr) == (0, f"1 greetings since {since}\n", "")


def test_a_report_without_a_greeter_says_where_to_look(greeter: Greeter) -> None:
    greeter.end()
    done = greeter.report()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "systemctl status greeter" in done.stderr
