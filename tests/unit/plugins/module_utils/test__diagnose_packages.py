from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnose_packages import packages
from tests.view import view

STATUS = "/var/lib/dpkg/status"


def stanza(name: str, status: str = "install ok installed") -> str:
    return f"Package: {name}\nStatus: {status}\nArchitecture: all\nVersion: 1\n\n"


BASE = "".join(stanza(name) for name in ("dpkg", "libc6", "systemd", "base-files"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (BASE, ["ok packages"]),
        (BASE + stanza("mawk", "install ok half-configured"), ["problem mawk"]),
        (BASE + stanza("mawk", "install reinstreq half-installed"), ["problem mawk"]),
        (BASE + stanza("mawk", "deinstall ok config-files"), ["ok packages"]),
        (BASE + stanza("mawk", "hold ok installed"), ["note held packages", "ok packages"]),
        ("", [f"problem {STATUS}"]),
        ("\0\0\0garbage", [f"problem {STATUS}"]),
        (stanza("dpkg"), [f"problem {STATUS}"]),
    ],
)
def test_dpkgs_database_is_judged(tmp_path: pathlib.Path, text: str, found: list[str]) -> None:
    said = list(packages(view(tmp_path, files={STATUS: text})))
    assert [f"{one.verdict} {one.subject}" for one in said] == found


def test_what_dpkg_left_when_it_died(tmp_path: pathlib.Path) -> None:
    said = list(packages(view(tmp_path, files={STATUS: BASE, "/var/lib/dpkg/updates/0001": ""})))
    assert [one.subject for one in said if one.verdict == "problem"] == ["dpkg"]


def test_no_database_at_all(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={STATUS: BASE})
    (tmp_path / "node" / STATUS[1:]).unlink()
    [one] = packages(node)
    assert (one.verdict, one.cause) == ("problem", "packages")
