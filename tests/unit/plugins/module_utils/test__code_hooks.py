from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._code_facts import facts_of
from ansible_collections.ai_systems.runbook.plugins.module_utils._code_hooks import judge, programs_in
from tests.view import view


@pytest.mark.parametrize(("text", "names"), [
    ("[core]\n\thooksPath = /x\n", ["core.hookspath"]), ("[core] fsmonitor = /x\n", ["core.fsmonitor"]),
    ("[core]\n\tfsmonitor = true\n\tpager = less\n", []), ('[filter "x"]\n\tclean = /x\n', ["filter.clean"]),
    ("[alias]\n\tst = status\n\tx = !/x\n", ["alias.x"]), ("[user]\n\tname = x\n", []), ("hooksPath = /x\n", []),
    ("[include]\n\tpath = /x\n", ["include.path"]), ('[includeIf "gitdir:/"]\n\tpath = /x\n', ["includeif.path"]),
    ('[CORE]\n\tHooksPath="/x"\n', ["core.hookspath"]), ("[core]\n\thooksPath = /dev/null\n", []),
])  # fmt: skip
def test_settings_by_which_git_runs_something(text: str, names: list[str]) -> None:
    assert [one.name for one in programs_in(text)] == names


def test_hooks_and_settings_of_checkouts_and_homes(tmp_path: pathlib.Path) -> None:
    files = {"/srv/c/.git/hooks/pre-commit": "x", "/srv/c/.git/hooks/a.sample": "x", "/srv/c/.git/hooks/off": "x",
             "/srv/c/.git/config": "[core]\n\tbare = false\n", "/home/ops/.gitconfig": "[core]\n\teditor = /opt/x\n",
             "/root/.gitconfig": "[core]\n\teditor = /usr/bin/p\n"}  # fmt: skip
    node = view(tmp_path, files=files, packages={"p": {"/usr/bin/p": "x"}})
    for name in ("pre-commit", "a.sample"):
        pathlib.Path(node.on_disk(f"/srv/c/.git/hooks/{name}")).chmod(0o755)
    found = {one.subject: one for one in judge(node, facts_of(node))}
    assert set(found) == {"/srv/c/.git/hooks/pre-commit (hook)", "/home/ops/.gitconfig (programs)"}
    assert "'sed -i \"2d\" /home/ops/.gitconfig'" in found["/home/ops/.gitconfig (programs)"].remedy
