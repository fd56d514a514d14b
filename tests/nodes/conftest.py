"""Fixtures for tests on real lab nodes."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.nodes.harness import Node, lab

# What differs is shown where a site compares, too.
pytest.register_assert_rewrite("tests.nodes.service_site", "tests.nodes.project_site", "tests.nodes.venv_site")


class LabNodes(t.Protocol):
    def __call__(self, name: str, *arguments: str) -> Node: ...


@pytest.fixture(scope="module")
def lab_node(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[LabNodes]:
    """Bring up fresh nodes by name (with further arguments for ``lab/node up``); they go down with the test module."""
    directory: pathlib.Path = tmp_path_factory.mktemp("inventories")
    names: list[str] = []

    def up(name: str, *arguments: str) -> Node:
        lab("down", name, check=False)
        names.append(name)
        lab("up", name, *arguments)
        return Node(name, directory)

    yield up
    if names:
        lab("down", *names)
