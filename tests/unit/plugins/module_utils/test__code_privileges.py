from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._code_privileges import is_expected, may_override
from ansible_collections.ai_systems.runbook.plugins.module_utils._code_walk import Privileged


@pytest.mark.parametrize(("path", "mode", "capability", "expected"), [
    ("/usr/bin/sudo", 0o4755, False, True), ("/usr/bin/dash", 0o4755, False, False),
    ("/usr/bin/crontab", 0o2755, False, True), ("/usr/bin/sudo", 0o6755, False, False),
    # They had it in older releases.
    ("/usr/bin/bwrap", 0o4755, False, False), ("/usr/bin/wall", 0o2755, False, False),
    ("/usr/lib/xorg/Xorg.wrap", 0o6755, False, True),
    ("/usr/lib/aarch64-linux-gnu/utempter/utempter", 0o2755, False, True),
    ("/usr/lib/own/utempter/utempter2", 0o2755, False, False),
    ("/usr/bin/ping", 0o755, True, True), ("/usr/bin/perl", 0o755, True, False),
    ("/usr/lib/aarch64-linux-gnu/gstreamer1.0/gstreamer-1.0/gst-ptp-helper", 0o755, True, True),
])  # fmt: skip
def test_rights_of_debians_programs(*, path: str, mode: int, capability: bool, expected: bool) -> None:
    assert is_expected(Privileged(path, mode, 0, 0, capability, owned=True)) == expected


@pytest.mark.parametrize(("path", "mode", "may"), [
    ("/usr/bin/crontab", 0o2755, True), ("/usr/lib/dbus-1.0/dbus-daemon-launch-helper", 0o4754, True),
    ("/usr/bin/less", 0o4755, False), ("/usr/bin/less", 0o757, False), ("/var/log/x", 0o2750, True),
    ("/usr/bin/less", 0o2755, False), ("/usr/bin/less", 0o750, True),
])  # fmt: skip
def test_permissions_that_dpkg_keeps(*, path: str, mode: int, may: bool) -> None:
    assert may_override(path, mode) == may
