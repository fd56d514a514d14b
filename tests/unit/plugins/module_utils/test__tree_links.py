from __future__ import annotations

import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_links import LinkLook
from tests.tree_rig import Link, build, walk


def test_links_that_hide_a_folder_for_software(tmp_path: pathlib.Path) -> None:
    base = str(tmp_path)
    build(tmp_path, {
        "else/where/x": "", "else/file": "", "opt/x": Link("../else/where"), "opt/in": Link("y"), "opt/y/z": "",
        "opt/file": Link("../else/file"), "opt/none": Link("/nonexistent"), "opt/y/deep": Link("../../else/where"),
        "opt/deb": Link("../else/where"), "home/.local": Link("../else/where"), "home/bin": Link("../else/where"),
        "home/photographs": Link("../else/where"), "home/mine": Link("../opt/y"), "opt/disk": Link("/net/x"),
        "home/a/b/site-packages": Link("../../../else/where"),
    })  # fmt: skip
    look = LinkLook(
        [f"{base}/opt", f"{base}/home"], [f"{base}/home"], [f"{base}/opt", f"{base}/home"], owned={f"{base}/opt/deb"},
        mounts=["/", "/net"],
    )  # fmt: skip
    walk(look.look, f"{base}/opt", f"{base}/home")
    assert [one.path.removeprefix(base) for one in look.missed] == [
        "/opt/disk", "/opt/x", "/home/.local", "/home/bin", "/home/a/b/site-packages",
    ]  # fmt: skip
    assert {one.reason for one in look.missed} == {
        "it is a link to /net/x, which is not followed", f"it is a link to {base}/else/where, which is not followed",
    }  # fmt: skip
