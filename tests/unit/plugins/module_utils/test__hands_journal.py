from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _hands_journal
from ansible_collections.ai_systems.runbook.plugins.module_utils._hands_journal import (
    Event,
    event_of,
    parse,
    read_journal,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import ViewError
from tests.view import view


def line(message: t.Any = "", **fields: str) -> dict[str, t.Any]:
    return {"__REALTIME_TIMESTAMP": "5000000", "MESSAGE": message, **fields}


SUDO = {"SYSLOG_IDENTIFIER": "sudo", "_COMM": "sudo"}
SYSTEMD = {"_COMM": "systemd"}


@pytest.mark.parametrize(("given", "event"), [
    (line("  ops : TTY=pts/0 ; PWD=/x ; USER=root ; COMMAND=/bin/ls ; x", **SUDO),
     Event("sudo", 5.0, "ops", "/bin/ls ; x")),
    (line("  ops : PWD=/x ; USER=root ; ENV=A=b ; COMMAND=/bin/ls", **SUDO), Event("sudo", 5.0, "ops", "/bin/ls")),
    # journald did not come to look before it was over.
    (line("ops : USER=root ; COMMAND=/bin/ls", SYSLOG_IDENTIFIER="sudo"), Event("sudo", 5.0, "ops", "/bin/ls")),
    (line("ops : USER=root ; COMMAND=/bin/ls", SYSLOG_IDENTIFIER="sudo", _COMM="logger"), None),
    (line("ops : USER=www ; COMMAND=/bin/ls", **SUDO), None),
    (line("pam_unix(sudo:session): session closed", **SUDO), None),
    (line("x", JOB_TYPE="restart", UNIT="x.service", **SYSTEMD), Event("restart", 5.0, "", "x.service")),
    (line("x", JOB_TYPE="restart", UNIT="x.service", _COMM="python3"), None),
    (line("x", JOB_TYPE="reload", USER_UNIT="x.service", **SYSTEMD), Event("reload", 5.0, "", "x.service")),
    (line("x", JOB_TYPE="start", UNIT="logrotate.service", **SYSTEMD), Event("rotate", 5.0, "", "logrotate.service")),
    (line("Reexecution requested from client PID 1", CODE_FUNC="log_caller", **SYSTEMD),
     Event("reexec", 5.0, "", "systemd")),
    (line("Reload requested from client PID 1", CODE_FUNC="log_caller", **SYSTEMD), None),
    (line("Invoked with a=b", SYSLOG_IDENTIFIER="ansible-ai_systems.runbook.x"),
     Event("run", 5.0, "", "ai_systems.runbook.x", "Invoked with a=b")),
    (line(None, SYSLOG_IDENTIFIER="ansible-ai_systems.runbook.x"), Event("run", 5.0, "", "ai_systems.runbook.x")),
    (line("Invoked with x", SYSLOG_IDENTIFIER="ansible-apt"), Event("module", 5.0, "", "apt", "Invoked with x")),
    (line("seen", SYSLOG_IDENTIFIER="ai-systems-runbook", _UID="0"), Event("seen", 5.0, "root", "")),
    (line("seen", SYSLOG_IDENTIFIER="ai-systems-runbook", _UID="1000"), None),
    (line("guarded change", SYSLOG_IDENTIFIER="ai-systems-runbook", _UID="0"), None),
    (line([1, 2], **SUDO), None),
])  # fmt: skip
def test_what_a_line_tells(given: dict[str, t.Any], event: Event | None) -> None:
    assert event_of(given) == event


def test_a_command_that_sudo_cut_is_whole_again_and_what_is_no_json_is_left_out() -> None:
    lines = [
        line("ops : USER=root ; COMMAND=/bin/sh -c 'aaa", **SUDO),
        line("ops : (command continued) ; systemctl restart x'", **SUDO),
        line("eve : (command continued) bbb", **SUDO),
    ]
    events, count = parse("\n".join([*map(json.dumps, lines), "{", "[]", ""]))
    assert [one.what for one in events] == ["/bin/sh -c 'aaa; systemctl restart x'"]
    assert count == 5


def asked(oldest: str, lines: str) -> dict[tuple[str, ...], str]:
    first = ("journalctl", "--quiet", "--no-pager", "--output=json", "--output-fields=_UID", "--lines=+1")
    fields = f"--output-fields={_hands_journal._FIELDS}"
    then = (
        "journalctl",
        "--quiet",
        "--no-pager",
        "--output=json",
        fields,
        "--since=@7",
        f"--lines={_hands_journal.MOST}",
    )
    return {first: oldest, (*then, *_hands_journal._MATCHES): lines}


def test_reading(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = json.dumps(line("seen", SYSLOG_IDENTIFIER="ai-systems-runbook", _UID="0"))
    found = read_journal(view(tmp_path, commands=asked(json.dumps(line()), one)), 7.5)
    assert (found.begins, found.is_cut, len(found.events)) == (5.0, False, 1)
    monkeypatch.setattr(_hands_journal, "MOST", 1)
    assert read_journal(view(tmp_path, commands=asked(json.dumps(line()), one)), 7.5).is_cut
    assert read_journal(view(tmp_path, commands=asked("", "")), 7.5).begins == 0.0
    with pytest.raises(ViewError, match="no JSON"):
        read_journal(view(tmp_path, commands=asked("x", "")), 7.5)
    with pytest.raises(ViewError):
        read_journal(view(tmp_path), 7.5)
