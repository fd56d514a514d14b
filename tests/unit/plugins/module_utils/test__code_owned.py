from __future__ import annotations

import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._code_owned import (
    Brought,
    compare,
    read_brought,
)
from tests.view import view


def test_what_differs_and_how(tmp_path: pathlib.Path) -> None:
    same = {f"/usr/bin/{name}": name for name in ("same", "changed", "gone", "replaced")}
    node = view(tmp_path, packages={"p": {**same, "/usr/share/doc/p/x": "read"}})
    folder = pathlib.Path(node.on_disk("/usr/bin"))
    (folder / "changed").write_text("other")
    (folder / "gone").unlink()
    (folder / "replaced").unlink()
    (folder / "replaced").symlink_to("same")
    pathlib.Path(node.on_disk("/usr/share/doc/p/x")).write_text("other")
    found = compare(node, *read_brought(node))
    assert {(one.path, one.package, one.what) for one in found.differing} == {
        ("/usr/bin/changed", "p", "changed"),
        ("/usr/bin/gone", "p", "gone"),
        ("/usr/bin/replaced", "p", "replaced"),
    }
    assert (found.unread, found.left) == ((), 0)


def test_configuration_is_code_where_it_runs_or_is_called_so(tmp_path: pathlib.Path) -> None:
    files = {"/etc/a": "x", "/etc/b": "x", "/etc/c.py": "x"}
    brought = {path: Brought("p", "0" * 32, is_configuration=True) for path in (*files, "/etc/gone")}
    node = view(tmp_path, files=files, packages={})
    pathlib.Path(node.on_disk("/etc/b")).chmod(0o755)
    found = compare(node, brought, ["/list"])
    assert [(one.path, one.what) for one in found.differing] == [("/etc/b", "changed"), ("/etc/c.py", "changed")]
    assert found.unread == ("/list",)


def test_what_there_is_no_time_for_is_counted(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, seconds=0)
    assert compare(node, {"/x": Brought("p", ""), "/y": Brought("p", "")}, ()).left == 2
