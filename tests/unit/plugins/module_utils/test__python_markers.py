"""Markers; packaging, which pip is built on, is asked the same questions."""

from __future__ import annotations

import pytest
from packaging.markers import Marker, default_environment

from ansible_collections.ai_systems.runbook.plugins.module_utils._python_markers import (
    MarkerError,
    holds,
    own_environment,
    parse_marker,
)

PI = {
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "platform_release": "6.12.48+deb13-arm64",
    "platform_system": "Linux",
    "platform_version": "#1 SMP Debian 6.12.48-1 (2025-09-20)",
    "python_version": "3.13",
    "python_full_version": "3.13.5",
    "implementation_name": "cpython",
    "implementation_version": "3.13.5",
}
MARKERS = [
    "python_version >= '3.9'",
    "python_version < '3.9'",
    "python_version == '3.13'",
    "python_version == '3.13.*'",
    "python_version > '3.2'",
    "'3.13' == python_version",
    "python_full_version ~= '3.13.2'",
    "python_full_version != '3.13.5'",
    "sys_platform == 'linux'",
    'sys_platform == "win32" or os_name == "posix"',
    "os_name == 'nt' and python_version > '3' or platform_machine == 'aarch64'",
    "os_name == 'nt' and (python_version > '3' or platform_machine == 'aarch64')",
    "(((os_name == 'posix')))",
    "'linux' in sys_platform",
    "sys_platform not in 'win32,darwin'",
    "platform_python_implementation != 'PyPy'",
    "platform_system == 'Linux' and platform_machine in 'x86_64 aarch64'",
    "implementation_name == 'cpython'",
    "extra == 'socks'",
    "extra == 'So_Cks' and os_name == 'posix'",
    "extra != 'socks'",
    "python_version in '3.12 3.13'",
]


@pytest.mark.parametrize("text", MARKERS)
@pytest.mark.parametrize("extra", ["", "socks", "other"])
def test_markers_hold_where_packaging_says_so(text: str, extra: str) -> None:
    assert holds(parse_marker(text), PI, extra) == Marker(text).evaluate({**PI, "extra": extra})


def test_no_marker_always_holds() -> None:
    assert holds(None, PI)


def test_a_release_that_is_no_version_is_compared_as_text() -> None:
    assert holds(parse_marker("platform_release >= '6'"), PI)
    assert not holds(parse_marker("platform_release == '6.12'"), PI)


@pytest.mark.parametrize(
    "text",
    [
        "", "python_version", "python_version >=", "python_version >= 3.9", "nothing == 'x'", "os_name == 'a' and",
        "os_name == 'a' os_name == 'b'", "(os_name == 'a'", "os_name == 'a')", "os_name = 'a'", "__import__('os')",
        "os_name == 'a", "$(x) == 'a'", "(" * 1000 + "os_name == 'a'" + ")" * 1000, "os_name == 'a'" + " " * 5000,
        "not os_name == 'a'", "os_name == 'a' or or os_name == 'b'", "\x1b[2J",
    ],
)  # fmt: skip
def test_what_is_no_marker(text: str) -> None:
    with pytest.raises(MarkerError):
        parse_marker(text)


def test_the_own_environment_is_what_packaging_finds() -> None:
    assert own_environment() == {key: value for key, value in default_environment().items() if key != "extra"}
