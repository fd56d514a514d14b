# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fresh session is one that starts from nothing, and knows when to stop asking: with a program in ssh's place."""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import signal
import subprocess
import time
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _guarded
from ansible_collections.ai_systems.runbook.plugins.module_utils._guarded import refusal
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _fresh_session, _moved_node
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fresh_session import Answer, FreshSession, Refusal
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._refused_logins import note_refusal, refused_lately

TOKEN = "0123456789abcdef" * 2
DENIED = (255, "", "anna@192.0.2.1: Permission denied (publickey).")
REFUSED = (255, "", "ssh: connect to host 192.0.2.1 port 22: Connection refused")


class Connection:
    """As much of the ssh connection plugin as is used; its program answers from a list and notes what it was asked."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.options: dict[str, t.Any] = {
            "host": "192.0.2.1",
            "port": None,
            "remote_user": "debian",
            "private_key_file": "/keys/old",
            "ssh_executable": str(folder / "ssh"),
        }
        self._folder = folder

    def get_option(self, name: str) -> t.Any:
        return self.options[name]

    def set_option(self, name: str, value: t.Any) -> None:
        self.options[name] = value

    def _build_command(self, program: str, subsystem: str) -> list[bytes]:
        words = [program, "-o", "ControlMaster=auto", "-o", f"User={self.options['remote_user']}"]
        key = self.options["private_key_file"]
        return [word.encode() for word in (*words, *(["-o", f"IdentityFile={key}"] if key else []), "-o", subsystem)]

    def answers(self, *answers: tuple[int, str, str]) -> None:
        (self._folder / "answers").write_text(json.dumps(answers), encoding="utf-8")
        program = self._folder / "ssh"
        program.write_text(
            "#!/usr/bin/env python3\n"
            "import json, pathlib, sys\n"
            f"folder = pathlib.Path({str(self._folder)!r})\n"
            "asked = folder / 'asked'\n"
            "number = len(asked.read_text().splitlines()) if asked.exists() else 0\n"
            "with asked.open('a') as file: file.write(json.dumps([*sys.argv[1:], sys.stdin.read()]) + '\\n')\n"
            "answers = json.loads((folder / 'answers').read_text())\n"
            "rc, out, err = answers[min(number, len(answers) - 1)]\n"
            "sys.stdout.write(out); sys.stderr.write(err); sys.exit(rc)\n",
            encoding="utf-8",
        )
        program.chmod(0o700)

    @property
    def asked(self) -> list[list[str]]:
        path = self._folder / "asked"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def connection(tmp_path: pathlib.Path) -> Connection:
    return Connection(tmp_path)


def session(connection: Connection, **more: t.Any) -> FreshSession:
    return FreshSession(t.cast("t.Any", connection), user="anna", **more)


def state(name: str, message: str = "") -> tuple[int, str, str]:
    return (0, json.dumps({"state": name, "pid": 1, "started": 1, "message": message}), "")


def test_nothing_of_the_inventory_comes_before_what_makes_it_fresh(connection: Connection) -> None:
    argv = session(connection, private_key_file="/keys/new").argv("true")
    options = [argv[at + 1] for at, word in enumerate(argv) if word == "-o"]
    for wanted in (
        *("ControlMaster=no", "ControlPath=none", "BatchMode=yes", "PasswordAuthentication=no"),
        *("KbdInteractiveAuthentication=no", "PreferredAuthentications=publickey", "StrictHostKeyChecking=yes"),
        *("IdentitiesOnly=yes", "ForwardAgent=no"),
    ):
        assert options.index(wanted) < options.index("ControlMaster=auto")
    assert "User=anna" in options
    assert "IdentityFile=/keys/new" in options
    assert argv[-2:] == ["192.0.2.1", "true"]


def test_the_tasks_own_connection_stays_what_it_was(connection: Connection) -> None:
    before = dict(connection.options)
    session(connection).argv("true")
    assert connection.options == before


def test_another_address_is_still_held_to_the_pinned_key(connection: Connection) -> None:
    connection.options["port"] = 2222
    argv = session(connection, host="192.0.2.9").argv("true")
    assert "HostKeyAlias=[192.0.2.1]:2222" in argv
    assert argv[-2] == "192.0.2.9"


def test_a_login_that_reaches_root_is_a_proof(connection: Connection) -> None:
    connection.answers((0, "0\n", ""))
    assert session(connection).proves_login() == ""
    (asked,) = connection.asked
    assert asked[-2] == "sudo -n -- /bin/sh -c 'id -u'"


def test_a_sudo_password_goes_through_standard_input_alone(connection: Connection) -> None:
    connection.answers((0, "0\n", ""))
    assert session(connection, become_password="geheim").proves_login() == ""  # noqa: S106 -- nobody's
    (asked,) = connection.asked
    assert asked[-1] == "geheim\n"
    assert "geheim" not in " ".join(asked[:-1])


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (DENIED, "anna does not get in: anna@192.0.2.1: Permission denied (publickey)."),
        ((1, "", "sudo: a password is required\n"), "anna does not get in: sudo: a password is required"),
        ((255, "", "x\nHost key verification failed.\n"), "anna does not get in: Host key verification failed."),
    ],
)
def test_what_no_second_try_changes_is_asked_once(
    connection: Connection, answer: tuple[int, str, str], said: str
) -> None:
    connection.answers(answer)
    assert session(connection).proves_login(seconds=20) == said
    assert len(connection.asked) == 1


@pytest.mark.parametrize("answer", [REFUSED, (0, "1000\n", ""), (124, "", ""), (1, "", "sh: id: Permission denied")])
def test_what_may_pass_is_asked_again_until_the_bound(
    connection: Connection, answer: tuple[int, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.answers(answer)
    # A clock of its own: on a busy machine one question alone may take longer than any bound.
    clock = itertools.count(0, 0.5)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    assert session(connection).proves_login(seconds=2).startswith("anna does not get in: ")
    assert len(connection.asked) > 1


def test_a_listener_that_comes_back_is_waited_for(connection: Connection) -> None:
    connection.answers(REFUSED, REFUSED, (0, "0\n", ""))
    assert session(connection).proves_login(seconds=20) == ""


def test_a_session_that_hangs_is_ended(connection: Connection, tmp_path: pathlib.Path) -> None:
    program = tmp_path / "ssh"
    program.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    program.chmod(0o700)
    assert session(connection).run("true", seconds=0.3) == (124, "", "no answer within 0.3 s")


def test_a_change_in_force_is_proven_and_made_permanent(connection: Connection) -> None:
    connection.answers(state("applying"), state("waiting"), state("committed"))
    fresh = session(connection)
    assert fresh.finds_applied("sshd", token=TOKEN, seconds=20) == ""
    assert fresh.proves_change("sshd", token=TOKEN, seconds=20) == ""
    assert TOKEN in connection.asked[-1][-2]


@pytest.mark.parametrize("ended", ["undone", "failed", "committed"])
def test_a_change_that_is_over_is_not_waited_for(connection: Connection, ended: str) -> None:
    connection.answers(state(ended, "no space\x1b[2J left"))
    said = session(connection).finds_applied("sshd", token=TOKEN, seconds=20)
    assert said == "the change was not seen in force: no space\\x1b[2J left"
    assert len(connection.asked) == 1


def test_a_change_that_nobody_carries_on_is_asked_for_once(connection: Connection) -> None:
    connection.answers((0, f"{state('waiting')[1]}\n{_fresh_session._GONE}\n", ""))
    said = session(connection).refuse("sshd", token=TOKEN, seconds=20)
    assert "it is waiting, and the process that would end it was killed" in said.why
    assert len(connection.asked) == 1


def test_a_proof_that_comes_too_late_is_none(connection: Connection) -> None:
    connection.answers(state("undone", "no proof of a login came within 5 s"))
    said = session(connection).proves_change("sshd", token=TOKEN, seconds=20)
    assert said == "the change was not made permanent: no proof of a login came within 5 s"


def test_a_refusal_is_told_and_seen(connection: Connection) -> None:
    connection.answers(state("undone"))
    assert session(connection).refuse("sshd", token=TOKEN, seconds=20) == Refusal("undone")
    assert refusal(TOKEN) in connection.asked[0][-2]


@pytest.mark.parametrize(
    ("answer", "offered"),
    [
        ((0, "", "debug1: x\ndebug1: Authentications that can continue: publickey\n"), ["publickey"]),
        (
            (
                255,
                "",
                "debug1: Authentications that can continue: publickey,password\r\nPermission denied (x).",
            ),
            ["publickey", "password"],
        ),
        (REFUSED, None),
        ((0, "", "Authentications that can continue: publickey\n"), None),
    ],
)
def test_what_the_listener_offers(
    connection: Connection, answer: tuple[int, str, str], offered: list[str] | None
) -> None:
    connection.answers(answer)
    assert session(connection).offered_methods() == offered
    assert connection.asked[0][1] == "LogLevel=DEBUG1"


def test_a_login_that_was_proven_comes_first_again(connection: Connection) -> None:
    login = ("192.0.2.1", "", "anna", "/keys/anna")
    note_refusal(*login)
    proof = FreshSession(connection, user="anna", private_key_file="/keys/anna")  # type: ignore[arg-type]
    connection.answers(DENIED)
    proof.proves_login(seconds=1)
    assert refused_lately(*login)
    connection.answers((0, "0\n", ""))
    assert proof.proves_login(seconds=1) == ""
    assert not refused_lately(*login)


class Real(FreshSession):
    """The node is this machine, and its root whoever runs the test."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(t.cast("t.Any", connection), user="anna")

    def run_as_root(self, command: str, *, seconds: float = 15) -> Answer:
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, timeout=seconds)
        return Answer(done.returncode, done.stdout, done.stderr)


class Nothing:
    """A change of nothing."""

    def apply(self) -> None:
        pass

    commit = undo = apply


@pytest.fixture
def real(connection: Connection, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Real:
    monkeypatch.setattr(_guarded, "FOLDER", str(tmp_path / "guarded"))
    return Real(connection)


def begin(change: Nothing, token: str = TOKEN) -> int:
    with _guarded.turn("x", seconds=60) as mine:
        return mine.start(change, token=token, seconds=120)


def test_a_real_change_is_found_proven_and_permanent(real: Real) -> None:
    begin(Nothing())
    assert real.finds_applied("x", token=TOKEN, seconds=60) == ""
    assert real.proves_change("x", token=TOKEN, seconds=60) == ""
    # The next change of that name does not hide how this one ended.
    other = "f" * 32
    begin(Nothing(), other)
    assert real.finds_applied("x", token=other, seconds=60) == ""
    assert real.proves_change("x", token=TOKEN, seconds=60) == ""
    assert real.refuse("x", token=TOKEN, seconds=60) == Refusal("committed")
    assert real.refuse("x", token=other, seconds=60) == Refusal("undone")


@pytest.mark.parametrize(("answers", "said"), [(3, ""), (500, "the change was not made permanent: it is committing")])
def test_a_change_that_is_being_made_permanent_is_waited_for_beyond_the_bound(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, answers: int, said: str
) -> None:
    fresh = session(connection)
    told = iter([Answer(*state("committing"))] * answers + [Answer(*state("committed"))])
    monkeypatch.setattr(fresh, "run_as_root", lambda _: next(told))
    clock = itertools.count(0, 1)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    assert fresh.proves_change("sshd", token=TOKEN, seconds=1) == said


def test_a_process_that_was_killed_is_said_to_be(real: Real) -> None:
    pid = begin(Nothing())
    assert real.finds_applied("x", token=TOKEN, seconds=60) == ""
    os.kill(pid, signal.SIGKILL)
    said = "it is waiting, and the process that would end it was killed"
    assert real.proves_change("x", token=TOKEN, seconds=60) == f"the change was not made permanent: {said}"
    assert real.refuse("x", token=TOKEN, seconds=60) == Refusal("unknown", f"the change was not taken back: {said}")


def test_a_node_that_was_started_anew_knows_nothing_of_a_change(real: Real, tmp_path: pathlib.Path) -> None:
    begin(Nothing())
    assert real.finds_applied("x", token=TOKEN, seconds=60) == ""
    (tmp_path / "guarded").rename(tmp_path / "gone")
    said = "the node no longer knows of it, as after a new start"
    assert real.proves_change("x", token=TOKEN, seconds=60) == f"the change was not made permanent: {said}"
    assert real.refuse("x", token=TOKEN, seconds=60) == Refusal("unknown", f"the change was not taken back: {said}")
    (tmp_path / "gone").rename(tmp_path / "guarded")
    assert real.refuse("x", token=TOKEN, seconds=60) == Refusal("undone")


def test_a_node_under_a_change_of_address_is_told_from_one_whose_change_was_killed(real: Real) -> None:
    ask = _moved_node._ASK.replace(_moved_node._LOCK, _guarded.lock_path("x")).replace("sudo -n ", "")
    assert _guarded.lock_path("x") in ask
    assert _moved_node._UNDER_WAY not in real.run_as_root(ask).out
    pid = begin(Nothing())
    assert _moved_node._UNDER_WAY in real.run_as_root(ask).out
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while _moved_node._UNDER_WAY in real.run_as_root(ask).out:
        assert time.monotonic() < deadline
    assert _moved_node._MARK in real.run_as_root(ask).out
