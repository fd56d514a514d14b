from __future__ import annotations

import pathlib
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnose_memory import (
    memory,
    of_meminfo,
    of_pressure,
    parse_meminfo,
    parse_status,
    pressure,
)
from tests.view import view


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("MemTotal: 8000000 kB\nMemAvailable: 6000000 kB\n", "ok"),
        ("MemTotal: 8000000 kB\nMemAvailable: 900000 kB\n", "note"),
        ("MemTotal: 8000000 kB\nMemAvailable: 300000 kB\n", "problem"),
        ("MemTotal: 8000000 kB\n", "unknown"),
        ("MemTotal: \nMemAvailable: x kB\nodd", "unknown"),
        ("", "unknown"),
    ],
)
def test_how_much_memory_is_left(text: str, verdict: str) -> None:
    assert of_meminfo(parse_meminfo(text)).verdict == verdict


def test_what_was_killed_is_named(tmp_path: pathlib.Path) -> None:
    slice_ = "/sys/fs/cgroup/system.slice"
    files = {
        f"{slice_}/worker.service/memory.events": "low 0\noom 2\noom_kill 2\n",
        f"{slice_}/fine.service/memory.events": "oom_kill 0\n",
        f"{slice_}/odd.service/memory.events": "oom_kill\n",
        "/proc/meminfo": "MemTotal: 100 kB\nMemAvailable: 90 kB\n",
    }
    found = list(memory(view(tmp_path, files=files)))
    assert [(one.verdict, one.subject) for one in found] == [("ok", "memory"), ("problem", "worker.service")]
    assert "2 times" in found[1].evidence


def psi(now: float, lately: float, kind: str = "full") -> str:
    line = f"avg10={now:.2f} avg60=0.00 avg300={lately:.2f} total=1\n"
    return f"some {line}{kind} {line}" if kind != "some" else f"some {line}"


@pytest.mark.parametrize(
    ("what", "text", "verdict", "cause"),
    [
        ("cpu", psi(50, 40, "some"), "ok", ""),
        ("cpu", psi(95, 95, "some"), "note", ""),
        ("memory", psi(0, 0), "ok", ""),
        ("memory", psi(60, 2), "note", ""),
        ("memory", psi(60, 20), "problem", "memory"),
        ("io", psi(0, 45), "ok", ""),
        ("io", psi(0, 65), "problem", "load"),
        ("io", "", "unknown", ""),
        ("io", "some avg10=x", "unknown", ""),
    ],
)
def test_how_long_work_waits(what: str, text: str, verdict: str, cause: str) -> None:
    one = of_pressure(what, text)
    assert (one.verdict, one.cause) == (verdict, cause)


def test_a_kernel_that_does_not_count_it_is_unknown(tmp_path: pathlib.Path) -> None:
    assert [one.verdict for one in pressure(view(tmp_path))] == ["unknown"] * 3


def status(name: str, switches: int) -> str:
    return f"Name:\t{name}\nState:\tD (disk sleep)\nvoluntary_ctxt_switches:\t{switches}\n"


def test_processes_that_wait_for_a_disk_and_do_nothing_else(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"/proc/{pid}/status": status("dd", 7) for pid in (11, 12, 13)}
    node = view(tmp_path, files=files)

    def busy(_seconds: float) -> None:
        for pid in (11, 12, 13):
            (tmp_path / "node" / "proc" / str(pid) / "status").write_text(status("dd", 8))

    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    assert [one.subject for one in pressure(node) if one.verdict == "problem"] == ["stuck processes"]
    monkeypatch.setattr(time, "sleep", busy)
    assert [one.subject for one in pressure(node) if one.verdict == "problem"] == []


def test_the_fields_of_a_process() -> None:
    assert parse_status("Name:\ta: b\nodd\n") == {"Name": "a: b"}
