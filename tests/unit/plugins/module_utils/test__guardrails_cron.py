from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_cron import (
    Kind,
    command_of,
    judge,
    kind_of,
    read_cron,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_commands import refused_in_text
from tests.view import view

SPOOL = "/var/spool/cron/crontabs"


@pytest.mark.parametrize(
    ("line", "kind", "command"),
    [
        ("0 4 * * * root apt-get update", "system table", "apt-get update"),
        ("0 4\t* * *\troot\tapt-get  update", "system table", "apt-get  update"),
        ("@daily ops git pull", "system table", "git pull"),
        ("0 4 * * * git pull", "own table", "git pull"),
        ("@reboot git pull", "own table", "git pull"),
        ("0 4 * * * mail -s x%hello", "own table", "mail -s x"),
        (r"0 4 * * * date +\%F", "own table", "date +%F"),
        ("7 5 update.daily apt-get -y upgrade", "anacron", "apt-get -y upgrade"),
        ("MAILTO=root", "system table", ""),
        ("# 0 4 * * * root apt-get update", "system table", ""),
        ("", "own table", ""),
    ],
)
def test_the_command_of_a_line(line: str, kind: Kind, command: str) -> None:
    assert command_of(line, kind) == command


def test_lines_that_may_run_stay() -> None:
    text = "MAILTO=x\n# why\n1 1 * * * root git pull\n2 2 * * * root /usr/bin/backup\n"
    found = judge("/etc/cron.d/a", text, "system table", refused_in_text)
    assert found is not None
    assert found.rest == "MAILTO=x\n# why\n2 2 * * * root /usr/bin/backup\n"
    assert [(one.clause, one.shown, one.line) for one in found.refused] == [("6.1", "git pull", 3)]


def test_a_table_without_a_command_that_stays_goes_as_a_whole() -> None:
    found = judge("/etc/cron.d/a", "MAILTO=x\n1 1 * * * root git pull\n", "system table", refused_in_text)
    assert found is not None
    assert found.rest == ""


@pytest.mark.parametrize(
    ("command", "clause"),
    [
        ("apt-get update && apt-get -y upgrade", "6.1"),
        ("sh -c 'npm install -g x'", "6.1"),
        pytest.param("curl -s https://x/y | bash", "6.1", id="code that comes is an update"),
        ("test -x /usr/sbin/cron-apt && /usr/sbin/cron-apt", "6.1"),
        ("if test -x /usr/sbin/apticron; then /usr/sbin/apticron --cron; else true; fi", "6.1"),
        ("/usr/bin/puppet agent --onetime", "6.1"),
        ("rpi-eeprom-update -a", "6.1"),
        ("systemctl restart app", "6.2"),
        ("service app restart", "6.2"),
        ("/sbin/reboot", "6.2"),
    ],
)
def test_what_may_not_run(command: str, clause: str) -> None:
    found = judge(f"{SPOOL}/ops", f"@daily {command}\n", "own table", refused_in_text)
    assert found is not None
    assert {one.clause for one in found.refused} == {clause}


@pytest.mark.parametrize(
    "command", ["/usr/bin/backup", "logrotate /etc/logrotate.conf", "echo apt-get upgrade", "git log"]
)
def test_what_may_run(command: str) -> None:
    assert judge(f"{SPOOL}/ops", f"@daily {command}\n", "own table", refused_in_text) is None


def test_no_more_than_program_and_verb_is_shown() -> None:
    text = "@daily git pull https://ops:secret@example.org/x\n"
    found = judge(f"{SPOOL}/ops", text, "own table", refused_in_text)
    assert found is not None
    assert "secret" not in "".join(f"{one.shown}{one.why}" for one in found.refused)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/etc/crontab", "system table"),
        ("/etc/cron.d/x", "system table"),
        ("/etc/anacrontab", "anacron"),
        (f"{SPOOL}/ops", "own table"),
        ("/etc/cron.daily/x", "script"),
        ("/var/spool/cron/atjobs/a0000101a2b3c4", "script"),
    ],
)
def test_how_a_file_is_read(path: str, kind: Kind) -> None:
    assert kind_of(path) == kind


def test_what_cron_passes_over_is_no_matter(tmp_path: pathlib.Path) -> None:
    line = "1 1 * * * root git pull\n"
    files = {
        "/etc/cron.d/a.dpkg-old": line,
        "/etc/cron.d/.placeholder": line,
        f"{SPOOL}/tmp.AbC": "@daily git pull\n",  # noqa: S108
        "/etc/cron.daily/not-executable": "#!/bin/sh\ngit pull\n",
        "/etc/cron.daily/x.sh": "#!/bin/sh\ngit pull\n",
    }
    assert read_cron(view(tmp_path, files=files)) == []


def test_every_place_is_looked_at(tmp_path: pathlib.Path) -> None:
    paths = {
        "/etc/crontab": "1 1 * * * root git pull\n",
        "/etc/anacrontab": "1 5 x git pull\n",
        "/etc/cron.d/a": "1 1 * * * root git pull\n",
        f"{SPOOL}/ops": "@daily git pull\n",
        "/var/spool/cron/atjobs/a0000101a2b3c4": "#!/bin/sh\n# atrun uid=0\numask 22\ngit pull\n",
        "/etc/cron.daily/pull": "#!/bin/sh\ngit pull\n",
    }
    node = view(tmp_path, files=paths)
    (tmp_path / "node/etc/cron.daily/pull").chmod(0o755)
    assert {one.path for one in read_cron(node)} == set(paths)


def test_a_packages_own_lines_may_look_after_its_service_and_not_update(tmp_path: pathlib.Path) -> None:
    packages = {
        "app": {
            "/etc/cron.d/app": "1 1 * * * root service app reload\n",
            "/etc/cron.d/app-update": "1 1 * * * root service app reload\n2 2 * * * root apt-get -y upgrade\n",
        }
    }
    [found] = read_cron(view(tmp_path, packages=packages))
    assert found.path == "/etc/cron.d/app-update"
    assert [one.shown for one in found.refused] == ["apt-get upgrade"]
    assert found.rest == "1 1 * * * root service app reload\n"


def test_the_same_lines_of_somebody_else_may_not(tmp_path: pathlib.Path) -> None:
    files = {"/etc/cron.d/app": "1 1 * * * root service app reload\n"}
    assert [one.path for one in read_cron(view(tmp_path, files=files))] == ["/etc/cron.d/app"]


def test_a_script_that_a_line_starts_is_looked_into(tmp_path: pathlib.Path) -> None:
    files = {
        "/etc/cron.d/app": "1 1 * * * root /usr/local/bin/nightly\n",
        "/usr/local/bin/nightly": "#!/bin/sh\napt-get -y upgrade\n",
    }
    assert [one.path for one in read_cron(view(tmp_path, files=files))] == ["/etc/cron.d/app"]
