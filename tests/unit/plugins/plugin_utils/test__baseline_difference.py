"""What only the node holds is suspicious; what the first boot does is not."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._baseline_difference import differences

ROOT = {"uid": 0, "gid": 0, "home": "/root", "shell": "/bin/bash"}
LOGIN = {"uid": 1000, "gid": 1000, "home": "/home/debian", "shell": "/bin/bash"}
SHOWN = "(uid 0, gid 0, home /root, shell /bin/bash)"
IMAGE: dict[str, t.Any] = {
    "packages": {"bash": "5.2", "sudo": "1.9"},
    "enabled_units": ["runbook-first-boot.service", "ssh.service"],
    "accounts": {"root": ROOT},
}
NODE: dict[str, t.Any] = {
    "packages": {"bash": "5.2", "sudo": "1.9"},
    "enabled_units": ["ssh.service"],
    "accounts": {"root": ROOT, "debian": LOGIN},
}


def found(**changes: t.Any) -> list[tuple[str, bool]]:
    said = differences(IMAGE, {**NODE, **changes}, login="debian")
    return [(one.sentence, one.suspicious) for one in said]


def test_a_first_boot_is_no_difference() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"packages": {"bash": "5.2"}}, ("package sudo 1.9 is in the image only", False)),
        ({"packages": {**NODE["packages"], "nc": "1"}}, ("package nc 1 is on the node only", True)),
        (
            {"packages": {"bash": "5.3", "sudo": "1.9"}},
            ("package bash is 5.2 in the image and 5.3 on the node", True),
        ),
        ({"enabled_units": ["evil.timer", "ssh.service"]}, ("enabled unit evil.timer is on the node only", True)),
        ({"enabled_units": []}, ("enabled unit ssh.service is in the image only", False)),
        (
            {"accounts": {**NODE["accounts"], "mallory": LOGIN}},
            ("account mallory (uid 1000, gid 1000, home /home/debian, shell /bin/bash) is on the node only", True),
        ),
        (
            {"accounts": {"root": {**ROOT, "shell": "/bin/x"}, "debian": LOGIN}},
            ("account root is " + " and ".join((f"{SHOWN} in the image", f"{SHOWN[:-5]}x) on the node")), True),
        ),
        # A second root by the name of the login is none that the first boot makes.
        (
            {"accounts": {"root": ROOT, "debian": {**LOGIN, "uid": 0}}},
            ("account debian (uid 0, gid 1000, home /home/debian, shell /bin/bash) is on the node only", True),
        ),
        # The first boot takes itself away; one that is still there is as in the image.
        ({"enabled_units": ["runbook-first-boot.service", "ssh.service"]}, None),
    ],
)
def test_each_difference_is_named(changes: dict[str, t.Any], expected: tuple[str, bool] | None) -> None:
    assert found(**changes) == ([expected] if expected else [])


def test_the_suspicious_ones_come_first() -> None:
    said = found(packages={"bash": "5.2"}, enabled_units=["a.service", "z.service"])
    assert [suspicious for _sentence, suspicious in said] == [True, True, False, False]
