"""Containers as docker and podman keep them on disk."""

from __future__ import annotations

import json
import pathlib
import sqlite3

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._containers import Container, containers
from tests.view import view

DOCKER = f"/var/lib/docker/containers/{'a' * 64}"
PODMAN = "var/lib/containers/storage/db.sql"


def database(path: pathlib.Path, *rows: object, table: str = "TABLE ContainerConfig (JSON TEXT)") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE {table}")
        for row in rows:
            connection.execute("INSERT INTO ContainerConfig VALUES (?)", (row,))
    connection.close()


def test_docker(tmp_path: pathlib.Path) -> None:
    files = {
        f"{DOCKER}/config.v2.json": json.dumps({"Name": "/web", "Config": {"Labels": {"a": "b"}}}),
        f"{DOCKER}/hostconfig.json": json.dumps({"RestartPolicy": {"Name": "unless-stopped"}}),
    }
    (one,) = containers(view(tmp_path, files=files))
    assert one == Container("docker", "", "web", "unless-stopped", {"a": "b"})
    assert (one.restarts, one.subject, one.remedy) == (True, "container web", "'docker update --restart=no web'")


def test_docker_that_says_nonsense(tmp_path: pathlib.Path) -> None:
    files = {f"{DOCKER}/config.v2.json": "[1]", f"{DOCKER}/hostconfig.json": '{"RestartPolicy": 7}'}
    assert [one.restarts for one in containers(view(tmp_path, files=files))] == [False]
    with pytest.raises(ValueError, match="is no JSON that docker writes"):
        containers(view(tmp_path / "2", files={f"{DOCKER}/hostconfig.json": "[" * 100_000}))


def test_podman_of_root_and_of_a_person(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path)
    database(
        tmp_path / "node" / PODMAN,
        json.dumps({"name": "db", "restart_policy": "always"}),
        json.dumps({"name": "unit", "restart_policy": "always", "labels": {"PODMAN_SYSTEMD_UNIT": "x.service"}}),
        json.dumps({"name": "once"}),
        "nonsense",
    )
    database(
        tmp_path / "node/home/ops/.local/share/containers/storage/db.sql",
        json.dumps({"name": "web", "restart_policy": "on-failure"}),
    )
    found = containers(node)
    assert [(one.subject, one.restarts) for one in found] == [
        ("container db", True),
        ("container unit", False),
        ("container once", False),
        ("container web of ops", True),
    ]
    assert found[-1].remedy == "'su - ops -c \"podman update --restart=no web\"'"


def test_a_database_that_is_none_or_never_ends(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="no database of podman"):
        containers(view(tmp_path, files={f"/{PODMAN}": "x" * 5000}))
    monkeypatch.setattr("ansible_collections.ai_systems.runbook.plugins.module_utils._containers._SECONDS", 0.1)
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS JSON FROM n WHERE x < 0"
    node = view(tmp_path / "2")
    database(tmp_path / "2/node" / PODMAN, table=f"VIEW ContainerConfig AS {endless}")
    with pytest.raises(ValueError, match="interrupted"):
        containers(node)


def test_a_name_that_cannot_be_typed(tmp_path: pathlib.Path) -> None:
    del tmp_path
    assert Container("docker", "", "a;b'", "always", {}).remedy == "take its restart policy away on the node by hand"
