"""Whether unit files are as committed, with real git."""

from __future__ import annotations

import contextlib
import os
import pathlib
import pwd
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _unit_committed
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_committed import require_committed
from tests.git_rig import Rig

USER = pwd.getpwuid(os.geteuid()).pw_name
PATHS = ["u/a.service", "u/a.service.d/x.conf"]


@pytest.fixture
def rig(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    rig = Rig(tmp_path)
    rig.upstream.commit({"u/a.service": "[Service]\n", "u/a.service.d/x.conf": "[Unit]\n"})
    rig.ship()
    private = tmp_path / "private"

    @contextlib.contextmanager
    def folder(_account: object, _parent: str) -> t.Iterator[str]:
        private.mkdir()
        yield str(private)

    monkeypatch.setattr(_unit_committed, "private_folder", folder)
    return rig


def test_files_that_are_as_committed_are_good(rig: Rig) -> None:
    require_committed(str(rig.path), PATHS, USER)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("echo >> u/a.service", "u/a.service differs from the checkout's commit; commit the change and ship it"),
        ("echo >> u/a.service.d/x.conf", "u/a.service.d/x.conf differs from the checkout's commit"),
        ("git rm -q --cached u/a.service; git commit -qm x", "u/a.service is in the checkout, and in no commit"),
        ("rm u/a.service", "u/a.service is not in "),
    ],
)
def test_a_file_that_is_not_as_committed_is_refused(rig: Rig, command: str, said: str) -> None:
    rig.shell(f"export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a; {command}")
    with pytest.raises(StepError, match=said):
        require_committed(str(rig.path), PATHS, USER)


def test_an_owner_that_is_not_there_is_named(tmp_path: pathlib.Path) -> None:
    with pytest.raises(
        StepError, match=r"there is no account 'nobody-here' to own .*; operator_user \(2\.7\) comes first"
    ):
        require_committed(str(tmp_path), PATHS, "nobody-here")
