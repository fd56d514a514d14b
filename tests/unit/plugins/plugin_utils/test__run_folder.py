from __future__ import annotations

import datetime as dt
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._run_folder import RunFolder, order_of

NOW = dt.datetime(2026, 11, 5, 10, 15, tzinfo=dt.UTC)


def test_a_run_has_one_folder_and_two_of_one_second_have_two(tmp_path: pathlib.Path) -> None:
    reports = tmp_path / "of" / "all"
    one, other = RunFolder(NOW), RunFolder(NOW)
    names = [folder(reports).name for folder in (one, one, other, RunFolder(NOW), other)]
    first, second, third = "20261105T101500Z", "20261105T101500Z-2", "20261105T101500Z-3"
    assert names == [first, first, second, third, second]
    assert sorted(path.name for path in reports.iterdir()) == [first, second, third]


def test_each_place_has_its_own(tmp_path: pathlib.Path) -> None:
    run = RunFolder(NOW)
    assert run(tmp_path / "a").parent == tmp_path / "a"
    assert run(tmp_path / "b").parent == tmp_path / "b"


def test_a_place_that_cannot_be_written(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        RunFolder(NOW)(tmp_path / "file")


def test_the_order_is_that_of_time_and_then_of_numbers() -> None:
    names = ["20261105T101501Z", "20261105T101500Z-10", "20261105T101500Z-2", "20261105T101500Z"]
    assert sorted(names, key=lambda name: order_of(name) or ("", 0)) == names[::-1]
    for name in ("", "20261105T101500Z-", "20261105T101500Z-0", "20261105T101500Z~", "x20261105T101500Z", "latest"):
        assert order_of(name) is None
