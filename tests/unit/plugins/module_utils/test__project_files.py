from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError
from ansible_collections.ai_systems.runbook.plugins.module_utils._project_files import (
    content_of,
    full_path,
    why_absent,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from tests.git_rig import Upstream


@pytest.fixture
def upstream(tmp_path: pathlib.Path) -> Upstream:
    made = Upstream(tmp_path / "checkout")
    made.commit({"p/q/file": "text"})
    return made


def test_a_project_that_is_there(upstream: Upstream) -> None:
    for path in ("", "p", "p/q"):
        assert why_absent(str(upstream.path), path, os.getuid()) == ""


def test_what_is_not_there_yet_is_named(upstream: Upstream) -> None:
    assert why_absent(f"{upstream.path}-2", "p", os.getuid()) == f"{upstream.path}-2 is not on the node"
    assert why_absent(str(upstream.path), "p/none/x", os.getuid()) == f"{upstream.path}/p/none is not on the node"


def test_each_part_of_the_way_is_a_folder_of_its_own(upstream: Upstream) -> None:
    (upstream.path / "link").symlink_to("p")
    for path, kind in (("link", "link"), ("link/q", "link"), ("p/q/file", "file")):
        with pytest.raises(StepError, match=f"is a {kind}, and no folder"):
            why_absent(str(upstream.path), path, os.getuid())


def test_a_part_of_somebody_elses(upstream: Upstream) -> None:
    if os.getuid() == 0:
        os.chown(upstream.path / "p/q", 4242, -1)
    with pytest.raises(StepError, match=r"belongs to user id \d+; a project belongs to the operator"):
        why_absent(str(upstream.path), "p/q", os.getuid() + 1)


def test_a_folder_that_is_no_checkout(tmp_path: pathlib.Path) -> None:
    (tmp_path / "c/p").mkdir(parents=True)
    with pytest.raises(StepError, match="is no git checkout at a commit"):
        why_absent(str(tmp_path / "c"), "p", os.getuid())


def test_a_file_of_the_checkout(upstream: Upstream) -> None:
    checkout = str(upstream.path)
    assert full_path(checkout, "p/q/file") == f"{checkout}/p/q/file"
    assert content_of(checkout, "p/q/file") == b"text"
    assert content_of(checkout, "p/none") is None
    with pytest.raises(FileError, match="larger"):
        content_of(checkout, "p/q/file", limit=3)


@pytest.mark.parametrize("trap", ["p/q/file", "p/q", "p"])
def test_nothing_is_reached_through_a_link(upstream: Upstream, trap: str) -> None:
    (upstream.path / trap).rename(upstream.path / "real")
    (upstream.path / trap).symlink_to(upstream.path / "real")
    with pytest.raises(StepError, match="p/q/file is reached through a link; commit the file itself in its place"):
        content_of(str(upstream.path), "p/q/file")
