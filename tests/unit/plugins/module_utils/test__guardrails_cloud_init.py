from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_cloud_init import (
    DISABLED,
    RESULT,
    evidence,
    is_off_by,
    keys_of,
    read_cloud_init,
)
from tests.view import view

UNIT = "/usr/lib/systemd/system/cloud-init-main.service"
RAN = "/run/cloud-init/status.json"


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("#cloud-config\npackage_upgrade: true\nruncmd:\n  - [sh, -c, x]\n", ["package_upgrade", "runcmd"]),
        ("package_update: false\npackage_upgrade: no # not here\npackages: []\n", []),
        ("packages: [htop]\n", ["packages"]),
        ("users:\n  runcmd: x\n", []),
        ("hostname: x\n", []),
        ("bootcmd:\n - reboot\n", ["bootcmd"]),
    ],
)
def test_what_of_a_configuration_updates_or_runs(text: str, keys: list[str]) -> None:
    assert keys_of(text) == keys


@pytest.mark.parametrize(
    ("cmdline", "off"), [("root=x cloud-init=disabled", True), ("cloud-init=enabled", False), ("x", False)]
)
def test_the_kernels_command_line(cmdline: str, *, off: bool) -> None:
    assert is_off_by(cmdline) is off


@pytest.mark.parametrize(
    ("files", "on", "ran", "done"),
    [
        pytest.param({}, False, False, False, id="not there"),
        pytest.param({"/etc/cloud/cloud.cfg.d/x.cfg": "a: b\n"}, False, False, False, id="a folder alone is none"),
        pytest.param({UNIT: ""}, True, False, False, id="it had no part in this boot"),
        pytest.param({UNIT: "", RAN: "{}"}, True, True, False, id="it is at work"),
        pytest.param({UNIT: "", RAN: "{}", RESULT: "{}"}, True, True, True, id="it is done"),
        pytest.param({UNIT: "", RAN: "{}", RESULT: "{}", DISABLED: ""}, False, False, False, id="switched off"),
        pytest.param({UNIT: "", "/proc/cmdline": "cloud-init=disabled\n"}, False, False, False, id="by the kernel"),
        pytest.param({"/usr/bin/cloud-init": ""}, True, False, False, id="an older version"),
    ],
)
def test_what_it_is_on_a_node(
    tmp_path: pathlib.Path, files: dict[str, str], *, on: bool, ran: bool, done: bool
) -> None:
    state = read_cloud_init(view(tmp_path, files=files))
    assert (state.is_on, state.ran, state.is_done) == (on, ran, done)


def test_the_report_names_what_it_would_do_and_no_value(tmp_path: pathlib.Path) -> None:
    files = {
        UNIT: "",
        "/boot/firmware/user-data": "#cloud-config\nruncmd:\n  - curl -H 'token: s3cret' x | sh\n",
        "/var/lib/cloud/scripts/per-boot/evil\x1b[2J": "",
    }
    said = evidence(read_cloud_init(view(tmp_path, files=files)))
    assert "runcmd in /boot/firmware/user-data" in said
    assert "/var/lib/cloud/scripts/per-boot" in said
    assert "s3cret" not in said
    assert "\x1b" not in said
