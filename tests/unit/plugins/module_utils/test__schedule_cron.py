"""Tables of cron, scripts of run-parts, anacron and at."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._schedule_cron import (
    anacron,
    at_jobs,
    cron_folders,
    crontabs,
    parse_cron_line,
)
from tests.view import view

AT = """#!/bin/sh
# atrun uid=1000 gid=1000
umask 22
PATH=/bin; export PATH
cd /home/ops || {
\t echo 'Execution directory inaccessible' >&2
\t exit 1
}
/home/ops/run --now
"""


@pytest.mark.parametrize(
    ("line", "has_user", "parsed"),
    [
        ("*/5 * * * * root a b", True, ("root", "a b")),
        ("*/5 * * * * a b", False, ("", "a b")),
        ("@reboot ops a", True, ("ops", "a")),
        ("@daily\ta", False, ("", "a")),
        ("PATH=/bin:/sbin", True, None),
        ("MAILTO = root", True, None),
        ("1 2 3", True, ("", "1 2 3")),
    ],
)
def test_lines_of_tables(line: str, *, has_user: bool, parsed: tuple[str, str] | None) -> None:
    assert parse_cron_line(line, has_user=has_user) == parsed


def test_tables_of_the_system_of_packages_and_of_accounts(tmp_path: pathlib.Path) -> None:
    files = {
        "/etc/crontab": "SHELL=/bin/sh\n17 * * * * root cd / && run\n",
        "/etc/cron.d/x": "# a\n@daily www one\n",
        "/etc/cron.d/x.dpkg-old": "@daily root never\n",
        "/var/spool/cron/crontabs/ops": "@reboot two\n",
        "/var/spool/cron/crontabs/tmp.a": "@reboot never\n",
    }
    found = list(crontabs(view(tmp_path, files=files, packages={"p": {"/etc/cron.d/y": "@daily root three\n"}})))
    assert [tuple(one) for one in found] == [
        ("cron", "/etc/crontab:2", "root", "cd / && run", False),
        ("cron", "/etc/cron.d/x:2", "www", "one", False),
        ("cron", "/etc/cron.d/y:1", "root", "three", True),
        ("cron", "/var/spool/cron/crontabs/ops:1", "ops", "two", False),
    ]


def test_only_programs_with_names_that_run_parts_takes(tmp_path: pathlib.Path) -> None:
    names = ("run", "run.sh", "data")
    node = view(tmp_path, files={f"/etc/cron.daily/{name}": "#!/bin/sh\n" for name in names})
    for name in names[:2]:
        (tmp_path / "node/etc/cron.daily" / name).chmod(0o755)
    assert [one.where for one in cron_folders(node)] == ["/etc/cron.daily/run"]


def test_anacron_and_at(tmp_path: pathlib.Path) -> None:
    files = {
        "/etc/anacrontab": "HOME=/root\n1 5 cron.daily run-parts x\n",
        "/var/spool/cron/atjobs/a0001": AT,
        "/var/spool/cron/atjobs/.SEQ": "1",
    }
    node = view(tmp_path, files=files)
    assert [(one.where, one.command) for one in anacron(node)] == [("/etc/anacrontab:2", "run-parts x")]
    assert [(one.kind, one.where, one.command) for one in at_jobs(node)] == [
        ("at", "/var/spool/cron/atjobs/a0001", "/home/ops/run --now")
    ]
