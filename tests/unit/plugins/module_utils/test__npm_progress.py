from __future__ import annotations

import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_progress import packages_done, sentence

LOG = (
    "9 http fetch GET 200 https://r.example/ms.tgz 84ms (cache miss)\n"
    "10 timing reifyNode:node_modules/ms Completed in 110ms\n"
    "11 timing reifyNode:node_modules/a Completed in 1ms\n"
)


def test_packages_are_counted(tmp_path: pathlib.Path) -> None:
    assert packages_done(str(tmp_path / "none")) == 0
    assert packages_done(str(tmp_path)) == 0
    (tmp_path / "2026-debug-0.log").write_text(LOG)
    (tmp_path / "2027-debug-0.log").write_text(LOG * 9)
    assert packages_done(str(tmp_path)) == 2


def test_another_accounts_link_is_not_followed(tmp_path: pathlib.Path) -> None:
    (tmp_path / "secret").write_text(LOG)
    (tmp_path / "a.log").symlink_to("secret")
    assert packages_done(str(tmp_path)) == 0


def test_the_operator_is_told_how_many(tmp_path: pathlib.Path) -> None:
    assert sentence("probe", 7, str(tmp_path)) == "probe: 7 packages"
    (tmp_path / "x.log").write_text(LOG)
    assert sentence("probe", 7, str(tmp_path)) == "probe: 2 of 7 packages"
    # npm unpacks some twice.
    assert sentence("probe", 1, str(tmp_path)) == "probe: 1 of 1 packages"
