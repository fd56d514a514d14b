"""A process that takes in too much is stopped, and is what it was afterwards."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _bounded_answer

SCRIPT = """
import resource
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._bounded_answer import TooMuchError, bounded_answer
before = resource.getrlimit(resource.RLIMIT_AS)
with bounded_answer("node-1", most=64 << 20):
    kept = bytearray(1 << 20)
try:
    with bounded_answer("node-1", most=64 << 20):
        bytearray(512 << 20)
except TooMuchError as exc:
    print(exc)
assert resource.getrlimit(resource.RLIMIT_AS) == before
bytearray(512 << 20)
"""


def test_too_much_is_an_error_that_names_the_node() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("node-1 answered more than 64 MiB")


def test_an_error_of_another_kind_passes() -> None:
    with pytest.raises(ValueError, match="mine"), _bounded_answer.bounded_answer("node-1"):
        raise ValueError("mine")
