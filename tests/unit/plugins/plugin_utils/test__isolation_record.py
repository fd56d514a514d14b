"""The record of isolated nodes: an order stays until it is proven, whoever writes beside it."""

from __future__ import annotations

import json
import multiprocessing
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _isolation_record as record


def states(folder: pathlib.Path) -> dict[str, str]:
    return {node: entry.state for node, entry in record.read(str(folder)).items()}


def test_an_order_is_pending_until_it_is_proven(tmp_path: pathlib.Path) -> None:
    folder = str(tmp_path / "new" / "records")
    assert record.read(folder) == {}
    record.order(folder, "n1", lift=False)
    first = record.read(folder)["n1"]
    assert first.state == "pending"
    assert "@" in first.by
    record.settle(folder, "n1", isolated=True)
    assert record.read(folder)["n1"].state == "isolated"
    # Run again, it stays proven.
    record.order(folder, "n1", lift=False)
    assert record.read(folder)["n1"].state == "isolated"
    record.reopen(folder, "n1")
    assert record.read(folder)["n1"].state == "pending"
    record.order(folder, "n1", lift=True)
    assert record.read(folder)["n1"].state == "lifting"
    record.order(folder, "n1", lift=False)
    assert record.read(folder)["n1"].state == "pending"
    record.settle(folder, "n1", isolated=False)
    assert record.read(folder) == {}


def test_nothing_is_lifted_that_nobody_isolated(tmp_path: pathlib.Path) -> None:
    record.order(str(tmp_path), "n1", lift=True)
    record.settle(str(tmp_path), "n1", isolated=False)
    assert not (tmp_path / record.FILE).exists()


def test_since_when_is_not_moved_by_a_second_run(tmp_path: pathlib.Path) -> None:
    record.order(str(tmp_path), "n1", lift=False)
    path = tmp_path / record.FILE
    path.write_text(path.read_text().replace('"since": "2', '"since": "1'))
    before = path.read_text()
    record.order(str(tmp_path), "n1", lift=False)
    assert path.read_text() == before


def test_what_is_told(tmp_path: pathlib.Path) -> None:
    for node in ("b", "a", "c"):
        record.order(str(tmp_path), node, lift=False)
    record.settle(str(tmp_path), "b", isolated=True)
    record.settle(str(tmp_path), "c", isolated=True)
    record.order(str(tmp_path), "c", lift=True)
    held = record.read(str(tmp_path))
    pending, lifting = record.open_orders(held)
    assert pending.startswith("a is to be isolated (since ")
    assert (
        "pull its cable, or switch its port off, then run ansible-playbook playbooks/isolate.yml --limit a" in pending
    )
    assert lifting.startswith("c is to be open again (since ")
    assert "b is isolated since " in record.is_isolated(held, "b")
    assert record.is_isolated(held, "a") == record.is_isolated(held, "nobody") == ""


def test_an_odd_name_is_shown_and_never_typed(tmp_path: pathlib.Path) -> None:
    record.order(str(tmp_path), "n\x1b[2J'; reboot", lift=False)
    [sentence] = record.open_orders(record.read(str(tmp_path)))
    assert "\x1b" not in sentence
    assert "--limit <node>" in sentence


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"nodes": []}',
        '{"nodes": {"a": 1}}',
        '{"nodes": {"a": {"state": "open", "since": "", "by": ""}}}',
        '{"nodes": {"a": {"state": "pending"}}}',
        "[" * 5000,
        " " * (1024 * 1024 + 1),
    ],
)
def test_a_damaged_record_is_said_and_never_overwritten(tmp_path: pathlib.Path, text: str) -> None:
    path = tmp_path / record.FILE
    path.write_text(text)
    for act in (
        lambda: record.read(str(tmp_path)),
        lambda: record.order(str(tmp_path), "n1", lift=False),
        lambda: record.settle(str(tmp_path), "n1", isolated=True),
    ):
        with pytest.raises(record.IsolationRecordError, match=r"isolation\.json.*cannot be read.*restore it from git"):
            act()
    assert path.read_text() == text


def test_a_record_that_cannot_be_written_is_said(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(record.IsolationRecordError, match="cannot be written"):
        record.order(str(tmp_path / "file"), "n1", lift=False)


def test_a_node_called_like_anything_is_data(tmp_path: pathlib.Path) -> None:
    record.order(str(tmp_path), "../../etc", lift=False)
    assert list(tmp_path.iterdir()) == [tmp_path / record.FILE]
    assert json.loads((tmp_path / record.FILE).read_text())["nodes"].keys() == {"../../etc"}


def _write(folder: str, number: int) -> None:
    for turn in range(10):
        record.order(folder, f"n{number}-{turn}", lift=False)


def test_runs_side_by_side_lose_nothing(tmp_path: pathlib.Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_write, args=(str(tmp_path), number)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert len(states(tmp_path)) == 40
