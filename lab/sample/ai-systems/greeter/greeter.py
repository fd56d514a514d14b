"""Greets whoever asks on this node and counts the greetings: `greeter.py [PORT]`, answered by waitress.

`/` is a greeting, `/count` how many there were. The count is in memory only: the service stores nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import socket
import sys
import threading
import typing as t
from wsgiref.types import StartResponse, WSGIEnvironment

from waitress.server import create_server  # type: ignore[import-untyped]

# The loopback interface only: who asks is logged in on the node, or comes by its SSH (ssh -L 8420:127.0.0.1:8420).
HOST = "127.0.0.1"
PORT = 8420


class Greeter:
    """The WSGI application, which waitress calls from several threads."""

    def __init__(self) -> None:
        self._since = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        self._greetings = 0
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Answer one request and log it."""
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        status, answer = self._answer(method, path)
        body = json.dumps(answer).encode() + b"\n"
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        # What was asked may hold any character: quoted and shortened, it stays one line of the journal.
        log(f"{environ['REMOTE_ADDR']} asked {f'{method} {path}'!a:.200}: {status}")
        return [body]

    def _answer(self, method: str, path: str) -> tuple[str, dict[str, t.Any]]:
        if method != "GET":
            return "405 Method Not Allowed", {"error": "only GET is answered"}
        if path not in ("/", "/count"):
            return "404 Not Found", {"error": "there are / and /count"}
        with self._lock:
            self._greetings += path == "/"
            count = {"greetings": self._greetings, "running_since": self._since}
        if path == "/count":
            return "200 OK", count
        return "200 OK", {"service": "greeter", "says": f"Hello from {socket.gethostname()}", **count}


def log(line: str) -> None:
    """Write one line to standard output, which systemd leads to the journal."""
    # One call, so that lines of two threads do not mix.
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def tell_systemd(state: str) -> None:
    """Tell systemd, see sd_notify(3); where nobody listens, nobody is told."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.sendto(state.encode(), address.replace("@", "\0", 1) if address.startswith("@") else address)


def end(*_: object) -> t.NoReturn:
    """End in good order, at once: waitress takes this for its sign to stop."""
    raise SystemExit


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM."""
    signal.signal(signal.SIGTERM, end)
    port = int(arguments[0]) if arguments else PORT
    server = create_server(Greeter(), host=HOST, port=port, ident=None)
    log(f"listening on {HOST}:{port}")
    tell_systemd("READY=1")
    server.run()
    log("stopped")


if __name__ == "__main__":
    main(sys.argv[1:])
