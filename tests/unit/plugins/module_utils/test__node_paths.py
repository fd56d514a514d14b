"""Links are followed within the node that is looked at."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._node_paths import absolute_target, may_read, real_path
from tests.view import view

LINKS = {
    "/lib": "usr/lib",
    "/a": "/b",
    "/b": "c",
    "/round": "round",
    "/etc/up": "../../../etc/passwd",
    "/gone": "/srv/nothing",
}


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("/etc/passwd", "/etc/passwd"),
        ("/lib/x/y", "/usr/lib/x/y"),
        ("/a", "/c"),
        ("/a/./d/../e", "/c/e"),
        ("/round", ""),
        ("/etc/up", "/etc/passwd"),
        ("/gone", "/srv/nothing"),
        ("/", "/"),
        ("/..", "/"),
    ],
)
def test_where_a_path_leads(tmp_path: pathlib.Path, path: str, real: str) -> None:
    assert real_path(view(tmp_path, links=LINKS), path) == real


def test_what_a_link_says(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, links=LINKS)
    assert [absolute_target(node, path) for path in ("/b", "/etc/up", "/etc/passwd")] == ["/c", "/etc/passwd", ""]


def test_what_root_alone_may_read_is_not_read_for_an_account(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={"/etc/secret": "s"}, links={"/home/ops/a": "/etc/secret"})
    path = tmp_path / "node/etc/secret"
    path.chmod(0o640)
    other = path.stat().st_uid + 1
    assert (may_read(node, "/home/ops/a", other), may_read(node, "/home/ops/a", path.stat().st_uid)) == (False, True)
    path.chmod(0o644)
    assert may_read(node, "/home/ops/a", other)
    assert may_read(node, "/home/ops/gone", other)
