"""Files of the checkout against its commit, and who else could change them."""

from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_commit import (
    owner_of_checkout,
    why_not_committed,
    why_not_safe,
)
from tests.units_view import CHECKOUT, checkout, units_view


def test_as_the_commit_has_it_changed_and_not_in_it(tmp_path: pathlib.Path) -> None:
    node = units_view(tmp_path)
    repository = checkout(tmp_path, {"web/web.service": "a\n", "b/b.service": "b\n"})
    (repository.path / "b/b.service").write_text("changed\n")
    (repository.path / "new.service").write_text("new\n")
    why = why_not_committed(node, ["web/web.service", "b/b.service", "new.service", "gone.service"])
    assert why["web/web.service"] == ""
    assert "b/b.service differs from the checkout's commit" in why["b/b.service"]
    assert all("in no commit" in why[name] for name in ("new.service", "gone.service"))


def test_no_path_asks_nobody_and_no_checkout_is_said(tmp_path: pathlib.Path) -> None:
    node = units_view(tmp_path)
    assert why_not_committed(node, []) == {}
    with pytest.raises(ValueError, match="is no git checkout at a commit"):
        why_not_committed(node, ["a"])


def test_the_owner_of_the_checkout(tmp_path: pathlib.Path) -> None:
    assert owner_of_checkout(units_view(tmp_path)) == "ops"
    assert owner_of_checkout(units_view(tmp_path / "2", declared={"checkout_owner": "git"})) == "git"


def test_who_else_could_change_a_file(tmp_path: pathlib.Path) -> None:
    path = f"{CHECKOUT}/web/web.service"
    node = units_view(tmp_path, files={path: ""})
    on_disk = tmp_path / "node" / path[1:]
    # The umask of whoever runs the tests is no matter here.
    for folder in (on_disk, *on_disk.parents):
        if folder.is_relative_to(tmp_path / "node"):
            folder.chmod(0o755)
    assert why_not_safe(node, path) == ""
    on_disk.parent.chmod(0o757)
    assert why_not_safe(node, path) == f"{CHECKOUT}/web can be written by others (mode 0757)"
    on_disk.parent.chmod(0o1777)
    assert why_not_safe(node, path) == ""
    on_disk.parent.chmod(0o755)
    assert why_not_safe(node, f"{CHECKOUT}/gone") == ""


def test_a_file_of_somebody_else(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"{CHECKOUT}/web.service"
    node = units_view(tmp_path, files={path: ""})
    theirs = os.stat_result((0o100644, 0, 0, 1, 4242, 0, 0, 0, 0, 0))
    monkeypatch.setattr(node, "status", lambda at: theirs if at == path else os.stat_result((0o40755,) + (0,) * 9))
    assert why_not_safe(node, path) == f"{path} belongs to uid 4242, who can change it"
