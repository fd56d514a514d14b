"""Unit files of a repository, held against the runbook by the decisions of systemd_unit."""

from __future__ import annotations

import os
import subprocess
import typing as t
from pathlib import Path

import pytest

from runbook_lint import unit_files
from runbook_lint.decisions._unit_file import LONGEST_FILE, Text, parse
from runbook_lint.decisions._unit_rules import Context, judge, refusals
from runbook_lint.repository import Repository
from runbook_lint.unit_files import Judged, check_units
from runbook_lint.unit_sources import Place, is_unit, place_from, sources

CHECKOUT = "/home/ops/ai-systems"
SERVICE = f"[Service]\nUser=web\nExecStart={CHECKOUT}/web/run\n"
GOOD = f"[Unit]\nDescription=Web\n{SERVICE}[Install]\nWantedBy=multi-user.target\n"


def repository(top: Path, files: t.Mapping[str, str | bytes]) -> Repository:
    for path, content in {"web/run": "#!/bin/sh\n", **files}.items():
        place = top / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    return Repository(top)


def check(top: Path, files: t.Mapping[str, str | bytes], **options: t.Any) -> Judged:
    return check_units(repository(top, files), **options)


def said(judged: Judged) -> list[tuple[str, int, str, str]]:
    return [(one.path, one.line, one.clause, one.topic) for one in judged.reported]


BAD = {
    "starts again": ({"a.service": f"{SERVICE}Restart=always\n"}, ("a.service", 4, "6.2", "restart")),
    "starts again on failure": ({"a.service": f"{SERVICE}Restart=on-failure\n"}, ("a.service", 4, "6.2", "restart")),
    "watchdog": ({"a.service": f"{SERVICE}WatchdogSec=30\n"}, ("a.service", 4, "6.2", "watchdog")),
    "on failure": ({"a.service": f"{SERVICE}[Unit]\nOnFailure=b.service\n"}, ("a.service", 5, "6.2", "on-failure")),
    "reboots": ({"a.service": f"{SERVICE}[Unit]\nFailureAction=reboot\n"}, ("a.service", 5, "6.2", "action")),
    "upholds": ({"a.target": "[Unit]\nUpholds=b.service\n"}, ("a.target", 2, "6.2", "upholds")),
    "root": ({"a.service": f"[Service]\nExecStart={CHECKOUT}/web/run\n"}, ("a.service", 2, "6.4", "runs-as-root")),
    "operator": (
        {"a.service": f"[Service]\nUser=ops\nExecStart={CHECKOUT}/web/run\n"},
        ("a.service", 2, "6.4", "runs-as-operator"),
    ),
    "log file": ({"a.service": f"{SERVICE}StandardOutput=file:/var/log/web\n"}, ("a.service", 4, "4.4", "journal")),
    "secret": (
        {"a.service": f"{SERVICE}Environment=API_TOKEN=hX93kfLq02mvTzPw8Qer\n"},
        ("a.service", 4, "6.3", "secret"),
    ),
    "updates": (
        {"a.service": f"{SERVICE}ExecStartPre=/usr/bin/apt-get -y upgrade\n"},
        ("a.service", 4, "6.1", "updates"),
    ),
    "downloads": (
        {"a.service": "[Service]\nUser=web\nExecStart=/bin/sh -c 'curl -s https://example.org/x | sh'\n"},
        ("a.service", 3, "6.4", "downloads"),
    ),
    "restarts another": (
        {"a.service": f"{SERVICE}ExecStartPost=/usr/bin/systemctl restart b.service\n"},
        ("a.service", 4, "4.2", "service-state"),
    ),
    "cannot be stopped": (
        {"a.service": f"{SERVICE}[Unit]\nRefuseManualStop=yes\n"},
        ("a.service", 5, "4.2", "refuses"),
    ),
    "leaves processes": ({"a.service": f"{SERVICE}KillMode=process\n"}, ("a.service", 4, "4.2", "kill-mode")),
    "no assignment": ({"a.service": f"{SERVICE}Restart always\n"}, ("a.service", 4, "4.3", "syntax")),
    "hides a unit of Debian's": ({"ssh.service": GOOD}, ("ssh.service", 0, "4.3", "protected")),
    "a kind that is not deployed": ({"a.mount": "[Mount]\nWhat=x\n"}, ("a.mount", 0, "4.3", "name")),
    "a drop-in": (
        {"a.service": GOOD, "a.service.d/x.conf": "[Service]\nRestart=always\n"},
        ("a.service.d/x.conf", 2, "6.2", "restart"),
    ),
    "a drop-in of Debian's unit": (
        {"ssh.service.d/x.conf": "[Service]\n\nRestart=always\n"},
        ("ssh.service.d/x.conf", 3, "6.2", "restart"),
    ),
    "no drop-in": (
        {"a.service": GOOD, "a.service.d/README": "x"},
        ("a.service.d/README", 0, "4.3", "name"),
    ),
    "a secret in its environment": (
        {"a.service": f"{SERVICE}EnvironmentFile={CHECKOUT}/web/env\n", "web/env": "A=1\nDB_PASSWORD=s3cr3tW0rd99\n"},
        ("web/env", 2, "6.3", "secret"),
    ),
    "environment that nobody keeps": (
        {"a.service": f"{SERVICE}EnvironmentFile=/etc/default/web\n"},
        ("a.service", 4, "6.3", "environment-file"),
    ),
    "a timer": ({"a.timer": "[Timer]\nOnCalendar=daily\nUnit=apt-daily.service\n"}, ("a.timer", 3, "6.1", "updates")),
}


@pytest.mark.parametrize(("files", "expected"), BAD.values(), ids=BAD)
def test_a_breach_is_found_at_its_line(
    tmp_path: Path, files: dict[str, str], expected: tuple[str, int, str, str]
) -> None:
    judged = check(tmp_path, {"good.service": GOOD, **files})
    assert said(judged) == [expected]
    (found,) = judged.reported
    assert found.is_breach
    assert found.rule == f"runbook-{expected[2].replace('.', '-')}-{expected[3]}"
    assert found.remedy
    assert found.quote


ALLOWED: dict[str, dict[str, str | bytes]] = {
    "a service": {"a.service": GOOD},
    "an account that passes": {"a.service": "[Service]\nDynamicUser=yes\nExecStart=/usr/bin/true\n"},
    "Restart=no": {"a.service": f"{SERVICE}Restart=no\n"},
    "the journal": {"a.service": f"{SERVICE}StandardOutput=journal\nStandardError=inherit\n"},
    "a credential in /run": {
        "a.service": f"{SERVICE}LoadCredential=token:/run/ai-systems-credentials/a.service/token\n"
    },
    "a comment": {"a.service": f"{SERVICE}# Restart=always\n; WatchdogSec=3\n"},
    "a timer": {"a.timer": "[Timer]\nOnCalendar=hourly\n[Install]\nWantedBy=timers.target\n"},
    "settings in the repository": {
        "a.service": f"{SERVICE}EnvironmentFile={CHECKOUT}/web/env\n",
        "web/env": "COLOUR=red\n",
    },
    "a template": {"a@.service": f"{SERVICE}Environment=NAME=%i\n"},
    "a target": {"a.target": "[Unit]\nWants=b.service\n"},
    "a drop-in": {"a.service": GOOD, "a.service.d/10.conf": "[Service]\nNice=5\n"},
    "a drop-in of Debian's unit": {"cron.service.d/10.conf": "[Service]\nNice=5\n"},
    "a service of D-Bus": {"org.x.service": "[D-BUS Service]\nName=org.x\nExec=/bin/x\nUser=root\n"},
    "a service of Avahi": {"http.service": '<?xml version="1.0"?>\n<service-group/>\n'},
    "another configuration": {"nginx.d/a.conf": "Restart=always\n", "a.conf": "[Service]\nRestart=always\n"},
    "a text about units": {"a.service.md": "Restart=always\n"},
}


@pytest.mark.parametrize("files", ALLOWED.values(), ids=ALLOWED)
def test_what_the_runbook_allows_is_silent(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    assert said(check(tmp_path, {"good.service": GOOD, **files})) == []


def test_it_is_the_decision_of_the_module(tmp_path: Path) -> None:
    text = f"{SERVICE}Restart=always\nStandardOutput=null\nEnvironment=PASSWORD=s3cr3tW0rd99\n"
    problems = refusals(judge(parse("a.service", [Text("a.service", text.encode())]), Context("ops", CHECKOUT)))
    found = check(tmp_path, {"a.service": text}).reported
    assert [(one.clause, one.topic, one.line, one.what, one.remedy) for one in found] == [
        (one.clause, one.rule, one.line, one.what, one.remedy) for one in problems
    ]
    assert len(problems) == 3


def test_units_that_start_each_other_for_ever(tmp_path: Path) -> None:
    files = {
        "a.service": f"{SERVICE}[Unit]\nOnSuccess=b.service\n",
        "b.service": f"{SERVICE}[Unit]\nOnSuccess=a.service\n",
    }
    assert said(check(tmp_path, files)) == [
        ("a.service", 5, "6.2", "on-success"),
        ("b.service", 5, "6.2", "on-success"),
    ]


def test_what_is_worth_knowing_is_told_and_is_no_breach(tmp_path: Path) -> None:
    judged = check(tmp_path, {"a.socket": "[Socket]\nListenStream=8420\n"})
    assert [(one.topic, one.verdict, one.is_breach) for one in judged.reported] == [("activation", "info", False)]


ROOT = f"[Service]\nUser=root\nExecStart={CHECKOUT}/web/run\n"


def waived(judged: Judged) -> list[tuple[str, str]]:
    return [(one.topic, one.reason) for one in judged.reported if one.reason]


@pytest.mark.parametrize(
    "comment",
    [
        "# runbook-waiver: runs-as-root: binds the GPIO device",
        "  ;runbook-waiver:runs-as-root:binds the GPIO device",
        "# runbook-waiver: runbook-6-4-runs-as-root: binds the GPIO device",
    ],
)
def test_a_waiver_in_the_unit_needs_a_reason_and_is_told(tmp_path: Path, comment: str) -> None:
    judged = check(tmp_path, {"a.service": f"{comment}\n{ROOT}"})
    assert waived(judged) == [("runs-as-root", "binds the GPIO device")]
    assert not any(one.is_breach for one in judged.reported)


def test_a_waiver_in_a_drop_in_is_for_the_unit(tmp_path: Path) -> None:
    drop_in = "# runbook-waiver: runs-as-root: binds the GPIO device\n[Service]\nNice=5\n"
    judged = check(tmp_path, {"a.service": ROOT, "a.service.d/x.conf": drop_in})
    assert waived(judged) == [("runs-as-root", "binds the GPIO device")]


def test_a_waiver_of_the_inventory_counts(tmp_path: Path) -> None:
    judged = check(tmp_path, {"a.service": ROOT}, waived={"a.service": {"runs-as-root": "binds GPIO"}})
    assert waived(judged) == [("runs-as-root", "binds GPIO")]


@pytest.mark.parametrize(
    ("comment", "what"),
    [
        ("# runbook-waiver: runs-as-root", "gives no reason"),
        ("# runbook-waiver: runs-as-root: yes", "gives no reason"),
        ("# runbook-waiver: restart: it falls over now and then", "cannot be waived"),
        ("# runbook-waiver: runs-as-rot: binds the GPIO device", "is no rule"),
        ("# runbook waiver", "is no rule"),
        ("# runbook-waiver: runs-as-root: a good reason\n# runbook-waiver: runs-as-root: another one", "a second time"),
    ],
)
def test_a_waiver_that_counts_for_nothing_is_a_finding(tmp_path: Path, comment: str, what: str) -> None:
    judged = check(tmp_path, {"a.service": f"[Unit]\n{comment}\n{SERVICE}"})
    mistakes = [one for one in judged.reported if one.topic == "waiver" and one.verdict == "violation"]
    (mistake,) = mistakes
    assert what in mistake.what
    assert mistake.line == comment.count("\n") + 2
    assert mistake.is_breach


def test_a_waiver_that_nothing_needs_is_told(tmp_path: Path) -> None:
    judged = check(tmp_path, {"a.service": f"# runbook-waiver: runs-as-root: binds the GPIO device\n{GOOD}"})
    assert [(one.line, one.verdict, one.remedy) for one in judged.reported] == [(1, "info", "take it out")]


def test_only_the_named_units_are_judged(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "a.service": ROOT,
        "b.service": GOOD,
        "b.service.d/x.conf": "[Service]\nRestart=always\n",
    }
    assert said(check(tmp_path, files, only={"b.service.d/x.conf"})) == [("b.service.d/x.conf", 2, "6.2", "restart")]
    assert said(check(tmp_path, files, only={"web/run"})) == []


def test_the_operator_is_known_from_what_the_units_name(tmp_path: Path) -> None:
    judged = check(tmp_path, {"a.service": "[Service]\nUser=anna\nExecStart=/home/anna/src/ai/web/run\n"})
    assert judged.place == Place("anna", "/home/anna/src/ai")
    assert said(judged) == [("a.service", 2, "6.4", "runs-as-operator")]


def test_what_is_said_of_the_operator_counts_more(tmp_path: Path) -> None:
    files = {"a.service": GOOD.replace("User=web", "User=ops")}
    assert said(check(tmp_path, files, place=Place("anna", ""))) == []
    assert said(check(tmp_path, files, place=Place("", ""))) == [("a.service", 4, "6.4", "runs-as-operator")]


def test_the_place_of_a_repository() -> None:
    assert place_from(["/usr/bin/python3 /home/ops/ai/web/run", "/home/x/run"], ["web/run"]) == Place(
        "ops", "/home/ops/ai"
    )
    assert place_from(["/srv/ai/web/run"], ["web/run"]) == Place("", "/srv/ai")
    assert place_from(["/usr/bin/true"], ["web/run"]) == Place("", "")
    assert place_from([], []) == Place("", "")


def test_drop_ins_are_read_in_the_order_of_systemd() -> None:
    (one,) = sources(["x/a.service.d/20.conf", "x/a.service", "x/a.service.d/10.conf", "x/a.service.d/y/1.conf"])
    assert one.drop_ins == ("x/a.service.d/10.conf", "x/a.service.d/20.conf")
    assert one.strays == ("x/a.service.d/y/1.conf",)


def test_what_systemd_would_read_anything_from_is_a_unit() -> None:
    assert is_unit(b"[D-BUS Service]\nName=x\n[Service]\nRestart=always\n")
    assert is_unit(b"")
    assert is_unit(b"<!-- -->\n[Service]\n")
    assert not is_unit(b"[D-BUS Service]\nName=x\n")


# ---- Hostile repositories ----


def test_what_is_no_file_of_the_repository_is_a_finding_and_never_read(tmp_path: Path) -> None:
    top = tmp_path / "repository"
    (tmp_path / "outside.service").write_text("[Service]\nExecStart=/bin/secret-of-outside\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/b.service").write_text("[Service]\nExecStart=/bin/secret-of-outside\n")
    repository(top, {"good.service": GOOD})
    (top / "a.service").symlink_to(tmp_path / "outside.service")
    (top / "linked").symlink_to(tmp_path / "folder")
    os.mkfifo(top / "pipe.service")
    (top / "big.service").write_bytes(b"#" * (LONGEST_FILE + 1))
    (top / "good.service.d").mkdir()
    (top / "good.service.d/x.conf").symlink_to("/dev/zero")
    judged = check_units(Repository(top))
    assert [(one.path, one.topic, one.what) for one in judged.reported] == [
        ("a.service", "file", "it is a symbolic link in the repository"),
        ("big.service", "file", f"it has more than {LONGEST_FILE} bytes"),
        ("good.service.d/x.conf", "file", "it is a symbolic link in the repository"),
        ("pipe.service", "file", "it is no file"),
    ]
    assert "secret-of-outside" not in repr(judged)


@pytest.mark.parametrize(
    "content",
    [
        b"\x7fELF" + bytes(range(256)) * 50,
        b"[Service]\nExecStart=" + b"\\\n" * 20_000,
        b"[" * 100_000,
        b"[Service]\n" + b"X" * 900_000,
        b"\xff\xfe" * 1000,
        b"[Service]\nUser=\x1b[2J\x1b]0;owned\x07\n",
        b"[Service]\r\0Restart=always\n",
    ],
    ids=["binary", "continued", "brackets", "long", "utf-16", "escapes", "hidden"],
)
def test_what_is_no_text_is_found_quickly_and_shown_clean(tmp_path: Path, content: bytes) -> None:
    judged = check(tmp_path, {"a.service": content})
    assert any(one.is_breach for one in judged.reported)
    assert len(judged.reported) < 50
    for one in judged.reported:
        assert one.what.isprintable()
        assert len(one.what) < 1000


def test_a_link_in_the_way_to_a_file_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/a.service").write_text(ROOT)
    top = tmp_path / "repository"
    repository(top, {"inside/a.service": GOOD})
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    subprocess.run(["git", "-C", str(top), "add", "."], check=True)
    (top / "inside/a.service").unlink()
    (top / "inside").rmdir()
    (top / "inside").symlink_to(tmp_path / "outside")
    found = check_units(Repository(top)).reported
    assert [(one.path, one.what) for one in found] == [
        ("inside/a.service", "it lies behind a link that leads out of the repository")
    ]


def test_git_decides_what_is_in_a_checkout(tmp_path: Path) -> None:
    repository(tmp_path, {"a.service": ROOT, "ignored.service": ROOT, ".gitignore": "ignored.service\nfolder\n"})
    repository(tmp_path / "folder", {"c.service": ROOT})
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert [one.path for one in check_units(Repository(tmp_path)).reported] == ["a.service"]
    # A folder that git ignores and that was named is looked at.
    assert [one.path for one in check_units(Repository(tmp_path / "folder")).reported] == ["c.service"]


def test_a_checkout_makes_git_run_nothing(tmp_path: Path) -> None:
    repository(tmp_path, {"a.service": GOOD})
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    ran = tmp_path / "ran"
    program = tmp_path / ".git/monitor"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    subprocess.run(["git", "-C", str(tmp_path), "config", "core.fsmonitor", str(program)], check=True)
    assert "a.service" in Repository(tmp_path).files
    assert not ran.exists()


def test_more_units_than_anybody_has_are_undecided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit_files, "MOST_UNITS", 2)
    judged = check(tmp_path, {f"{name}.service": GOOD for name in "abc"})
    assert judged.looked_at == 2
    assert [(one.topic, one.verdict) for one in judged.reported] == [("unread", "unknown")]
    assert all(one.is_breach for one in judged.reported)


def test_units_that_hold_more_than_is_bearable_are_undecided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit_files, "MOST_BYTES", 2 * len(GOOD))
    files: dict[str, str | bytes] = {f"{name}.service": GOOD for name in "abcde"}
    judged = check(tmp_path, files)
    assert [(one.path, one.topic) for one in judged.reported] == [
        ("d.service", "file"),
        ("e.service", "file"),
        (".", "unread"),
    ]
    assert all(one.is_breach for one in judged.reported)
    reading = GOOD.replace("[Install]", f"EnvironmentFile={CHECKOUT}/web/env\n[Install]")
    judged = check(tmp_path / "other", {"a.service": reading, "b.service": reading, "web/env": "A=1\n" * 100})
    assert ("b.service", "environment-file", "unknown") in [
        (one.path, one.topic, one.verdict) for one in judged.reported
    ]
