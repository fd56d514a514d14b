from __future__ import annotations

import gzip
import pathlib
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_history import (
    Done,
    Logged,
    parse_dpkg_log,
    parse_history,
    read_dpkg_log,
    read_history,
    seconds_of,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import ViewError
from tests.view import view

WHEN = time.mktime((2026, 11, 26, 5, 33, 9, 0, 0, -1))
HISTORY = """
Start-Date: 2026-11-26  05:33:09
Commandline: apt-get install x
Requested-By: ops (1001)
Install: x:amd64 (1), liby:amd64 (2:2-1, automatic)
Upgrade: z:all (1, 2)
Remove: w:amd64 (1)
End-Date: 2026-11-26  05:33:19

Start-Date: 2026-11-26  05:33:09
Reinstall: q:amd64 (3)

Commandline: without a date
"""


def test_transactions_of_apt() -> None:
    first, second = parse_history(HISTORY)
    assert (first.begun, first.ended, first.command, first.by) == (WHEN, WHEN + 10, "apt-get install x", "ops (1001)")
    assert first.done == (
        Done("Install", "x", "1", automatic=False), Done("Install", "liby", "2:2-1", automatic=True),
        Done("Upgrade", "z", "2", automatic=False), Done("Remove", "w", "1", automatic=False),
    )  # fmt: skip
    assert (second.ended, second.command, second.done) == (WHEN, "", (Done("Reinstall", "q", "3", automatic=False),))


def test_lines_of_dpkg() -> None:
    text = (
        "2026-11-26 05:33:09 startup archives unpack\n2026-11-26 05:33:09 upgrade x:amd64 1 2\n"
        "2026-11-26 05:33:09 install y:all <none> 1\n2026-11-26 05:33:09 status installed x:amd64 2\nodd\n"
    )
    assert parse_dpkg_log(text) == [Logged(WHEN, "upgrade", "x", "1", "2"), Logged(WHEN, "install", "y", "", "1")]


def test_what_is_no_time() -> None:
    assert seconds_of("x") == seconds_of("") == seconds_of("2026-13-99 00:00:00") == 0.0


def test_the_month_before_is_read_first(tmp_path: pathlib.Path) -> None:
    old, new = (f"2026-11-26 05:33:09 install {name}:all <none> 1\n" for name in ("old", "new"))
    files = {"/var/log/dpkg.log.1": old, "/var/log/dpkg.log": new, "/var/log/apt/history.log": HISTORY}
    node = view(tmp_path, files=files)
    assert [one.package for one in read_dpkg_log(node)] == ["old", "new"]
    assert len(read_history(node)) == 2


def test_the_month_before_is_read_where_logrotate_has_packed_it(tmp_path: pathlib.Path) -> None:
    old = gzip.compress(HISTORY.replace("2026-11", "2026-10").encode())
    node = view(tmp_path, files={"/var/log/apt/history.log.1.gz": old, "/var/log/apt/history.log": HISTORY})
    assert [time.localtime(one.begun).tm_mon for one in read_history(node)] == [10, 10, 11, 11]


@pytest.mark.parametrize("packed", [b"no gzip", gzip.compress(HISTORY.encode())[:-9]])
def test_a_packed_log_that_cannot_be_read_is_no_empty_one(tmp_path: pathlib.Path, packed: bytes) -> None:
    node = view(tmp_path, files={"/var/log/apt/history.log.1.gz": packed})
    with pytest.raises(ViewError, match=r"history\.log\.1\.gz"):
        read_history(node)
