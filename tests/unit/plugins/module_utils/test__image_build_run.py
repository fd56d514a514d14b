from __future__ import annotations

import pathlib
import sys
import time
import types

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_run
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_build_run import watched


def run(tmp_path: pathlib.Path, code: str, *, timeout: float = 30, told: list[str] | None = None) -> None:
    tell = (told if told is not None else []).append
    watched([sys.executable, "-c", code], environ={}, log=str(tmp_path / "log"), tell=tell, timeout=timeout)


def test_what_it_prints_is_told_and_kept(tmp_path: pathlib.Path) -> None:
    told: list[str] = []
    run(tmp_path, "import sys; print('out'); print('err', file=sys.stderr)", told=told)
    assert sorted("".join(told).split()) == ["err", "out"]
    assert sorted((tmp_path / "log").read_text().split()) == ["err", "out"]


def test_a_failure_bears_the_last_words(tmp_path: pathlib.Path) -> None:
    with pytest.raises(CommandError, match="failed with status 3") as caught:
        run(tmp_path, "print('E: why'); raise SystemExit(3)")
    assert (caught.value.rc, caught.value.out) == (3, "E: why\n")


def test_it_is_ended_when_it_takes_too_long_or_nobody_listens(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready, gone = tmp_path / "ready", tmp_path / "gone"
    code = (
        "import signal, sys, time, pathlib\n"
        f"signal.signal(15, lambda *_: (pathlib.Path({str(gone)!r}).touch(), sys.exit()))\n"
        f"pathlib.Path({str(ready)!r}).touch()"
    )
    # Its time is over once it is there, however long that takes on a busy machine.
    clock = types.SimpleNamespace(monotonic=lambda: time.monotonic() + 3600 * ready.exists())
    begun = time.monotonic()
    with monkeypatch.context() as patched:
        patched.setattr(_image_build_run, "time", clock)
        with pytest.raises(CommandError, match="did not end within 100 s"):
            run(tmp_path, f"{code}\ntime.sleep(60)", timeout=100)
    assert gone.exists()

    def refuse(_text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watched(
            [sys.executable, "-c", "import time; time.sleep(60)"],
            environ={},
            log=str(tmp_path / "log"),
            tell=refuse,
            timeout=30,
        )
    assert time.monotonic() - begun < 50
