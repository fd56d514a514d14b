from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_kernel import (
    FILE,
    RUNNING,
    TEXT,
    PanicState,
    Said,
    of_cmdline,
    parse,
    read_panic,
)
from tests.view import view


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("kernel.panic = 10\n", ["10"]),
        ("kernel/panic=10", ["10"]),
        ("-kernel.panic = 10", ["10"]),
        ("kernel.* = 5", ["5"]),
        ("# kernel.panic = 10\n;kernel.panic = 9\n", []),
        ("kernel.panic_on_oops = 1\nkernel.printk = 3\n", []),
        (TEXT, ["0"]),
    ],
)
def test_what_a_file_says(text: str, values: list[str]) -> None:
    assert [one.value for one in parse("/x", text)] == values


@pytest.mark.parametrize(
    ("state", "why"),
    [
        pytest.param(PanicState("0", ()), "", id="Debian"),
        pytest.param(PanicState("10", ()), "kernel.panic is 10", id="in force"),
        pytest.param(PanicState("-1", ()), "kernel.panic is -1", id="at once"),
        pytest.param(
            PanicState("0", (Said("10", "/etc/sysctl.d/a.conf"),)), "10 in /etc/sysctl.d/a.conf", id="next boot"
        ),
        pytest.param(PanicState("0", (Said("10", "/a"), Said("0", "/b"))), "", id="the last word holds"),
        pytest.param(PanicState(None, (Said("0x0", "/a"),)), "", id="in a container"),
        pytest.param(PanicState(None, (Said("later", "/a"),)), "later in /a", id="no number is not off"),
        pytest.param(PanicState("0", (), "30"), "panic=30 in the kernel's command line", id="told at boot"),
        pytest.param(PanicState("0", (Said("0", "/a"),), "30"), "", id="taken back after the boot"),
    ],
)
def test_why_the_kernel_reboots(state: PanicState, why: str) -> None:
    assert (why in state.why()) if why else state.why() == ""


def test_what_takes_our_file_back() -> None:
    late = Said("10", "/etc/sysctl.d/zzz.conf")
    assert PanicState("0", (Said("10", "/etc/sysctl.d/99-x.conf"), Said("0", FILE), late)).after_ours() == [late]


@pytest.mark.parametrize(("text", "value"), [("root=/dev/x panic=10 quiet", "10"), ("panic=1 panic=0", "0"), ("x", "")])
def test_what_the_kernel_was_told(text: str, value: str) -> None:
    assert of_cmdline(text) == value


def test_reading_a_node_and_a_container(tmp_path: pathlib.Path) -> None:
    files = {
        RUNNING: "10\n",
        "/proc/cmdline": "root=x panic=10\n",
        "/usr/lib/sysctl.d/50-a.conf": "kernel.panic=3\n",
        "/etc/sysctl.d/50-b.conf": "kernel.panic=4\n",
    }
    said = (Said("3", "/usr/lib/sysctl.d/50-a.conf"), Said("4", "/etc/sysctl.d/50-b.conf"))
    assert read_panic(view(tmp_path / "pi", files=files)) == PanicState("10", said, "10")
    container = view(tmp_path / "lab", files={**files, "/run/systemd/container": "podman"})
    assert read_panic(container) == PanicState(None, said)
